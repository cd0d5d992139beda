/* The gamma function and its relatives: zeta, polygamma, incomplete gamma functions. */
#ifndef AOTI_KERNEL_SPECIAL_GAMMA_H
#define AOTI_KERNEL_SPECIAL_GAMMA_H
#include "aoti/kernel/special/parts.h"

/* Hurwitz zeta by Euler and Maclaurin's sum (25.11.5). */
AOTI__S aoti__zeta(double x, double q) {
  static const double ratio[] = {1. / 12,         -1. / 720,           1. / 30240,      -1. / 1209600,
                                 1. / 47900160, -691. / 1307674368000, 1. / 74724249600};
  if (x == 1) return AOTI__SINF;
  if (x < 1) return AOTI__SNAN;
  if (q <= 0) {
    if (q == __builtin_floor(q)) return AOTI__SINF;
    if (x != __builtin_floor(x)) return AOTI__SNAN;
  }
  if (!(x > 1) || !(q < AOTI__SINF) || (x == AOTI__SINF && q > 1)) return AOTI__SNAN; /* as PyTorch: 0 times infinity */
  if (q > 1e8) return (1 / (x - 1) + 1 / (2 * q)) * __builtin_pow(q, 1 - x);
  double sum = 0;
  for (; q < 10 || q < x; q += 1) {
    double term = __builtin_pow(q, -x);
    sum += term;
    if (q > 0 && __builtin_fabs(term) <= 1e-17 * __builtin_fabs(sum)) return sum;
  }
  double term = __builtin_pow(q, -x);
  sum += term * (q / (x - 1) + 0.5);
  term *= x / q;
  for (int k = 0; k < 7; k++) {
    sum += ratio[k] * term;
    term *= (x + 2 * k + 1) * (x + 2 * k + 2) / (q * q);
  }
  return sum;
}

/* log(1 + u) - u */
AOTI__S aoti__log1pmx(double u) {
  if (__builtin_fabs(u) > 0.25) return __builtin_log1p(u) - u;
  double power = -u * u, sum = 0;
  for (int n = 2; n < 32; n++, power *= -u) sum += power / n;
  return sum;
}
AOTI__S aoti__lgamma1p(double a) {
  int sign;
  if (a < 1e-4) return a * (-AOTI__SEULER + a * (0.82246703342411321824 - a * 0.40068563438653142847));
  return lgamma_r(1 + a, &sign);
}
/* x^a e^-x / gamma(a + 1), by Stirling's series (5.11.1) where numbers are large. */
AOTI__S aoti__gamma_front(double a, double x) {
  if (a < 10) return __builtin_exp(a * __builtin_log(x) - x - aoti__lgamma1p(a));
  double u = (x - a) / a, r = 1 / a, z = r * r;
  double gap = x < 0.5 * a ? __builtin_log(x / a) - u : aoti__log1pmx(u);
  double rest = r * (1. / 12 - z * (1. / 360 - z * (1. / 1260 - z * (1. / 1680 - z / 1188))));
  return __builtin_exp(a * gap - rest) / __builtin_sqrt(2 * AOTI__SPI * a);
}
/* Temme's uniform expansion (8.12.3 to 8.12.10) for large a and x beside it. */
AOTI__S aoti__gamma_uniform(double a, double x, int upper) {
  static const double c0[] = {-1. / 3, 1. / 12, -2. / 135, 1. / 864, 1. / 2835, -139. / 777600, 1. / 25515};
  double u = (x - a) / a, gap = -aoti__log1pmx(u), eta = __builtin_copysign(__builtin_sqrt(2 * gap), u);
  double s0 = 0, s1 = -1. / 540 - eta * (1. / 288 - eta * (1. / 378 - eta * 77. / 77760));
  double s2 = 25. / 6048 - eta * (139. / 51840 - eta / 1296);
  for (int k = 6; k >= 0; k--) s0 = s0 * eta + c0[k];
  double rest = __builtin_exp(-a * gap) / __builtin_sqrt(2 * AOTI__SPI * a) * (s0 + (s1 + s2 / a) / a);
  double side = eta * __builtin_sqrt(a / 2);
  return upper ? 0.5 * __builtin_erfc(side) + rest : 0.5 * __builtin_erfc(-side) - rest;
}
/* P(a, x) by 8.7.1 */
AOTI__S aoti__gamma_series(double a, double x) {
  double term = 1, sum = 1, n = a;
  for (int k = 0; k < 20000 && term > sum * 1e-17; k++) sum += term *= x / ++n;
  return sum * aoti__gamma_front(a, x);
}
/* Q(a, x) for small x: what 8.7.1's other form leaves of 1 */
AOTI__S aoti__gamma_small(double a, double x) {
  double power = 1, sum = 0;
  for (int n = 1; n < 60; n++) {
    power *= -x / n;
    sum += power / (a + n);
    if (__builtin_fabs(power) < 1e-18) break;
  }
  double scale = a * __builtin_log(x) - aoti__lgamma1p(a);
  return -__builtin_expm1(scale) - a * sum * __builtin_exp(scale);
}
/* Q(a, x) by the continued fraction 8.9.2, Lentz's way */
AOTI__S aoti__gamma_fraction(double a, double x) {
  double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
  for (int n = 1; n < 20000; n++) {
    double over = n * (a - n);
    b += 2;
    d = over * d + b;
    c = b + over / c;
    d = 1 / (d == 0 ? 1e-300 : d);
    c = c == 0 ? 1e-300 : c;
    h *= d * c;
    if (__builtin_fabs(d * c - 1) < 1e-16) break;
  }
  return h * a * aoti__gamma_front(a, x);
}
AOTI__S aoti__igamma_part(double a, double x, int upper) {
  if (!(x >= 0 && a >= 0)) return AOTI__SNAN;
  if (a == 0) return x > 0 ? !upper : AOTI__SNAN;
  if (x == 0) return upper;
  if (__builtin_isinf(a)) return __builtin_isinf(x) ? AOTI__SNAN : upper;
  if (__builtin_isinf(x)) return !upper;
  if (a > 1e5 && __builtin_fabs(x - a) < 0.2 * a) return aoti__gamma_uniform(a, x, upper);
  if (x < 1.1 && x < a + 1) {
    double p = aoti__gamma_series(a, x);
    return !upper ? p : p < 0.5 ? 1 - p : aoti__gamma_small(a, x);
  }
  int small = x < a + 1;
  double value = small ? aoti__gamma_series(a, x) : aoti__gamma_fraction(a, x);
  return small == upper ? 1 - value : value;
}
AOTI__S aoti__igamma(double a, double x) { return aoti__igamma_part(a, x, 0); }
AOTI__S aoti__igammac(double a, double x) { return aoti__igamma_part(a, x, 1); }
#endif
