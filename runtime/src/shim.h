/* A tensor of our own, behind the handles of aoti/shim.h. Its layout is shared by all model libraries of a process:
 * grow it at the end only. */
#ifndef AOTI_SRC_SHIM_H
#define AOTI_SRC_SHIM_H
#include <stdatomic.h>
#include "base.h"
#define AOTI_API AOTI_EXPORT
#include "aoti/shim.h"

typedef struct aoti_storage {
  _Atomic int64_t references;
  char* data;
  int64_t bytes;
  int32_t owned;
} aoti_storage;

typedef struct aoti_rt_tensor {
  aoti_storage* storage;
  int32_t dtype;
  int32_t ndim;
  int64_t offset; /* elements */
  int64_t sizes[AOTI_MAX_DIMS];
  int64_t strides[AOTI_MAX_DIMS];
} aoti_rt_tensor;

static inline aoti_rt_tensor* aoti_rt(AtenTensorHandle handle) { return (aoti_rt_tensor*)handle; }
void* aoti_rt_data(const aoti_rt_tensor* tensor);
#endif
