/* The demo's two kernels. */
#include "aoti/model.h"

enum { K = 64, N = 32 };

void demo_transpose(const aoti_args* args, int64_t begin, int64_t end) {
  const float* w = args->p[0];
  float* t = args->p[1];
  for (int64_t j = begin; j < end; j++)
    for (int64_t k = 0; k < K; k++) t[j * K + k] = w[k * N + j];
}

void demo_linear(const aoti_args* args, int64_t begin, int64_t end) {
  const float *x = args->p[0], *t = args->p[1], *b = args->p[2];
  float *y = args->p[3], *row = args->scratch;
  for (int64_t i = begin; i < end; i++) {
    for (int64_t k = 0; k < K; k++) row[k] = x[i * K + k];
    for (int64_t j = 0; j < N; j++) {
      float sum = b[j];
      for (int64_t k = 0; k < K; k++) sum += row[k] * t[j * K + k];
      y[i * N + j] = sum > 0 ? sum : 0;
    }
  }
}
