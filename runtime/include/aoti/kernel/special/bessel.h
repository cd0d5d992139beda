/* Bessel and Airy functions. */
#ifndef AOTI_KERNEL_SPECIAL_BESSEL_H
#define AOTI_KERNEL_SPECIAL_BESSEL_H
#include "aoti/kernel/special/parts.h"

/* e^-x I(n, x) for x >= 0 and n = 0, 1: 10.25.2, and 10.40.1 from 20 on */
AOTI__S aoti__scaled_i(int n, double x) {
  double term = 1, sum = 1;
  if (x <= 20) {
    double z = x * x / 4;
    for (int k = 1; term > sum * 1e-17; k++) sum += term *= z / k / (k + n);
    return (n ? x / 2 : 1) * sum * __builtin_exp(-x);
  }
  for (int k = 1; k < 40 && __builtin_fabs(term) > 1e-17; k++) {
    term *= -(4 * n - (2. * k - 1) * (2 * k - 1)) / (8 * x * k);
    sum += term;
  }
  return sum / __builtin_sqrt(2 * AOTI__SPI * x);
}
AOTI__S aoti__i0e(double x) { return aoti__scaled_i(0, __builtin_fabs(x)); }
AOTI__S aoti__i1e(double x) { return __builtin_copysign(aoti__scaled_i(1, __builtin_fabs(x)), x); }
AOTI__S aoti__i0(double x) { return __builtin_exp(__builtin_fabs(x)) * aoti__i0e(x); }
AOTI__S aoti__i1(double x) { return __builtin_exp(__builtin_fabs(x)) * aoti__i1e(x); }

/* e^x K(order, x) for x >= 0.5: the integral 10.32.9 by the trapezoidal rule, whose error falls exponentially */
AOTI__S aoti__scaled_k(double order, double x) {
  double h = __builtin_fmin(0.125, 0.6 / __builtin_sqrt(x)), sum = 0.5, term = 1;
  for (int k = 1; term > sum * 1e-17; k++) {
    double half = __builtin_sinh(k * h / 2);
    sum += term = __builtin_exp(-2 * x * half * half) * __builtin_cosh(order * k * h);
  }
  return h * sum;
}
/* K(n, x) for 0 < x < 1: 10.31.1 */
AOTI__S aoti__small_k(int n, double x) {
  double z = x * x / 4, lead = __builtin_log(x / 2) + AOTI__SEULER, term = n ? x / 2 : 1, sum = 0, harmonic = 0;
  for (int k = 0; k < 20; k++) {
    if (k) {
      term *= z / k / (k + n);
      harmonic += 1. / k;
    }
    sum += term * (n ? lead - harmonic - 0.5 / (k + 1) : harmonic - lead);
  }
  return n ? 1 / x + sum : sum;
}
AOTI__S aoti__k(int n, double x, int scaled) {
  if (!(x > 0)) return x == 0 ? AOTI__SINF : AOTI__SNAN;
  if (x < 1) return aoti__small_k(n, x) * (scaled ? __builtin_exp(x) : 1);
  if (__builtin_isinf(x)) return 0;
  return aoti__scaled_k(n, x) * (scaled ? 1 : __builtin_exp(-x));
}
AOTI__S aoti__k0(double x) { return aoti__k(0, x, 0); }
AOTI__S aoti__k1(double x) { return aoti__k(1, x, 0); }
AOTI__S aoti__k0e(double x) { return aoti__k(0, x, 1); }
AOTI__S aoti__k1e(double x) { return aoti__k(1, x, 1); }
/* Waves of an infinite argument have no value in PyTorch; C's have their limit, 0. */
AOTI__S aoti__j0(double x) { return __builtin_isinf(x) ? AOTI__SNAN : j0(x); }
AOTI__S aoti__j1(double x) { return __builtin_isinf(x) ? AOTI__SNAN : j1(x); }
AOTI__S aoti__y0(double x) { return x > 0 && !__builtin_isinf(x) ? y0(x) : x == 0 ? -AOTI__SINF : AOTI__SNAN; }
AOTI__S aoti__y1(double x) { return x > 0 && !__builtin_isinf(x) ? y1(x) : x == 0 ? -AOTI__SINF : AOTI__SNAN; }

/* sin(x) / x */
AOTI__S aoti__spherical_j0(double x) {
  double z = x * x;
  if (__builtin_isinf(x)) return 0;
  if (z < 0.25) return 1 - z / 6 * (1 - z / 20 * (1 - z / 42 * (1 - z / 72 * (1 - z / 110 * (1 - z / 156)))));
  return __builtin_sin(x) / x;
}
/* Ai: Taylor's series of y'' = xy around five points, K(1/3) right of them (9.6.2), 9.7.9 left of them. */
AOTI__S aoti__airy_ai(double x) {
  static const double value[] = {0.35502805388781723926, 0.22740742820168557599, -0.070265532949289515099,
                                 -0.32914517362982310523, -0.052705050356386202622};
  static const double slope[] = {-0.25881940379280679841, 0.61825902074169104141, -0.7906285753685813803,
                                 0.34593548728134289493, 0.93556093819830655103};
  if (x != x || __builtin_isinf(x)) return AOTI__SNAN;
  if (x > 1) {
    double zeta = 2. / 3 * x * __builtin_sqrt(x);
    return __builtin_sqrt(x / 3) / AOTI__SPI * aoti__scaled_k(1. / 3, zeta) * __builtin_exp(-zeta);
  }
  if (x >= -9) {
    int at = (int)((1 - x) / 2);
    at = at > 4 ? 4 : at;
    double from = -2. * at, t = x - from, before = 0, now = value[at], next = slope[at], power = 1, sum = 0;
    for (int k = 0; k < 40; k++, power *= t) { /* (k+2)(k+1) c(k+2) = from c(k) + c(k-1) */
      double after = (from * now + before) / ((k + 2) * (k + 1));
      sum += now * power;
      before = now, now = next, next = after;
    }
    return sum;
  }
  double zeta = 2. / 3 * -x * __builtin_sqrt(-x), term = 1, even = 1, odd = 0;
  for (int k = 1; k < 30 && __builtin_fabs(term) > 1e-17; k++) {
    term *= (6. * k - 5) * (6. * k - 3) * (6. * k - 1) / (216. * k * (2 * k - 1)) / zeta;
    double signed_term = k & 2 ? -term : term;
    if (k & 1) odd += signed_term;
    else even += signed_term;
  }
  double phase = zeta - AOTI__SPI / 4;
  return (__builtin_cos(phase) * even + __builtin_sin(phase) * odd) / __builtin_sqrt(AOTI__SPI * __builtin_sqrt(-x));
}
#endif
