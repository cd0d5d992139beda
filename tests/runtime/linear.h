/* The linear demo's weights and expected result, computed plainly. */
#ifndef LINEAR_H
#define LINEAR_H
enum { K = 64, N = 32 };

static inline float weight_at(int k, int j, int version) { return (float)((k * 7 + j * 3 + version) % 11 - 5) / 8; }
static inline float bias_at(int j, int version) { return (float)((j + version) % 5 - 2) / 4; }
static inline float x_at(long i, int k) { return (float)((i * 5 + k * 3) % 13 - 6) / 4; }

static inline void fill_weights(float* w, float* b, int version) {
  for (int k = 0; k < K; k++)
    for (int j = 0; j < N; j++) w[k * N + j] = weight_at(k, j, version);
  for (int j = 0; j < N; j++) b[j] = bias_at(j, version);
}

static inline void fill_x(float* x, long batch) {
  for (long i = 0; i < batch; i++)
    for (int k = 0; k < K; k++) x[i * K + k] = x_at(i, k);
}

/* All numbers are small multiples of 1/32: sums are exact in any order. */
static inline int is_result(const float* y, long batch, int version) {
  for (long i = 0; i < batch; i++)
    for (int j = 0; j < N; j++) {
      float sum = bias_at(j, version);
      for (int k = 0; k < K; k++) sum += x_at(i, k) * weight_at(k, j, version);
      if (y[i * N + j] != (sum > 0 ? sum : 0)) return 0;
    }
  return 1;
}
#endif
