/* Special functions, lane by lane in double: series, asymptotic expansions and integrals of the Digital Library of
 * Mathematical Functions (dlmf.nist.gov; numbers such as 5.11.1 below are its equations). Orthogonal polynomials follow
 * their recurrences, with torch's answers at the edges. A lane loop costs a call each; these functions are rare. */
#ifndef AOTI_KERNEL_MATH_SPECIAL_H
#define AOTI_KERNEL_MATH_SPECIAL_H
#include "aoti/kernel/arith.h"
#include "aoti/kernel/float.h"

#define AOTI__S static __attribute__((unused, noinline)) double
#define AOTI__SINF __builtin_inf()
#define AOTI__SNAN __builtin_nan("")
#define AOTI__SPI 3.14159265358979323846
#define AOTI__SEULER 0.57721566490153286061

extern double j0(double), j1(double), y0(double), y1(double), lgamma_r(double, int*);

/* ---- gamma and zeta ---- */

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

/* ---- error functions ---- */

AOTI__S aoti__erfcx(double x) {
  if (x < 0) return x < -26.7 ? AOTI__SINF : 2 * __builtin_exp(x * x) - aoti__erfcx(-x);
  if (x < 25) {
    double high = (float)x, low = (x - high) * (x + high);
    return __builtin_exp(high * high) * __builtin_exp(low) * __builtin_erfc(x);
  }
  if (__builtin_isinf(x)) return 0;
  double z = 1 / x / x / 2; /* 7.12.1 */
  return 0.56418958354775628695 / x * (1 - z * (1 - 3 * z * (1 - 5 * z * (1 - 7 * z * (1 - 9 * z * (1 - 11 * z))))));
}
AOTI__S aoti__log_ndtr(double x) {
  double t = x * 0.70710678118654752440;
  return x < -1 ? __builtin_log(aoti__erfcx(-t) / 2) - t * t : __builtin_log1p(-__builtin_erfc(t) / 2);
}
/* Newton's steps: on erf in the middle, on log of the tail outside. */
AOTI__S aoti__ndtri(double p) {
  if (!(p > 0 && p < 1)) return p == 0 ? -AOTI__SINF : p == 1 ? AOTI__SINF : AOTI__SNAN;
  double middle = p - 0.5, tail = p < 0.5 ? p : 1 - p;
  if (__builtin_fabs(middle) < 0.25) {
    double x = 2 * middle, y = x * (0.88622692545275801365 + x * x * 0.23201366653465449355);
    for (int k = 0; k < 4; k++) {
      double step = (__builtin_erf(y) - x) * 0.88622692545275801365 * __builtin_exp(y * y);
      y -= step / (1 + y * step);
    }
    return y * 1.41421356237309504880;
  }
  double wanted = __builtin_log(tail), t = __builtin_sqrt(-2 * wanted);
  double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int k = 0; k < 4; k++) {
    double e = aoti__erfcx(z * 0.70710678118654752440);
    z += (__builtin_log(e / 2) - z * z / 2 - wanted) * e * 1.25331413731550025121;
  }
  return p < 0.5 ? -z : z;
}

/* ---- Bessel and Airy functions ---- */

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

/* ---- orthogonal polynomials ---- */

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

/* ---- lanes ---- */

#define AOTI__SPECIAL1(NAME, T, F)                                                                 \
  static __attribute__((unused, noinline)) void aoti__##NAME##_lanes_##T(const aoti_t_##T* x, aoti_t_##T* y) { \
    for (int i = 0; i < AOTI_LANES; i++) y[i] = (aoti_t_##T)F(x[i]);                               \
  }                                                                                                \
  AOTI_FN v##T aoti_##NAME##_##T(v##T x) {                                                         \
    v##T y;                                                                                        \
    aoti__##NAME##_lanes_##T((const aoti_t_##T*)&x, (aoti_t_##T*)&y);                              \
    return y;                                                                                      \
  }
#define AOTI__SPECIAL2(NAME, T, F)                                                                 \
  static __attribute__((unused, noinline)) void aoti__##NAME##_lanes_##T(                          \
      const aoti_t_##T* x, const aoti_t_##T* z, aoti_t_##T* y) {                                   \
    for (int i = 0; i < AOTI_LANES; i++) y[i] = (aoti_t_##T)F(x[i], z[i]);                         \
  }                                                                                                \
  AOTI_FN v##T aoti_##NAME##_##T(v##T x, v##T z) {                                                 \
    v##T y;                                                                                        \
    aoti__##NAME##_lanes_##T((const aoti_t_##T*)&x, (const aoti_t_##T*)&z, (aoti_t_##T*)&y);       \
    return y;                                                                                      \
  }
#define AOTI__BOTH1(NAME, F) AOTI__SPECIAL1(NAME, f32, F) AOTI__SPECIAL1(NAME, f64, F)
#define AOTI__BOTH2(NAME, F) AOTI__SPECIAL2(NAME, f32, F) AOTI__SPECIAL2(NAME, f64, F)
AOTI__BOTH2(zeta, aoti__zeta) AOTI__BOTH2(igamma, aoti__igamma) AOTI__BOTH2(igammac, aoti__igammac)
AOTI__BOTH1(erfcx, aoti__erfcx) AOTI__BOTH1(log_ndtr, aoti__log_ndtr) AOTI__BOTH1(ndtri, aoti__ndtri)
AOTI__BOTH1(bessel_i0, aoti__i0) AOTI__BOTH1(bessel_i0e, aoti__i0e) AOTI__BOTH1(bessel_i1, aoti__i1)
AOTI__BOTH1(bessel_i1e, aoti__i1e) AOTI__BOTH1(bessel_k0, aoti__k0) AOTI__BOTH1(bessel_k0e, aoti__k0e)
AOTI__BOTH1(bessel_k1, aoti__k1) AOTI__BOTH1(bessel_k1e, aoti__k1e) AOTI__BOTH1(bessel_j0, aoti__j0)
AOTI__BOTH1(bessel_j1, aoti__j1) AOTI__BOTH1(bessel_y0, aoti__y0) AOTI__BOTH1(bessel_y1, aoti__y1)
AOTI__BOTH1(spherical_j0, aoti__spherical_j0) AOTI__BOTH1(airy_ai, aoti__airy_ai)
AOTI__BOTH2(chebyshev_t, aoti__chebyshev_t) AOTI__BOTH2(chebyshev_u, aoti__chebyshev_u)
AOTI__BOTH2(chebyshev_v, aoti__chebyshev_v) AOTI__BOTH2(chebyshev_w, aoti__chebyshev_w)
AOTI__BOTH2(laguerre, aoti__laguerre) AOTI__BOTH2(legendre, aoti__legendre)
#define AOTI__HERMITE_H32(x, n) aoti__hermite(x, (int64_t)(n), 128, 1)
#define AOTI__HERMITE_H64(x, n) aoti__hermite(x, (int64_t)(n), 512, 1)
#define AOTI__HERMITE_HE32(x, n) aoti__hermite(x, (int64_t)(n), 128, 0)
#define AOTI__HERMITE_HE64(x, n) aoti__hermite(x, (int64_t)(n), 512, 0)
AOTI__SPECIAL2(hermite_h, f32, AOTI__HERMITE_H32) AOTI__SPECIAL2(hermite_h, f64, AOTI__HERMITE_H64)
AOTI__SPECIAL2(hermite_he, f32, AOTI__HERMITE_HE32) AOTI__SPECIAL2(hermite_he, f64, AOTI__HERMITE_HE64)

/* ---- integers ---- */

/* Euclid's steps in all lanes until none has a remainder; remainders of zero are zero. */
#define AOTI__GCD(T)                                                                          \
  static __attribute__((unused, noinline)) void aoti__gcd_lanes_##T(v##T* p, v##T* q) {            \
    for (v##T a = *p, b = *q;;) {                                                                  \
      aoti_t_##T left = 0;                                                                         \
      for (int i = 0; i < AOTI_LANES; i++) left |= b[i];                                           \
      if (!left) {                                                                                 \
        *p = a;                                                                                    \
        return;                                                                                    \
      }                                                                                            \
      v##T rest = aoti_fmod_##T(a, b);                                                             \
      a = aoti__sel_##T((aoti_m_##T)(b == 0), a, b);                                                                          \
      b = rest;                                                                                    \
    }                                                                                              \
  }                                                                                                \
  AOTI_FN v##T aoti_gcd_##T(v##T a, v##T b) {                                                      \
    aoti__gcd_lanes_##T(&a, &b);                                                                   \
    return aoti_abs_##T(a);                                                                                 \
  }
AOTI__GCD(i64) AOTI__GCD(i32) AOTI__GCD(i16) AOTI__GCD(i8) AOTI__GCD(u64) AOTI__GCD(u32) AOTI__GCD(u16) AOTI__GCD(u8)
#endif
