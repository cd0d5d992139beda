/* Circular functions and their inverses, and the hypotenuse. */
#ifndef AOTI_KERNEL_F32_CIRCULAR_H
#define AOTI_KERNEL_F32_CIRCULAR_H
#include "aoti/kernel/f32/parts.h"

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
#endif
