/* The demo's kernels: each does the elements [begin, end) of a matrix, by rows or one by one. */
#include "aoti/model.h"

void demo_scale(const aoti_args* args, int64_t begin, int64_t end) {
  const float* x = args->p[0];
  float* y = args->p[1];
  for (int64_t i = begin; i < end; i++) y[i] = x[i] * (float)args->n[0];
}

void demo_count(const aoti_args* args, int64_t begin, int64_t end) {
  int64_t* at = args->p[0];
  for (int64_t once = begin; once < end; once++) ++*at;
}

void demo_more(const aoti_args* args, int64_t begin, int64_t end) {
  float* x = args->p[0];
  for (int64_t i = begin; i < end; i++) x[i] += 1;
}

void demo_reverse(const aoti_args* args, int64_t begin, int64_t end) {
  const float* x = args->p[0];
  float *y = args->p[1], *row = args->scratch;
  const int64_t m = args->n[0];
  for (int64_t i = begin; i < end; i++) {
    for (int64_t j = 0; j < m; j++) row[j] = x[i * m + m - 1 - j];
    for (int64_t j = 0; j < m; j++) y[i * m + j] = row[j];
  }
}
