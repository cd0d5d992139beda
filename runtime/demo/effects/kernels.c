/* The demo's three kernels. */
#include "aoti/model.h"

void demo_add_one(const aoti_args* args, int64_t begin, int64_t end) {
  float* x = args->p[0];
  for (int64_t i = begin; i < end; i++) x[i] += 1;
}

void demo_sum(const aoti_args* args, int64_t begin, int64_t end) {
  const float* x = args->p[0];
  float *state = args->p[1], *total = args->p[2];
  for (int64_t once = begin; once < end; once++) {
    float sum = 0;
    for (int64_t i = 0; i < args->n[0]; i++) sum += x[i];
    *total = *state += sum;
  }
}

void demo_lookup(const aoti_args* args, int64_t begin, int64_t end) {
  const float* table = args->p[0];
  const int64_t* index = args->p[1];
  float* out = args->p[2];
  for (int64_t i = begin; i < end; i++) {
    int64_t at = index[i];
    if (at < 0 || at >= 4) {
      *args->error = AOTI_BAD_INDEX;
      at = 0;
    }
    out[i] = table[at];
  }
}
