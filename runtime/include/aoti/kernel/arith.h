/* Operators on vectors: arithmetic, comparison, logic, shifts, integer division; see vec.h.
 * Integers wrap. Division by zero gives 0, remainder by zero gives 0; nothing traps. */
#ifndef AOTI_KERNEL_ARITH_H
#define AOTI_KERNEL_ARITH_H
#include "aoti/kernel/types.h"

/* The vector whose arithmetic wraps: floats are themselves, signed integers go through unsigned. */
typedef vf32 aoti_w_f32;
typedef vf64 aoti_w_f64;
typedef vu64 aoti_w_i64, aoti_w_u64;
typedef vu32 aoti_w_i32, aoti_w_u32;
typedef vu16 aoti_w_i16, aoti_w_u16;
typedef vu8 aoti_w_i8, aoti_w_u8;

#define AOTI__COMPARE(T, NAME, OP)                                                                 \
  AOTI_FN vbool aoti_##NAME##_##T(v##T a, v##T b) { return aoti__widen_##T((aoti_m_##T)(a OP b)); }
#define AOTI__WRAP(T, NAME, OP)                                                                    \
  AOTI_FN v##T aoti_##NAME##_##T(v##T a, v##T b) {                                                 \
    return (v##T)((aoti_w_##T)a OP (aoti_w_##T)b);                                                 \
  }
#define AOTI__ARITH(T)                                                                             \
  AOTI__WRAP(T, add, +) AOTI__WRAP(T, sub, -) AOTI__WRAP(T, mul, *)                                \
  AOTI_FN v##T aoti_neg_##T(v##T a) { return (v##T)(-(aoti_w_##T)a); }                             \
  AOTI__COMPARE(T, eq, ==) AOTI__COMPARE(T, ne, !=) AOTI__COMPARE(T, lt, <)                        \
  AOTI__COMPARE(T, le, <=) AOTI__COMPARE(T, gt, >) AOTI__COMPARE(T, ge, >=)
AOTI__ARITH(f32) AOTI__ARITH(f64)
AOTI__ARITH(i64) AOTI__ARITH(i32) AOTI__ARITH(i16) AOTI__ARITH(i8)
AOTI__ARITH(u64) AOTI__ARITH(u32) AOTI__ARITH(u16) AOTI__ARITH(u8)

/* ---- bool ---- */
AOTI_FN vbool aoti_and_bool(vbool a, vbool b) { return a & b; }
AOTI_FN vbool aoti_or_bool(vbool a, vbool b) { return a | b; }
AOTI_FN vbool aoti_xor_bool(vbool a, vbool b) { return a ^ b; }
AOTI_FN vbool aoti_not_bool(vbool a) { return ~a; }
AOTI_FN vbool aoti_eq_bool(vbool a, vbool b) { return ~(a ^ b); }
AOTI_FN vbool aoti_ne_bool(vbool a, vbool b) { return a ^ b; }
AOTI_FN vbool aoti_lt_bool(vbool a, vbool b) { return ~a & b; }
AOTI_FN vbool aoti_le_bool(vbool a, vbool b) { return ~a | b; }
AOTI_FN vbool aoti_gt_bool(vbool a, vbool b) { return a & ~b; }
AOTI_FN vbool aoti_ge_bool(vbool a, vbool b) { return a | ~b; }
AOTI_FN vbool aoti_add_bool(vbool a, vbool b) { return a | b; }
AOTI_FN vbool aoti_mul_bool(vbool a, vbool b) { return a & b; }
AOTI_FN vbool aoti_min_bool(vbool a, vbool b) { return a & b; }
AOTI_FN vbool aoti_max_bool(vbool a, vbool b) { return a | b; }

/* ---- integers ---- */
#define AOTI__INTEGER(T)                                                                           \
  AOTI_FN v##T aoti_and_##T(v##T a, v##T b) { return a & b; }                                      \
  AOTI_FN v##T aoti_or_##T(v##T a, v##T b) { return a | b; }                                       \
  AOTI_FN v##T aoti_xor_##T(v##T a, v##T b) { return a ^ b; }                                      \
  AOTI_FN v##T aoti_not_##T(v##T a) { return ~a; }                                                 \
  AOTI_FN v##T aoti_min_##T(v##T a, v##T b) { return aoti__sel_##T((aoti_m_##T)(a < b), a, b); }   \
  AOTI_FN v##T aoti_max_##T(v##T a, v##T b) { return aoti__sel_##T((aoti_m_##T)(a > b), a, b); }   \
  AOTI_FN v##T aoti_shl_##T(v##T a, v##T b) {                                                      \
    aoti_w_##T amount = (aoti_w_##T)b, in = (aoti_w_##T)(amount < 8 * sizeof(aoti_t_##T));         \
    return (v##T)(((aoti_w_##T)a << (amount & in)) & in);                                          \
  }
/* a to the b, wrapping; negative powers are 0 but for bases 1 and -1. */
AOTI_FN uint64_t aoti__upow(uint64_t a, uint64_t b) {
  uint64_t r = 1;
  for (; b; b >>= 1, a *= a)
    if (b & 1) r *= a;
  return r;
}
AOTI_FN uint64_t aoti__ipow(int64_t a, int64_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0;
  return aoti__upow((uint64_t)a, (uint64_t)b);
}
#define AOTI__POW(T, POWER)                                                                        \
  AOTI_FN v##T aoti_pow_##T(v##T a, v##T b) {                                                      \
    v##T r;                                                                                        \
    for (int i = 0; i < AOTI_LANES; i++) r[i] = (aoti_t_##T)POWER(a[i], b[i]);                     \
    return r;                                                                                      \
  }
AOTI__POW(i64, aoti__ipow) AOTI__POW(i32, aoti__ipow) AOTI__POW(i16, aoti__ipow) AOTI__POW(i8, aoti__ipow)
AOTI__POW(u64, aoti__upow) AOTI__POW(u32, aoti__upow) AOTI__POW(u16, aoti__upow) AOTI__POW(u8, aoti__upow)

#define AOTI__SIGNED(T)                                                                            \
  AOTI__INTEGER(T)                                                                                 \
  AOTI_FN v##T aoti_abs_##T(v##T a) {                                                              \
    aoti_w_##T s = (aoti_w_##T)(a < 0);                                                            \
    return (v##T)(((aoti_w_##T)a ^ s) - s);                                                        \
  }                                                                                                \
  AOTI_FN v##T aoti_sign_##T(v##T a) { return (v##T)((a < 0) - (a > 0)); }                         \
  AOTI_FN vbool aoti_signbit_##T(v##T a) { return aoti__widen_##T((aoti_m_##T)(a < 0)); }          \
  AOTI_FN v##T aoti_shr_##T(v##T a, v##T b) {                                                      \
    const aoti_t_##T last = 8 * sizeof(aoti_t_##T) - 1;                                            \
    aoti_w_##T in = (aoti_w_##T)((aoti_w_##T)b < (aoti_w_##T)aoti_set1_##T(last));                 \
    return a >> aoti__sel_##T((aoti_m_##T)in, b, aoti_set1_##T(last));                             \
  }                                                                                                \
  AOTI_FN v##T aoti_div_##T(v##T a, v##T b) {                                                      \
    aoti_m_##T zero = (aoti_m_##T)(b == 0), minus = (aoti_m_##T)(b == -1);                         \
    v##T q = a / aoti__sel_##T(zero | minus, aoti_set1_##T(1), b);                                 \
    return aoti__sel_##T(minus, aoti_neg_##T(a), q) & ~zero;                                       \
  }                                                                                                \
  AOTI_FN v##T aoti_fmod_##T(v##T a, v##T b) {                                                     \
    return aoti_sub_##T(a, aoti_mul_##T(aoti_div_##T(a, b), b)) & (aoti_m_##T)(b != 0);            \
  }                                                                                                \
  AOTI_FN v##T aoti_mod_##T(v##T a, v##T b) {                                                      \
    v##T r = aoti_fmod_##T(a, b);                                                                  \
    return aoti_add_##T(r, b & (aoti_m_##T)(r != 0) & (aoti_m_##T)((r ^ b) < 0));                  \
  }                                                                                                \
  AOTI_FN v##T aoti_floordiv_##T(v##T a, v##T b) {                                                 \
    v##T q = aoti_div_##T(a, b), r = aoti_sub_##T(a, aoti_mul_##T(q, b));                          \
    return aoti_add_##T(q, (aoti_m_##T)(r != 0) & (aoti_m_##T)((r ^ b) < 0) & (aoti_m_##T)(b != 0)); \
  }
AOTI__SIGNED(i64) AOTI__SIGNED(i32) AOTI__SIGNED(i16) AOTI__SIGNED(i8)

#define AOTI__UNSIGNED(T)                                                                          \
  AOTI__INTEGER(T)                                                                                 \
  AOTI_FN v##T aoti_abs_##T(v##T a) { return a; }                                                  \
  AOTI_FN v##T aoti_sign_##T(v##T a) { return (v##T)(a != 0) & 1; }                                \
  AOTI_FN vbool aoti_signbit_##T(v##T a) { (void)a; return (vbool){0}; }                           \
  AOTI_FN v##T aoti_shr_##T(v##T a, v##T b) {                                                      \
    v##T in = (v##T)(b < 8 * sizeof(aoti_t_##T));                                                  \
    return (a >> (b & in)) & in;                                                                   \
  }                                                                                                \
  AOTI_FN v##T aoti_div_##T(v##T a, v##T b) {                                                      \
    v##T zero = (v##T)(b == 0);                                                                    \
    return (a / (b | (zero & 1))) & ~zero;                                                         \
  }                                                                                                \
  AOTI_FN v##T aoti_floordiv_##T(v##T a, v##T b) { return aoti_div_##T(a, b); }                    \
  AOTI_FN v##T aoti_fmod_##T(v##T a, v##T b) {                                                     \
    return (a - aoti_div_##T(a, b) * b) & (v##T)(b != 0);                                          \
  }                                                                                                \
  AOTI_FN v##T aoti_mod_##T(v##T a, v##T b) { return aoti_fmod_##T(a, b); }
AOTI__UNSIGNED(u64) AOTI__UNSIGNED(u32) AOTI__UNSIGNED(u16) AOTI__UNSIGNED(u8)
#endif
