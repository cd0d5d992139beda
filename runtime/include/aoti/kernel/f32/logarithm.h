/* Logarithms and inverse hyperbolic functions. */
#ifndef AOTI_KERNEL_F32_LOGARITHM_H
#define AOTI_KERNEL_F32_LOGARITHM_H
#include "aoti/kernel/f32/exponential.h"

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
#ifdef AOTI__SIXTEEN
/* Pieces by the mantissa's first four bits: sixteenths of 1 .. 1.5, then half of them of 3/4 .. 1. */
static const float aoti__log_pieces[6][16] = {
    {0x1.000000p+0f, 0x1.180012p+0f, 0x1.27fffap+0f, 0x1.3800cep+0f, 0x1.47ffe4p+0f, 0x1.57fff2p+0f, 0x1.67ffe6p+0f, 0x1.780010p+0f,
     0x1.87fd80p-1f, 0x1.97fe3ep-1f, 0x1.a7fffep-1f, 0x1.b7fed0p-1f, 0x1.c7fe9cp-1f, 0x1.d800a2p-1f, 0x1.e8010ap-1f, 0x1.000000p+0f},
    {0, 0x1.6f0e30p-4f, 0x1.295506p-3f, 0x1.952af2p-3f, 0x1.fb90d8p-3f, 0x1.2e8e02p-2f, 0x1.5d1b92p-2f, 0x1.89a364p-2f,
     -0x1.117f70p-2f, -0x1.d10c52p-3f, -0x1.823c20p-3f, -0x1.366552p-3f, -0x1.da7ef4p-4f, -0x1.4d2b98p-4f, -0x1.893930p-5f, 0},
    {0x1.000000p+0f, 0x1.d41d22p-1f, 0x1.bacf9ap-1f, 0x1.a4192cp-1f, 0x1.8f9c3ap-1f, 0x1.7d0604p-1f, 0x1.6c16dcp-1f, 0x1.5c9874p-1f,
     0x1.4e602cp+0f, 0x1.4142a4p+0f, 0x1.3521d2p+0f, 0x1.29e4e0p+0f, 0x1.1f7128p+0f, 0x1.15b186p+0f, 0x1.0c9682p+0f, 0x1.000000p+0f},
    {-0x1.fffde2p-2f, -0x1.abfd6ep-2f, -0x1.7ef8b8p-2f, -0x1.58b138p-2f, -0x1.37e41ap-2f, -0x1.1b8d5ap-2f, -0x1.02e872p-2f,
     -0x1.daaee6p-3f, -0x1.b4be92p-1f, -0x1.932818p-1f, -0x1.754a94p-1f, -0x1.5aa4b0p-1f, -0x1.42becap-1f, -0x1.2d3986p-1f,
     -0x1.19cb5cp-1f, -0x1.000028p-1f},
    {0x1.54856cp-2f, 0x1.050c6ep-2f, 0x1.b9d088p-3f, 0x1.793ef4p-3f, 0x1.44c4d4p-3f, 0x1.1966f2p-3f, 0x1.eb0c82p-4f, 0x1.af0074p-4f,
     0x1.7c717ap-1f, 0x1.5149acp-1f, 0x1.2c6dc6p-1f, 0x1.0d09aep-1f, 0x1.e35a1ep-2f, 0x1.b3f4e4p-2f, 0x1.8a7440p-2f, 0x1.551942p-2f},
    {-0x1.d21d4cp-3f, -0x1.64726cp-3f, -0x1.1f369ep-3f, -0x1.d18fc4p-4f, -0x1.7d4580p-4f, -0x1.3b8486p-4f, -0x1.06be30p-4f,
     -0x1.b7b5bap-5f, -0x1.7cebe4p-1f, -0x1.3e5b6ep-1f, -0x1.10b68ap-1f, -0x1.dabaecp-2f, -0x1.9af1a8p-2f, -0x1.67103ep-2f,
     -0x1.3acd64p-2f, -0x1.0cc4cap-2f},
};
/* x = 2^e m for m on 3/4 .. 3/2; the piece of m. */
AOTI_FN vf32 aoti__log_split_f32(vf32 x, vf32* e, vi32* at) {
  const vf32 m = __builtin_ia32_getmantps512_mask(x, 3, x, -1, 4);
  *e = __builtin_ia32_getexpps512_mask(x, x, -1, 4) - __builtin_ia32_getexpps512_mask(m, m, -1, 4);
  *at = (vi32)((vu32)m >> 19);
  return m;
}
/* e ln2 + y; but of x = 0 -inf, of negative ones nan, of inf inf, and nan stays. */
AOTI_FN vf32 aoti__log_whole_f32(vf32 x, vf32 e, vf32 y) {
  const vf32 sum = aoti__mad_f32(e, AOTI__K(0x1.62e4p-1f), aoti__mad_f32(e, AOTI__K(0x1.7f7d1cp-20f), y));
  return __builtin_ia32_fixupimmps512_mask(sum, x, (vi32){0} + 0x03530422, 0, -1, 4);
}
AOTI_FN vf32 aoti_log_f32(vf32 x) {
  vf32 e;
  vi32 at;
  const vf32 m = aoti__log_split_f32(x, &e, &at);
  return aoti__log_whole_f32(x, e, aoti__pieces_f32(aoti__log_pieces, 4, at, m, 0));
}
AOTI_FN vf32 aoti_log1p_f32(vf32 x) {
  vf32 e, u = 1 + x;
  vi32 at;
  aoti__log_split_f32(u, &e, &at);
  const vf32 s = aoti__scale_f32(AOTI__K(1), -e), f = aoti__fma_f32(x, s, s - 1); /* u = 2^e (1 + f), without u's rounding */
  const vf32 t = f - (aoti__among_f32(aoti__log_pieces[0], at) - 1);
  const vf32 y = aoti__piece_f32(aoti__log_pieces, 4, at, t, aoti__among_f32(aoti__log_pieces[1], at));
  return aoti_copysign_f32(aoti__log_whole_f32(u, e, y), x);
}
#else
AOTI_FN vf32 aoti_log_f32(vf32 x) {
  vf32 e, f = aoti__log_parts_f32(x, &e);
  return aoti__log_edges_f32(x, aoti__log_sum_f32(e, f, (vf32){0}));
}
#endif
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
#ifndef AOTI__SIXTEEN
AOTI_FN vf32 aoti_log1p_f32(vf32 x) {
  vf32 e, u = 1 + x;
  aoti__log_parts_f32(u, &e);
  vf32 s = aoti__scale_f32(AOTI__K(1), -e);
  vf32 y = aoti__log_sum_f32(e, aoti__fma_f32(x, s, s - 1), (vf32){0});
  y = aoti__log_edges_f32(u, y);
  return aoti__pick_f32(AOTI__M(x == 0), x, y);
}
#endif

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
#endif
