// Tensors of a model on at::Tensor, and the messages of what fails: see model.h.
#pragma once
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>
#include <c10/util/Exception.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

namespace aoti_torch {

using Tensors = std::vector<at::Tensor>;

[[noreturn]] inline void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));
inline void fail(const char* format, ...) {
  char text[768];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  TORCH_CHECK(false, text);
}

inline void check_count(const Tensors& inputs, size_t count, const char* model) {
  if (inputs.size() != count) fail("model \"%s\" takes %zu tensors, the host gave %zu", model, count, inputs.size());
}

// Type, rank and place that the model was built for; lazy conjugates and negatives become real memory.
inline at::Tensor input(const at::Tensor& given, const char* name, at::ScalarType type, int64_t rank) {
  if (!given.defined()) fail("input \"%s\" is missing", name);
  if (!given.device().is_cpu()) fail("input \"%s\" is on %s, the model runs on cpu", name, given.device().str().c_str());
  if (given.layout() != at::kStrided) fail("input \"%s\" is not a dense tensor", name);
  if (given.scalar_type() != type)
    fail("input \"%s\" is %s, the model takes %s", name, at::toString(given.scalar_type()), at::toString(type));
  if (given.dim() != rank)
    fail("input \"%s\" has %lld dimensions, the model takes %lld", name, (long long)given.dim(), (long long)rank);
  return given.resolve_conj().resolve_neg();
}

inline at::Tensor empty(at::IntArrayRef sizes, at::IntArrayRef strides, at::ScalarType type) {
  return at::empty_strided(sizes, strides, at::TensorOptions().dtype(type));
}

// The tensor itself where it is laid out so (strides of axes of one element say nothing), else a copy that is.
inline at::Tensor laid_out(const at::Tensor& tensor, at::IntArrayRef strides) {
  bool same = true;
  for (int64_t i = 0; i < tensor.dim() && same; i++) same = tensor.size(i) == 1 || tensor.stride(i) == strides[i];
  if (same || tensor.numel() == 0) return tensor;
  at::Tensor copy = empty(tensor.sizes(), strides, tensor.scalar_type());
  return copy.copy_(tensor);
}

// After a run that wrote to `memory`: into the caller's tensor, which autograd is told of.
inline void write_back(const at::Tensor& given, const at::Tensor& memory) {
  if (!memory.is_same(given)) {
    given.copy_(memory);
  } else if (!given.is_inference()) {
    given.unsafeGetTensorImpl()->bump_version();
  }
}

inline at::Tensor arena(int64_t bytes) { return at::empty({bytes}, at::TensorOptions().dtype(at::kByte)); }

// A tensor in the arena, which must live as long.
inline at::Tensor in_arena(const at::Tensor& arena, int64_t offset, at::IntArrayRef sizes, at::IntArrayRef strides, at::ScalarType type) {
  return at::from_blob((char*)arena.data_ptr() + offset, sizes, strides, at::TensorOptions().dtype(type));
}

inline void copy_bytes(const at::Tensor& to, const at::Tensor& from, int64_t bytes) {
  if (bytes > 0) std::memcpy(to.data_ptr(), from.data_ptr(), (size_t)bytes);
}

inline void check_finite(const at::Tensor& tensor, const char* what) {
  if (!at::isfinite(tensor).all().item<bool>()) fail("%s holds nan or infinity", what);
}

} // namespace aoti_torch
