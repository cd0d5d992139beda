/* Tensors for hosts without PyTorch: metadata and constants. */
#include <pthread.h>

#include "shim.h"

#define GIVE(value)  \
  do {               \
    *out = (value);  \
    return 0;        \
  } while (0)

int32_t aoti_rt_get_data_ptr(AtenTensorHandle self, void** out) { GIVE(aoti_rt_data(aoti_rt(self))); }
int32_t aoti_rt_get_storage_size(AtenTensorHandle self, int64_t* out) { GIVE(aoti_rt(self)->storage->bytes); }
int32_t aoti_rt_get_storage_offset(AtenTensorHandle self, int64_t* out) { GIVE(aoti_rt(self)->offset); }
int32_t aoti_rt_get_dim(AtenTensorHandle self, int64_t* out) { GIVE(aoti_rt(self)->ndim); }
int32_t aoti_rt_get_sizes(AtenTensorHandle self, int64_t** out) { GIVE(aoti_rt(self)->sizes); }
int32_t aoti_rt_get_strides(AtenTensorHandle self, int64_t** out) { GIVE(aoti_rt(self)->strides); }
int32_t aoti_rt_get_dtype(AtenTensorHandle self, int32_t* out) { GIVE(aoti_rt(self)->dtype); }
int32_t aoti_rt_get_device_type(AtenTensorHandle self, int32_t* out) { (void)self; GIVE(0); }
int32_t aoti_rt_get_device_index(AtenTensorHandle self, int32_t* out) { (void)self; GIVE(-1); }
int32_t aoti_rt_get_layout(AtenTensorHandle self, int32_t* out) { (void)self; GIVE(0); }
int32_t aoti_rt_get_numel(AtenTensorHandle self, int64_t* out) {
  GIVE(aoti_numel(aoti_rt(self)->ndim, aoti_rt(self)->sizes));
}

static int32_t at(AtenTensorHandle self, const int64_t* row, int64_t dim, int64_t* out) {
  int64_t ndim = aoti_rt(self)->ndim, d = dim < 0 ? dim + ndim : dim;
  if (d < 0 || d >= ndim) return aoti_error("dimension %lld of a tensor that has %lld", (long long)dim, (long long)ndim);
  GIVE(row[d]);
}
int32_t aoti_rt_get_size(AtenTensorHandle self, int64_t d, int64_t* out) { return at(self, aoti_rt(self)->sizes, d, out); }
int32_t aoti_rt_get_stride(AtenTensorHandle self, int64_t d, int64_t* out) {
  return at(self, aoti_rt(self)->strides, d, out);
}

int32_t aoti_rt_is_contiguous(AtenTensorHandle self, bool* out) {
  const aoti_rt_tensor* tensor = aoti_rt(self);
  int64_t dense[AOTI_MAX_DIMS];
  aoti_contiguous(tensor->ndim, tensor->sizes, dense);
  GIVE(aoti_same_layout(tensor->ndim, tensor->sizes, tensor->strides, dense) != 0);
}

uint64_t aoti_rt_dtype_element_size(int32_t dtype) { return (uint64_t)aoti_dtype_size(dtype); }

#define CONSTANT(name, number) \
  int32_t aoti_rt_##name(void) { return number; }
AOTI_RT_CONSTANTS(CONSTANT)

/* Per thread, as in PyTorch; the key holds "off". */
static pthread_once_t grad_once = PTHREAD_ONCE_INIT;
static pthread_key_t grad_off;
static int have_grad_key;
static void make_grad_key(void) { have_grad_key = pthread_key_create(&grad_off, NULL) == 0; }
__attribute__((destructor)) static void forget_grad_key(void) {
  if (have_grad_key) pthread_key_delete(grad_off);
}

bool aoti_rt_grad_mode_is_enabled(void) {
  pthread_once(&grad_once, make_grad_key);
  return !have_grad_key || !pthread_getspecific(grad_off);
}

void aoti_rt_grad_mode_set_enabled(bool enabled) {
  pthread_once(&grad_once, make_grad_key);
  if (have_grad_key) pthread_setspecific(grad_off, enabled ? NULL : aoti_nothing);
}
