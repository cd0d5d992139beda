/* exp(A) by scaling, a Taylor polynomial of degree 16 and squaring. */
#ifndef AOTI_ROUTINE_LINALG_EXP_H
#define AOTI_ROUTINE_LINALG_EXP_H
#include "aoti/kernel/routine/linalg.h"

AOTI_RT void aoti_exp_times(const double* a, const double* b, double* c, int64_t n, double* room) {
  aoti_clear(c, n * n);
  aoti_product(n, n, n, 1, a, n, 1, b, n, 1, c, n, room);
}
/* The largest sum of sizes in a row. */
static double aoti_exp_size(const double* w, int64_t n) {
  double size = 0;
  for (int64_t i = 0; i < n; i++) {
    double row = 0;
    for (int64_t j = 0; j < n; j++) row += fabs(w[i * n + j]);
    size = row > size || row != row ? row : size;
  }
  return size;
}
/* powers: A, A^2, A^3, A^4 after one another; the polynomial is taken in fours: ((c16 A^4 + c15 A^3 + ...) A^4 + ...). */
static double* aoti_exp_taylor(const double* powers, double* sum, double* next, int64_t n, double* room) {
  double by[17] = {1};
  for (int k = 1; k <= 16; k++) by[k] = by[k - 1] / k;
  aoti_clear(sum, n * n);
  for (int64_t i = 0; i < n; i++) sum[i * n + i] = by[16];
  for (int k = 12; k >= 0; k -= 4) {
    aoti_exp_times(sum, powers + 3 * n * n, next, n, room);
    for (int q = 1; q < 4; q++) aoti_axpy(next, by[k + q], powers + (q - 1) * n * n, n * n);
    for (int64_t i = 0; i < n; i++) next[i * n + i] += by[k];
    double* const t = sum;
    sum = next;
    next = t;
  }
  return sum;
}

/* Iteration i: matrix i. Scratch: 6 n * n + AOTI_ROOM doubles. */
static void aoti_exp(const aoti_x* a, aoti_x* out, int64_t begin, int64_t end, int64_t n, double* scratch) {
  double *const p = scratch, *const one = p + 4 * n * n, *const two = one + n * n, *const room = two + n * n;
  for (int64_t b = begin; b < end; b++) {
    aoti_widen(a + b * n * n, p, n * n);
    const double size = aoti_exp_size(p, n);
    int halvings = 0;
    if (size < INFINITY && size > 0.5) halvings = AOTI_MIN(ilogb(size) + 2, 1100);
    aoti_scale(p, ldexp(1, -halvings), n * n);
    for (int k = 1; k < 4; k++) aoti_exp_times(p, p + (k - 1) * n * n, p + k * n * n, n, room);
    double *x = aoti_exp_taylor(p, one, two, n, room), *y = x == one ? two : one;
    for (int k = 0; k < halvings; k++) {
      aoti_exp_times(x, x, y, n, room);
      double* const t = x;
      x = y;
      y = t;
    }
    aoti_narrow(x, out + b * n * n, n * n);
  }
}
#endif
