/* Packing (strides, edges, halves) and microkernels (the machine's tile and others, fresh and accumulating). */
#include "aoti/kernel/matmul.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

AOTI_MICROKERNEL(mk_f32_1, f32, 1, 4)
AOTI_MICROKERNEL(mk_f64_3, f64, 3, 1)

enum { K = 19, LD = 80 };
static int failures;

#define CHECK(NAME, T, C, MK, PACK, MR, NR)                                                        \
  static void NAME(int rows, int columns, int by_columns) {                                        \
    static C a[LD * LD], b[LD * LD], out[MR * NR], pa[MR * K], pb[NR * K];                         \
    for (int i = 0; i < LD * LD; i++) a[i] = (C)(i % 13 - 6) / 4, b[i] = (C)(i % 11 - 5) / 8;      \
    /* A[i][k] at i * LD + k, or the other way round; B[k][j] alike */                             \
    const int64_t s = by_columns ? 1 : LD, u = by_columns ? LD : 1;                                \
    PACK(pa, a, s, u, rows, K, MR);                                                                \
    PACK(pb, b, u, s, columns, K, NR);                                                             \
    for (int i = 0; i < MR * NR; i++) out[i] = 1000;                                               \
    MK(K, pa, pb, out, NR, 0);                                                                     \
    MK(K, pa, pb, out, NR, 1);                                                                     \
    for (int i = 0; i < MR; i++)                                                                   \
      for (int j = 0; j < NR; j++) {                                                               \
        double want = 0;                                                                           \
        for (int k = 0; k < K; k++) want += i < rows && j < columns ? (double)a[i * s + k * u] * b[k * s + j * u] : 0; \
        if (fabs(2 * want - (double)out[i * NR + j]) > 1e-4) failures++, printf(#NAME " %d %d: %g, not %g\n", i, j, (double)out[i * NR + j], 2 * want); \
      }                                                                                            \
  }
CHECK(full_f32, f32, float, aoti_mk_f32, aoti_pack_f32, AOTI_MR_f32, AOTI_NR_f32)
CHECK(full_f64, f64, double, aoti_mk_f64, aoti_pack_f64, AOTI_MR_f64, AOTI_NR_f64)
CHECK(row_f32, f32, float, mk_f32_1, aoti_pack_f32, 1, AOTI_MK_BYTES)
CHECK(rows_f64, f64, double, mk_f64_3, aoti_pack_f64, 3, AOTI_MK_BYTES / 8)

static void halves(void) {
  static uint16_t h[65536];
  static float panel[65536];
  for (int i = 0; i < 65536; i++) h[i] = (uint16_t)i;
  aoti_pack_f16(panel, h, 1, 16, 16, 4096, 16);
  for (int i = 0; i < 65536; i++) {
    int e = i >> 10 & 31, m = i & 1023;
    float want = e == 31 ? (m ? NAN : INFINITY) : e ? ldexpf(1 + m / 1024.f, e - 15) : ldexpf(m / 1024.f, -14);
    if (i & 0x8000) want = -want;
    if (want != want ? panel[i] == panel[i] : memcmp(&want, panel + i, 4)) failures++, printf("f16 %x: %g\n", i, panel[i]);
  }
  aoti_pack_bf16(panel, h, 1, 16, 16, 4096, 16);
  for (uint32_t i = 0; i < 65536; i++) {
    uint32_t u;
    memcpy(&u, panel + i, 4);
    if (u != i << 16) failures++, printf("bf16 %x: %x\n", i, u);
  }
}
int main(void) {
  for (int t = 0; t < 2; t++) {
    full_f32(AOTI_MR_f32, AOTI_NR_f32, t), full_f32(AOTI_MR_f32 - 1, 3, t), full_f32(1, AOTI_NR_f32, t);
    full_f64(AOTI_MR_f64, AOTI_NR_f64, t), full_f64(2, AOTI_NR_f64 - 1, t);
    row_f32(1, AOTI_MK_BYTES, t), row_f32(1, 5, t), rows_f64(3, AOTI_MK_BYTES / 8, t);
  }
  halves();
  printf("matmul, tile %dx%d: %d failures\n", AOTI_MR_f32, AOTI_NR_f32, failures);
  return failures != 0;
}
