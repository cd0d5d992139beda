/* Elementary functions of vf32: own polynomials, 2 ULP but for a few that README.md's table names, right at nan, infinities,
 * signed zeros and denormals. Polynomials are minimax fits on the interval named beside them; `r` is a reduced argument.
 * Lanes in rare ranges (huge angles) go through libm one by one, so a lane's result never depends on its neighbours. */
#ifndef AOTI_KERNEL_MATH_F32_H
#define AOTI_KERNEL_MATH_F32_H
#include "aoti/kernel/float.h"

#define AOTI__K(x) aoti_set1_f32(x)
#define AOTI__M(m) ((vi32)(m))
/* p = p * x + c */
#define AOTI__H(p, x, c) p = aoti__mad_f32(p, x, AOTI__K(c))
#define AOTI__INF AOTI__K(__builtin_inff())
#define AOTI__NAN AOTI__K(__builtin_nanf(""))

AOTI_FN vf32 aoti__pick_f32(vi32 m, vf32 a, vf32 b) { return aoti__sel_f32(m, a, b); }
/* 2^n for n in -126..127. */
AOTI_FN vf32 aoti__two_to_f32(vi32 n) { return (vf32)((n + 127) << 23); }
/* p * 2^n for p near 1 and whole n in -252..254, rounded once. */
AOTI_FN vf32 aoti__scale_f32(vf32 p, vf32 n) {
#if defined(AOTI__GCC_X86) && defined(AOTI_AVX512) && AOTI_LANES == 16
  return __builtin_ia32_scalefps512_mask(p, n, p, -1, 4);
#else
  vi32 k = __builtin_convertvector(n, vi32), half = k >> 1;
  return p * aoti__two_to_f32(half) * aoti__two_to_f32(k - half);
#endif
}
/* x limited to lo..hi; nan stays. */
AOTI_FN vf32 aoti__limit_f32(vf32 x, float lo, float hi) {
  return aoti__min_f32(AOTI__K(hi), aoti__max_f32(AOTI__K(lo), x));
}
AOTI_FN vi32 aoti__int_f32(vf32 x) { return __builtin_convertvector(x, vi32); }
AOTI_FN vf32 aoti__from_int_f32(vi32 x) { return __builtin_convertvector(x, vf32); }

/* ---- exponentials ---- */

/* x = n ln2 + r, |r| <= ln2 / 2; for x in -252 ln2 .. 254 ln2. */
AOTI_FN vf32 aoti__reduce_exp_f32(vf32 x, vf32* n) {
  *n = aoti__near_f32(x * 0x1.715476p+0f);
  vf32 r = aoti__fma_f32(*n, AOTI__K(-0x1.62e4p-1f), x);
  return aoti__fma_f32(*n, AOTI__K(-0x1.7f7d1cp-20f), r);
}
/* unit e^r for |r| <= ln2 / 2 and a power of two. */
AOTI_FN vf32 aoti__exp_poly_f32(vf32 r, float unit) {
  vf32 q = AOTI__K(unit * 0x1.6acfc2p-10f); /* (e^r - 1 - r) / r^2 */
  AOTI__H(q, r, unit * 0x1.123f22p-7f);
  AOTI__H(q, r, unit * 0x1.55584ep-5f);
  AOTI__H(q, r, unit * 0x1.55548ap-3f);
  AOTI__H(q, r, unit * 0x1.fffffcp-2f);
  AOTI__H(q, r, unit);
  return aoti__mad_f32(q, r, AOTI__K(unit));
}
AOTI_FN vf32 aoti_exp_f32(vf32 x) {
  vf32 n, r = aoti__reduce_exp_f32(aoti__limit_f32(x, -104, 89), &n);
  return aoti__scale_f32(aoti__exp_poly_f32(r, 1), n);
}
/* e^x / 2, without overflow where that has none; for x >= -80. */
AOTI_FN vf32 aoti__half_exp_f32(vf32 x) {
  vf32 n, r = aoti__reduce_exp_f32(aoti__limit_f32(x, -80, 90), &n);
  return aoti__scale_f32(aoti__exp_poly_f32(r, 0.5f), n);
}
AOTI_FN vf32 aoti_exp2_f32(vf32 x) {
  x = aoti__limit_f32(x, -151, 129);
  vf32 n = aoti__near_f32(x), r = x - n;
  vf32 q = AOTI__K(0x1.41ab64p-13f); /* (2^r - 1 - r ln2) / r^2 */
  AOTI__H(q, r, 0x1.5f07d8p-10f);
  AOTI__H(q, r, 0x1.3b2da8p-7f);
  AOTI__H(q, r, 0x1.c6af82p-5f);
  AOTI__H(q, r, 0x1.ebfbdcp-3f);
  AOTI__H(q, r, -0x1.05c61p-29f);
  vf32 p = aoti__mad_f32(r, AOTI__K(0x1.62e43p-1f), q * r) + 1;
  return aoti__scale_f32(p, n);
}
/* e^r - 1 for |r| <= ln2 / 2 */
AOTI_FN vf32 aoti__expm1_poly_f32(vf32 r) {
  vf32 q = AOTI__K(0x1.3b82ecp-13f);
  AOTI__H(q, r, 0x1.6d2e62p-10f);
  AOTI__H(q, r, 0x1.1155aep-7f);
  AOTI__H(q, r, 0x1.555502p-5f);
  AOTI__H(q, r, 0x1.55552cp-3f);
  AOTI__H(q, r, 0.5f);
  return aoti__mad_f32(r * r, q, r);
}
AOTI_FN vf32 aoti_expm1_f32(vf32 a) {
  vf32 n, r = aoti__reduce_exp_f32(aoti__limit_f32(a, -30, 89), &n), p = aoti__expm1_poly_f32(r);
  vf32 s = aoti__scale_f32(AOTI__K(1), n - 1); /* half of 2^n: 2^128 does not exist */
  vf32 y = aoti__mad_f32(p, s, s - 0.5f) * 2;
  return aoti_copysign_f32(aoti__pick_f32(AOTI__M(n == 0), p, y), a);
}
/* As aoti__reduce_exp_f32, with 2^(n + more) for n + more in -126..127 instead of n: cheaper than aoti__scale_f32. */
AOTI_FN vf32 aoti__reduce_power_f32(vf32 x, int more, vf32* power) {
  vf32 t = aoti__mad_f32(x, AOTI__K(0x1.715476p+0f), AOTI__K(0x1.8p23f)), n = t - 0x1.8p23f; /* n is t's last bits */
  *power = (vf32)((vi32)((vu32)t << 23) + ((127 + more) << 23));
  vf32 r = aoti__fma_f32(n, AOTI__K(-0x1.62e4p-1f), x);
  return aoti__fma_f32(n, AOTI__K(-0x1.7f7d1cp-20f), r);
}
/* 1 / (1 + e^-x) with both multiplied by 2^-24, so that the power is finite wherever the result is not zero. */
AOTI_FN vf32 aoti_sigmoid_f32(vf32 x) {
  vf32 power, r = aoti__reduce_power_f32(-aoti__limit_f32(x, -104, 70), -24, &power);
  return 0x1p-24f / aoti__mad_f32(aoti__exp_poly_f32(r, 1), power, AOTI__K(0x1p-24f));
}
AOTI_FN vf32 aoti_sinh_f32(vf32 x) {
  vf32 a = aoti_abs_f32(x), u = x * x, e = aoti__half_exp_f32(a);
  vf32 p = AOTI__K(0x1.756cb4p-19f); /* (sinh r - r) / r^3 on 0..1 */
  AOTI__H(p, u, 0x1.a022bap-13f);
  AOTI__H(p, u, 0x1.1110ep-7f);
  AOTI__H(p, u, 0x1.555556p-3f);
  p = aoti__mad_f32(a * u, p, a);
  return aoti_copysign_f32(aoti__pick_f32(AOTI__M(a < 1), p, e - 0.25f / e), x);
}
AOTI_FN vf32 aoti_cosh_f32(vf32 x) {
  vf32 e = aoti__half_exp_f32(aoti_abs_f32(x));
  return e + 0.25f / e;
}
/* t / (t + 2) for t = e^2|x| - 1 */
AOTI_FN vf32 aoti_tanh_f32(vf32 x) {
  vf32 a = aoti_abs_f32(x), power, r = aoti__reduce_power_f32(aoti__min_f32(AOTI__K(40), a + a), 0, &power);
  vf32 t = aoti__mad_f32(aoti__expm1_poly_f32(r), power, power - 1);
  return aoti_copysign_f32(t / (t + 2), x);
}

/* ---- logarithms ---- */

/* x = 2^e (1 + f), f in sqrt(1/2)-1 .. sqrt(2)-1, for positive finite x. */
AOTI_FN vf32 aoti__log_parts_f32(vf32 x, vf32* e) {
  vi32 denormal = AOTI__M(x < 0x1p-126f);
  vi32 bits = (vi32)aoti__pick_f32(denormal, x * 0x1p23f, x) - 0x3f3504f3;
  vi32 k = (bits >> 23) - (denormal & 23);
  *e = aoti__from_int_f32(k);
  return (vf32)((bits & 0x7fffff) + 0x3f3504f3) - 1;
}
/* What a logarithm gives outside the positive finite numbers. */
AOTI_FN vf32 aoti__log_edges_f32(vf32 x, vf32 y) {
  y = aoti__pick_f32(AOTI__M(x == __builtin_inff()), x, y);
  y = aoti__pick_f32(AOTI__M(x == 0), -AOTI__INF, y);
  return aoti__pick_f32(~AOTI__M(x >= 0), AOTI__NAN, y);
}
/* (log(1+f) - f + f^2/2) / f^3 */
AOTI_FN vf32 aoti__log_poly_f32(vf32 f) {
  vf32 p = AOTI__K(0x1.ae1666p-5f);
  AOTI__H(p, f, -0x1.bd1f9cp-4f);
  AOTI__H(p, f, 0x1.f0937p-4f);
  AOTI__H(p, f, -0x1.013802p-3f);
  AOTI__H(p, f, 0x1.22ff6ap-3f);
  AOTI__H(p, f, -0x1.552bd2p-3f);
  AOTI__H(p, f, 0x1.99a54ep-3f);
  AOTI__H(p, f, -0x1.000078p-2f);
  AOTI__H(p, f, 0x1.555548p-2f);
  return p;
}
/* e ln2 + log(1 + f + tail) */
AOTI_FN vf32 aoti__log_sum_f32(vf32 e, vf32 f, vf32 tail) {
  vf32 u = f * f, y = aoti__mad_f32(f * u, aoti__log_poly_f32(f), tail);
  y = aoti__mad_f32(e, AOTI__K(0x1.7f7d1cp-20f), y);
  y = aoti__mad_f32(u, AOTI__K(-0.5f), y) + f;
  return aoti__mad_f32(e, AOTI__K(0x1.62e4p-1f), y);
}
AOTI_FN vf32 aoti_log_f32(vf32 x) {
  vf32 e, f = aoti__log_parts_f32(x, &e);
  return aoti__log_edges_f32(x, aoti__log_sum_f32(e, f, (vf32){0}));
}
AOTI_FN vf32 aoti_log2_f32(vf32 x) {
  vf32 e, f = aoti__log_parts_f32(x, &e);
  vf32 q = AOTI__K(0x1.79c7fcp-4f); /* (log2(1+f) - C f) / f^2 */
  AOTI__H(q, f, -0x1.539cp-3f);
  AOTI__H(q, f, 0x1.6181a4p-3f);
  AOTI__H(q, f, -0x1.6fbf8ap-3f);
  AOTI__H(q, f, 0x1.a3f35ap-3f);
  AOTI__H(q, f, -0x1.ec6332p-3f);
  AOTI__H(q, f, 0x1.277fbap-2f);
  AOTI__H(q, f, -0x1.7154d4p-2f);
  AOTI__H(q, f, 0x1.ec7086p-2f);
  AOTI__H(q, f, -0x1.715476p-1f);
  AOTI__H(q, f, 0x1.4ae0cp-26f);
  return aoti__log_edges_f32(x, aoti__mad_f32(f, AOTI__K(0x1.715476p+0f), q * f) + e);
}
AOTI_FN vf32 aoti_log10_f32(vf32 x) {
  vf32 e, f = aoti__log_parts_f32(x, &e);
  vf32 q = AOTI__K(0x1.259250p-5f); /* (log10(1+f) - C f) / f^2 */
  AOTI__H(q, f, -0x1.c58814p-5f);
  AOTI__H(q, f, 0x1.a2fb64p-5f);
  AOTI__H(q, f, -0x1.b24ebcp-5f);
  AOTI__H(q, f, 0x1.f97e54p-5f);
  AOTI__H(q, f, -0x1.28b67cp-4f);
  AOTI__H(q, f, 0x1.63d480p-4f);
  AOTI__H(q, f, -0x1.bcb69ap-4f);
  AOTI__H(q, f, 0x1.287a6p-3f);
  AOTI__H(q, f, -0x1.bcb7b2p-3f);
  AOTI__H(q, f, -0x1.5b235ep-27f);
  vf32 y = aoti__mad_f32(f, AOTI__K(0x1.bcb7b2p-2f), aoti__mad_f32(e, AOTI__K(0x1.3509f8p-18f), q * f));
  return aoti__log_edges_f32(x, aoti__mad_f32(e, AOTI__K(0x1.344p-2f), y));
}
/* log(1 + x + tail), |tail| below half an ULP of x; for finite x > -1. */
AOTI_FN vf32 aoti__log1p_f32(vf32 x, vf32 tail) {
  vf32 e, u = 1 + x;
  aoti__log_parts_f32(u, &e);
  vf32 s = aoti__scale_f32(AOTI__K(1), -e); /* 2^-e, u = 2^e (1 + f) */
  vf32 f = aoti__fma_f32(x, s, s - 1);
  return aoti__log_sum_f32(e, f, tail / u);
}
AOTI_FN vf32 aoti_log1p_f32(vf32 x) {
  vf32 e, u = 1 + x;
  aoti__log_parts_f32(u, &e);
  vf32 s = aoti__scale_f32(AOTI__K(1), -e);
  vf32 y = aoti__log_sum_f32(e, aoti__fma_f32(x, s, s - 1), (vf32){0});
  y = aoti__log_edges_f32(u, y);
  return aoti__pick_f32(AOTI__M(x == 0), x, y);
}

/* ---- inverse hyperbolics: sums kept as head + tail, then log1p of both ---- */
AOTI_FN vf32 aoti_asinh_f32(vf32 x) {
  vf32 a = aoti_abs_f32(x), u = x * x;
  vf32 p = AOTI__K(0x1.2ebb6cp-7f); /* (asinh r - r) / r^3 on 0..0.5 */
  AOTI__H(p, u, -0x1.484e92p-6f);
  AOTI__H(p, u, 0x1.ec074ep-6f);
  AOTI__H(p, u, -0x1.6d7e3ep-5f);
  AOTI__H(p, u, 0x1.333238p-4f);
  AOTI__H(p, u, -0x1.555554p-3f);
  p = aoti__mad_f32(a * u, p, a);
  /* a + sqrt(a^2 + 1) - 1 */
  vi32 large = AOTI__M(a > 0x1p14f);
  vf32 b = aoti__pick_f32(large, AOTI__K(1), a), v = b * b, vt = aoti__fma_f32(b, b, -v);
  vf32 w = v + 1, wt = aoti__pick_f32(AOTI__M(v > 1), 1 - (w - v), v - (w - 1)) + vt;
  vf32 s = aoti__sqrt_f32(w), st = (aoti__fma_f32(-s, s, w) + wt) / (s + s);
  vf32 s1 = s - 1, h = b + s1, t = aoti__pick_f32(AOTI__M(b > s1), s1 - (h - b), b - (h - s1)) + st;
  vf32 e, f = aoti__log_parts_f32(a, &e); /* log(2a) for large a */
  vf32 y = aoti__pick_f32(large, aoti__log_sum_f32(e + 1, f, (vf32){0}), aoti__log1p_f32(h, t));
  y = aoti__pick_f32(AOTI__M(a < 0.5f), p, y);
  y = aoti__pick_f32(AOTI__M(a < __builtin_inff()), y, a);
  return aoti_copysign_f32(y, x);
}
AOTI_FN vf32 aoti_acosh_f32(vf32 x) {
  vi32 large = AOTI__M(x > 0x1p14f);
  /* t + sqrt(t (t + 2)), t = x - 1 */
  vf32 t = aoti__pick_f32(large, AOTI__K(1), x) - 1, d = t + 2, dt = t - (d - 2);
  dt = aoti__pick_f32(AOTI__M(t > 2), 2 - (d - t), dt);
  vf32 w = t * d, wt = aoti__fma_f32(t, d, -w) + t * dt;
  vf32 s = aoti__sqrt_f32(w), st = (aoti__fma_f32(-s, s, w) + wt) / (s + s);
  st = aoti__pick_f32(AOTI__M(s > 0), st, (vf32){0});
  vf32 h = s + t, ht = (t - (h - s)) + st; /* s > t */
  vf32 e, f = aoti__log_parts_f32(x, &e);
  vf32 y = aoti__pick_f32(large, aoti__log_sum_f32(e + 1, f, (vf32){0}), aoti__log1p_f32(h, ht));
  y = aoti__pick_f32(AOTI__M(x == __builtin_inff()), x, y);
  return aoti__pick_f32(AOTI__M(x >= 1), y, AOTI__NAN);
}
AOTI_FN vf32 aoti_atanh_f32(vf32 x) {
  vf32 a = aoti_abs_f32(x), d = 1 - a, dt = (1 - d) - a, n = a + a;
  vf32 q = n / d, qt = (aoti__fma_f32(-q, d, n) - q * dt) / d;
  vf32 y = aoti__log1p_f32(q, qt) * 0.5f;
  y = aoti__pick_f32(AOTI__M(a < 0x1p-12f), a, y);
  y = aoti__pick_f32(AOTI__M(a == 1), AOTI__INF, y);
  y = aoti__pick_f32(AOTI__M(a <= 1), y, AOTI__NAN);
  return aoti_copysign_f32(y, x);
}

/* ---- circular functions ---- */

/* x = n pi/2 + r + tail, |r| <= pi/4, n exact below 2^17; nan and infinities give nan. */
AOTI_FN vf32 aoti__angle_f32(vf32 x, vi32* n, vf32* tail) {
  vf32 k = aoti__near_f32(x * 0x1.45f306p-1f);
  *n = aoti__int_f32(k);
  vf32 a = aoti__fma_f32(-k, AOTI__K(0x1.921fb6p+0f), x);
  vf32 c = k * 0x1.777a5cp-25f, ct = aoti__fma_f32(k, AOTI__K(0x1.777a5cp-25f), -c);
  vf32 b = a + c, d = b - a, bt = (a - (b - d)) + (c - d) + ct;
  bt = aoti__mad_f32(k, AOTI__K(0x1.ee59dap-50f), bt);
  vf32 r = b + bt;
  *tail = (b - r) + bt;
  return r;
}
#define AOTI__HUGE_ANGLE 1e5f
AOTI_FN vi32 aoti__huge_angle_f32(vf32 x) {
  vf32 a = aoti_abs_f32(x);
  return AOTI__M(a > AOTI__HUGE_ANGLE) & AOTI__M(a < __builtin_inff());
}
AOTI_FN vf32 aoti__sin_poly_f32(vf32 r, vf32 tail) {
  vf32 u = r * r, p = AOTI__K(-0x1.9955b6p-13f);
  AOTI__H(p, u, 0x1.11077cp-7f);
  AOTI__H(p, u, -0x1.555546p-3f);
  return r + aoti__mad_f32(r * u, p, tail);
}
AOTI_FN vf32 aoti__cos_poly_f32(vf32 r, vf32 tail) {
  vf32 u = r * r, p = AOTI__K(0x1.99e838p-16f);
  AOTI__H(p, u, -0x1.6c0c28p-10f);
  AOTI__H(p, u, 0x1.55554ap-5f);
  vf32 w = aoti__mad_f32(u, AOTI__K(-0.5f), AOTI__K(1));
  vf32 wt = aoti__mad_f32(u, AOTI__K(-0.5f), 1 - w);
  return w + aoti__mad_f32(u * u, p, aoti__mad_f32(-r, tail, wt));
}
extern float sinf(float), cosf(float), tanf(float);
/* Out of line, so that the common path keeps its registers. */
static __attribute__((noinline, cold, unused)) void aoti__lanes_f32(float (*f)(float), float* y, const float* x, const int32_t* rare) {
  for (int i = 0; i < AOTI_LANES; i++)
    if (rare[i]) y[i] = f(x[i]);
}
AOTI_FN vf32 aoti__rare_f32(float (*f)(float), vf32 y, vf32 x, vi32 rare) {
  if (__builtin_expect(aoti__any_f32(rare), 0)) {
    vf32 to = y, from = x;
    vi32 mask = rare;
    aoti__lanes_f32(f, (float*)&to, (const float*)&from, (const int32_t*)&mask);
    y = to;
  }
  return y;
}
AOTI_FN vf32 aoti_sin_f32(vf32 x) {
  vi32 n;
  vf32 tail, r = aoti__angle_f32(x, &n, &tail);
  vf32 y = aoti__pick_f32(-(n & 1), aoti__cos_poly_f32(r, tail), aoti__sin_poly_f32(r, tail));
  y = (vf32)((vi32)y ^ ((n & 2) << 30));
  y = aoti__pick_f32(AOTI__M(x == 0), x, y);
  return aoti__rare_f32(sinf, y, x, aoti__huge_angle_f32(x));
}
AOTI_FN vf32 aoti_cos_f32(vf32 x) {
  vi32 n;
  vf32 tail, r = aoti__angle_f32(x, &n, &tail);
  vf32 y = aoti__pick_f32(-(n & 1), aoti__sin_poly_f32(r, tail), aoti__cos_poly_f32(r, tail));
  y = (vf32)((vi32)y ^ (((n + 1) & 2) << 30));
  return aoti__rare_f32(cosf, y, x, aoti__huge_angle_f32(x));
}
AOTI_FN vf32 aoti_tan_f32(vf32 x) {
  vi32 n;
  vf32 tail, r = aoti__angle_f32(x, &n, &tail), u = r * r;
  vf32 p = AOTI__K(0x1.1ea9b2p-8f); /* (tan r - r) / r^3 on 0..pi/4 */
  AOTI__H(p, u, 0x1.91df3ep-14f);
  AOTI__H(p, u, 0x1.62d7c2p-7f);
  AOTI__H(p, u, 0x1.5cbf2cp-6f);
  AOTI__H(p, u, 0x1.bad9d6p-5f);
  AOTI__H(p, u, 0x1.110d9ep-3f);
  AOTI__H(p, u, 0x1.55556p-2f);
  vf32 more = aoti__mad_f32(r * u, p, aoti__mad_f32(u, tail, tail)); /* tan r = r + more */
  vf32 t = r + more, tt = (r - t) + more;
  vf32 c = -1 / t; /* of t + tt: one Newton step */
  vf32 residue = aoti__fma_f32(c, tt, aoti__fma_f32(c, t, AOTI__K(1)));
  vf32 y = aoti__pick_f32(-(n & 1), aoti__mad_f32(c, residue, c), t);
  y = aoti__pick_f32(AOTI__M(x == 0), x, y);
  return aoti__rare_f32(tanf, y, x, aoti__huge_angle_f32(x));
}

/* (asin r - r) / r for r^2 = u on 0..0.25 */
AOTI_FN vf32 aoti__asin_poly_f32(vf32 u) {
  vf32 p = AOTI__K(0x1.59ddd6p-5f);
  AOTI__H(p, u, 0x1.8ba44ep-6f);
  AOTI__H(p, u, 0x1.748b7ap-5f);
  AOTI__H(p, u, 0x1.330162p-4f);
  AOTI__H(p, u, 0x1.5555cap-3f);
  return p * u;
}
AOTI_FN vf32 aoti_asin_f32(vf32 x) {
  vf32 a = aoti_abs_f32(x), z = (1 - a) * 0.5f, s = aoti__sqrt_f32(z);
  vi32 big = AOTI__M(a > 0.5f);
  vf32 u = aoti__pick_f32(big, z, a * a), r = aoti__pick_f32(big, s, a);
  vf32 t = r * aoti__asin_poly_f32(u);                         /* asin r = r + t */
  vf32 wrapped = 0x1.921fb6p+0f - (2 * r + (2 * t - -0x1.777a5cp-25f));
  return aoti_copysign_f32(aoti__pick_f32(big, wrapped, r + t), x);
}
AOTI_FN vf32 aoti_acos_f32(vf32 x) {
  vf32 a = aoti_abs_f32(x), z = (1 - a) * 0.5f, s = aoti__sqrt_f32(z);
  vi32 big = AOTI__M(a > 0.5f);
  vf32 u = aoti__pick_f32(big, z, a * a), r = aoti__pick_f32(big, s, x);
  vf32 t = r * aoti__asin_poly_f32(u);
  vf32 middle = 0x1.921fb6p+0f - (r + (t - -0x1.777a5cp-25f));
  vf32 y = 2 * (r + t);
  vf32 left = 0x1.921fb6p+1f - (2 * r + (2 * t - -0x1.777a5cp-24f));
  return aoti__pick_f32(big, aoti__pick_f32(AOTI__M(x < 0), left, y), middle);
}
/* atan r on 0..1 */
AOTI_FN vf32 aoti__atan_poly_f32(vf32 r) {
  vf32 u = r * r, p = AOTI__K(0x1.296a8cp-10f);
  AOTI__H(p, u, -0x1.e6a32cp-8f);
  AOTI__H(p, u, 0x1.753142p-6f);
  AOTI__H(p, u, -0x1.708132p-5f);
  AOTI__H(p, u, 0x1.150a2p-4f);
  AOTI__H(p, u, -0x1.6953c4p-4f);
  AOTI__H(p, u, 0x1.c51170p-4f);
  AOTI__H(p, u, -0x1.24762p-3f);
  AOTI__H(p, u, 0x1.99981cp-3f);
  AOTI__H(p, u, -0x1.555552p-2f);
  return aoti__mad_f32(r * u, p, r);
}
AOTI_FN vf32 aoti_atan_f32(vf32 x) {
  vf32 a = aoti_abs_f32(x);
  vi32 big = AOTI__M(a > 1);
  vf32 t = aoti__atan_poly_f32(aoti__pick_f32(big, 1 / a, a));
  return aoti_copysign_f32(aoti__pick_f32(big, 0x1.921fb6p+0f - (t - -0x1.777a5cp-25f), t), x);
}
AOTI_FN vf32 aoti_atan2_f32(vf32 y, vf32 x) {
  vf32 a = aoti_abs_f32(y), b = aoti_abs_f32(x);
  vi32 steep = AOTI__M(a > b), left = AOTI__M((vi32)x < 0);
  vf32 low = aoti__pick_f32(steep, b, a), high = aoti__pick_f32(steep, a, b);
  vf32 q = low / high;
  q = aoti__pick_f32(AOTI__M(low == high), AOTI__K(1), q);     /* also inf / inf */
  q = aoti__pick_f32(AOTI__M(high == 0), (vf32){0}, q);
  vf32 t = aoti__atan_poly_f32(q);
  /* offset - t or offset + t, offset a multiple of pi/2 */
  t = aoti__pick_f32(steep ^ left, -t, t);
  vf32 hi = aoti__pick_f32(steep, AOTI__K(0x1.921fb6p+0f), aoti__pick_f32(left, AOTI__K(0x1.921fb6p+1f), (vf32){0}));
  vf32 lo = hi * -0x1.de973ep-26f;                             /* pi/2 = hi (1 + lo / hi) */
  t = hi + (t + lo);
  t = aoti__pick_f32(AOTI__M(a != a) | AOTI__M(b != b), a + b, t);
  return aoti_copysign_f32(t, y);
}
AOTI_FN vf32 aoti_hypot_f32(vf32 x, vf32 y) {
  vf32 a = aoti_abs_f32(x), b = aoti_abs_f32(y), h = aoti__max_f32(a, b), l = aoti__min_f32(a, b);
  /* scaled by powers of two so that squares neither overflow nor vanish */
  vf32 big = aoti__pick_f32(AOTI__M(h > 0x1p60f), AOTI__K(0x1p-70f), AOTI__K(1));
  vf32 s = aoti__pick_f32(AOTI__M(h < 0x1p-60f), AOTI__K(0x1p90f), big);
  vf32 back = aoti__pick_f32(AOTI__M(h < 0x1p-60f), AOTI__K(0x1p-90f), aoti__pick_f32(AOTI__M(h > 0x1p60f), AOTI__K(0x1p70f), AOTI__K(1)));
  h *= s, l *= s;
  vf32 hh = h * h, ht = aoti__fma_f32(h, h, -hh), w = aoti__fma_f32(l, l, hh);
  vf32 r = aoti__sqrt_f32(w);
  /* one Newton step with the rounding errors of w */
  vf32 wt = aoti__fma_f32(l, l, hh - w) + ht;
  vf32 fix = (aoti__fma_f32(-r, r, w) + wt) / (r + r);
  r = aoti__pick_f32(AOTI__M(w > 0) & AOTI__M(w < __builtin_inff()), r + fix, r) * back;
  r = aoti__pick_f32(AOTI__M(a != a) | AOTI__M(b != b), a + b, r);
  return aoti__pick_f32(AOTI__M(a == __builtin_inff()) | AOTI__M(b == __builtin_inff()), AOTI__INF, r);
}

/* ---- error function ---- */
/* erf r for r on 0..1 */
AOTI_FN vf32 aoti__erf_small_f32(vf32 r) {
  vf32 u = r * r, p = AOTI__K(0x1.477394p-14f);
  AOTI__H(p, u, -0x1.a351ccp-11f);
  AOTI__H(p, u, 0x1.53f22ep-8f);
  AOTI__H(p, u, -0x1.b7f71ap-6f);
  AOTI__H(p, u, 0x1.ce2ce6p-4f);
  AOTI__H(p, u, -0x1.81273ep-2f);
  AOTI__H(p, u, 0x1.06eba8p-3f);
  return aoti__mad_f32(r, p, r);
}
#if defined(AOTI_AVX512) && AOTI_LANES == 16
/* On intervals of a quarter around 0, 1/4 .. 15/4, one lane each: coefficients of t^5 .. t^0 of erf a / a - 1, from 1 on of
 * erf a - 1. A lane picks its own with one permutation: half the time of two polynomials and an exponential. */
static const float aoti__erf_pieces[6][16] = {
    {0x1.27c3b8p-38f, -0x1.24b4b4p-5f, -0x1.971bd4p-5f, -0x1.352326p-5f, -0x1.1a45dcp-4f, -0x1.81b0b0p-5f, -0x1.eb709cp-7f, 0x1.a64768p-8f,
     0x1.aa272cp-7f, 0x1.5cab3cp-7f, 0x1.91f1aep-8f, 0x1.6b84dap-9f, 0x1.0d47c0p-10f, 0x1.4defecp-12f, 0x1.5f21c4p-14f, 0x1.3bbccap-16f},
    {0x1.cbbb46p-4f, 0x1.6b028ap-4f, 0x1.090df6p-5f, -0x1.92196ep-6f, 0x1.1bdb72p-4f, -0x1.715950p-8f, -0x1.69b5b0p-5f, -0x1.885668p-5f,
     -0x1.1a10f4p-5f, -0x1.39c6ecp-6f, -0x1.1cae3ap-7f, -0x1.b0253ep-9f, -0x1.16555ep-10f, -0x1.330104p-12f, -0x1.23bbd6p-14f, -0x1.dfc088p-17f},
    {-0x1.98abd2p-44f, 0x1.acef9cp-4f, 0x1.55cda0p-3f, 0x1.5acfd4p-3f, 0x1.1b613cp-3f, 0x1.571c90p-3f, 0x1.1c2a8ap-3f, 0x1.714a78p-4f,
     0x1.8b0c04p-5f, 0x1.63efdep-6f, 0x1.119c76p-7f, 0x1.69caaap-9f, 0x1.9dac1ep-11f, 0x1.9a90e0p-13f, 0x1.62b202p-15f, 0x1.0b4c4ep-17f},
    {-0x1.812676p-2f, -0x1.5765c0p-2f, -0x1.d6dd0ap-3f, -0x1.9a7f70p-4f, -0x1.a91228p-2f, -0x1.2ec024p-2f, -0x1.6d5be6p-3f, -0x1.7a4bd0p-4f,
     -0x1.529bd4p-5f, -0x1.0749b0p-6f, -0x1.64dd76p-8f, -0x1.a695cap-10f, -0x1.b5f204p-12f, -0x1.8dbca0p-14f, -0x1.3cdfe8p-16f, -0x1.bb4772p-19f},
    {0x1.b8c288p-53f, -0x1.730704p-3f, -0x1.4c3884p-2f, -0x1.a0cddap-2f, 0x1.a911f0p-2f, 0x1.e46530p-3f, 0x1.e72372p-4f, 0x1.b0552ep-5f,
     0x1.529b9ep-6f, 0x1.d4143ap-8f, 0x1.1d831ap-9f, 0x1.3360d6p-11f, 0x1.240900p-13f, 0x1.e9b638p-16f, 0x1.6a59dep-18f, 0x1.d93810p-21f},
    {0x1.06eba8p-3f, 0x1.af54e2p-4f, 0x1.4fdeb8p-5f, -0x1.a848b8p-5f, -0x1.422616p-3f, -0x1.3bcd12p-4f, -0x1.15aaa8p-5f, -0x1.b4be1ep-7f,
     -0x1.328f5ep-8f, -0x1.7f7146p-10f, -0x1.aab870p-12f, -0x1.a60a2ep-14f, -0x1.729e58p-16f, -0x1.20c1bcp-18f, -0x1.8ef3f4p-21f, -0x1.e87702p-24f},
};
AOTI_FN vf32 aoti__erf_piece(int power, vi32 at) {
  const vf32 all = aoti_load_f32(aoti__erf_pieces[5 - power]);
#if defined(__clang__)
  return (vf32)__builtin_ia32_permvarsf512(all, at);
#else
  return __builtin_shuffle(all, at);
#endif
}
AOTI_FN vf32 aoti_erf_f32(vf32 x) {
  const vf32 a = aoti_abs_f32(x), near = aoti__mad_f32(a, AOTI__K(4), AOTI__K(0x1.8p23f));
  const vf32 t = aoti__mad_f32(near - 0x1.8p23f, AOTI__K(-0.25f), a);
  const vi32 at = (vi32)near & 15;
  vf32 p = aoti__erf_piece(5, at);
  _Pragma("GCC unroll 5") for (int n = 4; n >= 0; n--) p = aoti__mad_f32(p, t, aoti__erf_piece(n, at));
  const vf32 m = aoti__pick_f32(AOTI__M(at < 4), a, AOTI__K(1)), y = aoti__mad_f32(m, p, m);
  return aoti_copysign_f32(aoti__pick_f32(AOTI__M(a > 3.875f), AOTI__K(1), aoti__min_f32(AOTI__K(1), y)), x);
}
#else
AOTI_FN vf32 aoti_erf_f32(vf32 x) {
  vf32 a = aoti_abs_f32(x), t = aoti__min_f32(AOTI__K(4), a);
  vf32 q = AOTI__K(0x1.ca61bep-17f); /* -log(erfc t) / t - 1 on 1..4 */
  AOTI__H(q, t, -0x1.6c5866p-12f);
  AOTI__H(q, t, 0x1.eac596p-9f);
  AOTI__H(q, t, -0x1.88e7e4p-6f);
  AOTI__H(q, t, 0x1.b434e8p-4f);
  AOTI__H(q, t, 0x1.451da2p-1f);
  AOTI__H(q, t, 0x1.078de6p-3f);
  vf32 n, r = aoti__reduce_exp_f32(-aoti__mad_f32(t, q, t), &n);
  vf32 e = aoti__scale_f32(aoti__exp_poly_f32(r, 1), n);
  return aoti_copysign_f32(aoti__pick_f32(AOTI__M(a < 1), aoti__erf_small_f32(a), 1 - e), x);
}
#endif
AOTI_FN vf32 aoti_erfc_f32(vf32 x) {
  vf32 a = aoti__min_f32(AOTI__K(10.3f), aoti_abs_f32(x)), q = (a - 3) / (a + 3);
  vf32 p = AOTI__K(-0x1.ae343cp-13f); /* e^(a^2) erfc(a) (1 + 2a) for a in 0.4..10.3 */
  AOTI__H(p, q, -0x1.70b438p-11f);
  AOTI__H(p, q, 0x1.024e08p-9f);
  AOTI__H(p, q, 0x1.497dc2p-9f);
  AOTI__H(p, q, -0x1.85d798p-6f);
  AOTI__H(p, q, 0x1.17cb38p-4f);
  AOTI__H(p, q, -0x1.e8889p-4f);
  AOTI__H(p, q, 0x1.098366p-3f);
  AOTI__H(p, q, -0x1.85a19cp-5f);
  AOTI__H(p, q, -0x1.15c084p-3f);
  p *= q;
  vf32 top = p + 0x1.40c522p+0f, topt = (0x1.40c522p+0f - top) + p;
  vf32 d = 2 * a + 1, dt = 1 - (d - 2 * a), y = top / d;
  vf32 yt = (aoti__fma_f32(-y, d, top) + (topt - y * dt)) / d;
  vf32 h = a * a, ht = aoti__fma_f32(a, a, -h); /* e^-h (1 - ht) */
  vf32 n, r = aoti__reduce_exp_f32(-h, &n), e = aoti__expm1_poly_f32(r);
  y = aoti__scale_f32(y + aoti__mad_f32(y, e, aoti__mad_f32(-y, ht, yt) * (1 + e)), n);
  y = aoti__pick_f32(AOTI__M(x < 0), 2 - y, y);
  return aoti__pick_f32(AOTI__M(a < 0.5f), 1 - aoti__erf_small_f32(x), y);
}
AOTI_FN vf32 aoti_erfinv_f32(vf32 x) {
  vf32 w = -aoti_log_f32((1 - x) * (1 + x)), s = aoti__sqrt_f32(w) - 3.125f, t = w - 2.5f;
  vf32 p = AOTI__K(0x1.b3c108p-26f); /* erfinv x / x for w on 0..5 */
  AOTI__H(p, t, 0x1.6b1d64p-22f);
  AOTI__H(p, t, -0x1.d52c9ap-19f);
  AOTI__H(p, t, -0x1.23780ep-18f);
  AOTI__H(p, t, 0x1.ca3a2p-13f);
  AOTI__H(p, t, -0x1.48b074p-10f);
  AOTI__H(p, t, -0x1.11c8c6p-8f);
  AOTI__H(p, t, 0x1.f91ed2p-3f);
  AOTI__H(p, t, 0x1.805c5ep+0f);
  vf32 q = AOTI__K(-0x1.3b8e58p-13f); /* for w on 5..16.7 */
  AOTI__H(q, s, -0x1.40348ep-14f);
  AOTI__H(q, s, 0x1.4ee002p-10f);
  AOTI__H(q, s, -0x1.5f5c66p-9f);
  AOTI__H(q, s, 0x1.f171fep-9f);
  AOTI__H(q, s, -0x1.58db38p-8f);
  AOTI__H(q, s, 0x1.cddfdap-8f);
  AOTI__H(q, s, 0x1.00f38ap+0f);
  AOTI__H(q, s, 0x1.7aaa3cp+1f);
  vf32 y = x * aoti__pick_f32(AOTI__M(w < 5), p, q);
  return aoti__pick_f32(AOTI__M(aoti_abs_f32(x) == 1), x * AOTI__INF, y);
}

/* ---- powers ---- */

/* C pow. log2 |x| and its product with y are kept as head + tail (about 36 bits). */
AOTI_FN vf32 aoti_pow_f32(vf32 x, vf32 y) {
  vf32 a = aoti_abs_f32(x), e, f = aoti__log_parts_f32(a, &e);
  /* s = f / (2 + f); log2(1 + f) = K s + K/3 s^3 + s^5 P(s^2) */
  vf32 d = f + 2, dt = f - (d - 2), s = f / d, st = (aoti__fma_f32(-s, d, f) - s * dt) / d;
  vf32 u = s * s, ut = aoti__fma_f32(s, s, -u) + 2 * s * st;
  vf32 p = AOTI__K(0x1.5a110ep-2f);
  AOTI__H(p, u, 0x1.a5ba7p-2f);
  AOTI__H(p, u, 0x1.27771p-1f);
  /* c = K + K/3 u + u^2 P */
  vf32 m = u * 0x1.ec709ep-1f, mt = aoti__fma_f32(u, AOTI__K(0x1.ec709ep-1f), -m);
  mt = aoti__mad_f32(u, AOTI__K(-0x1.e2fe02p-28f), aoti__mad_f32(ut, AOTI__K(0x1.ec709ep-1f), mt));
  mt = aoti__mad_f32(u * u, p, mt);
  vf32 c = 0x1.715476p+1f + m, ct = (m - (c - 0x1.715476p+1f)) + (mt + 0x1.4ae0cp-25f);
  vf32 g = s * c, gt = aoti__fma_f32(s, c, -g) + aoti__mad_f32(s, ct, st * c);
  vf32 l = e + g, big = aoti__pick_f32(AOTI__M(e == 0), g, e), small = aoti__pick_f32(AOTI__M(e == 0), e, g);
  vf32 lt = (small - (l - big)) + gt;
  /* zero and infinity have exact logarithms */
  l = aoti__pick_f32(AOTI__M(a == 0), -AOTI__INF, aoti__pick_f32(AOTI__M(a < __builtin_inff()), l, a));
  vf32 h = l * y;
  vf32 ht = aoti__fma_f32(l, y, -h) + lt * y;
  ht = aoti__pick_f32(AOTI__M(aoti_abs_f32(h) < 200), ht, (vf32){0});
  /* 2^(h + ht) */
  vf32 hl = aoti__limit_f32(h, -152, 129), n = aoti__near_f32(hl), r = (hl - n) + ht, rt = ((hl - n) - r) + ht;
  vf32 q = AOTI__K(0x1.41ab64p-13f);
  AOTI__H(q, r, 0x1.5f07d8p-10f);
  AOTI__H(q, r, 0x1.3b2da8p-7f);
  AOTI__H(q, r, 0x1.c6af82p-5f);
  AOTI__H(q, r, 0x1.ebfbdcp-3f);
  AOTI__H(q, r, -0x1.05c61p-29f);
  vf32 z = aoti__mad_f32(r, AOTI__K(0x1.62e43p-1f), aoti__mad_f32(rt, AOTI__K(0x1.62e43p-1f), q * r)) + 1;
  z = aoti__scale_f32(z, n);
  /* signs and exceptions */
  vf32 half = y * 0.5f;
  vi32 whole = AOTI__M(aoti__near_f32(y) == y), odd = whole & AOTI__M(aoti__near_f32(half) != half) & AOTI__M(aoti_abs_f32(y) < 0x1p24f);
  vi32 negative = (vi32)x < 0;
  z = aoti__pick_f32(AOTI__M(a == 1) & AOTI__M(aoti_abs_f32(y) == __builtin_inff()), AOTI__K(1), z);
  z = (vf32)((vi32)z ^ (negative & odd & (int32_t)0x80000000));
  vi32 bad = AOTI__M(x < 0) & ~whole & AOTI__M(a < __builtin_inff());
  z = aoti__pick_f32(bad, AOTI__NAN, z);
  z = aoti__pick_f32(AOTI__M(x != x) | AOTI__M(y != y), x + y, z);
  return aoti__pick_f32(AOTI__M(x == 1) | AOTI__M(y == 0), AOTI__K(1), z);
}
/* x * 2^n, rounded once. */
AOTI_FN vf32 aoti_ldexp_f32(vf32 x, vi32 n) {
  for (int i = 0; i < 2; i++) {
    vi32 up = AOTI__M(n > 127), down = AOTI__M(n < -126);
    x *= aoti__pick_f32(up, AOTI__K(0x1p127f), aoti__pick_f32(down, AOTI__K(0x1p-102f), AOTI__K(1)));
    n -= (up & 127) - (down & 102);
  }
  n = (vi32)aoti__sel_i32(n > 127, (vi32){0} + 127, aoti__sel_i32(n < -126, (vi32){0} - 126, n));
  return x * aoti__two_to_f32(n);
}

/* ---- lane by lane ---- */
extern float lgammaf_r(float, int*);
AOTI_FN float aoti__lgamma1_f32(float x) { int sign; return lgammaf_r(x, &sign); }
AOTI_FN vf32 aoti_lgamma_f32(vf32 x) {
  vf32 y;
  for (int i = 0; i < AOTI_LANES; i++) y[i] = aoti__lgamma1_f32(x[i]);
  return y;
}
/* As torch: the recurrence up to 10, then the asymptotic series; reflection below zero. */
static inline __attribute__((unused)) double aoti__digamma1_f32(double x) {
  if (x == 0) return -__builtin_copysign(__builtin_inf(), x);
  double r = 0;
  if (x < 0) {
    if (x == __builtin_trunc(x)) return __builtin_nan("");
    r = -3.14159265358979323846 / __builtin_tan(3.14159265358979323846 * (x - __builtin_trunc(x)));
    x = 1 - x;
  }
  for (; x < 10; x += 1) r -= 1 / x;
  double z = 1 / (x * x);
  double series = z * (1. / 12 - z * (1. / 120 - z * (1. / 252 - z * (1. / 240 - z * (1. / 132 - z * (691. / 32760 - z / 12))))));
  return r + __builtin_log(x) - 0.5 / x - (x < 1e17 ? series : 0);
}
AOTI_FN vf32 aoti_digamma_f32(vf32 x) {
  vf32 y;
  for (int i = 0; i < AOTI_LANES; i++) y[i] = (float)aoti__digamma1_f32(x[i]);
  return y;
}
#endif
