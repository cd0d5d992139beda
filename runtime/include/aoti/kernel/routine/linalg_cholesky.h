/* A = L L' for symmetric positive definite matrices; the lower triangle is read. */
#ifndef AOTI_ROUTINE_LINALG_CHOLESKY_H
#define AOTI_ROUTINE_LINALG_CHOLESKY_H
#include "aoti/kernel/routine/linalg.h"

/* Gives 0, or the order of the leading minor that is not positive. */
static int32_t aoti_cholesky_one(double* w, int64_t n, double* room) {
  for (int64_t j0 = 0; j0 < n; j0 += AOTI_BLOCK) {
    const int64_t j1 = AOTI_MIN(n, j0 + AOTI_BLOCK);
    for (int64_t i = j0; i < n; i++) {
      double* const row = w + i * n;
      for (int64_t j = j0; j < AOTI_MIN(i + 1, j1); j++) {
        const double rest = row[j] - aoti_dot(row + j0, w + j * n + j0, j - j0);
        if (j < i) row[j] = rest / w[j * n + j];
        else if (rest > 0) row[j] = sqrt(rest);
        else return (int32_t)(j + 1);
      }
    }
    for (int64_t i0 = j1; i0 < n; i0 += 4 * AOTI_BLOCK) {
      const int64_t i1 = AOTI_MIN(n, i0 + 4 * AOTI_BLOCK);
      aoti_product(i1 - i0, i1 - j1, j1 - j0, -1, w + i0 * n + j0, n, 1, w + j1 * n + j0, 1, n, w + i0 * n + j1, n, room);
    }
  }
  return 0;
}

/* Iteration i: matrix i. Scratch: n * n + AOTI_ROOM doubles. */
static void aoti_cholesky(const aoti_x* a, aoti_x* out, int32_t* info, int64_t begin, int64_t end, int64_t n, double* scratch) {
  for (int64_t b = begin; b < end; b++) {
    aoti_widen(a + b * n * n, scratch, n * n);
    info[b] = aoti_cholesky_one(scratch, n, scratch + n * n);
    for (int64_t i = 0; i < n; i++) aoti_clear(scratch + i * n + i + 1, n - i - 1);
    aoti_narrow(scratch, out + b * n * n, n * n);
  }
}
#endif
