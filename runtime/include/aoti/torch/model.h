// What a model's wrapper on at::Tensor (abi_compatible: false) is written with: C++17, PyTorch's own headers, nothing
// of the runtime. Memory, threads, random numbers and messages are PyTorch's; the kernels are those of any other build.
//
// Failures throw c10::Error. A model may be run from many threads at once; one with state (buffers that runs write)
// runs one call at a time.
#pragma once
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/record_function.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>
#include <initializer_list>
#include <mutex>

#include "aoti/torch/constants.h"
#include "aoti/torch/tensors.h"

extern "C" {
#include "aoti/model.h"
}

namespace aoti_torch {

// One call's own: what random numbers are drawn from.
struct Run {
  uint64_t random[3] = {0, 0, 0};
  explicit Run(bool draws) {
    if (!draws) return; // torch.manual_seed makes a run repeatable
    auto* generator = at::get_generator_or_default<at::CPUGeneratorImpl>(std::nullopt, at::detail::getDefaultCPUGenerator());
    std::lock_guard<std::mutex> lock(generator->mutex_);
    random[0] = generator->random64();
  }
};

[[noreturn]] inline void kernel_failed(int32_t error, const char* name) {
  switch (error) {
    case AOTI_BAD_INDEX: fail("index out of range in kernel %s", name);
    case AOTI_BAD_VALUE: fail("a value that the operation does not take, in kernel %s", name);
    case AOTI_DIVISION_BY_ZERO: fail("integer division by zero in kernel %s", name);
    default: fail("error %d in kernel %s", error, name);
  }
}

// Runs a kernel over [0, total) on PyTorch's threads, in pieces that begin at multiples of `grain`.
inline void launch(Run& run, aoti_kernel kernel, std::initializer_list<void*> buffers, std::initializer_list<int64_t> symbols,
                   int64_t total, int64_t grain, int64_t scratch, const char* name) {
  RECORD_FUNCTION(name, c10::ArrayRef<const c10::IValue>{});
  int32_t error = 0;
  grain = std::max<int64_t>(grain, 1);
  const int64_t pieces = total > 0 ? (total - 1) / grain + 1 : 0;
  at::parallel_for(0, pieces, 1, [&](int64_t first, int64_t last) {
    at::Tensor own = scratch > 0 ? arena(scratch) : at::Tensor();
    int64_t kept = 0;
    const aoti_args args = {buffers.begin(), symbols.begin(), own.defined() ? own.data_ptr() : nullptr, &error, run.random,
                            &kept};
    kernel(&args, first * grain, std::min(last * grain, total));
  });
  run.random[2]++;
  if (error) kernel_failed(error, name);
}

} // namespace aoti_torch
