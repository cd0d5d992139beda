/* Elementary functions of vf64. Exponentials, logarithms, sin, cos and hyperbolics are vector code (2.5 ULP or better, see
 * README.md); the rarer ones call libm lane by lane. Kernel polynomials of log, sin and cos are fdlibm's. */
#ifndef AOTI_KERNEL_MATH_F64_H
#define AOTI_KERNEL_MATH_F64_H
#include "aoti/kernel/digamma.h"
#include "aoti/kernel/float.h"

#define AOTI__KD(x) aoti_set1_f64(x)
#define AOTI__MD(m) ((vi64)(m))
/* p = p * x + c */
#define AOTI__HD(p, x, c) p = aoti__mad_f64(p, x, AOTI__KD(c))
#define AOTI__INFD AOTI__KD(__builtin_inf())
#define AOTI__NAND AOTI__KD(__builtin_nan(""))

AOTI_FN vf64 aoti__pick_f64(vi64 m, vf64 a, vf64 b) { return aoti__sel_f64(m, a, b); }
/* 2^n for whole n in -1022..1023: the sum leaves n + 1023 in the low bits. */
AOTI_FN vf64 aoti__two_to_f64(vf64 n) { return (vf64)((vu64)(n + (0x1.8p52 + 1023)) << 52); }
/* p * 2^n for p near 1 and whole n in -2044..2046, rounded once. */
AOTI_FN vf64 aoti__scale_f64(vf64 p, vf64 n) {
#if defined(AOTI__GCC_X86) && defined(AOTI_AVX512) && AOTI_LANES == 8
  return __builtin_ia32_scalefpd512_mask(p, n, p, -1, 4);
#else
  vf64 half = aoti__near_f64(n * 0.5);
  return p * aoti__two_to_f64(half) * aoti__two_to_f64(n - half);
#endif
}
/* x limited to lo..hi; nan stays. */
AOTI_FN vf64 aoti__limit_f64(vf64 x, double lo, double hi) {
  return aoti__min_f64(AOTI__KD(hi), aoti__max_f64(AOTI__KD(lo), x));
}

/* ---- exponentials ---- */

/* (e^r - 1 - r) / r^2 for |r| <= ln2 / 2 */
AOTI_FN vf64 aoti__exp_poly_f64(vf64 r) {
  vf64 q = AOTI__KD(0x1.54f3e5d4ae717p-33);
  AOTI__HD(q, r, 0x1.1f8dcc02452a8p-29);
  AOTI__HD(q, r, 0x1.ae722cc6720b2p-26);
  AOTI__HD(q, r, 0x1.27e4cc5db701dp-22);
  AOTI__HD(q, r, 0x1.71de351d859adp-19);
  AOTI__HD(q, r, 0x1.a01a01ac96d59p-16);
  AOTI__HD(q, r, 0x1.a01a01a1ccf2ep-13);
  AOTI__HD(q, r, 0x1.6c16c16c15538p-10);
  AOTI__HD(q, r, 0x1.1111111110d4ep-7);
  AOTI__HD(q, r, 0x1.5555555555557p-5);
  AOTI__HD(q, r, 0x1.5555555555556p-3);
  AOTI__HD(q, r, 0.5);
  return q;
}
/* x = n ln2 + r; returns e^r - 1. */
AOTI_FN vf64 aoti__exp_parts_f64(vf64 x, vf64* n) {
  *n = aoti__near_f64(x * 0x1.71547652b82fep+0);
  vf64 r = aoti__fma_f64(-*n, AOTI__KD(0x1.62e42fefa38p-1), x);
  r = aoti__fma_f64(-*n, AOTI__KD(0x1.ef35793c7673p-45), r);
  return aoti__mad_f64(r * r, aoti__exp_poly_f64(r), r);
}
AOTI_FN vf64 aoti_exp_f64(vf64 x) {
  vf64 n, p = aoti__exp_parts_f64(aoti__limit_f64(x, -746, 710), &n);
  return aoti__scale_f64(p + 1, n);
}
/* e^x / 2, without overflow where that has none; for x >= -700. */
AOTI_FN vf64 aoti__half_exp_f64(vf64 x) {
  vf64 n, p = aoti__exp_parts_f64(aoti__limit_f64(x, -700, 712), &n);
  return aoti__scale_f64(p + 1, n - 1);
}
AOTI_FN vf64 aoti_exp2_f64(vf64 x) {
  x = aoti__limit_f64(x, -1076, 1025);
  vf64 n = aoti__near_f64(x), r = x - n, t = r * 0x1.62e42fefa39efp-1;
  vf64 tail = aoti__fma_f64(r, AOTI__KD(0x1.62e42fefa39efp-1), -t) + r * 0x1.abc9e3b39803fp-56;
  vf64 p = aoti__mad_f64(t * t, aoti__exp_poly_f64(t), tail) + t;
  return aoti__scale_f64(p + 1, n);
}
AOTI_FN vf64 aoti_expm1_f64(vf64 x) {
  vf64 n, p = aoti__exp_parts_f64(aoti__limit_f64(x, -50, 710), &n);
  vf64 s = aoti__scale_f64(AOTI__KD(1), n - 1); /* half of 2^n: 2^1024 does not exist */
  vf64 y = aoti__mad_f64(p, s, s - 0.5) * 2;
  return aoti_copysign_f64(aoti__pick_f64(AOTI__MD(n == 0), p, y), x);
}
AOTI_FN vf64 aoti_sigmoid_f64(vf64 x) {
  vf64 e = aoti_exp_f64(-aoti_abs_f64(x));
  return aoti__pick_f64(AOTI__MD(x < 0), e, AOTI__KD(1)) / (1 + e);
}
AOTI_FN vf64 aoti_sinh_f64(vf64 x) {
  vf64 a = aoti_abs_f64(x), e = aoti__half_exp_f64(a), t = aoti_expm1_f64(aoti__min_f64(AOTI__KD(1), a));
  vf64 small = t - 0.5 * (t * t) / (t + 1);
  return aoti_copysign_f64(aoti__pick_f64(AOTI__MD(a < 1), small, e - 0.25 / e), x);
}
AOTI_FN vf64 aoti_cosh_f64(vf64 x) {
  vf64 e = aoti__half_exp_f64(aoti_abs_f64(x));
  return e + 0.25 / e;
}
AOTI_FN vf64 aoti_tanh_f64(vf64 x) {
  vf64 a = aoti_abs_f64(x), t = aoti_expm1_f64(aoti__min_f64(AOTI__KD(44), a + a)), d = t + 2;
  vf64 y = aoti__pick_f64(AOTI__MD(a < 0.55), t, AOTI__KD(-2)) / d;
  y = y + aoti__pick_f64(AOTI__MD(a < 0.55), (vf64){0}, AOTI__KD(1));
  return aoti_copysign_f64(y, x);
}

/* ---- logarithms ---- */

/* x = 2^e (1 + f), f in sqrt(1/2)-1 .. sqrt(2)-1, for positive finite x. */
AOTI_FN vf64 aoti__log_parts_f64(vf64 x, vf64* e) {
  vi64 denormal = AOTI__MD(x < 0x1p-1022);
  vu64 bits = (vu64)aoti__pick_f64(denormal, x * 0x1p54, x) + (0x3ff0000000000000ull - 0x3fe6a09e667f3bcdull);
  vf64 biased = (vf64)((bits >> 52) | 0x4330000000000000ull) - 0x1p52;
  *e = biased - aoti__pick_f64(denormal, AOTI__KD(1023 + 54), AOTI__KD(1023));
  return (vf64)((bits & 0xfffffffffffffull) + 0x3fe6a09e667f3bcdull) - 1;
}
AOTI_FN vf64 aoti__log_edges_f64(vf64 x, vf64 y) {
  y = aoti__pick_f64(AOTI__MD(x == __builtin_inf()), x, y);
  y = aoti__pick_f64(AOTI__MD(x == 0), -AOTI__INFD, y);
  return aoti__pick_f64(~AOTI__MD(x >= 0), AOTI__NAND, y);
}
/* log(1 + f) = f - half + (what this returns), half = f^2 / 2 */
AOTI_FN vf64 aoti__log_rest_f64(vf64 f, vf64 half) {
  vf64 s = f / (2 + f), z = s * s, p = AOTI__KD(1.479819860511658591e-01);
  AOTI__HD(p, z, 1.531383769920937332e-01);
  AOTI__HD(p, z, 1.818357216161805012e-01);
  AOTI__HD(p, z, 2.222219843214978396e-01);
  AOTI__HD(p, z, 2.857142874366239149e-01);
  AOTI__HD(p, z, 3.999999999940941908e-01);
  AOTI__HD(p, z, 6.666666666666735130e-01);
  return s * aoti__mad_f64(p, z, half);
}
AOTI_FN vf64 aoti__log_sum_f64(vf64 e, vf64 f) {
  vf64 half = 0.5 * f * f, y = aoti__mad_f64(e, AOTI__KD(0x1.ef35793c7673p-45), aoti__log_rest_f64(f, half));
  return aoti__mad_f64(e, AOTI__KD(0x1.62e42fefa38p-1), (y - half) + f);
}
AOTI_FN vf64 aoti_log_f64(vf64 x) {
  vf64 e, f = aoti__log_parts_f64(x, &e);
  return aoti__log_edges_f64(x, aoti__log_sum_f64(e, f));
}
/* Both split f - half into a short head, exact to multiply, and a tail. */
AOTI_FN vf64 aoti__log_base_f64(vf64 x, double head, double tail, double twohead, double twotail) {
  vf64 e, f = aoti__log_parts_f64(x, &e), half = 0.5 * f * f, rest = aoti__log_rest_f64(f, half);
  vf64 h = (vf64)((vu64)(f - half) & 0xffffffff00000000ull), l = ((f - h) - half) + rest;
  vf64 big = e * twohead, top = h * head;
  vf64 low = aoti__mad_f64(e, AOTI__KD(twotail), aoti__mad_f64(l + h, AOTI__KD(tail), l * head));
  vf64 w = big + top;
  return aoti__log_edges_f64(x, (low + ((big - w) + top)) + w);
}
AOTI_FN vf64 aoti_log2_f64(vf64 x) { return aoti__log_base_f64(x, 0x1.71547p+0, 0x1.94ae0bf85ddf4p-22, 1, 0); }
AOTI_FN vf64 aoti_log10_f64(vf64 x) {
  return aoti__log_base_f64(x, 0x1.bcb7bp-2, 0x1.526e50e32a6abp-26, 0x1.34413p-2, 0x1.427de7fbcc47cp-24);
}
AOTI_FN vf64 aoti_log1p_f64(vf64 x) {
  vf64 e, u = 1 + x;
  aoti__log_parts_f64(u, &e);
  vf64 s = aoti__scale_f64(AOTI__KD(1), -e); /* 2^-e, u = 2^e (1 + f) */
  vf64 y = aoti__log_edges_f64(u, aoti__log_sum_f64(e, aoti__fma_f64(x, s, s - 1)));
  return aoti__pick_f64(AOTI__MD(x == 0), x, y);
}

/* ---- circular functions ---- */

/* x = n pi/2 + r + tail, |r| <= pi/4, for |x| up to 1e9; nan and infinities give nan. */
AOTI_FN vf64 aoti__angle_f64(vf64 x, vi64* n, vf64* tail) {
  vf64 k = aoti__near_f64(x * 0x1.45f306dc9c883p-1);
  *n = (vi64)(k + 0x1.8p52);
  vf64 a = aoti__fma_f64(-k, AOTI__KD(0x1.921fb54442d18p+0), x);
  vf64 c = k * -0x1.1a62633145c07p-54, ct = aoti__fma_f64(k, AOTI__KD(-0x1.1a62633145c07p-54), -c);
  vf64 b = a + c, d = b - a, bt = (a - (b - d)) + (c - d) + ct;
  bt = aoti__mad_f64(k, AOTI__KD(0x1.f1976b7ed8fbcp-110), bt);
  vf64 r = b + bt;
  *tail = (b - r) + bt;
  return r;
}
AOTI_FN vf64 aoti__sin_poly_f64(vf64 r, vf64 tail) {
  vf64 u = r * r, v = u * r, p = AOTI__KD(1.58969099521155010221e-10);
  AOTI__HD(p, u, -2.50507602534068634195e-08);
  AOTI__HD(p, u, 2.75573137070700676789e-06);
  AOTI__HD(p, u, -1.98412698298579493134e-04);
  AOTI__HD(p, u, 8.33333333332248946124e-03);
  return r - ((u * (0.5 * tail - v * p) - tail) - v * -1.66666666666666324348e-01);
}
AOTI_FN vf64 aoti__cos_poly_f64(vf64 r, vf64 tail) {
  vf64 u = r * r, p = AOTI__KD(-1.13596475577881948265e-11);
  AOTI__HD(p, u, 2.08757232129817482790e-09);
  AOTI__HD(p, u, -2.75573143513906633035e-07);
  AOTI__HD(p, u, 2.48015872894767294178e-05);
  AOTI__HD(p, u, -1.38888888888741095749e-03);
  AOTI__HD(p, u, 4.16666666666666019037e-02);
  vf64 half = 0.5 * u, w = 1 - half;
  return w + (((1 - w) - half) + (u * u * p - r * tail));
}
AOTI_FN vi64 aoti__huge_angle_f64(vf64 x) {
  vf64 a = aoti_abs_f64(x);
  return AOTI__MD(a > 1e9) & AOTI__MD(a < __builtin_inf());
}
extern double sin(double), cos(double);
/* Out of line, so that the common path keeps its registers. */
static __attribute__((noinline, cold, unused)) void aoti__lanes_f64(double (*f)(double), double* y, const double* x, const int64_t* rare) {
  for (int i = 0; i < AOTI_LANES; i++)
    if (rare[i]) y[i] = f(x[i]);
}
AOTI_FN vf64 aoti__rare_f64(double (*f)(double), vf64 y, vf64 x, vi64 rare) {
  if (__builtin_expect(aoti__any_f64(rare), 0)) {
    vf64 to = y, from = x;
    vi64 mask = rare;
    aoti__lanes_f64(f, (double*)&to, (const double*)&from, (const int64_t*)&mask);
    y = to;
  }
  return y;
}
AOTI_FN vf64 aoti_sin_f64(vf64 x) {
  vi64 n;
  vf64 tail, r = aoti__angle_f64(x, &n, &tail);
  vf64 y = aoti__pick_f64(-(n & 1), aoti__cos_poly_f64(r, tail), aoti__sin_poly_f64(r, tail));
  y = (vf64)((vu64)y ^ (((vu64)n & 2) << 62));
  y = aoti__pick_f64(AOTI__MD(x == 0), x, y);
  return aoti__rare_f64(sin, y, x, aoti__huge_angle_f64(x));
}
AOTI_FN vf64 aoti_cos_f64(vf64 x) {
  vi64 n;
  vf64 tail, r = aoti__angle_f64(x, &n, &tail);
  vf64 y = aoti__pick_f64(-(n & 1), aoti__sin_poly_f64(r, tail), aoti__cos_poly_f64(r, tail));
  y = (vf64)((vu64)y ^ (((vu64)(n + 1) & 2) << 62));
  return aoti__rare_f64(cos, y, x, aoti__huge_angle_f64(x));
}

/* x * 2^n, rounded once. */
AOTI_FN vf64 aoti_ldexp_f64(vf64 x, vi64 n) {
  for (int i = 0; i < 2; i++) {
    vi64 up = AOTI__MD(n > 1023), down = AOTI__MD(n < -1022);
    x *= aoti__pick_f64(up, AOTI__KD(0x1p1023), aoti__pick_f64(down, AOTI__KD(0x1p-969), AOTI__KD(1)));
    n -= (up & 1023) - (down & 969);
  }
  n = aoti__sel_i64(n > 1023, (vi64){0} + 1023, aoti__sel_i64(n < -1022, (vi64){0} - 1022, n));
  return x * (vf64)((n + 1023) << 52);
}

/* ---- lane by lane ---- */
extern double lgamma_r(double, int*);
static inline __attribute__((unused)) double aoti__lgamma1_f64(double x) {
  int sign;
  return lgamma_r(x, &sign);
}
/* Halley's steps from a guess; on erfc, which keeps the tail's digits. */
static inline __attribute__((unused)) double aoti__erfinv1_f64(double x) {
  double a = __builtin_fabs(x);
  if (!(a < 1)) return a == 1 ? x * __builtin_inf() : __builtin_nan("");
  double w = -__builtin_log1p(-a * a), y = a;
  if (a > 1e-8) {
    double b = 2 / (3.14159265358979323846 * 0.147) - w * 0.5; /* Winitzki's guess */
    y = __builtin_sqrt(__builtin_sqrt(b * b + w / 0.147) - b);
    for (int i = 0; i < 3; i++) {
      double miss = a < 0.5 ? __builtin_erf(y) - a : (1 - a) - __builtin_erfc(y);
      double step = miss / (1.12837916709551257390 * __builtin_exp(-y * y));
      y -= step / (1 + y * step);
    }
  } else {
    y = a * 0.886226925452758013649;
  }
  return __builtin_copysign(y, x);
}
#define AOTI__LIBM1(NAME, F)                                                                       \
  AOTI_FN vf64 aoti_##NAME##_f64(vf64 x) {                                                         \
    vf64 y;                                                                                        \
    for (int i = 0; i < AOTI_LANES; i++) y[i] = F(x[i]);                                           \
    return y;                                                                                      \
  }
#define AOTI__LIBM2(NAME, F)                                                                       \
  AOTI_FN vf64 aoti_##NAME##_f64(vf64 x, vf64 z) {                                                 \
    vf64 y;                                                                                        \
    for (int i = 0; i < AOTI_LANES; i++) y[i] = F(x[i], z[i]);                                     \
    return y;                                                                                      \
  }
AOTI__LIBM1(tan, __builtin_tan) AOTI__LIBM1(asin, __builtin_asin) AOTI__LIBM1(acos, __builtin_acos)
AOTI__LIBM1(atan, __builtin_atan) AOTI__LIBM1(asinh, __builtin_asinh) AOTI__LIBM1(acosh, __builtin_acosh)
AOTI__LIBM1(atanh, __builtin_atanh) AOTI__LIBM1(erf, __builtin_erf) AOTI__LIBM1(erfc, __builtin_erfc)
AOTI__LIBM1(erfinv, aoti__erfinv1_f64) AOTI__LIBM1(lgamma, aoti__lgamma1_f64) AOTI__LIBM1(digamma, aoti__digamma1)
AOTI__LIBM2(pow, __builtin_pow) AOTI__LIBM2(atan2, __builtin_atan2) AOTI__LIBM2(hypot, __builtin_hypot)
#endif
