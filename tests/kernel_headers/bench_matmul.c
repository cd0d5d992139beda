/* GFLOP/s of the microkernel on warm panels, and of a packed m = n = k = 512 product with packing included. */
#include "aoti/kernel/matmul.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef DOUBLE
typedef double real;
#define MK aoti_mk_f64
#define PACK aoti_pack_f64
enum { MR = AOTI_MR_f64, NR = AOTI_NR_f64 };
#else
typedef float real;
#define MK aoti_mk_f32
#define PACK aoti_pack_f32
enum { MR = AOTI_MR_f32, NR = AOTI_NR_f32 };
#endif
enum { N = 512, KC = 256 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}
static real* take(size_t n) {
  real* p = aligned_alloc(64, (n * sizeof(real) + 63) / 64 * 64);
  for (size_t i = 0; i < n; i++) p[i] = (real)(((i * 7919) % 17) - 8.0) / 16;
  return p;
}
__attribute__((noinline)) static void tile(int64_t kc, const real* a, const real* b, real* c, int64_t ldc, int acc) {
  if (acc) MK(kc, a, b, c, ldc, 1);
  else MK(kc, a, b, c, ldc, 0);
}
static void product(const real* a, const real* b, real* c, real* pa, real* pb) {
  const int64_t mp = (N + MR - 1) / MR, np = (N + NR - 1) / NR;
  real t[MR * NR] __attribute__((aligned(64)));
  for (int64_t k0 = 0; k0 < N; k0 += KC) {
    for (int64_t i = 0; i < mp; i++) PACK(pa + i * MR * KC, a + i * MR * N + k0, N, 1, N - i * MR, KC, MR);
    for (int64_t j = 0; j < np; j++) PACK(pb + j * NR * KC, b + k0 * N + j * NR, 1, N, N - j * NR, KC, NR);
    for (int64_t j = 0; j < np; j++)
      for (int64_t i = 0; i < mp; i++) {
        if ((i + 1) * MR <= N && (j + 1) * NR <= N) {
          tile(KC, pa + i * MR * KC, pb + j * NR * KC, c + i * MR * N + j * NR, N, k0 != 0);
          continue;
        }
        tile(KC, pa + i * MR * KC, pb + j * NR * KC, t, NR, 0);
        for (int r = 0; r < MR && i * MR + r < N; r++)
          for (int s = 0; s < NR && j * NR + s < N; s++) {
            real* to = c + (i * MR + r) * N + j * NR + s;
            *to = t[r * NR + s] + (k0 ? *to : 0);
          }
      }
  }
}
int main(void) {
  real *a = take(N * N), *b = take(N * N), *c = take(N * N);
  real *pa = take((N + MR) * KC), *pb = take((N + NR) * KC);
  double best = 0, whole = 0;
  for (int r = 0; r < 20; r++) {
    double t = now();
    for (int i = 0; i < 2000; i++) tile(KC, pa, pb, c, NR, 0);
    double g = 2.0 * MR * NR * KC * 2000 / (now() - t) / 1e9;
    if (g > best) best = g;
    t = now();
    product(a, b, c, pa, pb);
    g = 2.0 * N * N * N / (now() - t) / 1e9;
    if (g > whole) whole = g;
  }
  double worst = 0;
  for (int i = 0; i < N; i += 37)
    for (int j = 0; j < N; j += 29) {
      double s = 0;
      for (int k = 0; k < N; k++) s += (double)a[i * N + k] * b[k * N + j];
      if (fabs(s - c[i * N + j]) > worst) worst = fabs(s - c[i * N + j]);
    }
  printf("tile %dx%d: microkernel %.1f GFLOP/s, %d^3 with packing %.1f GFLOP/s, largest error %.2g\n", MR, NR, best, N, whole, worst);
  return worst > 1e-3;
}
