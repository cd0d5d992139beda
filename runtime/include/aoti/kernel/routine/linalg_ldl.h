/* P A P' = L D L' for symmetric matrices by Bunch and Kaufman's pivoting, D of blocks of one or two; the lower triangle is
 * read. Pivots as LAPACK has them: k + 1 of the row exchanged, and for a block of two the same negative number twice. */
#ifndef AOTI_ROUTINE_LINALG_LDL_H
#define AOTI_ROUTINE_LINALG_LDL_H
#include "aoti/kernel/routine/linalg.h"

/* Exchanges rows and columns k and p > k of what is left from row `from` on; w[j][i] is element (i, j), i >= j. */
static void aoti_ldl_exchange(double* w, int64_t n, int64_t from, int64_t k, int64_t p) {
  for (int64_t j = from; j < k; j++) aoti_swap(w + j * n + k, w + j * n + p, 1);
  aoti_swap(w + k * n + p + 1, w + p * n + p + 1, n - p - 1);
  for (int64_t i = k + 1; i < p; i++) aoti_swap(w + k * n + i, w + i * n + p, 1);
  aoti_swap(w + k * n + k, w + p * n + p, 1);
}
AOTI_RT int64_t aoti_largest(const double* row, int64_t from, int64_t to) {
  int64_t best = from;
  for (int64_t i = from + 1; i < to; i++)
    if (fabs(row[i]) > fabs(row[best])) best = i;
  return best;
}
/* Size of the largest element off the diagonal in row p of what is left from k on. */
static double aoti_ldl_row_size(const double* w, int64_t n, int64_t k, int64_t p) {
  double size = p + 1 < n ? fabs(w[p * n + aoti_largest(w + p * n, p + 1, n)]) : 0;
  for (int64_t j = k; j < p; j++) size = AOTI_MAX(size, fabs(w[j * n + p]));
  return size;
}
static int32_t aoti_ldl_one(double* w, int32_t* pivots, int64_t n) {
  const double alpha = (1 + sqrt(17.0)) / 8;
  int32_t info = 0;
  for (int64_t k = 0, step; k < n; k += step) {
    double* const top = w + k * n;
    const double here = fabs(top[k]);
    const int64_t best = k + 1 < n ? aoti_largest(top, k + 1, n) : k;
    const double column = best > k ? fabs(top[best]) : 0;
    int64_t p = k;
    step = 1;
    if (AOTI_MAX(here, column) == 0 || here != here) {
      if (info == 0) info = (int32_t)(k + 1);
      pivots[k] = (int32_t)(k + 1);
      continue;
    }
    if (here < alpha * column) {
      const double row = aoti_ldl_row_size(w, n, k, best);
      if (here < alpha * column * (column / row)) {
        p = best;
        step = fabs(w[best * n + best]) >= alpha * row ? 1 : 2;
      }
    }
    const int64_t last = k + step - 1; /* the exchanged one of the block's rows */
    if (p != last) aoti_ldl_exchange(w, n, k, last, p);
    pivots[k] = pivots[last] = (int32_t)(step == 1 ? p + 1 : -(p + 1));
    if (step == 1) {
      for (int64_t j = k + 1; j < n; j++) aoti_axpy(w + j * n + j, -top[j] / top[k], top + j, n - j);
      for (int64_t j = k + 1; j < n; j++) top[j] /= top[k];
      continue;
    }
    double* const next = top + n;
    const double cross = top[k + 1], a = next[k + 1] / cross, d = top[k] / cross, scale = 1 / (a * d - 1) / cross;
    for (int64_t j = k + 2; j < n; j++) {
      const double x = scale * (a * top[j] - next[j]), y = scale * (d * next[j] - top[j]);
      for (int64_t i = j; i < n; i++) w[j * n + i] -= top[i] * x + next[i] * y;
      top[j] = x;
      next[j] = y;
    }
  }
  return info;
}

/* Iteration i: matrix i. Scratch: n * n doubles. */
static void aoti_ldl(const aoti_x* a, aoti_x* ld, int32_t* pivots, int32_t* info, int64_t begin, int64_t end, int64_t n,
                     double* scratch) {
  for (int64_t b = begin; b < end; b++) {
    aoti_widen_transposed(a + b * n * n, scratch, n, n);
    info[b] = aoti_ldl_one(scratch, pivots + b * n, n);
    for (int64_t i = 1; i < n; i++) aoti_clear(scratch + i * n, i);
    aoti_narrow_transposed(scratch, ld + b * n * n, n, n);
  }
}

/* Rows of x exchanged as the pivot of block k says; gives the block's size, 0 for pivots that are none. */
AOTI_RT int64_t aoti_ldl_step(const int32_t* p, int64_t k, int64_t n) {
  const int64_t row = p[k] < 0 ? -(int64_t)p[k] : p[k];
  if (row < 1 || row > n || (p[k] < 0 && (k + 1 >= n || p[k + 1] != p[k]))) return 0;
  return p[k] < 0 ? 2 : 1;
}
static int aoti_ldl_solve_one(const double* w, const int32_t* p, double* x, int64_t n, int64_t count) {
  int64_t step;
  for (int64_t k = 0; k < n; k += step) {
    if ((step = aoti_ldl_step(p, k, n)) == 0) return 0;
    const int64_t row = (step == 2 ? -(int64_t)p[k] : p[k]) - 1, last = k + step - 1;
    double *const one = x + k * count, *const two = x + last * count;
    if (row != last) aoti_swap(two, x + row * count, count);
    for (int64_t i = last + 1; i < n; i++)
      for (int64_t j = k; j <= last; j++) aoti_axpy(x + i * count, -w[j * n + i], x + j * count, count);
    if (step == 1) {
      for (int64_t c = 0; c < count; c++) one[c] /= w[k * n + k];
      continue;
    }
    const double cross = w[k * n + k + 1], a = w[k * n + k] / cross, d = w[last * n + last] / cross, whole = a * d - 1;
    for (int64_t c = 0; c < count; c++) {
      const double f = one[c] / cross, g = two[c] / cross;
      one[c] = (d * f - g) / whole;
      two[c] = (a * g - f) / whole;
    }
  }
  for (int64_t last = n - 1; last >= 0; last -= step) {
    step = p[last] < 0 ? 2 : 1;
    const int64_t k = last - step + 1, row = (step == 2 ? -(int64_t)p[last] : p[last]) - 1;
    for (int64_t j = k; j <= last; j++)
      for (int64_t i = last + 1; i < n; i++) aoti_axpy(x + j * count, -w[j * n + i], x + i * count, count);
    if (row != last) aoti_swap(x + last * count, x + row * count, count);
  }
  return 1;
}
/* Iteration i: system i, [n, n] and [n, count]. Scratch: n * n + n * count doubles. */
static void aoti_ldl_solve(const aoti_x* ld, const int32_t* pivots, const aoti_x* given, aoti_x* out, int64_t begin, int64_t end,
                           int64_t n, int64_t count, double* scratch, int32_t* error) {
  double* const x = scratch + n * n;
  for (int64_t b = begin; b < end; b++) {
    aoti_widen_transposed(ld + b * n * n, scratch, n, n);
    aoti_widen(given + b * n * count, x, n * count);
    if (!aoti_ldl_solve_one(scratch, pivots + b * n, x, n, count)) *error = AOTI_BAD_INDEX;
    aoti_narrow(x, out + b * n * count, n * count);
  }
}
#endif
