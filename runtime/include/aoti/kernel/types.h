/* Vector types, masks and select; see vec.h. */
#ifndef AOTI_KERNEL_TYPES_H
#define AOTI_KERNEL_TYPES_H
#include <stddef.h>
#include "aoti/kernel/storage.h"

#ifndef AOTI_LANES
#error "define AOTI_LANES before including aoti/kernel/vec.h"
#endif
#if AOTI_LANES < 1 || AOTI_LANES > 64 || (AOTI_LANES & (AOTI_LANES - 1))
#error "AOTI_LANES must be a power of two, 1..64"
#endif

/* Everything is inlined, so the calling convention that the compilers warn about is never used. */
#pragma GCC diagnostic ignored "-Wpsabi"
#ifndef AOTI_FN /* tests that compile thousands of kernels unoptimised leave inlining out */
#define AOTI_FN static inline __attribute__((always_inline, unused))
#endif

/* gcc on x86: named builtins where vector extensions do not reach the instruction. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define AOTI__GCC_X86 1
#endif
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define AOTI_AVX512 1
#endif
#if defined(__AVX2__) && defined(__FMA__)
#define AOTI_AVX2 1
#endif
#ifndef AOTI_VECTOR_BYTES
#if defined(AOTI_AVX512)
#define AOTI_VECTOR_BYTES 64
#elif defined(__AVX__)
#define AOTI_VECTOR_BYTES 32
#else
#define AOTI_VECTOR_BYTES 16
#endif
#endif

/* v<T>: the vector; aoti_u_<T>: the same at an address that is only aligned for its element. */
#define AOTI__TYPE(T)                                                                              \
  typedef aoti_t_##T v##T __attribute__((vector_size(sizeof(aoti_t_##T) * AOTI_LANES)));           \
  typedef aoti_t_##T aoti_u_##T __attribute__((vector_size(sizeof(aoti_t_##T) * AOTI_LANES),       \
                                               aligned(sizeof(aoti_t_##T)), may_alias));
AOTI__TYPE(f32) AOTI__TYPE(f64)
AOTI__TYPE(i64) AOTI__TYPE(i32) AOTI__TYPE(i16) AOTI__TYPE(i8)
AOTI__TYPE(u64) AOTI__TYPE(u32) AOTI__TYPE(u16) AOTI__TYPE(u8)

/* aoti_m_<T>: what comparing two v<T> gives, 0 or -1 in signed lanes of the same width. */
typedef vi32 aoti_m_f32, aoti_m_i32, aoti_m_u32;
typedef vi64 aoti_m_f64, aoti_m_i64, aoti_m_u64;
typedef vi16 aoti_m_i16, aoti_m_u16;
typedef vi8 aoti_m_i8, aoti_m_u8;

/* vbool: 0 or -1 in lanes as wide as the kernel's widest element (AOTI_LANES fills a machine vector with that), so
 * masks of that type cost nothing; others are widened or narrowed. A kernel may set AOTI_MASK_BYTES itself. */
#ifndef AOTI_MASK_BYTES
#if AOTI_VECTOR_BYTES / AOTI_LANES >= 8
#define AOTI_MASK_BYTES 8
#elif AOTI_VECTOR_BYTES / AOTI_LANES >= 4
#define AOTI_MASK_BYTES 4
#elif AOTI_VECTOR_BYTES / AOTI_LANES >= 2
#define AOTI_MASK_BYTES 2
#else
#define AOTI_MASK_BYTES 1
#endif
#endif
#if AOTI_MASK_BYTES == 8
typedef vi64 vbool;
#define AOTI__MASK_TYPE i64
#elif AOTI_MASK_BYTES == 4
typedef vi32 vbool;
#define AOTI__MASK_TYPE i32
#elif AOTI_MASK_BYTES == 2
typedef vi16 vbool;
#define AOTI__MASK_TYPE i16
#else
typedef vi8 vbool;
#define AOTI__MASK_TYPE i8
#endif
#include "aoti/kernel/widths.h"

/* aoti__narrow_<T>, aoti__widen_<T>: the same mask in lanes of T's width (named S), and back. */
#define AOTI__MASK(T, S) AOTI__MASK_(T, S, AOTI__MASK_TYPE)
#define AOTI__MASK_(T, S, M) AOTI__MASK__(T, S, M)
#define AOTI__MASK__(T, S, M)                                                                      \
  AOTI_FN aoti_m_##T aoti__narrow_##T(vbool m) { return aoti__##M##_##S(m); }                      \
  AOTI_FN vbool aoti__widen_##T(aoti_m_##T m) { return aoti__##S##_##M(m); }                       \
  AOTI_FN v##T aoti__sel_##T(aoti_m_##T m, v##T a, v##T b) {                                       \
    return (v##T)(((aoti_m_##T)a & m) | ((aoti_m_##T)b & ~m));                                     \
  }                                                                                                \
  AOTI_FN v##T aoti_select_##T(vbool m, v##T a, v##T b) {                                          \
    return aoti__sel_##T(aoti__narrow_##T(m), a, b);                                               \
  }                                                                                                \
  AOTI_FN v##T aoti_set1_##T(aoti_t_##T x) { return x - (v##T){0}; }                               \
  AOTI_FN aoti_t_##T aoti_lane_##T(v##T v, int i) { return v[i]; }                                 \
  AOTI_FN v##T aoti_setlane_##T(v##T v, int i, aoti_t_##T x) { v[i] = x; return v; }
AOTI__MASK(f32, i32) AOTI__MASK(f64, i64)
AOTI__MASK(i64, i64) AOTI__MASK(i32, i32) AOTI__MASK(i16, i16) AOTI__MASK(i8, i8)
AOTI__MASK(u64, i64) AOTI__MASK(u32, i32) AOTI__MASK(u16, i16) AOTI__MASK(u8, i8)

AOTI_FN vbool aoti_select_bool(vbool m, vbool a, vbool b) { return (a & m) | (b & ~m); }
AOTI_FN vbool aoti_set1_bool(int x) {
  return x ? ~(vbool){0} : (vbool){0};
}
AOTI_FN int aoti_lane_bool(vbool v, int i) { return v[i] != 0; }
AOTI_FN vbool aoti_setlane_bool(vbool v, int i, int x) { v[i] = x ? -1 : 0; return v; }

#if AOTI_LANES == 1
#define AOTI__LANE_IDS 0
#elif AOTI_LANES == 2
#define AOTI__LANE_IDS 0, 1
#elif AOTI_LANES == 4
#define AOTI__LANE_IDS 0, 1, 2, 3
#elif AOTI_LANES == 8
#define AOTI__LANE_IDS 0, 1, 2, 3, 4, 5, 6, 7
#elif AOTI_LANES == 16
#define AOTI__LANE_IDS 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#elif AOTI_LANES == 32
#define AOTI__LANE_IDS                                                                             \
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,    \
  26, 27, 28, 29, 30, 31
#else
#define AOTI__LANE_IDS                                                                             \
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,    \
  26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49,  \
  50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63
#endif
/* base, base + step, base + 2 step, … */
#define AOTI__IOTA(T)                                                                              \
  AOTI_FN v##T aoti_iota_##T(aoti_t_##T base, aoti_t_##T step) {                                   \
    return (v##T){AOTI__LANE_IDS} * step + base;                                                   \
  }
AOTI__IOTA(i64) AOTI__IOTA(i32) AOTI__IOTA(i16) AOTI__IOTA(i8)
AOTI__IOTA(u64) AOTI__IOTA(u32) AOTI__IOTA(u16) AOTI__IOTA(u8)

/* Lanes 0..n-1 true. */
AOTI_FN vbool aoti_firstn_bool(int64_t n) {
#if AOTI_MASK_BYTES == 8
  return (vbool)((vi64){AOTI__LANE_IDS} < n);
#elif AOTI_MASK_BYTES == 4
  return (vbool)((vi32){AOTI__LANE_IDS} < (int32_t)n);
#elif AOTI_MASK_BYTES == 2
  return (vbool)((vi16){AOTI__LANE_IDS} < (int16_t)n);
#else
  return (vbool)((vi8){AOTI__LANE_IDS} < (int8_t)n);
#endif
}
#endif
