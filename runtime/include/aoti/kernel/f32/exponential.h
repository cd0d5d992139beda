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
#ifdef AOTI__SIXTEEN
/* 2^(n/16), and the same by 2^-24. */
static const float aoti__roots[16] = {
    0x1p+0f,        0x1.0b5586p+0f, 0x1.172b84p+0f, 0x1.2387a6p+0f, 0x1.306fep+0f,  0x1.3dea64p+0f, 0x1.4bfdaep+0f, 0x1.5ab07ep+0f,
    0x1.6a09e6p+0f, 0x1.7a1148p+0f, 0x1.8ace54p+0f, 0x1.9c4918p+0f, 0x1.ae89fap+0f, 0x1.c199bep+0f, 0x1.d5818ep+0f, 0x1.ea4afap+0f,
};
static const float aoti__small_roots[16] = {
    0x1p-24f,        0x1.0b5586p-24f, 0x1.172b84p-24f, 0x1.2387a6p-24f, 0x1.306fep-24f,  0x1.3dea64p-24f,
    0x1.4bfdaep-24f, 0x1.5ab07ep-24f, 0x1.6a09e6p-24f, 0x1.7a1148p-24f, 0x1.8ace54p-24f, 0x1.9c4918p-24f,
    0x1.ae89fap-24f, 0x1.c199bep-24f, 0x1.d5818ep-24f, 0x1.ea4afap-24f,
};
/* 2^t's sixteenths by table: 2^n root (1 + a r + b r^2 + c r^3) for n = t - 1.5 2^19, which has them as its last bits. Where t is
 * too large for that, r stays small, so that overflow and underflow are those of 2^n; so are infinities and nan. */
AOTI_FN vf32 aoti__by_root_f32(vf32 t, vf32 r, float a, float b, float c) {
  const vf32 root = aoti__among_f32(aoti__roots, (vi32)t), s = aoti__inside_f32(r, 1);
  vf32 q = AOTI__K(c);
  AOTI__H(q, s, b);
  AOTI__H(q, s, a);
  return aoti__scale_f32(aoti__mad_f32(q, root * s, root), t - 0x1.8p19f);
}
/* x = n ln2 + r, |r| <= ln2 / 32, n in sixteenths, given as 1.5 2^19 + n. */
AOTI_FN vf32 aoti__reduce_root_f32(vf32 x, vf32* t) {
  *t = aoti__mad_f32(x, AOTI__K(0x1.715476p+0f), AOTI__K(0x1.8p19f));
  const vf32 n = *t - 0x1.8p19f;
  return aoti__fma_f32(n, AOTI__K(-0x1.7f7d1cp-20f), aoti__fma_f32(n, AOTI__K(-0x1.62e4p-1f), x));
}
AOTI_FN vf32 aoti_exp_f32(vf32 x) {
  vf32 t, r = aoti__reduce_root_f32(x, &t);
  return aoti__by_root_f32(t, r, 1, 0x1.0002p-1f, 0x1.55573ep-3f);
}
/* The same of -x, given as -r: signs of constants change instead of x's. */
AOTI_FN vf32 aoti__reduce_minus_root_f32(vf32 x, vf32* t) {
  *t = aoti__mad_f32(x, AOTI__K(-0x1.715476p+0f), AOTI__K(0x1.8p19f));
  const vf32 n = *t - 0x1.8p19f;
  return aoti__fma_f32(n, AOTI__K(0x1.7f7d1cp-20f), aoti__fma_f32(n, AOTI__K(0x1.62e4p-1f), x));
}
/* e^-x, with the bits of aoti_exp_f32(-x). */
AOTI_FN vf32 aoti_exp_minus_f32(vf32 x) {
  vf32 t, r = aoti__reduce_minus_root_f32(x, &t);
  return aoti__by_root_f32(t, r, -1, 0x1.0002p-1f, -0x1.55573ep-3f);
}
#else
AOTI_FN vf32 aoti_exp_f32(vf32 x) {
  vf32 n, r = aoti__reduce_exp_f32(aoti__limit_f32(x, -104, 89), &n);
  return aoti__scale_f32(aoti__exp_poly_f32(r, 1), n);
}
AOTI_FN vf32 aoti_exp_minus_f32(vf32 x) { return aoti_exp_f32(-x); }
#endif
/* e^x / 2, without overflow where that has none; for x >= -80. */
AOTI_FN vf32 aoti__half_exp_f32(vf32 x) {
  vf32 n, r = aoti__reduce_exp_f32(aoti__limit_f32(x, -80, 90), &n);
  return aoti__scale_f32(aoti__exp_poly_f32(r, 0.5f), n);
}
#ifdef AOTI__SIXTEEN
AOTI_FN vf32 aoti_exp2_f32(vf32 x) {
  const vf32 t = x + 0x1.8p19f, r = x - (t - 0x1.8p19f);
  return aoti__by_root_f32(t, r, 0x1.62e43p-1f, 0x1.ebfff4p-3f, 0x1.c6b46ap-5f);
}
#else
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
#endif
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
#ifdef AOTI__SIXTEEN
  vf32 t, r = aoti__reduce_minus_root_f32(aoti__limit_f32(x, -104, 70), &t), q = AOTI__K(-0x1.55573ep-3f);
  const vf32 root = aoti__scale_f32(aoti__among_f32(aoti__small_roots, (vi32)t), t - 0x1.8p19f);
  AOTI__H(q, r, 0x1.0002p-1f);
  AOTI__H(q, r, -1);
  return 0x1p-24f / (root + aoti__mad_f32(q, root * r, AOTI__K(0x1p-24f))); /* the root is added last: it rounds once */
#else
  vf32 power, r = aoti__reduce_power_f32(-aoti__limit_f32(x, -104, 70), -24, &power);
  return 0x1p-24f / aoti__mad_f32(aoti__exp_poly_f32(r, 1), power, AOTI__K(0x1p-24f));
#endif
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
#ifdef AOTI__SIXTEEN
/* Pieces begin where 1.65625 a + 1 is a power of two, or a quarter, a half, three quarters more; from 1/2 of that on, as its bits
 * count them. */
static const float aoti__tanh_pieces[7][16] = {
    {0x1.826b28p-1f, 0x1.0e7d5cp+0f, 0x1.5bc866p+0f, 0x1.a90ff8p+0f, 0x1.0e7dd2p+1f, 0x1.5bc608p+1f, 0x1.a90e9ep+1f, 0x1.f65720p+1f,
     0x1.3522fcp+2f, 0x1.8271b4p+2f, 0x1.cfd8eep+2f, 0x1.0dc64cp+3f, 0, 0x1.cfb266p-3f, 0x1.826a8cp-2f, 0x1.0e7dfcp-1f},
    {0x1.46a284p-1f, 0x1.919788p-1f, 0x1.c089bep-1f, 0x1.dc4c7cp-1f, 0x1.f142a4p-1f, 0x1.fb8c84p-1f, 0x1.feaa56p-1f, 0x1.ff99c6p-1f,
     0x1.ffef4ap-1f, 0x1.fffe82p-1f, 0x1.ffffdep-1f, 0x1.fffffcp-1f, 0, 0x1.c7eeb6p-3f, 0x1.710fe6p-2f, 0x1.efb3ccp-2f},
    {0x1.2f9edap-1f, 0x1.8a03eep-2f, 0x1.dc3b38p-3f, 0x1.13a6f8p-3f, 0x1.d0e15cp-5f, 0x1.1ba20ep-6f, 0x1.55381ap-8f, 0x1.98bf50p-10f,
     0x1.0b6206p-12f, 0x1.7e0a4cp-16f, 0x1.10131ep-19f, 0x1.98af66p-23f, 0x1.000000p+0f, 0x1.e69fecp-1f, 0x1.bd7e26p-1f,
     0x1.8804e6p-1f},
    {-0x1.8364fap-2f, -0x1.350dccp-2f, -0x1.a13546p-3f, -0x1.006ec6p-3f, -0x1.c37b94p-5f, -0x1.19222ep-6f, -0x1.54473cp-8f,
     -0x1.985d1ap-10f, -0x1.0a9f4cp-12f, -0x1.7d0a02p-16f, -0x1.0fcb38p-19f, 0x1.6f170ep-22f, 0x1.aaefe4p-21f, -0x1.b155b8p-3f,
     -0x1.411f0ep-2f, -0x1.7b8a4ep-2f},
    {0x1.65b59ap-5f, 0x1.bc4702p-4f, 0x1.9d826cp-4f, 0x1.25565ap-4f, 0x1.1b9052p-5f, 0x1.7052f0p-7f, 0x1.c3569cp-9f, 0x1.0fd100p-10f,
     0x1.63577ap-13f, 0x1.fbe11ep-17f, 0x1.69dc7cp-20f, 0x1.315b60p-24f, -0x1.5561acp-2f, -0x1.142ce0p-2f, -0x1.6a8ac8p-3f,
     -0x1.367410p-4f},
    {0x1.924d8ep-4f, 0x1.08519ep-6f, -0x1.4a7690p-6f, -0x1.95f73cp-6f, -0x1.f5a352p-7f, -0x1.682972p-8f, -0x1.c5d4e8p-10f,
     -0x1.138c06p-11f, -0x1.7ce006p-14f, -0x1.102bc0p-17f, -0x1.7fb1b6p-21f, -0x1.a0c398p-20f, 0x1.b1877ep-11f, 0x1.0a7eccp-3f,
     0x1.57b4bcp-3f, 0x1.478bacp-3f},
    {-0x1.023cdep-4f, -0x1.469ff8p-5f, -0x1.600dacp-7f, 0x1.1b6b1cp-9f, 0x1.24dfeep-8f, 0x1.0a7290p-9f, 0x1.6303c8p-11f,
     0x1.b5e0e8p-13f, 0x1.302834p-15f, 0x1.b3af14p-19f, 0x1.35fcb6p-22f, 0x1.695ca8p-22f, 0x1.072022p-3f, 0x1.4e2e1ep-4f,
     0x1.3a8162p-6f, -0x1.212800p-5f},
};
AOTI_FN vf32 aoti_tanh_f32(vf32 x) {
  const vf32 a = aoti__min_f32(AOTI__K(9.05f), aoti_abs_f32(x));
  const vi32 at = (vi32)((vu32)aoti__mad_f32(a, AOTI__K(1.65625f), AOTI__K(1)) >> 21);
  return aoti__signed_f32(aoti__pieces_f32(aoti__tanh_pieces, 5, at, a, 0), x);
}
#else
/* t / (t + 2) for t = e^2|x| - 1 */
AOTI_FN vf32 aoti_tanh_f32(vf32 x) {
  vf32 a = aoti_abs_f32(x), power, r = aoti__reduce_power_f32(aoti__min_f32(AOTI__K(40), a + a), 0, &power);
  vf32 t = aoti__mad_f32(aoti__expm1_poly_f32(r), power, power - 1);
  return aoti_copysign_f32(t / (t + 2), x);
}
#endif
#endif
