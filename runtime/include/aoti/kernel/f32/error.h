/* The error function, its complement and its inverse. */
#ifndef AOTI_KERNEL_F32_ERROR_H
#define AOTI_KERNEL_F32_ERROR_H
#include "aoti/kernel/memory.h"
#include "aoti/kernel/f32/exponential.h"
#include "aoti/kernel/f32/logarithm.h"

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
#ifdef AOTI__SIXTEEN
/* Pieces of erf a - a around 0, 1/3.9375, 2/3.9375 .. 15/3.9375. */
static const float aoti__erf_pieces[7][16] = {
    {0, 0x1.041030p-2f, 0x1.0410aep-1f, 0x1.861852p-1f, 0x1.040faep+0f, 0x1.45188ep+0f, 0x1.861812p+0f, 0x1.c71c86p+0f,
     0x1.040c56p+1f, 0x1.2491d0p+1f, 0x1.451528p+1f, 0x1.659936p+1f, 0x1.863c08p+1f, 0x1.a62748p+1f, 0x1.c7b7e2p+1f, 0x1.e7d018p+1f},
    {0, 0x1.b32a1ep-6f, 0x1.3fa57cp-6f, -0x1.619804p-5f, -0x1.555d60p-3f, -0x1.5ea1a2p-2f, -0x1.1c24bcp-1f, -0x1.9454f4p-1f,
     -0x1.092302p+0f, -0x1.49740ep+0f, -0x1.8a3fd8p+0f, -0x1.cb3786p+0f, -0x1.063c90p+1f, -0x1.262762p+1f, -0x1.47b7e6p+1f,
     -0x1.67d018p+1f},
    {0x1.06eba8p-3f, 0x1.da49eep-5f, -0x1.069944p-3f, -0x1.7961c2p-2f, -0x1.322782p-1f, -0x1.8cd368p-1f, -0x1.c75636p-1f,
     -0x1.e78068p-1f, -0x1.f6af6cp-1f, -0x1.fce3cap-1f, -0x1.ff1646p-1f, -0x1.ffc3b4p-1f, -0x1.fff268p-1f, -0x1.fffd36p-1f,
     -0x1.ffff8ap-1f, -0x1.ffffeep-1f},
    {0x1.619670p-22f, -0x1.131d88p-2f, -0x1.c56eb6p-2f, -0x1.eca884p-2f, -0x1.a2391ep-2f, -0x1.2485ecp-2f, -0x1.596106p-3f,
     -0x1.5c6cdap-4f, -0x1.2ec8b6p-5f, -0x1.c6f89ap-7f, -0x1.28cc32p-8f, -0x1.50f012p-10f, -0x1.4bf8b0p-12f, -0x1.248a92p-14f,
     -0x1.b517ecp-17f, -0x1.46e32ap-15f},
    {-0x1.812bf6p-2f, -0x1.3a89b0p-2f, -0x1.2012ccp-3f, 0x1.158b72p-5f, 0x1.240152p-3f, 0x1.55bd32p-3f, 0x1.135054p-3f,
     0x1.5ba1ecp-4f, 0x1.6871e0p-5f, 0x1.39698cp-6f, 0x1.cfdabep-8f, 0x1.25f3f8p-9f, 0x1.3f53cep-11f, 0x1.3fdd80p-13f,
     0x1.fcbd96p-16f, -0x1.cc60c8p-17f},
    {0x1.5444e6p-12f, 0x1.056be0p-3f, 0x1.752b9cp-3f, 0x1.2cd84ap-3f, 0x1.0585f4p-4f, -0x1.4ff05cp-7f, -0x1.772d64p-5f,
     -0x1.8059a4p-5f, -0x1.095840p-5f, -0x1.1b3d78p-6f, -0x1.eca4c6p-8f, -0x1.64610ep-9f, -0x1.a75ee4p-11f, -0x1.0c72bep-12f,
     -0x1.3610dcp-16f, 0x1.3daa9cp-9f},
    {0x1.c5d4f6p-4f, 0x1.47b502p-4f, 0x1.7fd3c2p-8f, -0x1.bd7784p-5f, -0x1.174dbap-4f, -0x1.6e00f8p-5f, -0x1.9763bcp-7f,
     0x1.fc0510p-8f, 0x1.a76deep-7f, 0x1.4c5868p-7f, 0x1.5c6cc2p-8f, 0x1.299660p-9f, 0x1.a02fb4p-11f, 0x1.9f8660p-15f,
     0x1.bd7d70p-17f, 0x1.72eb88p-9f},
};
AOTI_FN vf32 aoti_erf_f32(vf32 x) {
  const vf32 a = aoti__min_f32(AOTI__K(3.93f), aoti_abs_f32(x));
  const vi32 at = (vi32)aoti__mad_f32(a, AOTI__K(3.9375f), AOTI__K(0x1.8p23f));
  return (vf32)((vi32)aoti__pieces_f32(aoti__erf_pieces, 5, at, a, 1) | ((vi32)x & INT32_MIN));
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
#endif
