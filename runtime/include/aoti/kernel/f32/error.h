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
#endif
