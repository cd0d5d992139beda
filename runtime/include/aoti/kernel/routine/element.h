/* Elements of routines, one at a time: types, arithmetic on halves, keys that sort like the elements.
 *
 * A kernel defines AOTI_X (f32, i64, bool, ...), the element type that its routine is about, and includes one header of
 * this folder. Routines are plain C over contiguous memory: `line` means a run of `size` elements `inner` apart, as a
 * dimension lies in a tensor; lines are numbered over the dimensions before and behind it. */
#ifndef AOTI_ROUTINE_ELEMENT_H
#define AOTI_ROUTINE_ELEMENT_H
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "aoti/kernel/storage.h"
#include "aoti/model.h"

#define AOTI_RT static inline __attribute__((always_inline, unused))
#define AOTI__JOIN2(a, b) a##b
#define AOTI_JOIN(a, b) AOTI__JOIN2(a, b)

/* What printed sizes are made of. */
#ifndef AOTI_MIN
#define AOTI_MIN(a, b) ((a) < (b) ? (a) : (b))
#define AOTI_MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
AOTI_RT int64_t aoti_floordiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }
AOTI_RT int64_t aoti_mod(int64_t a, int64_t b) { return a % b + (a % b != 0 && (a % b < 0) != (b < 0) ? b : 0); }

typedef AOTI_JOIN(aoti_t_, AOTI_X) aoti_x;

/* ---- numbers: what an element counts as in arithmetic; integers wrap, so they add as unsigned ---- */
typedef float aoti_n_f32, aoti_n_f16, aoti_n_bf16;
typedef double aoti_n_f64;
typedef uint64_t aoti_n_i64, aoti_n_i32, aoti_n_i16, aoti_n_i8, aoti_n_u64, aoti_n_u32, aoti_n_u16, aoti_n_u8, aoti_n_bool;
typedef AOTI_JOIN(aoti_n_, AOTI_X) aoti_number;

AOTI_RT uint32_t aoti_bits_f32(float x) {
  uint32_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}
AOTI_RT float aoti_float_of(uint32_t u) {
  float x;
  memcpy(&x, &u, sizeof x);
  return x;
}
AOTI_RT float aoti_get_bf16(uint16_t h) { return aoti_float_of((uint32_t)h << 16); }
AOTI_RT uint16_t aoti_put_bf16(float x) {
  uint32_t u = aoti_bits_f32(x);
  return x != x ? (uint16_t)(u >> 16 | 0x40u) : (uint16_t)((u + 0x7fffu + (u >> 16 & 1u)) >> 16);
}
AOTI_RT float aoti_get_f16(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000u) << 16, body = (uint32_t)(h & 0x7fffu) << 13;
  float small = aoti_float_of(body + 0x38800000u) - 6.103515625e-05f; /* denormals: exact in f32 */
  uint32_t large = body >= 0x0f800000u ? body | 0x7f800000u : body + 0x38000000u;
  return aoti_float_of((body < 0x00800000u ? aoti_bits_f32(small) : large) | sign);
}
AOTI_RT uint16_t aoti_put_f16(float x) {
  uint32_t u = aoti_bits_f32(x), sign = u >> 16 & 0x8000u, a = u & 0x7fffffffu;
  uint32_t normal = (a - 0x38000000u + 0xfffu + (a >> 13 & 1u)) >> 13;
  uint32_t small = aoti_bits_f32(aoti_float_of(a) + 0.5f) - 0x3f000000u; /* the adder rounds at 2^-24 */
  uint32_t r = a < 0x38800000u ? small : normal > 0x7c00u ? 0x7c00u : normal;
  if (a >= 0x47800000u) r = a > 0x7f800000u ? 0x7e00u | (a >> 13 & 0x3ffu) : 0x7c00u;
  return (uint16_t)(r | sign);
}
#define AOTI__PLAIN(T)                                                                             \
  AOTI_RT aoti_n_##T aoti_get_##T(aoti_t_##T x) { return (aoti_n_##T)x; }                          \
  AOTI_RT aoti_t_##T aoti_put_##T(aoti_n_##T x) { return (aoti_t_##T)x; }
AOTI__PLAIN(f32) AOTI__PLAIN(f64)
AOTI__PLAIN(i64) AOTI__PLAIN(i32) AOTI__PLAIN(i16) AOTI__PLAIN(i8)
AOTI__PLAIN(u64) AOTI__PLAIN(u32) AOTI__PLAIN(u16) AOTI__PLAIN(u8) AOTI__PLAIN(bool)
#define aoti_get AOTI_JOIN(aoti_get_, AOTI_X)
#define aoti_put AOTI_JOIN(aoti_put_, AOTI_X)

/* ---- keys: unsigned numbers in the order of the elements; -0 is 0, every nan is the largest ---- */
typedef uint64_t aoti_k_f64, aoti_k_i64, aoti_k_u64;
typedef uint32_t aoti_k_f32, aoti_k_i32, aoti_k_u32;
typedef uint16_t aoti_k_f16, aoti_k_bf16, aoti_k_i16, aoti_k_u16;
typedef uint8_t aoti_k_i8, aoti_k_u8, aoti_k_bool;
typedef AOTI_JOIN(aoti_k_, AOTI_X) aoti_key_t;

#define AOTI__KEY_FLOAT(T, U, INFINITE)                                                            \
  AOTI_RT U aoti_key_##T(aoti_t_##T x) {                                                           \
    const U sign = (U)((U)1 << (8 * sizeof(U) - 1));                                               \
    U u;                                                                                           \
    memcpy(&u, &x, sizeof u);                                                                      \
    const U size = (U)(u & (U)~sign);                                                              \
    if (size > (U)(INFINITE)) return (U)~(U)0;                                                     \
    if (size == 0) return sign;                                                                    \
    return u & sign ? (U)~u : (U)(u | sign);                                                       \
  }
#define AOTI__KEY_SIGNED(T, U)                                                                     \
  AOTI_RT U aoti_key_##T(aoti_t_##T x) { return (U)((U)x ^ (U)((U)1 << (8 * sizeof(U) - 1))); }
#define AOTI__KEY_UNSIGNED(T, U)                                                                   \
  AOTI_RT U aoti_key_##T(aoti_t_##T x) { return (U)x; }
AOTI__KEY_FLOAT(f64, uint64_t, UINT64_C(0x7ff0000000000000)) AOTI__KEY_FLOAT(f32, uint32_t, 0x7f800000u)
AOTI__KEY_FLOAT(f16, uint16_t, 0x7c00u) AOTI__KEY_FLOAT(bf16, uint16_t, 0x7f80u)
AOTI__KEY_SIGNED(i64, uint64_t) AOTI__KEY_SIGNED(i32, uint32_t) AOTI__KEY_SIGNED(i16, uint16_t) AOTI__KEY_SIGNED(i8, uint8_t)
AOTI__KEY_UNSIGNED(u64, uint64_t) AOTI__KEY_UNSIGNED(u32, uint32_t) AOTI__KEY_UNSIGNED(u16, uint16_t)
AOTI__KEY_UNSIGNED(u8, uint8_t) AOTI__KEY_UNSIGNED(bool, uint8_t)
#define aoti_key AOTI_JOIN(aoti_key_, AOTI_X)

/* First element of line `line` of a tensor [outer, size, inner]. */
AOTI_RT int64_t aoti_line(int64_t line, int64_t size, int64_t inner) {
  return inner == 1 ? line * size : line / inner * size * inner + line % inner;
}
#endif
