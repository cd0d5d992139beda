/* Orthogonal polynomials by their recurrences. */
#ifndef AOTI_KERNEL_SPECIAL_POLYNOMIAL_H
#define AOTI_KERNEL_SPECIAL_POLYNOMIAL_H
#include <stdint.h>
#include "aoti/kernel/special/parts.h"

/* p(n) of p(k+1) = (2x) p(k) - p(k-1), p(0) = 1. */
AOTI__S aoti__chebyshev(double x, double first, int64_t n) {
  double p = 1, q = first;
  if (n == 0) return 1;
  for (int64_t k = 1; k < n && q == q; k++) {
    double r = 2 * x * q - p;
    p = q, q = r;
  }
  return q;
}
AOTI__S aoti__sign_power(int64_t n) { return n & 1 ? -1 : 1; }
AOTI__S aoti__chebyshev_t(double x, double order) {
  int64_t n = (int64_t)order;
  if (n < 0) return 0;
  if (__builtin_fabs(x) == 1) return x > 0 ? 1 : aoti__sign_power(n);
  if (n > 6 && __builtin_fabs(x) < 1) return __builtin_cos(n * __builtin_acos(x));
  return aoti__chebyshev(x, x, n);
}
AOTI__S aoti__chebyshev_u(double x, double order) {
  int64_t n = (int64_t)order;
  if (n < 0) return 0;
  if (__builtin_fabs(x) == 1) return x > 0 ? n + 1 : aoti__sign_power(n) * (n + 1);
  if (n > 8 && __builtin_fabs(x) < 1) {
    double t = __builtin_acos(x);
    return __builtin_sin((n + 1) * t) / __builtin_sin(t);
  }
  return aoti__chebyshev(x, 2 * x, n);
}
AOTI__S aoti__chebyshev_v(double x, double order) {
  int64_t n = (int64_t)order;
  if (n < 0) return 0;
  if (__builtin_fabs(x) == 1) return x > 0 ? 1 : aoti__sign_power(n) * (2 * n + 1);
  if (n > 8 && __builtin_fabs(x) < 1) {
    double t = __builtin_acos(x);
    return __builtin_cos((n + 0.5) * t) / __builtin_cos(t / 2);
  }
  return aoti__chebyshev(x, 2 * x - 1, n);
}
AOTI__S aoti__chebyshev_w(double x, double order) {
  int64_t n = (int64_t)order;
  if (n < 0) return 0;
  if (__builtin_fabs(x) == 1) return x > 0 ? 2 * n + 1 : aoti__sign_power(n);
  if (n > 8 && __builtin_fabs(x) < 1) {
    double t = __builtin_acos(x);
    return __builtin_sin((n + 0.5) * t) / __builtin_sin(t / 2);
  }
  return aoti__chebyshev(x, 2 * x + 1, n);
}
/* torch gives nan beyond order `limit`. */
AOTI__S aoti__hermite(double x, int64_t n, int64_t limit, int physicist) {
  double p = 1, q = physicist ? 2 * x : x;
  if (n < 0) return 0;
  if (n == 0) return 1;
  if (n > limit) return AOTI__SNAN;
  for (int64_t k = 1; k < n; k++) {
    double r = physicist ? 2 * x * q - 2. * k * p : x * q - k * p;
    p = q, q = r;
  }
  return q;
}
AOTI__S aoti__laguerre(double x, double order) {
  int64_t n = (int64_t)order;
  double p = 1, q = 1 - x;
  if (n < 0) return 0;
  if (x == 0 || n == 0) return 1;
  for (int64_t k = 1; k < n && q == q; k++) {
    double r = ((2 * k + 1 - x) * q - k * p) / (k + 1);
    p = q, q = r;
  }
  return q;
}
AOTI__S aoti__legendre(double x, double order) {
  int64_t n = (int64_t)order;
  double p = 1, q = x;
  if (n < 0) return 0;
  if (__builtin_fabs(x) == 1) return x > 0 ? 1 : aoti__sign_power(n);
  if (n == 0) return 1;
  for (int64_t k = 1; k < n && q == q; k++) {
    double r = ((2 * k + 1) * x * q - k * p) / (k + 1);
    p = q, q = r;
  }
  return q;
}
#endif
