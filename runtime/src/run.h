/* One call under way: what the services in model.h work on. */
#ifndef AOTI_RUN_H
#define AOTI_RUN_H
#include "library.h"

enum { AOTI_OUT_NONE, AOTI_OUT_FRESH, AOTI_OUT_INPUT, AOTI_OUT_OUTPUT };

typedef struct aoti_out {
  aoti_tensor tensor;
  int32_t state;
  uint32_t of;           /* the input or output that it is */
  void* handle;          /* door 1 */
  void* caller;          /* door 2: the caller's buffer */
  uint64_t caller_bytes;
  aoti_block own;        /* door 2: ours, kept for the next run */
} aoti_out;

typedef struct aoti_temp { /* memory until the end of the run; the data follows */
  struct aoti_temp* next;
  int64_t input;           /* a copy to write back to this input, or -1 */
  int64_t strides[AOTI_MAX_DIMS];
} aoti_temp;

enum { AOTI_TEMP_HEADER = (sizeof(aoti_temp) + AOTI_ALIGN - 1) / AOTI_ALIGN * AOTI_ALIGN };

typedef struct aoti_timing {
  const char* name;
  int64_t nanoseconds;
  int64_t total;
} aoti_timing;

struct aoti_run {
  aoti_library* library;
  aoti_set* set;
  const aoti_tensor* inputs;
  aoti_out* outputs;
  /* Gives tensor i (sizes and strides set) its memory; the door's. */
  int32_t (*make)(aoti_run* run, uint32_t i, uint64_t bytes);
  void* door;
  int32_t threads;       /* most threads for this run; 0: the library's */
  int32_t kernel_error;
  int32_t failed;
  int32_t arena_taken;
  aoti_block arena, scratch, frame; /* frame: door 1's arrays */
  aoti_block own_fold;   /* derived constants of an exposed set, for this run */
  void* fold;            /* them, or NULL: those of the set */
  aoti_temp* temps;
  aoti_timing* timings;
  uint32_t num_timings, max_timings;
  int64_t moves;         /* bytes that the next launch touches */
  uint64_t random[3];    /* seed, number of the run, number of the launch */
  char message[768];
  aoti_run* next;
};

aoti_run* aoti_run_take(aoti_library* library); /* an idle context or a new one; NULL and a message */
void aoti_run_give(aoti_run* run);
void aoti_runs_free(aoti_library* library);
/* Runs the model with the context's inputs and outputs filled in. 1: message in the context and the thread's text. */
int32_t aoti_run_model(aoti_run* run);
/* Frees the run's memory; with `write_back`, first copies mutated inputs to where they came from. */
void aoti_run_release(aoti_run* run, int32_t write_back);

/* First name in a comma-separated list that this processor lacks, or NULL. */
const char* aoti_cpu_lacks(const char* features);
#endif
