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
  int32_t alone;           /* allocated by itself: the run's `late` block was full */
  int64_t input;           /* a copy to write back to this input, or -1 */
  int64_t strides[AOTI_MAX_DIMS];
} aoti_temp;

enum { AOTI_TEMP_HEADER = (sizeof(aoti_temp) + AOTI_ALIGN - 1) / AOTI_ALIGN * AOTI_ALIGN };

typedef struct aoti_timing {
  const char* name;
  int64_t nanoseconds;
  int64_t total;
} aoti_timing;

/* Results of a host's operator until they are taken. */
typedef struct aoti_parked {
  struct aoti_parked* next;
  const aoti_host_op* op;
  int32_t (*take)(aoti_run* run, struct aoti_parked* parked, const aoti_op_tensor* out, int32_t count);
  void (*drop)(struct aoti_parked* parked); /* frees it */
} aoti_parked;

/* The host's profiler: named ranges around work. `end` takes what `start` gave. */
typedef struct aoti_marks {
  int32_t (*start)(const char* name, void* kwargs, void* const* inputs, uint64_t num_inputs, void** range);
  int32_t (*end)(void* range);
} aoti_marks;

struct aoti_run {
  aoti_library* library;
  aoti_set* set;
  const aoti_tensor* inputs;
  aoti_out* outputs;
  /* Gives tensor i (sizes and strides set) its memory; the door's. */
  int32_t (*make)(aoti_run* run, uint32_t i, uint64_t bytes);
  /* Calls an operator of the host; the door's. NULL: the door has none. */
  int32_t (*operator_of_host)(aoti_run* run, const aoti_host_op* op, const aoti_op_tensor* in, const int64_t* ints,
                              const aoti_op_tensor* out);
  aoti_parked* parked;
  void* door;
  int32_t threads;       /* most threads for this run; 0: the library's */
  int32_t kernel_error;
  int32_t failed;
  int32_t arena_taken;
  aoti_block arena, scratch, frame; /* frame: door 1's arrays */
  aoti_block own_fold;   /* derived constants of an exposed set, for this run */
  void* fold;            /* them, or NULL: those of the set */
  uint8_t* asked;        /* while a set is folded: which constants it read; else NULL */
  aoti_temp* temps;
  aoti_block late;       /* where temps lie: as much as the hungriest run so far needed */
  uint64_t late_used, late_wanted; /* by this run: inside the block, in all */
  aoti_timing* timings;
  uint32_t num_timings, max_timings;
  int32_t in_pool;       /* helpers expect more launches of this run */
  int32_t watched;       /* launches are timed, counted or marked */
  const aoti_marks* marks; /* door 1, where the host has a profiler; else NULL */
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
/* Helpers need not expect another launch of this run. */
void aoti_run_leave_pool(aoti_run* run);
/* Frees the run's memory; with `write_back`, first copies mutated inputs to where they came from. */
void aoti_run_release(aoti_run* run, int32_t write_back);

/* ---- host_call.c ---- */
int32_t aoti_host_failed(aoti_run* run, const aoti_host_op* op, const char* format, ...)
    __attribute__((format(printf, 3, 4))); /* a message that begins with the operator */
/* Fails unless a result has the type of `out`; copies it there. `n`: its number, for messages. */
int32_t aoti_host_result(aoti_run* run, const aoti_host_op* op, int32_t n, const aoti_tensor* result,
                         const aoti_op_tensor* out);
void aoti_parked_free(aoti_run* run);
void aoti_operators_free(aoti_library* library);

/* A range of the host's profiler if the model has marks of this `kind` (1 run, 2 kernel); NULL is no range. */
void* aoti_mark_begin(const aoti_run* run, int32_t kind, const char* name);
void aoti_mark_end(const aoti_run* run, void* range);

/* First name in a comma-separated list that this processor lacks, or NULL. */
const char* aoti_cpu_lacks(const char* features);
#endif
