/* Special functions, lane by lane in double: series, asymptotic expansions and integrals of the Digital Library of
 * Mathematical Functions (dlmf.nist.gov; numbers such as 5.11.1 below are its equations). Orthogonal polynomials follow
 * their recurrences, with torch's answers at the edges. A lane loop costs a call each; these functions are rare. */
#ifndef AOTI_KERNEL_MATH_SPECIAL_H
#define AOTI_KERNEL_MATH_SPECIAL_H
#include "aoti/kernel/arith.h"
#include "aoti/kernel/float.h"
#include "aoti/kernel/special/gamma.h"
#include "aoti/kernel/special/error.h"
#include "aoti/kernel/special/bessel.h"
#include "aoti/kernel/special/polynomial.h"

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
