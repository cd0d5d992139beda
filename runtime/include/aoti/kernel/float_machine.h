/* Square root, rounding, extremes and fused multiply-add, each one instruction where the machine has it; see float.h.
 *
 * aoti__max_T(a, b) is a > b ? a : b, aoti__maxif_T(t, a, b) is a where t is nan. aoti__near/down/up/zero round to an
 * integer. aoti__fma is fused (or accurate enough to take its place in argument reductions), aoti__mad is fused where
 * that is as fast. */
#ifndef AOTI_KERNEL_FLOAT_MACHINE_H
#define AOTI_KERNEL_FLOAT_MACHINE_H
#include "aoti/kernel/arith.h"

#define AOTI__LANEWISE1(T, NAME, F)                                                                \
  AOTI_FN v##T aoti__##NAME##_##T(v##T a) {                                                        \
    v##T r;                                                                                        \
    for (int i = 0; i < AOTI_LANES; i++) r[i] = F(a[i]);                                           \
    return r;                                                                                      \
  }
#define AOTI__LANEWISE2(T, NAME, F)                                                                \
  AOTI_FN v##T aoti__##NAME##_##T(v##T a, v##T b) {                                                \
    v##T r;                                                                                        \
    for (int i = 0; i < AOTI_LANES; i++) r[i] = F(a[i], b[i]);                                     \
    return r;                                                                                      \
  }
#define AOTI__LANEWISE3(T, NAME, F)                                                                \
  AOTI_FN v##T aoti__##NAME##_##T(v##T a, v##T b, v##T c) {                                        \
    v##T r;                                                                                        \
    for (int i = 0; i < AOTI_LANES; i++) r[i] = F(a[i], b[i], c[i]);                               \
    return r;                                                                                      \
  }
#define AOTI__X86_512(T, P)                                                                        \
  AOTI_FN v##T aoti__sqrt_##T(v##T a) { return __builtin_ia32_sqrt##P##512_mask(a, a, -1, 4); }    \
  AOTI_FN v##T aoti__near_##T(v##T a) { return __builtin_ia32_rndscale##P##_mask(a, 8, a, -1, 4); } \
  AOTI_FN v##T aoti__down_##T(v##T a) { return __builtin_ia32_rndscale##P##_mask(a, 9, a, -1, 4); } \
  AOTI_FN v##T aoti__up_##T(v##T a) { return __builtin_ia32_rndscale##P##_mask(a, 10, a, -1, 4); } \
  AOTI_FN v##T aoti__zero_##T(v##T a) { return __builtin_ia32_rndscale##P##_mask(a, 11, a, -1, 4); } \
  AOTI_FN v##T aoti__max_##T(v##T a, v##T b) { return __builtin_ia32_max##P##512_mask(a, b, a, -1, 4); } \
  AOTI_FN v##T aoti__min_##T(v##T a, v##T b) { return __builtin_ia32_min##P##512_mask(a, b, a, -1, 4); } \
  AOTI_FN v##T aoti__maxif_##T(v##T t, v##T a, v##T b) {                                           \
    return __builtin_ia32_max##P##512_mask(a, b, a, __builtin_ia32_cmp##P##512_mask(t, t, 7, -1, 4), 4); \
  }                                                                                                \
  AOTI_FN v##T aoti__minif_##T(v##T t, v##T a, v##T b) {                                           \
    return __builtin_ia32_min##P##512_mask(a, b, a, __builtin_ia32_cmp##P##512_mask(t, t, 7, -1, 4), 4); \
  }                                                                                                \
  AOTI__X86_FMA512(T, P)
#define AOTI__X86_FMA512(T, P)                                                                     \
  AOTI_FN v##T aoti__fma_##T(v##T a, v##T b, v##T c) {                                             \
    return __builtin_ia32_vfmadd##P##512_mask(a, b, c, -1, 4);                                     \
  }
#define AOTI__X86_FMA(T, P, N)                                                                     \
  AOTI_FN v##T aoti__fma_##T(v##T a, v##T b, v##T c) { return __builtin_ia32_vfmadd##P##N(a, b, c); }
#define AOTI__X86_ROUND(T, P, N)                                                                   \
  AOTI_FN v##T aoti__near_##T(v##T a) { return __builtin_ia32_round##P##N(a, 8); }                 \
  AOTI_FN v##T aoti__down_##T(v##T a) { return __builtin_ia32_round##P##N(a, 9); }                 \
  AOTI_FN v##T aoti__up_##T(v##T a) { return __builtin_ia32_round##P##N(a, 10); }                  \
  AOTI_FN v##T aoti__zero_##T(v##T a) { return __builtin_ia32_round##P##N(a, 11); }
#define AOTI__X86_BASE(T, P, N)                                                                    \
  AOTI_FN v##T aoti__sqrt_##T(v##T a) { return __builtin_ia32_sqrt##P##N(a); }                     \
  AOTI_FN v##T aoti__max_##T(v##T a, v##T b) { return __builtin_ia32_max##P##N(a, b); }            \
  AOTI_FN v##T aoti__min_##T(v##T a, v##T b) { return __builtin_ia32_min##P##N(a, b); }
#define AOTI__PLAIN_ROUND(T, S)                                                                    \
  AOTI__LANEWISE1(T, near, __builtin_rint##S) AOTI__LANEWISE1(T, down, __builtin_floor##S)         \
  AOTI__LANEWISE1(T, up, __builtin_ceil##S) AOTI__LANEWISE1(T, zero, __builtin_trunc##S)
#define AOTI__PLAIN_BASE(T, S)                                                                     \
  AOTI__LANEWISE1(T, sqrt, __builtin_sqrt##S)                                                      \
  AOTI_FN v##T aoti__max_##T(v##T a, v##T b) { return aoti__sel_##T((aoti_m_##T)(a > b), a, b); }  \
  AOTI_FN v##T aoti__min_##T(v##T a, v##T b) { return aoti__sel_##T((aoti_m_##T)(a < b), a, b); }
#define AOTI__ASM1(T, NAME, INSN, W)                                                               \
  AOTI_FN v##T aoti__##NAME##_##T(v##T a) {                                                        \
    v##T r;                                                                                        \
    __asm__(INSN " %0." W ", %1." W : "=w"(r) : "w"(a));                                           \
    return r;                                                                                      \
  }
#define AOTI__NEON(T, W)                                                                           \
  AOTI__ASM1(T, sqrt, "fsqrt", W) AOTI__ASM1(T, near, "frintn", W) AOTI__ASM1(T, down, "frintm", W) \
  AOTI__ASM1(T, up, "frintp", W) AOTI__ASM1(T, zero, "frintz", W)                                  \
  AOTI_FN v##T aoti__max_##T(v##T a, v##T b) { return aoti__sel_##T((aoti_m_##T)(a > b), a, b); }  \
  AOTI_FN v##T aoti__min_##T(v##T a, v##T b) { return aoti__sel_##T((aoti_m_##T)(a < b), a, b); }  \
  AOTI_FN v##T aoti__fma_##T(v##T a, v##T b, v##T c) {                                             \
    __asm__("fmla %0." W ", %1." W ", %2." W : "+w"(c) : "w"(a), "w"(b));                          \
    return c;                                                                                      \
  }

#if defined(__FMA__) || defined(__aarch64__)
#define AOTI_HAS_FMA 1
#endif

/* Without fused hardware: f32 through f64; f64 by an exact product (Dekker) and a rounded sum. */
#if !defined(AOTI_HAS_FMA)
AOTI_FN vf32 aoti__fma_f32(vf32 a, vf32 b, vf32 c) {
  vf32 r;
  for (int i = 0; i < AOTI_LANES; i++) r[i] = (float)((double)a[i] * b[i] + c[i]);
  return r;
}
AOTI_FN vf64 aoti__fma_f64(vf64 a, vf64 b, vf64 c) {
  vf64 ah = (vf64)((vu64)a & ~0x7ffffffull), al = a - ah, bh = (vf64)((vu64)b & ~0x7ffffffull), bl = b - bh;
  vf64 p = a * b, e = ((ah * bh - p) + ah * bl + al * bh) + al * bl;
  vf64 s = p + c, t = s - p;
  return s + (((p - (s - t)) + (c - t)) + e);
}
AOTI_FN vf32 aoti__mad_f32(vf32 a, vf32 b, vf32 c) { return a * b + c; }
AOTI_FN vf64 aoti__mad_f64(vf64 a, vf64 b, vf64 c) { return a * b + c; }
#define AOTI__OWN_FMA 1
#elif defined(__clang__)
/* Not by contraction: a product used twice would stay unfused, and error terms a * b - p would come out zero. */
#if __has_builtin(__builtin_elementwise_fma)
AOTI_FN vf32 aoti__fma_f32(vf32 a, vf32 b, vf32 c) { return __builtin_elementwise_fma(a, b, c); }
AOTI_FN vf64 aoti__fma_f64(vf64 a, vf64 b, vf64 c) { return __builtin_elementwise_fma(a, b, c); }
#else
#if defined(AOTI_AVX512) && AOTI_LANES == 16
AOTI__X86_FMA512(f32, ps)
#elif defined(__x86_64__) && AOTI_LANES == 8
AOTI__X86_FMA(f32, ps, 256)
#elif defined(__x86_64__) && AOTI_LANES == 4
AOTI__X86_FMA(f32, ps, )
#else
AOTI__LANEWISE3(f32, fma, __builtin_fmaf)
#endif
#if defined(AOTI_AVX512) && AOTI_LANES == 8
AOTI__X86_FMA512(f64, pd)
#elif defined(__x86_64__) && AOTI_LANES == 4
AOTI__X86_FMA(f64, pd, 256)
#elif defined(__x86_64__) && AOTI_LANES == 2
AOTI__X86_FMA(f64, pd, )
#else
AOTI__LANEWISE3(f64, fma, __builtin_fma)
#endif
#endif
#define AOTI__OWN_FMA 1
#endif

/* f32 */
#if defined(AOTI__GCC_X86) && defined(AOTI_AVX512) && AOTI_LANES == 16
AOTI__X86_512(f32, ps)
#elif defined(AOTI__GCC_X86) && defined(__AVX__) && AOTI_LANES == 8
AOTI__X86_BASE(f32, ps, 256) AOTI__X86_ROUND(f32, ps, 256)
#ifdef AOTI_HAS_FMA
AOTI__X86_FMA(f32, ps, 256)
#endif
#elif defined(AOTI__GCC_X86) && AOTI_LANES == 4
AOTI__X86_BASE(f32, ps, )
#ifdef __SSE4_1__
AOTI__X86_ROUND(f32, ps, )
#else
AOTI__PLAIN_ROUND(f32, f)
#endif
#ifdef AOTI_HAS_FMA
AOTI__X86_FMA(f32, ps, )
#endif
#elif defined(__aarch64__) && AOTI_LANES == 4 && !defined(__clang__)
AOTI__NEON(f32, "4s")
#else
AOTI__PLAIN_BASE(f32, f) AOTI__PLAIN_ROUND(f32, f)
#ifndef AOTI__OWN_FMA
AOTI__LANEWISE3(f32, fma, __builtin_fmaf)
#endif
#endif

/* f64 */
#if defined(AOTI__GCC_X86) && defined(AOTI_AVX512) && AOTI_LANES == 8
AOTI__X86_512(f64, pd)
#elif defined(AOTI__GCC_X86) && defined(__AVX__) && AOTI_LANES == 4
AOTI__X86_BASE(f64, pd, 256) AOTI__X86_ROUND(f64, pd, 256)
#ifdef AOTI_HAS_FMA
AOTI__X86_FMA(f64, pd, 256)
#endif
#elif defined(AOTI__GCC_X86) && AOTI_LANES == 2
AOTI__X86_BASE(f64, pd, )
#ifdef __SSE4_1__
AOTI__X86_ROUND(f64, pd, )
#else
AOTI__PLAIN_ROUND(f64, )
#endif
#ifdef AOTI_HAS_FMA
AOTI__X86_FMA(f64, pd, )
#endif
#elif defined(__aarch64__) && AOTI_LANES == 2 && !defined(__clang__)
AOTI__NEON(f64, "2d")
#else
AOTI__PLAIN_BASE(f64, ) AOTI__PLAIN_ROUND(f64, )
#ifndef AOTI__OWN_FMA
AOTI__LANEWISE3(f64, fma, __builtin_fma)
#endif
#endif

#define AOTI__PLAIN_IF(T)                                                                          \
  AOTI_FN v##T aoti__maxif_##T(v##T t, v##T a, v##T b) {                                           \
    return aoti__sel_##T((aoti_m_##T)(t != t), a, aoti__max_##T(a, b));                            \
  }                                                                                                \
  AOTI_FN v##T aoti__minif_##T(v##T t, v##T a, v##T b) {                                           \
    return aoti__sel_##T((aoti_m_##T)(t != t), a, aoti__min_##T(a, b));                            \
  }
#if !(defined(AOTI__GCC_X86) && defined(AOTI_AVX512) && AOTI_LANES == 16)
AOTI__PLAIN_IF(f32)
#endif
#if !(defined(AOTI__GCC_X86) && defined(AOTI_AVX512) && AOTI_LANES == 8)
AOTI__PLAIN_IF(f64)
#endif

#ifdef AOTI_HAS_FMA
AOTI_FN vf32 aoti__mad_f32(vf32 a, vf32 b, vf32 c) { return aoti__fma_f32(a, b, c); }
AOTI_FN vf64 aoti__mad_f64(vf64 a, vf64 b, vf64 c) { return aoti__fma_f64(a, b, c); }
AOTI_FN vf32 aoti_fma_f32(vf32 a, vf32 b, vf32 c) { return aoti__fma_f32(a, b, c); }
AOTI_FN vf64 aoti_fma_f64(vf64 a, vf64 b, vf64 c) { return aoti__fma_f64(a, b, c); }
#else
AOTI__LANEWISE3(f32, libm_fma, __builtin_fmaf)
AOTI__LANEWISE3(f64, libm_fma, __builtin_fma)
AOTI_FN vf32 aoti_fma_f32(vf32 a, vf32 b, vf32 c) { return aoti__libm_fma_f32(a, b, c); }
AOTI_FN vf64 aoti_fma_f64(vf64 a, vf64 b, vf64 c) { return aoti__libm_fma_f64(a, b, c); }
#endif

/* a * b + c, fused where that is an instruction. */
#define AOTI__MADD(T) \
  AOTI_FN v##T aoti_madd_##T(v##T a, v##T b, v##T c) { return aoti__mad_##T(a, b, c); }
AOTI__MADD(f32) AOTI__MADD(f64)
#endif
