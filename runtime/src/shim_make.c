/* Tensors for hosts without PyTorch: making, sharing, deleting. */
#include <stdlib.h>
#include <string.h>

#include "shim.h"

static void drop_storage(aoti_storage* storage) {
  if (atomic_fetch_sub_explicit(&storage->references, 1, memory_order_acq_rel) != 1) return;
  if (storage->owned) free(storage->data);
  free(storage);
}

void* aoti_rt_data(const aoti_rt_tensor* tensor) {
  char* data = tensor->storage->data;
  return data ? data + tensor->offset * aoti_dtype_size(tensor->dtype) : NULL;
}

/* A tensor over `storage`, whose reference it takes over (also on failure). */
static int32_t wrap(aoti_storage* storage, int32_t dtype, int64_t ndim, const int64_t* sizes, const int64_t* strides,
                    int64_t offset, AtenTensorHandle* out) {
  aoti_rt_tensor* tensor = storage ? calloc(1, sizeof *tensor) : NULL;
  if (!tensor) {
    if (storage) drop_storage(storage);
    return aoti_error("out of memory for a tensor");
  }
  tensor->storage = storage;
  tensor->dtype = dtype;
  tensor->ndim = (int32_t)ndim;
  tensor->offset = offset;
  if (ndim) memcpy(tensor->sizes, sizes, (size_t)ndim * sizeof *sizes);
  if (ndim) memcpy(tensor->strides, strides, (size_t)ndim * sizeof *strides);
  *out = (AtenTensorHandle)tensor;
  return 0;
}

static int32_t check(int64_t ndim, const int64_t* sizes, const int64_t* strides, int32_t dtype, int32_t device,
                     int64_t* bytes) {
  if (device != 0) return aoti_error("this runtime has CPU tensors only, not device type %d", device);
  if (ndim < 0 || ndim > AOTI_MAX_DIMS) return aoti_error("a tensor of %lld dimensions", (long long)ndim);
  int64_t item = aoti_dtype_size(dtype), span = aoti_span((int32_t)ndim, sizes, strides);
  if (!item) return aoti_error("%d is not an element type", dtype);
  if (span < 0 || __builtin_mul_overflow(span, item, bytes)) return aoti_error("a tensor with impossible sizes or strides");
  return 0;
}

static aoti_storage* new_storage(void* data, int64_t bytes, int32_t owned) {
  aoti_storage* storage = calloc(1, sizeof *storage);
  if (!storage) return NULL;
  atomic_init(&storage->references, 1);
  storage->data = data;
  storage->bytes = bytes;
  storage->owned = owned;
  return storage;
}

int32_t aoti_rt_empty_strided(int64_t ndim, const int64_t* sizes, const int64_t* strides, int32_t dtype,
                              int32_t device_type, int32_t device_index, AtenTensorHandle* out) {
  (void)device_index;
  int64_t bytes;
  if (check(ndim, sizes, strides, dtype, device_type, &bytes)) return 1;
  void* data = bytes ? aoti_memory((uint64_t)bytes) : NULL;
  aoti_storage* storage = bytes && !data ? NULL : new_storage(data, bytes, 1);
  if (!storage) {
    free(data);
    return aoti_error("out of memory: %lld bytes for a tensor", (long long)bytes);
  }
  return wrap(storage, dtype, ndim, sizes, strides, 0, out);
}

int32_t aoti_rt_create_tensor_from_blob(void* data, int64_t ndim, const int64_t* sizes, const int64_t* strides,
                                        int64_t storage_offset, int32_t dtype, int32_t device_type,
                                        int32_t device_index, AtenTensorHandle* out) {
  (void)device_index;
  int64_t bytes;
  if (check(ndim, sizes, strides, dtype, device_type, &bytes)) return 1;
  bytes += storage_offset * aoti_dtype_size(dtype);
  return wrap(new_storage(data, bytes, 0), dtype, ndim, sizes, strides, storage_offset, out);
}

int32_t aoti_rt_create_tensor_from_blob_v2(void* data, int64_t ndim, const int64_t* sizes, const int64_t* strides,
                                           int64_t storage_offset, int32_t dtype, int32_t device_type,
                                           int32_t device_index, AtenTensorHandle* out, int32_t layout,
                                           const uint8_t* opaque_metadata, int64_t opaque_metadata_size) {
  (void)opaque_metadata;
  if (layout != 0 || opaque_metadata_size != 0) return aoti_error("this runtime has strided tensors only");
  return aoti_rt_create_tensor_from_blob(data, ndim, sizes, strides, storage_offset, dtype, device_type, device_index,
                                         out);
}

static aoti_storage* share(aoti_storage* storage) {
  atomic_fetch_add_explicit(&storage->references, 1, memory_order_relaxed);
  return storage;
}

int32_t aoti_rt__reinterpret_tensor(AtenTensorHandle self, int64_t ndim, const int64_t* sizes, const int64_t* strides,
                                    int64_t offset_increment, AtenTensorHandle* out) {
  const aoti_rt_tensor* from = aoti_rt(self);
  int64_t bytes, offset = from->offset + offset_increment;
  if (check(ndim, sizes, strides, from->dtype, 0, &bytes)) return 1;
  if (offset < 0 || (bytes && offset * aoti_dtype_size(from->dtype) + bytes > from->storage->bytes))
    return aoti_error("a view that goes beyond its storage of %lld bytes", (long long)from->storage->bytes);
  return wrap(share(from->storage), from->dtype, ndim, sizes, strides, offset, out);
}

int32_t aoti_rt_as_strided(AtenTensorHandle self, const int64_t* sizes, int64_t num_sizes, const int64_t* strides,
                           int64_t num_strides, AtenTensorHandle* out) {
  if (num_sizes != num_strides) return aoti_error("as_strided: %lld sizes and %lld strides", (long long)num_sizes,
                                                  (long long)num_strides);
  return aoti_rt__reinterpret_tensor(self, num_sizes, sizes, strides, 0, out);
}

int32_t aoti_rt_new_tensor_handle(AtenTensorHandle self, AtenTensorHandle* out) {
  const aoti_rt_tensor* from = aoti_rt(self);
  return wrap(share(from->storage), from->dtype, from->ndim, from->sizes, from->strides, from->offset, out);
}

int32_t aoti_rt_assign_tensors_out(AtenTensorHandle from, AtenTensorHandle* out) {
  return aoti_rt_new_tensor_handle(from, out);
}

int32_t aoti_rt_assign_tensors(AtenTensorHandle from, AtenTensorHandle to) {
  aoti_storage* old = aoti_rt(to)->storage;
  share(aoti_rt(from)->storage);
  *aoti_rt(to) = *aoti_rt(from);
  drop_storage(old);
  return 0;
}

int32_t aoti_rt_clone(AtenTensorHandle self, AtenTensorHandle* out) {
  const aoti_rt_tensor* from = aoti_rt(self);
  int64_t dense[AOTI_MAX_DIMS];
  aoti_contiguous(from->ndim, from->sizes, dense);
  if (aoti_rt_empty_strided(from->ndim, from->sizes, dense, from->dtype, 0, 0, out)) return 1;
  return aoti_rt_copy_(*out, self, 0);
}

int32_t aoti_rt_copy_(AtenTensorHandle self, AtenTensorHandle source, int32_t non_blocking) {
  (void)non_blocking;
  const aoti_rt_tensor *to = aoti_rt(self), *from = aoti_rt(source);
  if (to->dtype != from->dtype || to->ndim != from->ndim ||
      memcmp(to->sizes, from->sizes, (size_t)to->ndim * sizeof(int64_t)) != 0)
    return aoti_error("copy_: tensors of different type or shape");
  aoti_copy_strided(to->ndim, to->sizes, aoti_dtype_size(to->dtype), aoti_rt_data(to), to->strides,
                    aoti_rt_data(from), from->strides);
  return 0;
}

int32_t aoti_rt_zero_(AtenTensorHandle self) {
  static const char zero[16];
  static const int64_t still[AOTI_MAX_DIMS];
  const aoti_rt_tensor* to = aoti_rt(self);
  aoti_copy_strided(to->ndim, to->sizes, aoti_dtype_size(to->dtype), aoti_rt_data(to), to->strides, zero, still);
  return 0;
}

int32_t aoti_rt_delete_tensor_object(AtenTensorHandle self) {
  if (!self) return 0;
  drop_storage(aoti_rt(self)->storage);
  free(self);
  return 0;
}
