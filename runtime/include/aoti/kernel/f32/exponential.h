/* Powers of e and of two, and what is made of them: sigmoid, hyperbolic functions. */
#ifndef AOTI_KERNEL_F32_EXPONENTIAL_H
#define AOTI_KERNEL_F32_EXPONENTIAL_H
#include "aoti/kernel/f32/parts.h"

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
#endif
