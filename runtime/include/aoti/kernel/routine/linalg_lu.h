/* P A = L U with row exchanges, and systems solved with it. Pivots count from one, as LAPACK's do. */
#ifndef AOTI_ROUTINE_LINALG_LU_H
#define AOTI_ROUTINE_LINALG_LU_H
#include "aoti/kernel/routine/linalg.h"

AOTI_RT int64_t aoti_pivot_row(const double* w, int64_t j, int64_t m, int64_t n) {
  int64_t best = j;
  for (int64_t i = j + 1; i < m; i++)
    if (fabs(w[i * n + j]) > fabs(w[best * n + j])) best = i;
  return best;
}
/* Gives 0, or one more than the first column without a pivot. */
static int32_t aoti_lu_one(double* w, int32_t* pivots, int64_t m, int64_t n, int pivot, double* room) {
  const int64_t size = AOTI_MIN(m, n);
  int32_t info = 0;
  for (int64_t j0 = 0; j0 < size; j0 += AOTI_BLOCK) {
    const int64_t j1 = AOTI_MIN(size, j0 + AOTI_BLOCK);
    for (int64_t j = j0; j < j1; j++) {
      const int64_t best = pivot ? aoti_pivot_row(w, j, m, n) : j;
      double* const top = w + j * n;
      pivots[j] = (int32_t)(best + 1);
      if (best != j) aoti_swap(top, w + best * n, n);
      if (top[j] == 0) {
        if (info == 0) info = (int32_t)(j + 1);
        continue;
      }
      for (int64_t i = j + 1; i < m; i++) {
        double* const row = w + i * n;
        row[j] /= top[j];
        aoti_axpy(row + j + 1, -row[j], top + j + 1, j1 - j - 1);
      }
    }
    if (j1 == n) continue;
    for (int64_t i = j0 + 1; i < j1; i++)
      for (int64_t j = j0; j < i; j++) aoti_axpy(w + i * n + j1, -w[i * n + j], w + j * n + j1, n - j1);
    aoti_product(m - j1, n - j1, j1 - j0, -1, w + j1 * n + j0, n, 1, w + j0 * n + j1, n, 1, w + j1 * n + j1, n, room);
  }
  return info;
}

/* Iteration i: matrix i [m, n]. Scratch: m * n + AOTI_ROOM doubles. */
static void aoti_lu(const aoti_x* a, aoti_x* lu, int32_t* pivots, int32_t* info, int64_t begin, int64_t end, int64_t m, int64_t n,
                    int pivot, double* scratch) {
  for (int64_t b = begin; b < end; b++) {
    aoti_widen(a + b * m * n, scratch, m * n);
    info[b] = aoti_lu_one(scratch, pivots + b * AOTI_MIN(m, n), m, n, pivot, scratch + m * n);
    aoti_narrow(scratch, lu + b * m * n, m * n);
  }
}

/* Iteration i: A X = B or A' X = B for [n, count]. Scratch: n * n + n * count + AOTI_ROOM doubles. */
static void aoti_lu_solve(const aoti_x* lu, const int32_t* pivots, const aoti_x* given, aoti_x* out, int64_t begin, int64_t end,
                          int64_t n, int64_t count, int transposed, double* scratch, int32_t* error) {
  double *const w = scratch, *const x = w + n * n, *const room = x + n * count;
  for (int64_t b = begin; b < end; b++) {
    const int32_t* const p = pivots + b * n;
    aoti_widen(given + b * n * count, x, n * count);
    if (transposed) aoti_widen_transposed(lu + b * n * n, w, n, n);
    else aoti_widen(lu + b * n * n, w, n * n);
    for (int64_t i = 0; i < n; i++)
      if (p[i] < 1 || p[i] > n) {
        *error = AOTI_BAD_INDEX;
        return;
      }
    for (int64_t i = 0; i < n && !transposed; i++)
      if (p[i] != i + 1) aoti_swap(x + i * count, x + (p[i] - 1) * count, count);
    aoti_solve_lower(w, n, !transposed, x, n, count, room);
    aoti_solve_upper(w, n, transposed, x, n, count, room);
    for (int64_t i = n - 1; i >= 0 && transposed; i--)
      if (p[i] != i + 1) aoti_swap(x + i * count, x + (p[i] - 1) * count, count);
    aoti_narrow(x, out + b * n * count, n * count);
  }
}

/* Iteration i: where row exchanges bring the rows: out[k] is the row of A that becomes row k. */
static void aoti_lu_rows(const int32_t* pivots, int64_t* out, int64_t begin, int64_t end, int64_t m, int64_t size, int32_t* error) {
  for (int64_t b = begin; b < end; b++) {
    int64_t* const rows = out + b * m;
    for (int64_t i = 0; i < m; i++) rows[i] = i;
    for (int64_t i = 0; i < size; i++) {
      const int64_t with = pivots[b * size + i] - 1, row = rows[i];
      if (with < 0 || with >= m) {
        *error = AOTI_BAD_INDEX;
        break;
      }
      rows[i] = rows[with];
      rows[with] = row;
    }
  }
}
#endif
