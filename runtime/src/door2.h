/* What the files of door 2 share: handles and their messages. */
#ifndef AOTI_DOOR2_H
#define AOTI_DOOR2_H
#include "base.h"
#define AOTI_API AOTI_EXPORT
#include "aoti/abi.h"
#include "run.h"

typedef struct aoti_call {
  uint32_t magic;
  aoti_library* library;
  _Atomic int32_t busy;
  int32_t threads;
  int32_t ran;
  aoti_tensor* inputs;
  aoti_out* outputs;
  char* profile; /* JSON of the last run, or NULL */
  char message[768];
} aoti_call;
#define AOTI_CALL_MAGIC 0x63746f61u

aoti_library* aoti_library_of(uint64_t handle); /* NULL and a message */
/* Keeps the thread's message with the library when `bad`, for whoever asks from another thread; returns bad. */
int32_t aoti_library_said(aoti_library* library, int32_t bad);
aoti_call* aoti_call_of(uint64_t handle);
/* A caller's tensor, strides made dense when NULL. 1 and a message that begins with `what`. */
int32_t aoti_take_tensor(aoti_tensor* tensor, const char* what, const char* name, const void* data, int32_t dtype,
                         int32_t rank, const int64_t* sizes, const int64_t* strides);
char* aoti_timings_json(const aoti_run* run);
#endif
