/* Convolutions of 3 x 3 taps by Winograd's minimal filtering (Lavin and Gray 2015): tiles of 2 x 2 outputs by the points
 * 0, 1, -1 and infinity, of 4 x 4 by 0, 1, -1, 1/2, -2 and infinity. Lanes are tiles side by side. The factors G g G' are
 * made where weights are packed (tapTransform in src/kernels/winograd.ts). Include after vec.h and matmul.h. */
#ifndef AOTI_KERNEL_WINOGRAD_H
#define AOTI_KERNEL_WINOGRAD_H
#include <string.h>
#include "aoti/kernel/contraction.h"
#include "aoti/kernel/matmul.h"

#define AOTI__WK(c) aoti_set1_f32(c)

#if defined(AOTI__EACH_LANE) && (defined(__clang__) || __GNUC__ >= 12)
#define AOTI__EVEN(s, l) (2 * (l))
#define AOTI__ODD(s, l) (2 * (l) + 1)
#define AOTI__ZIP_LOW(s, l) (((l) % 2) * AOTI_LANES + (l) / 2)
#define AOTI__ZIP_HIGH(s, l) (((l) % 2) * AOTI_LANES + AOTI_LANES / 2 + (l) / 2)
#define AOTI__NEXT(s, l) ((l) + 1 < AOTI_LANES ? (l) + 1 : AOTI_LANES + (s))
#define AOTI__SHUFFLE(F, s, a, b) __builtin_shufflevector(a, b, AOTI__EACH_LANE(F, s))
#else
#define AOTI__EVEN(l) (2 * (l))
#define AOTI__ODD(l) (2 * (l) + 1)
#define AOTI__ZIP_LOW(l) (((l) % 2) * AOTI_LANES + (l) / 2)
#define AOTI__ZIP_HIGH(l) (((l) % 2) * AOTI_LANES + AOTI_LANES / 2 + (l) / 2)
#define AOTI__NEXT(l) ((l) + 1)
AOTI_FN vf32 aoti__pick(vf32 a, vf32 b, int i, vf32 r, int l) {
  r[l] = i < AOTI_LANES ? a[i] : b[i - AOTI_LANES];
  return r;
}
#define AOTI__SHUFFLE(F, s, a, b)                                                                  \
  ({                                                                                               \
    vf32 picked = {0};                                                                             \
    for (int l = 0; l < AOTI_LANES; l++)                                                           \
      picked = aoti__pick(a, b, F(l) + (F(l) == AOTI_LANES && F(0) == 1 ? (s) : 0), picked, l);    \
    picked;                                                                                        \
  })
#endif

/* Defines NAME(kc, a, b, ldb, c, ldc): C = A B of MR rows and NV vectors, as AOTI_MICROKERNEL_APART. Factors come from far
 * away, once: they are asked for AHEAD elements early, which the processor's own guesses do not do across pages. */
#define AOTI_WINOGRAD_AHEAD 512
#define AOTI_WINOGRAD_PRODUCT(NAME, MR, NV)                                                        \
  AOTI_FN void NAME(int64_t kc, const float* a, const float* b, int64_t ldb, float* c, int64_t ldc) { \
    enum { L = AOTI_MK_BYTES / sizeof(float) };                                                    \
    aoti_mk_v_f32 acc[MR][NV];                                                                     \
    _Pragma("GCC unroll 64") for (int i = 0; i < MR; i++)                                          \
      _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++) acc[i][j] = (aoti_mk_v_f32){0};         \
    for (int64_t k = 0; k < kc; k++) {                                                             \
      aoti_mk_v_f32 bv[NV];                                                                        \
      __builtin_prefetch(a + AOTI_WINOGRAD_AHEAD);                                                 \
      _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                         \
        bv[j] = (aoti_mk_v_f32)*(const aoti_mk_u_f32*)(b + j * L);                                 \
      _Pragma("GCC unroll 64") for (int i = 0; i < MR; i++) {                                      \
        aoti_mk_v_f32 av = a[i] - (aoti_mk_v_f32){0};                                              \
        _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                       \
          acc[i][j] = aoti_mk_fma_f32(av, bv[j], acc[i][j]);                                       \
      }                                                                                            \
      a += MR;                                                                                     \
      b += ldb;                                                                                    \
    }                                                                                              \
    _Pragma("GCC unroll 64") for (int i = 0; i < MR; i++)                                          \
      _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                         \
        *(aoti_mk_u_f32*)(c + i * ldc + j * L) = (aoti_mk_u_f32)acc[i][j];                         \
  }

/* B' d along one axis: `to` values from as many `d`. */
AOTI_FN void aoti__winograd2_values(const vf32 d[4], vf32 to[4]) {
  to[0] = d[2] - d[0];
  to[1] = d[1] + d[2];
  to[2] = d[2] - d[1];
  to[3] = d[3] - d[1];
}
AOTI_FN void aoti__winograd4_values(const vf32 d[6], vf32 to[6]) {
  const vf32 a = d[3] - d[1], b = d[4] - d[2];
  to[0] = aoti_madd_f32(AOTI__WK(1.5f), a, b + (d[0] - d[2]));
  to[1] = aoti_madd_f32(AOTI__WK(1.5f), d[3] + d[2], b + a);
  to[2] = aoti_madd_f32(AOTI__WK(1.5f), d[3] - d[2], b - a);
  to[3] = aoti_madd_f32(AOTI__WK(2.0f), a, b);
  to[4] = aoti_madd_f32(AOTI__WK(-0.5f), a, b);
  to[5] = aoti_madd_f32(AOTI__WK(1.5f), b, (d[5] - d[3]) - a);
}

/* A' m along one axis: outputs from products. */
AOTI_FN void aoti__winograd2_sums(const vf32 m[4], vf32 to[2]) {
  to[0] = m[0] + m[1] + m[2];
  to[1] = m[1] - m[2] + m[3];
}
AOTI_FN void aoti__winograd4_sums(const vf32 m[6], vf32 to[4]) {
  const vf32 s = m[1] + m[2], d = m[1] - m[2];
  to[0] = (m[0] + s) + (m[3] + m[4]);
  to[1] = aoti_madd_f32(AOTI__WK(0.5f), m[3], aoti_madd_f32(AOTI__WK(-2.0f), m[4], d));
  to[2] = aoti_madd_f32(AOTI__WK(0.25f), m[3], aoti_madd_f32(AOTI__WK(4.0f), m[4], s));
  to[3] = aoti_madd_f32(AOTI__WK(0.125f), m[3], aoti_madd_f32(AOTI__WK(-8.0f), m[4], d + m[5]));
}

/* Values at every N-th column: from[i][l] = row[N * l + i]. */
AOTI_FN void aoti__winograd2_apart(const vf32* row, vf32* from) {
  from[0] = AOTI__SHUFFLE(AOTI__EVEN, 0, row[0], row[1]);
  from[1] = AOTI__SHUFFLE(AOTI__ODD, 0, row[0], row[1]);
}
AOTI_FN void aoti__winograd4_apart(const vf32* row, vf32* from) {
  const vf32 even0 = AOTI__SHUFFLE(AOTI__EVEN, 0, row[0], row[1]), odd0 = AOTI__SHUFFLE(AOTI__ODD, 0, row[0], row[1]);
  const vf32 even1 = AOTI__SHUFFLE(AOTI__EVEN, 0, row[2], row[3]), odd1 = AOTI__SHUFFLE(AOTI__ODD, 0, row[2], row[3]);
  from[0] = AOTI__SHUFFLE(AOTI__EVEN, 0, even0, even1);
  from[1] = AOTI__SHUFFLE(AOTI__EVEN, 0, odd0, odd1);
  from[2] = AOTI__SHUFFLE(AOTI__ODD, 0, even0, even1);
  from[3] = AOTI__SHUFFLE(AOTI__ODD, 0, odd0, odd1);
}

/* Vector k of lines that lie `down` apart, `length` elements of each end to end: a power of two. */
AOTI_FN vf32 aoti__winograd_piece(const float* lines, int64_t down, const int length, int k) {
  if (length >= AOTI_LANES) return aoti_load_f32(lines + k * AOTI_LANES / length * down + k * AOTI_LANES % length);
  float piece[AOTI_LANES];
  for (int i = 0; i < AOTI_LANES; i += length)
    memcpy(piece + i, lines + (k * AOTI_LANES + i) / length * down, 4 * length);
  return aoti_load_f32(piece);
}
/* The reverse for results: only the first `rows` lines, and `count` elements of each. */
AOTI_FN void aoti__winograd_lay(float* lines, int64_t down, const int length, int k, vf32 x, int64_t rows, int64_t count) {
  if (length >= AOTI_LANES) {
    const int row = k * AOTI_LANES / length, at = k * AOTI_LANES % length;
    if (row < rows && at < count) aoti_storen_f32(lines + row * down + at, x, count - at);
    return;
  }
  float piece[AOTI_LANES];
  aoti_store_f32(piece, x);
  for (int i = 0; i < AOTI_LANES; i += length) {
    const int row = (k * AOTI_LANES + i) / length;
    if (row < rows)
      for (int c = 0; c < length; c++)
        if (c < count) lines[row * down + c] = piece[i + c];
  }
}

/* The columns of N outputs side by side again. */
AOTI_FN void aoti__winograd2_row(const vf32 y[2], vf32 row[2]) {
  row[0] = AOTI__SHUFFLE(AOTI__ZIP_LOW, 0, y[0], y[1]);
  row[1] = AOTI__SHUFFLE(AOTI__ZIP_HIGH, 0, y[0], y[1]);
}
AOTI_FN void aoti__winograd4_row(const vf32 y[4], vf32 row[4]) {
  const vf32 even[2] = {AOTI__SHUFFLE(AOTI__ZIP_LOW, 0, y[0], y[2]), AOTI__SHUFFLE(AOTI__ZIP_HIGH, 0, y[0], y[2])};
  const vf32 odd[2] = {AOTI__SHUFFLE(AOTI__ZIP_LOW, 0, y[1], y[3]), AOTI__SHUFFLE(AOTI__ZIP_HIGH, 0, y[1], y[3])};
  for (int h = 0; h < 2; h++) {
    row[2 * h] = AOTI__SHUFFLE(AOTI__ZIP_LOW, 0, even[h], odd[h]);
    row[2 * h + 1] = AOTI__SHUFFLE(AOTI__ZIP_HIGH, 0, even[h], odd[h]);
  }
}

/* NAME_values(image, width, count, v, step): transformed values of `count` tiles side by side. `image` is the top left of
 * the first, in lines of `width` that may be read up to N * AOTI_LANES beyond the last; v[(i * (N + 2) + j) * step + tile].
 *
 * NAME_sums(m, step, count, y, width, down, across): `count` tiles of outputs from their products, which lie as the values
 * do, to lines of `width`; only the first `down` of their lines and `across` of their columns.
 *
 * NAME_values_in_rows, NAME_sums_in_rows: the same for one vector of tiles that takes in rows of them, `per` lanes each (a
 * power of two). Lines of the image may be read up to N * (per + 1) elements, also where a row has fewer tiles. */
#define AOTI_WINOGRAD(N)                                                                           \
  AOTI_FN void aoti_winograd##N##_values(const float* image, int64_t width, int64_t count, float* v, \
                                         int64_t step) {                                           \
    enum { S = N + 2 };                                                                            \
    for (int64_t t = 0; t < count; t += AOTI_LANES) {                                              \
      vf32 lines[S][N + 1];                                                                        \
      _Pragma("GCC unroll 8") for (int c = 0; c <= N; c++) {                                       \
        vf32 d[S], to[S];                                                                          \
        _Pragma("GCC unroll 8") for (int i = 0; i < S; i++)                                        \
          d[i] = aoti_load_f32(image + i * width + t * N + c * AOTI_LANES);                        \
        aoti__winograd##N##_values(d, to);                                                         \
        _Pragma("GCC unroll 8") for (int i = 0; i < S; i++) lines[i][c] = to[i];                   \
      }                                                                                            \
      _Pragma("GCC unroll 8") for (int i = 0; i < S; i++) {                                        \
        vf32 d[S], to[S];                                                                          \
        aoti__winograd##N##_apart(lines[i], d); /* the last two run on into the vector after the N */ \
        d[N] = AOTI__SHUFFLE(AOTI__NEXT, 0, d[0], lines[i][N]);                                    \
        d[N + 1] = AOTI__SHUFFLE(AOTI__NEXT, 1, d[1], lines[i][N]);                                \
        aoti__winograd##N##_values(d, to);                                                         \
        _Pragma("GCC unroll 8") for (int j = 0; j < S; j++)                                        \
          aoti_storen_f32(v + (i * S + j) * step + t, to[j], count - t);                           \
      }                                                                                            \
    }                                                                                              \
  }                                                                                                \
  AOTI_FN void aoti_winograd##N##_sums(const float* m, int64_t step, int64_t count, float* y,      \
                                       int64_t width, int64_t down, int64_t across) {              \
    enum { S = N + 2 };                                                                            \
    for (int64_t t = 0; t < count; t += AOTI_LANES) {                                              \
      vf32 lines[N][S];                                                                            \
      _Pragma("GCC unroll 8") for (int j = 0; j < S; j++) {                                        \
        vf32 d[S], to[N];                                                                          \
        _Pragma("GCC unroll 8") for (int i = 0; i < S; i++)                                        \
          d[i] = aoti_load_f32(m + (i * S + j) * step + t);                                        \
        aoti__winograd##N##_sums(d, to);                                                           \
        _Pragma("GCC unroll 8") for (int i = 0; i < N; i++) lines[i][j] = to[i];                   \
      }                                                                                            \
      _Pragma("GCC unroll 8") for (int i = 0; i < N; i++) {                                        \
        vf32 to[N], row[N];                                                                        \
        aoti__winograd##N##_sums(lines[i], to);                                                    \
        aoti__winograd##N##_row(to, row);                                                          \
        if (i < down)                                                                              \
          _Pragma("GCC unroll 8") for (int j = 0; j < N; j++) {                                    \
            const int64_t at = t * N + j * AOTI_LANES;                                             \
            if (at < across) aoti_storen_f32(y + i * width + at, row[j], across - at);             \
          }                                                                                        \
      }                                                                                            \
    }                                                                                              \
  }
AOTI_WINOGRAD(2) AOTI_WINOGRAD(4)

#define AOTI_WINOGRAD_IN_ROWS(N)                                                                   \
  AOTI_FN void aoti_winograd##N##_values_in_rows(const float* image, int64_t width, const int per, \
                                                 float* v, int64_t step) {                         \
    enum { S = N + 2 };                                                                            \
    vf32 lines[S][2 * N]; /* those that begin a tile later come second */                          \
    _Pragma("GCC unroll 8") for (int c = 0; c < 2 * N; c++) {                                      \
      vf32 d[S], to[S];                                                                            \
      _Pragma("GCC unroll 8") for (int i = 0; i < S; i++)                                          \
        d[i] = aoti__winograd_piece(image + i * width + c / N * N, N * width, per * N, c % N);     \
      aoti__winograd##N##_values(d, to);                                                           \
      _Pragma("GCC unroll 8") for (int i = 0; i < S; i++) lines[i][c] = to[i];                     \
    }                                                                                              \
    _Pragma("GCC unroll 8") for (int i = 0; i < S; i++) {                                          \
      vf32 d[2 * N], to[S];                                                                        \
      aoti__winograd##N##_apart(lines[i], d);                                                      \
      aoti__winograd##N##_apart(lines[i] + N, d + N);                                              \
      aoti__winograd##N##_values(d, to);                                                           \
      _Pragma("GCC unroll 8") for (int j = 0; j < S; j++) aoti_store_f32(v + (i * S + j) * step, to[j]); \
    }                                                                                              \
  }                                                                                                \
  AOTI_FN void aoti_winograd##N##_sums_in_rows(const float* m, int64_t step, const int per, float* y, \
                                               int64_t width, int64_t down, int64_t across) {      \
    enum { S = N + 2 };                                                                            \
    vf32 lines[N][S];                                                                              \
    _Pragma("GCC unroll 8") for (int j = 0; j < S; j++) {                                          \
      vf32 d[S], to[N];                                                                            \
      _Pragma("GCC unroll 8") for (int i = 0; i < S; i++) d[i] = aoti_load_f32(m + (i * S + j) * step); \
      aoti__winograd##N##_sums(d, to);                                                             \
      _Pragma("GCC unroll 8") for (int i = 0; i < N; i++) lines[i][j] = to[i];                     \
    }                                                                                              \
    _Pragma("GCC unroll 8") for (int i = 0; i < N; i++) {                                          \
      vf32 to[N], row[N];                                                                          \
      aoti__winograd##N##_sums(lines[i], to);                                                      \
      aoti__winograd##N##_row(to, row);                                                            \
      _Pragma("GCC unroll 8") for (int j = 0; j < N; j++)                                          \
        aoti__winograd_lay(y + i * width, N * width, per * N, j, row[j], (down - i + N - 1) / N, across); \
    }                                                                                              \
  }
AOTI_WINOGRAD_IN_ROWS(2) AOTI_WINOGRAD_IN_ROWS(4)
#endif
