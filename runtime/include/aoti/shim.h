/* The tensors of a process without PyTorch: what a C or C++ host makes to call door 1 (container.h).
 *
 * Every model library exports these as aoti_rt_*. Names, arguments and meaning are those of PyTorch's aoti_torch_*
 * (so code for one works with the other); the prefix is ours, so that nothing is mistaken for libtorch. When
 * libtorch_cpu is in the process, or the host itself exports aoti_torch_*, a model uses those and handles made here
 * do not fit; otherwise handles of any model library fit any other.
 *
 * A handle is an owned reference: delete it once. Storage is counted and freed with its last tensor. Functions
 * return 0 on success and 1 on failure, and then AOTInductorGetLastError() has a message. CPU only. */
#ifndef AOTI_SHIM_H
#define AOTI_SHIM_H
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifndef AOTI_API
#define AOTI_API
#endif

struct AtenTensorOpaque;
typedef struct AtenTensorOpaque* AtenTensorHandle;

/* ---- making ---- */
/* 64-byte aligned, uninitialised; no data for 0 elements. */
AOTI_API int32_t aoti_rt_empty_strided(int64_t ndim, const int64_t* sizes, const int64_t* strides, int32_t dtype,
                                       int32_t device_type, int32_t device_index, AtenTensorHandle* out);
/* The memory stays the caller's. */
AOTI_API int32_t aoti_rt_create_tensor_from_blob(void* data, int64_t ndim, const int64_t* sizes,
                                                 const int64_t* strides, int64_t storage_offset, int32_t dtype,
                                                 int32_t device_type, int32_t device_index, AtenTensorHandle* out);
AOTI_API int32_t aoti_rt_create_tensor_from_blob_v2(void* data, int64_t ndim, const int64_t* sizes,
                                                    const int64_t* strides, int64_t storage_offset, int32_t dtype,
                                                    int32_t device_type, int32_t device_index, AtenTensorHandle* out,
                                                    int32_t layout, const uint8_t* opaque_metadata,
                                                    int64_t opaque_metadata_size);
AOTI_API int32_t aoti_rt__reinterpret_tensor(AtenTensorHandle self, int64_t ndim, const int64_t* sizes,
                                             const int64_t* strides, int64_t offset_increment, AtenTensorHandle* out);
AOTI_API int32_t aoti_rt_as_strided(AtenTensorHandle self, const int64_t* sizes, int64_t num_sizes,
                                    const int64_t* strides, int64_t num_strides, AtenTensorHandle* out);
AOTI_API int32_t aoti_rt_new_tensor_handle(AtenTensorHandle self, AtenTensorHandle* out);
AOTI_API int32_t aoti_rt_assign_tensors(AtenTensorHandle from, AtenTensorHandle to);
AOTI_API int32_t aoti_rt_assign_tensors_out(AtenTensorHandle from, AtenTensorHandle* out);
AOTI_API int32_t aoti_rt_clone(AtenTensorHandle self, AtenTensorHandle* out); /* dense */
AOTI_API int32_t aoti_rt_copy_(AtenTensorHandle self, AtenTensorHandle from, int32_t non_blocking);
AOTI_API int32_t aoti_rt_zero_(AtenTensorHandle self);
AOTI_API int32_t aoti_rt_delete_tensor_object(AtenTensorHandle self); /* NULL is fine */

/* ---- asking ---- */
AOTI_API int32_t aoti_rt_get_data_ptr(AtenTensorHandle self, void** out); /* with the storage offset */
AOTI_API int32_t aoti_rt_get_storage_size(AtenTensorHandle self, int64_t* bytes);
AOTI_API int32_t aoti_rt_get_storage_offset(AtenTensorHandle self, int64_t* out);
AOTI_API int32_t aoti_rt_get_dim(AtenTensorHandle self, int64_t* out);
AOTI_API int32_t aoti_rt_get_numel(AtenTensorHandle self, int64_t* out);
AOTI_API int32_t aoti_rt_get_sizes(AtenTensorHandle self, int64_t** out);
AOTI_API int32_t aoti_rt_get_strides(AtenTensorHandle self, int64_t** out);
AOTI_API int32_t aoti_rt_get_size(AtenTensorHandle self, int64_t dim, int64_t* out);
AOTI_API int32_t aoti_rt_get_stride(AtenTensorHandle self, int64_t dim, int64_t* out);
AOTI_API int32_t aoti_rt_get_dtype(AtenTensorHandle self, int32_t* out);
AOTI_API int32_t aoti_rt_get_device_type(AtenTensorHandle self, int32_t* out);
AOTI_API int32_t aoti_rt_get_device_index(AtenTensorHandle self, int32_t* out);
AOTI_API int32_t aoti_rt_get_layout(AtenTensorHandle self, int32_t* out);
AOTI_API int32_t aoti_rt_is_contiguous(AtenTensorHandle self, bool* out);
AOTI_API uint64_t aoti_rt_dtype_element_size(int32_t dtype);

/* ---- numbers ---- */
#define AOTI_RT_NUMBERS(X)                                                                                          \
  X(float32, float, 6) X(float64, double, 7) X(uint8, uint8_t, 0) X(uint16, uint16_t, 27) X(uint32, uint32_t, 28)   \
  X(uint64, uint64_t, 29) X(int8, int8_t, 1) X(int16, int16_t, 2) X(int32, int32_t, 3) X(int64, int64_t, 4)         \
  X(bool, bool, 11)
#define AOTI_RT_DECLARE(name, type, number)                                          \
  AOTI_API int32_t aoti_rt_scalar_to_tensor_##name(type value, AtenTensorHandle* out); \
  AOTI_API int32_t aoti_rt_item_##name(AtenTensorHandle self, type* out);
AOTI_RT_NUMBERS(AOTI_RT_DECLARE)

/* ---- constants ---- */
#define AOTI_RT_CONSTANTS(X)                                                                                        \
  X(dtype_uint8, 0) X(dtype_int8, 1) X(dtype_int16, 2) X(dtype_int32, 3) X(dtype_int64, 4) X(dtype_float16, 5)       \
  X(dtype_float32, 6) X(dtype_float64, 7) X(dtype_complex32, 8) X(dtype_complex64, 9) X(dtype_complex128, 10)        \
  X(dtype_bool, 11) X(dtype_bfloat16, 15) X(dtype_float8_e5m2, 23) X(dtype_float8_e4m3fn, 24)                        \
  X(dtype_float8_e5m2fnuz, 25) X(dtype_float8_e4m3fnuz, 26) X(dtype_uint16, 27) X(dtype_uint32, 28)                  \
  X(dtype_uint64, 29) X(device_type_cpu, 0) X(device_type_cuda, 1) X(layout_strided, 0)                              \
  X(memory_format_contiguous_format, 0) X(memory_format_preserve_format, 1) X(memory_format_channels_last, 2)
#define AOTI_RT_CONSTANT(name, number) AOTI_API int32_t aoti_rt_##name(void);
AOTI_RT_CONSTANTS(AOTI_RT_CONSTANT)

/* There is no autograd here: remembers what it was told. */
AOTI_API bool aoti_rt_grad_mode_is_enabled(void);
AOTI_API void aoti_rt_grad_mode_set_enabled(bool enabled);

#undef AOTI_RT_DECLARE
#undef AOTI_RT_CONSTANT
#ifdef __cplusplus
}
#endif
#endif
