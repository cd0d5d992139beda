/* aoti_cvt_T_U: a value of T as U, as C casts on x86: floats truncate; what does not fit a 32 or 64-bit integer gives
 * its minimum; narrower integers keep the low bits; bool is `!= 0`, so nan is true. See vec.h. */
#ifndef AOTI_KERNEL_CAST_H
#define AOTI_KERNEL_CAST_H
#include "aoti/kernel/arith.h"

#define AOTI__CVT(T, U) \
  AOTI_FN v##U aoti_cvt_##T##_##U(v##T v) { return __builtin_convertvector(v, v##U); }
#define AOTI__CVT_VIA(T, VIA, U) \
  AOTI_FN v##U aoti_cvt_##T##_##U(v##T v) { return __builtin_convertvector(aoti_cvt_##T##_##VIA(v), v##U); }
#define AOTI__CVT_BOOL(T)                                                                          \
  AOTI_FN vbool aoti_cvt_##T##_bool(v##T v) { return aoti__widen_##T((aoti_m_##T)(v != 0)); }      \
  AOTI_FN v##T aoti_cvt_bool_##T(vbool v) {                                                        \
    return (v##T)(aoti__narrow_##T(v) & (aoti_m_##T)aoti_set1_##T(1));                             \
  }
#define AOTI__CVT_FROM_INT(T)                                                                      \
  AOTI__CVT(T, i64) AOTI__CVT(T, i32) AOTI__CVT(T, i16) AOTI__CVT(T, i8)                           \
  AOTI__CVT(T, u64) AOTI__CVT(T, u32) AOTI__CVT(T, u16) AOTI__CVT(T, u8)                           \
  AOTI__CVT(T, f32) AOTI__CVT(T, f64) AOTI__CVT_BOOL(T)
AOTI__CVT_FROM_INT(i64) AOTI__CVT_FROM_INT(i32) AOTI__CVT_FROM_INT(i16) AOTI__CVT_FROM_INT(i8)
AOTI__CVT_FROM_INT(u64) AOTI__CVT_FROM_INT(u32) AOTI__CVT_FROM_INT(u16) AOTI__CVT_FROM_INT(u8)
AOTI_FN vbool aoti_cvt_bool_bool(vbool v) { return v; }

/* Other machines saturate; only the upper bound and nan differ from x86. */
#if defined(__x86_64__)
#define AOTI__CVT_TRUNC(T, U, LIMIT, MIN) AOTI__CVT(T, U)
#else
#define AOTI__CVT_TRUNC(T, U, LIMIT, MIN)                                                          \
  AOTI_FN v##U aoti_cvt_##T##_##U(v##T v) {                                                        \
    aoti_m_##T in = (aoti_m_##T)(v < LIMIT) & (aoti_m_##T)(v >= -LIMIT);                           \
    v##U r = __builtin_convertvector((v##T)((aoti_m_##T)v & in), v##U);                            \
    return aoti__sel_##U(__builtin_convertvector(in, aoti_m_##U), r, aoti_set1_##U(MIN));          \
  }
#endif
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
