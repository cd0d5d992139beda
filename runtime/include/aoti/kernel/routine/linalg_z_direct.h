/* Complex matrices taken apart directly: Cholesky, LU with row exchanges, QR by reflections; and systems solved with the parts. */
#ifndef AOTI_ROUTINE_LINALG_Z_DIRECT_H
#define AOTI_ROUTINE_LINALG_Z_DIRECT_H
#include "aoti/kernel/routine/linalg_z.h"

/* A = L L^H, reading the lower triangle. Gives 0, or the order of the leading minor that is not positive. */
static int32_t aoti_zcholesky_one(aoti_z* w, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    aoti_z* const row = w + i * n;
    for (int64_t j = 0; j < i; j++)
      row[j] = aoti_ztimes(aoti_zsub(row[j], aoti_zdot(w + j * n, row, j)), 1 / w[j * n + j].re);
    const double rest = row[i].re - aoti_zdot(row, row, i).re;
    if (!(rest > 0)) return (int32_t)(i + 1);
    row[i] = aoti_zof(sqrt(rest), 0);
  }
  return 0;
}
/* Iteration i: matrix i. Scratch: 2 n * n doubles. */
static void aoti_zcholesky(const aoti_x* a, aoti_x* out, int32_t* info, int64_t begin, int64_t end, int64_t n, double* scratch) {
  aoti_z* const w = (aoti_z*)scratch;
  for (int64_t b = begin; b < end; b++) {
    aoti_zwiden(a + 2 * b * n * n, w, n * n);
    info[b] = aoti_zcholesky_one(w, n);
    for (int64_t i = 0; i < n; i++) aoti_zclear(w + i * n + i + 1, n - i - 1);
    aoti_znarrow(w, out + 2 * b * n * n, n * n);
  }
}

/* P A = L U. Gives 0, or one more than the first column without a pivot. */
static int32_t aoti_zlu_one(aoti_z* w, int32_t* pivots, int64_t m, int64_t n, int pivot) {
  int32_t info = 0;
  for (int64_t j = 0; j < AOTI_MIN(m, n); j++) {
    int64_t best = j;
    for (int64_t i = j + 1; i < m && pivot; i++)
      if (aoti_zsize(w[i * n + j]) > aoti_zsize(w[best * n + j])) best = i;
    aoti_z* const top = w + j * n;
    pivots[j] = (int32_t)(best + 1);
    if (best != j) aoti_zswap(top, w + best * n, n);
    if (aoti_zis0(top[j])) {
      if (info == 0) info = (int32_t)(j + 1);
      continue;
    }
    for (int64_t i = j + 1; i < m; i++) {
      aoti_z* const row = w + i * n;
      row[j] = aoti_zdiv(row[j], top[j]);
      aoti_zaxpy(row + j + 1, aoti_zneg(row[j]), top + j + 1, n - j - 1);
    }
  }
  return info;
}
/* Iteration i: matrix i [m, n]. Scratch: 2 m * n doubles. */
static void aoti_zlu(const aoti_x* a, aoti_x* lu, int32_t* pivots, int32_t* info, int64_t begin, int64_t end, int64_t m, int64_t n,
                     int pivot, double* scratch) {
  aoti_z* const w = (aoti_z*)scratch;
  for (int64_t b = begin; b < end; b++) {
    aoti_zwiden(a + 2 * b * m * n, w, m * n);
    info[b] = aoti_zlu_one(w, pivots + b * AOTI_MIN(m, n), m, n, pivot);
    aoti_znarrow(w, lu + 2 * b * m * n, m * n);
  }
}
/* Iteration i: A X = B or A' X = B (A transposed, not its adjoint) for [n, count]. Scratch: 2 n * (n + count) doubles. */
static void aoti_zlu_solve(const aoti_x* lu, const int32_t* pivots, const aoti_x* given, aoti_x* out, int64_t begin, int64_t end,
                           int64_t n, int64_t count, int transposed, double* scratch, int32_t* error) {
  aoti_z *const w = (aoti_z*)scratch, *const x = w + n * n;
  for (int64_t b = begin; b < end; b++) {
    const int32_t* const p = pivots + b * n;
    aoti_zwiden(given + 2 * b * n * count, x, n * count);
    if (transposed) aoti_zwiden_turned(lu + 2 * b * n * n, w, n, n, 1);
    else aoti_zwiden(lu + 2 * b * n * n, w, n * n);
    for (int64_t i = 0; i < n; i++)
      if (p[i] < 1 || p[i] > n) {
        *error = AOTI_BAD_INDEX;
        return;
      }
    for (int64_t i = 0; i < n && !transposed; i++)
      if (p[i] != i + 1) aoti_zswap(x + i * count, x + (p[i] - 1) * count, count);
    aoti_zsolve(w, n, 0, !transposed, x, n, count);
    aoti_zsolve(w, n, 1, transposed, x, n, count);
    for (int64_t i = n - 1; i >= 0 && transposed; i--)
      if (p[i] != i + 1) aoti_zswap(x + i * count, x + (p[i] - 1) * count, count);
    aoti_znarrow(x, out + 2 * b * n * count, n * count);
  }
}

/* Iteration i: system i, [n, n] and [n, count]. Scratch: 2 n * (n + count) doubles. */
static void aoti_ztriangular(const aoti_x* t, const aoti_x* given, aoti_x* out, int64_t begin, int64_t end, int64_t n,
                             int64_t count, int upper, int unit, double* scratch) {
  aoti_z *const w = (aoti_z*)scratch, *const x = w + n * n;
  for (int64_t b = begin; b < end; b++) {
    aoti_zwiden(t + 2 * b * n * n, w, n * n);
    aoti_zwiden(given + 2 * b * n * count, x, n * count);
    aoti_zsolve(w, n, upper, unit, x, n, count);
    aoti_znarrow(x, out + 2 * b * n * count, n * count);
  }
}

/* A = Q R; w: the matrix [m, n] transposed. R's diagonal is real. */
static void aoti_zqr_one(aoti_z* w, aoti_z* tau, int64_t m, int64_t n) {
  for (int64_t i = 0; i < AOTI_MIN(m, n); i++) {
    tau[i] = aoti_zreflector(w + i * m + i, m - i);
    for (int64_t j = i + 1; j < n; j++) aoti_zreflect(w + j * m + i, w + i * m + i, aoti_zconj(tau[i]), m - i);
  }
}
/* Iteration i: matrix i [m, n]. Scratch: 2 (m + 1) * n doubles. */
static void aoti_zqr(const aoti_x* a, aoti_x* packed, aoti_x* tau, int64_t begin, int64_t end, int64_t m, int64_t n,
                     double* scratch) {
  aoti_z *const w = (aoti_z*)scratch, *const t = w + m * n;
  for (int64_t b = begin; b < end; b++) {
    aoti_zwiden_turned(a + 2 * b * m * n, w, m, n, 1);
    aoti_zqr_one(w, t, m, n);
    aoti_znarrow_turned(w, packed + 2 * b * m * n, m, n, 1);
    aoti_znarrow(t, tau + 2 * b * AOTI_MIN(m, n), AOTI_MIN(m, n));
  }
}
/* Iteration i: Q C, or Q's adjoint times C, for C [m, count], Q of `size` reflections packed in [m, n]. Scratch:
 * 2 (m * (n + count) + size) doubles. */
static void aoti_zqr_apply(const aoti_x* packed, const aoti_x* tau, const aoti_x* c, aoti_x* out, int64_t begin, int64_t end,
                           int64_t m, int64_t n, int64_t size, int64_t count, int adjoint, double* scratch) {
  aoti_z *const v = (aoti_z*)scratch, *const x = v + m * n, *const t = x + m * count;
  for (int64_t b = begin; b < end; b++) {
    aoti_zwiden_turned(packed + 2 * b * m * n, v, m, n, 1);
    aoti_zwiden_turned(c + 2 * b * m * count, x, m, count, 1);
    aoti_zwiden(tau + 2 * b * size, t, size);
    aoti_zreflect_all(x, m, count, v, m, t, size, 0, adjoint);
    aoti_znarrow_turned(x, out + 2 * b * m * count, m, count, 1);
  }
}
#endif
