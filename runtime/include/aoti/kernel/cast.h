/* aoti_cvt_T_U: a value of T as U, as C casts on x86: floats truncate; what does not fit a 32 or 64-bit integer gives
 * its minimum; narrower integers keep the low bits; bool is `!= 0`, so nan is true. See vec.h. */
#ifndef AOTI_KERNEL_CAST_H
#define AOTI_KERNEL_CAST_H
#include "aoti/kernel/arith.h"

#define AOTI__CVT(T, U) \
  AOTI_FN v##U aoti_cvt_##T##_##U(v##T v) { return __builtin_convertvector(v, v##U); }
#define AOTI__CVT_BOOL(T)                                                                          \
  AOTI_FN vbool aoti_cvt_##T##_bool(v##T v) { return aoti__widen_##T((aoti_m_##T)(v != 0)); }      \
  AOTI_FN v##T aoti_cvt_bool_##T(vbool v) {                                                        \
    return (v##T)(aoti__narrow_##T(v) & (aoti_m_##T)aoti_set1_##T(1));                             \
  }

/* Integers: same width (S signed, U unsigned), up by the source's signedness, down by the low bits. */
#define AOTI__CVT_SAME(S, U)                                                                       \
  AOTI_FN v##S aoti_cvt_##S##_##S(v##S v) { return v; }                                            \
  AOTI_FN v##U aoti_cvt_##U##_##U(v##U v) { return v; }                                            \
  AOTI_FN v##U aoti_cvt_##S##_##U(v##S v) { return (v##U)v; }                                      \
  AOTI_FN v##S aoti_cvt_##U##_##S(v##U v) { return (v##S)v; }
#define AOTI__CVT_UP_DOWN(S, U, WS, WU)                                                            \
  AOTI_FN v##WS aoti_cvt_##S##_##WS(v##S v) { return aoti__##S##_##WS(v); }                        \
  AOTI_FN v##WU aoti_cvt_##S##_##WU(v##S v) { return (v##WU)aoti__##S##_##WS(v); }                 \
  AOTI_FN v##WU aoti_cvt_##U##_##WU(v##U v) { return aoti__##U##_##WU(v); }                        \
  AOTI_FN v##WS aoti_cvt_##U##_##WS(v##U v) { return (v##WS)aoti__##U##_##WU(v); }                 \
  AOTI_FN v##S aoti_cvt_##WS##_##S(v##WS v) { return aoti__##WS##_##S(v); }                        \
  AOTI_FN v##U aoti_cvt_##WS##_##U(v##WS v) { return (v##U)aoti__##WS##_##S(v); }                  \
  AOTI_FN v##U aoti_cvt_##WU##_##U(v##WU v) { return (v##U)aoti__##WS##_##S((v##WS)v); }           \
  AOTI_FN v##S aoti_cvt_##WU##_##S(v##WU v) { return aoti__##WS##_##S((v##WS)v); }
AOTI__CVT_SAME(i64, u64) AOTI__CVT_SAME(i32, u32) AOTI__CVT_SAME(i16, u16) AOTI__CVT_SAME(i8, u8)
AOTI__CVT_UP_DOWN(i8, u8, i16, u16) AOTI__CVT_UP_DOWN(i8, u8, i32, u32) AOTI__CVT_UP_DOWN(i8, u8, i64, u64)
AOTI__CVT_UP_DOWN(i16, u16, i32, u32) AOTI__CVT_UP_DOWN(i16, u16, i64, u64)
AOTI__CVT_UP_DOWN(i32, u32, i64, u64)
#define AOTI__CVT_WIDE(T) AOTI__CVT(T, f32) AOTI__CVT(T, f64) AOTI__CVT_BOOL(T)
#define AOTI__CVT_NARROW(T)                                                                        \
  AOTI_FN vf32 aoti_cvt_##T##_f32(v##T v) { return aoti_cvt_i32_f32(aoti_cvt_##T##_i32(v)); }      \
  AOTI_FN vf64 aoti_cvt_##T##_f64(v##T v) { return aoti_cvt_i32_f64(aoti_cvt_##T##_i32(v)); }      \
  AOTI__CVT_BOOL(T)
AOTI__CVT_WIDE(i64) AOTI__CVT_WIDE(u64) AOTI__CVT_WIDE(u32)
#if defined(AOTI__GCC_X86) && !defined(__OPTIMIZE__) && AOTI_LANES == 16
AOTI__CVT(i32, f32) /* gcc 12 fails on i32 to f64 of 16 lanes when it does not optimise */
AOTI_FN vf64 aoti_cvt_i32_f64(vi32 v) { return aoti_cvt_i64_f64(aoti_cvt_i32_i64(v)); }
AOTI__CVT_BOOL(i32)
#else
AOTI__CVT_WIDE(i32)
#endif
AOTI__CVT_NARROW(i16) AOTI__CVT_NARROW(i8) AOTI__CVT_NARROW(u16) AOTI__CVT_NARROW(u8)
AOTI_FN vbool aoti_cvt_bool_bool(vbool v) { return v; }

/* gcc makes a truncation of a float that becomes an integer and a float again: -0.5 would give -0, and nan itself. So it
 * may not look through an integer that was a float. */
#if !defined(AOTI__GCC_X86)
#define AOTI__HIDE_i32(v)
#define AOTI__HIDE_i64(v)
#else
#if 4 * AOTI_LANES <= AOTI_VECTOR_BYTES
#define AOTI__HIDE_i32(v) __asm__("" : "+x"(v))
#else
#define AOTI__HIDE_i32(v) __asm__("" : "+m"(v))
#endif
#if 8 * AOTI_LANES <= AOTI_VECTOR_BYTES
#define AOTI__HIDE_i64(v) __asm__("" : "+x"(v))
#else
#define AOTI__HIDE_i64(v) __asm__("" : "+m"(v))
#endif
#endif

/* Other machines saturate; only the upper bound and nan differ from x86. */
#if defined(__x86_64__)
#define AOTI__CVT_TRUNC(T, U, LIMIT, MIN)                                                          \
  AOTI_FN v##U aoti_cvt_##T##_##U(v##T v) {                                                        \
    v##U r = __builtin_convertvector(v, v##U);                                                     \
    AOTI__HIDE_##U(r);                                                                             \
    return r;                                                                                      \
  }
#else
#define AOTI__CVT_TRUNC(T, U, LIMIT, MIN)                                                          \
  AOTI_FN v##U aoti_cvt_##T##_##U(v##T v) {                                                        \
    aoti_m_##T in = (aoti_m_##T)(v < LIMIT) & (aoti_m_##T)(v >= -LIMIT);                           \
    v##U r = __builtin_convertvector((v##T)((aoti_m_##T)v & in), v##U);                            \
    return aoti__sel_##U(__builtin_convertvector(in, aoti_m_##U), r, aoti_set1_##U(MIN));          \
  }
#endif
#define AOTI__CVT_VIA(T, VIA, U) \
  AOTI_FN v##U aoti_cvt_##T##_##U(v##T v) { return aoti_cvt_##VIA##_##U(aoti_cvt_##T##_##VIA(v)); }
#define AOTI__CVT_FROM_FLOAT(T)                                                                    \
  AOTI__CVT_TRUNC(T, i64, 0x1p63f, INT64_MIN) AOTI__CVT_TRUNC(T, i32, 0x1p31f, INT32_MIN)          \
  AOTI__CVT_VIA(T, i32, i16) AOTI__CVT_VIA(T, i32, i8) AOTI__CVT_VIA(T, i32, u16)                  \
  AOTI__CVT_VIA(T, i64, u32)                                                                       \
  AOTI__CVT(T, f32) AOTI__CVT(T, f64) AOTI__CVT_BOOL(T)                                            \
  AOTI_FN vu64 aoti_cvt_##T##_u64(v##T v) {                                                        \
    aoti_m_##T high = (aoti_m_##T)(v >= 0x1p63f);                                                  \
    v##T low = aoti__sel_##T(high, v - 0x1p63f, v);                                                \
    return (vu64)aoti_cvt_##T##_i64(low) ^ ((vu64)__builtin_convertvector(high, vi64) << 63);      \
  }
AOTI__CVT_FROM_FLOAT(f32) AOTI__CVT_FROM_FLOAT(f64)
AOTI__CVT_VIA(f32, i32, u8) /* the low byte of a float beyond 2^31 is zero either way */
AOTI__CVT_VIA(f64, i64, u8)
#endif
