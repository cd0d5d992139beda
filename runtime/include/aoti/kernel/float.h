/* Floating point without polynomials: division, fma, square root, rounding, signs, remainders; see vec.h. */
#ifndef AOTI_KERNEL_FLOAT_H
#define AOTI_KERNEL_FLOAT_H
#include "aoti/kernel/float_machine.h"

/* ---- bits ---- */
#define AOTI__SIGN_f32 0x80000000u
#define AOTI__SIGN_f64 0x8000000000000000ull
typedef vu32 aoti_b_f32; /* the bits of a float */
typedef vu64 aoti_b_f64;
#define AOTI__INF_f32 __builtin_inff()
#define AOTI__INF_f64 __builtin_inf()

/* A vector that any lane makes true: the test of rare paths. */
AOTI_FN int aoti__any_f32(vi32 m) {
#if defined(AOTI__GCC_X86) && defined(AOTI_AVX512) && AOTI_LANES == 16
  typedef int v16 __attribute__((vector_size(64)));
  return __builtin_ia32_cvtd2mask512((v16)m) != 0;
#elif defined(AOTI__GCC_X86) && defined(__AVX__) && AOTI_LANES == 8
  return __builtin_ia32_movmskps256((vf32)m) != 0;
#elif defined(AOTI__GCC_X86) && AOTI_LANES == 4
  return __builtin_ia32_movmskps((vf32)m) != 0;
#else
  int32_t r = 0;
  for (int i = 0; i < AOTI_LANES; i++) r |= m[i];
  return r != 0;
#endif
}
AOTI_FN int aoti__any_f64(vi64 m) {
#if defined(AOTI__GCC_X86) && defined(AOTI_AVX512) && AOTI_LANES == 8
  typedef long long v8 __attribute__((vector_size(64)));
  return __builtin_ia32_cvtq2mask512((v8)m) != 0;
#elif defined(AOTI__GCC_X86) && defined(__AVX__) && AOTI_LANES == 4
  return __builtin_ia32_movmskpd256((vf64)m) != 0;
#elif defined(AOTI__GCC_X86) && AOTI_LANES == 2
  return __builtin_ia32_movmskpd((vf64)m) != 0;
#else
  int64_t r = 0;
  for (int i = 0; i < AOTI_LANES; i++) r |= m[i];
  return r != 0;
#endif
}

#define AOTI__FLOAT(T, S)                                                                          \
  AOTI_FN v##T aoti_div_##T(v##T a, v##T b) { return a / b; }                                      \
  AOTI_FN v##T aoti_abs_##T(v##T a) { return (v##T)((aoti_b_##T)a & ~AOTI__SIGN_##T); }            \
  AOTI_FN v##T aoti_copysign_##T(v##T a, v##T b) {                                                 \
    return (v##T)(((aoti_b_##T)a & ~AOTI__SIGN_##T) | ((aoti_b_##T)b & AOTI__SIGN_##T));           \
  }                                                                                                \
  AOTI_FN v##T aoti_sign_##T(v##T a) { /* nan gives 0, as torch.sign */                            \
    v##T one = aoti_set1_##T(1);                                                                   \
    return (v##T)((aoti_m_##T)(a > 0) & (aoti_m_##T)one) - (v##T)((aoti_m_##T)(a < 0) & (aoti_m_##T)one); \
  }                                                                                                \
  /* Of equal zeros the first. */                                                                  \
  AOTI_FN v##T aoti_max_##T(v##T a, v##T b) { return aoti__maxif_##T(b, b, a); }                   \
  AOTI_FN v##T aoti_min_##T(v##T a, v##T b) { return aoti__minif_##T(b, b, a); }                   \
  AOTI_FN v##T aoti_fmax_##T(v##T a, v##T b) { return aoti__maxif_##T(a, b, a); }                  \
  AOTI_FN v##T aoti_fmin_##T(v##T a, v##T b) { return aoti__minif_##T(a, b, a); }                  \
  /* max and min with a bound that is no nan: a comes through where it is one. */                  \
  AOTI_FN v##T aoti_atleast_##T(v##T a, v##T low) { return aoti__max_##T(low, a); }                \
  AOTI_FN v##T aoti_atmost_##T(v##T a, v##T high) { return aoti__min_##T(high, a); }               \
  AOTI_FN vbool aoti_isnan_##T(v##T a) { return aoti__widen_##T((aoti_m_##T)(a != a)); }           \
  AOTI_FN vbool aoti_isinf_##T(v##T a) {                                                           \
    return aoti__widen_##T((aoti_m_##T)(aoti_abs_##T(a) == AOTI__INF_##T));                        \
  }                                                                                                \
  AOTI_FN vbool aoti_isfinite_##T(v##T a) {                                                        \
    return aoti__widen_##T((aoti_m_##T)(aoti_abs_##T(a) < AOTI__INF_##T));                         \
  }                                                                                                \
  AOTI_FN vbool aoti_signbit_##T(v##T a) { return aoti__widen_##T((aoti_m_##T)((aoti_m_##T)a < 0)); } \
  AOTI_FN v##T aoti_sqrt_##T(v##T a) { return aoti__sqrt_##T(a); }                                 \
  AOTI_FN v##T aoti_rsqrt_##T(v##T a) { return 1 / aoti__sqrt_##T(a); }                            \
  AOTI_FN v##T aoti_reciprocal_##T(v##T a) { return 1 / a; }                                       \
  AOTI_FN v##T aoti_floor_##T(v##T a) { return aoti__down_##T(a); }                                \
  AOTI_FN v##T aoti_ceil_##T(v##T a) { return aoti__up_##T(a); }                                   \
  AOTI_FN v##T aoti_trunc_##T(v##T a) { return aoti__zero_##T(a); }                                \
  AOTI_FN v##T aoti_round_##T(v##T a) { return aoti__near_##T(a); }                                \
  AOTI_FN v##T aoti_frac_##T(v##T a) { return a - aoti__zero_##T(a); }                             \
  static __attribute__((noinline, cold, unused)) void aoti__fmod_lanes_##T(                        \
      aoti_t_##T* r, const aoti_t_##T* x, const aoti_t_##T* y, const aoti_m_##T* rare) {           \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if ((*rare)[i]) r[i] = __builtin_fmod##S(x[i], y[i]);                                        \
  }                                                                                                \
  /* C fmod, exact: one fused step while the quotient is small, libm for the lanes where it is not. */ \
  AOTI_FN v##T aoti_fmod_##T(v##T a, v##T b) {                                                     \
    v##T x = aoti_abs_##T(a), y = aoti_abs_##T(b), q = aoti__zero_##T(x / y);                      \
    v##T r = AOTI__EXACT_FMA_##T(-q, y, x);                                                        \
    r = aoti__sel_##T((aoti_m_##T)(r < 0), r + y, r);                                              \
    r = aoti__sel_##T((aoti_m_##T)(y > x), x, r);                                                  \
    aoti_m_##T hard = (aoti_m_##T)(q > 1e6f);                                                      \
    if (__builtin_expect(aoti__any_##T(hard), 0)) {                                                \
      v##T to = r, from = x, by = y;                                                               \
      aoti_m_##T rare = hard;                                                                      \
      aoti__fmod_lanes_##T((aoti_t_##T*)&to, (const aoti_t_##T*)&from, (const aoti_t_##T*)&by, &rare); \
      r = to;                                                                                      \
    }                                                                                              \
    return aoti_copysign_##T(r, a);                                                                \
  }                                                                                                \
  /* Python's %: the sign of the divisor. */                                                       \
  AOTI_FN v##T aoti_mod_##T(v##T a, v##T b) {                                                      \
    v##T r = aoti_fmod_##T(a, b);                                                                  \
    aoti_m_##T flip = (aoti_m_##T)(r != 0) & (aoti_m_##T)((b < 0) != (r < 0));                     \
    return aoti__sel_##T(flip, r + b, r);                                                          \
  }                                                                                                \
  AOTI_FN v##T aoti_floordiv_##T(v##T a, v##T b) {                                                 \
    v##T r = aoti_fmod_##T(a, b), quotient = a / b, q = (a - r) / b;                               \
    aoti_m_##T flip = (aoti_m_##T)(r != 0) & (aoti_m_##T)((b < 0) != (r < 0));                     \
    q = aoti__sel_##T(flip, q - 1, q);                                                             \
    v##T f = aoti__down_##T(q);                                                                    \
    f = aoti__sel_##T((aoti_m_##T)(q - f > 0.5f), f + 1, f);                                       \
    f = aoti__sel_##T((aoti_m_##T)(q == 0), aoti_copysign_##T((v##T){0}, quotient), f);            \
    return aoti__sel_##T((aoti_m_##T)(b == 0), quotient, f);                                       \
  }                                                                                                \
  AOTI_FN v##T aoti_nextafter_##T(v##T a, v##T b) {                                                \
    aoti_m_##T x = (aoti_m_##T)a, up = (aoti_m_##T)((b > a) == (a > 0));                           \
    v##T r = (v##T)(x + (up & 1) + (~up & -1));                                                    \
    v##T tiny = aoti_copysign_##T((v##T)((aoti_m_##T){0} + 1), b);                                 \
    r = aoti__sel_##T((aoti_m_##T)(a == 0), tiny, r);                                              \
    r = aoti__sel_##T((aoti_m_##T)(a == b), b, r);                                                 \
    return aoti__sel_##T((aoti_m_##T)(a != a) | (aoti_m_##T)(b != b), a + b, r);                   \
  }
#ifdef AOTI_HAS_FMA
#define AOTI__EXACT_FMA_f32 aoti__fma_f32
#define AOTI__EXACT_FMA_f64 aoti__fma_f64
#else
#define AOTI__EXACT_FMA_f32 aoti__libm_fma_f32
#define AOTI__EXACT_FMA_f64 aoti__libm_fma_f64
#endif
AOTI__FLOAT(f32, f)
AOTI__FLOAT(f64, )

/* Many divided by one, which is the same in all lanes: by its inverse in two parts, the second of which the first, rounded towards
 * zero, leaves over (N. Brisebarre, J.-M. Muller, S. K. Raina). Quotients that are numbers come out exactly, others as the division
 * rounds them but for one in millions, whose last bit differs; so it may where the smallest numbers take part. Both parts have one
 * sign, so infinities and zeros need no care. By divisors of unusual size it divides. */
typedef struct {
  vf32 by, inverse, rest;
  int is_usual;
} aoti_divisor_f32;
AOTI_FN aoti_divisor_f32 aoti_divide_by_f32(vf32 d) {
  const float size = __builtin_fabsf(d[0]);
  const vf32 one = aoti_set1_f32(1), near = one / d;
  const vf32 inverse = (vf32)((vi32)near + (vi32)(aoti__fma_f32(-d, near, one) < 0)); /* one less where 1 - d near says so */
  const vf32 rest = aoti__fma_f32(-d, inverse, one) * near;
  /* never zero, which infinities would turn to nan: that little changes no last bit */
  const vf32 some = aoti__sel_f32((aoti_m_f32)(rest != 0), rest, near * 0x1p-50f);
  return (aoti_divisor_f32){d, inverse, some, size >= 0x1p-60f && size <= 0x1p60f};
}
AOTI_FN vf32 aoti_over_f32(vf32 a, aoti_divisor_f32 d) {
#ifdef AOTI_HAS_FMA
  if (d.is_usual) return aoti__fma_f32(a, d.inverse, a * d.rest);
#endif
  return a / d.by;
}
#endif
