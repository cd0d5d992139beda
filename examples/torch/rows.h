// What both programs feed, and how they print.
#pragma once
#include <ATen/ATen.h>

#include <cstdio>
#include <string>

inline at::Tensor ramp(at::IntArrayRef sizes) {
  at::Tensor x = at::empty(sizes, at::kFloat);
  float* values = x.data_ptr<float>();
  for (int64_t i = 0; i < x.numel(); i++) values[i] = float(i * 7 % 11 - 5) / 8;
  return x;
}

inline void print(const std::string& name, const at::Tensor& tensor) {
  const at::Tensor rows = tensor.dim() > 1 ? tensor.contiguous() : tensor.contiguous().unsqueeze(1);
  for (int64_t row = 0; row < rows.size(0); row++) {
    std::printf("%s[%lld]:", name.c_str(), (long long)row);
    for (int64_t i = 0; i < rows.size(1); i++) std::printf(" %.5f", rows[row][i].item<float>());
    std::printf("\n");
  }
}
