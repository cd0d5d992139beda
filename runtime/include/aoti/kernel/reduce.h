/* From a vector to a scalar by a fixed tree: lane i with lane i + half, until one is left. See vec.h. */
#ifndef AOTI_KERNEL_REDUCE_H
#define AOTI_KERNEL_REDUCE_H
#include "aoti/kernel/float.h"
#include "aoti/kernel/memory.h"

/* The element whose arithmetic wraps. */
typedef float aoti_e_f32;
typedef double aoti_e_f64;
typedef uint64_t aoti_e_i64, aoti_e_u64;
typedef uint32_t aoti_e_i32, aoti_e_u32;
typedef uint16_t aoti_e_i16, aoti_e_u16;
typedef uint8_t aoti_e_i8, aoti_e_u8;

/* Written out by halves: the compilers make register shuffles of this, and memory traffic of a loop over lanes. */
#define AOTI__HALVE(E, N, STEP)                                                                    \
  if (AOTI_LANES >= 2 * N) {                                                                       \
    typedef E half __attribute__((vector_size(sizeof(E) * N)));                                    \
    half a, b;                                                                                     \
    __builtin_memcpy(&a, t, sizeof a);                                                             \
    __builtin_memcpy(&b, t + N, sizeof b);                                                         \
    a = STEP;                                                                                      \
    __builtin_memcpy(t, &a, sizeof a);                                                             \
  }
#define AOTI__HALVES(T, E, STEP)                                                                   \
  E t[64];                                                                                         \
  __builtin_memcpy(t, &v, sizeof v);                                                               \
  AOTI__HALVE(E, 32, STEP) AOTI__HALVE(E, 16, STEP) AOTI__HALVE(E, 8, STEP)                        \
  AOTI__HALVE(E, 4, STEP) AOTI__HALVE(E, 2, STEP)
#define AOTI__TREE(T, E, NAME, STEP, LAST)                                                         \
  AOTI_FN aoti_t_##T aoti_##NAME##_##T(v##T v) {                                                   \
    AOTI__HALVES(T, E, STEP)                                                                       \
    E a = t[0], b = t[1 % AOTI_LANES];                                                             \
    return AOTI_LANES == 1 ? (aoti_t_##T)a : (aoti_t_##T)(LAST);                                   \
  }
/* The last step by vectors too: compilers make a branch of a choice between scalars, which half of all rows mispredict. */
#define AOTI__CHOICE(T, NAME, STEP)                                                                \
  AOTI_FN aoti_t_##T aoti_##NAME##_##T(v##T v) {                                                   \
    AOTI__HALVES(T, aoti_t_##T, STEP)                                                              \
    typedef aoti_t_##T half __attribute__((vector_size(2 * sizeof(aoti_t_##T))));                  \
    half a = {t[0], t[1 % AOTI_LANES]}, b = {t[1 % AOTI_LANES], t[0]};                             \
    return (STEP)[0];                                                                              \
  }
#define AOTI__PICK(M) (half)(((__typeof__(a == b))(M) & (__typeof__(a == b))a) | (~(__typeof__(a == b))(M) & (__typeof__(a == b))b))
#define AOTI__REDUCE_FLOAT(T)                                                                      \
  AOTI__TREE(T, aoti_t_##T, hsum, a + b, a + b)                                                    \
  AOTI__TREE(T, aoti_t_##T, hprod, a * b, a * b)                                                   \
  AOTI__CHOICE(T, hmin, AOTI__PICK((a < b) | (a != a))) AOTI__CHOICE(T, hmax, AOTI__PICK((a > b) | (a != a)))
#define AOTI__REDUCE_INT(T)                                                                        \
  AOTI__TREE(T, aoti_e_##T, hsum, a + b, a + b)                                                    \
  AOTI__TREE(T, aoti_e_##T, hprod, a * b, (uint64_t)a * b)                                         \
  AOTI__TREE(T, aoti_t_##T, hmin, AOTI__PICK(a < b), a < b ? a : b)                                \
  AOTI__TREE(T, aoti_t_##T, hmax, AOTI__PICK(a > b), a > b ? a : b)
AOTI__REDUCE_FLOAT(f32) AOTI__REDUCE_FLOAT(f64)
AOTI__REDUCE_INT(i64) AOTI__REDUCE_INT(i32) AOTI__REDUCE_INT(i16) AOTI__REDUCE_INT(i8)
AOTI__REDUCE_INT(u64) AOTI__REDUCE_INT(u32) AOTI__REDUCE_INT(u16) AOTI__REDUCE_INT(u8)

#if AOTI_MASK_BYTES == 8
#define AOTI__HANY aoti__any_f64
#elif AOTI_MASK_BYTES == 4
#define AOTI__HANY aoti__any_f32
#else
AOTI_FN int aoti__any_small(vbool m) {
  int r = 0;
  for (int i = 0; i < AOTI_LANES; i++) r |= m[i];
  return r != 0;
}
#define AOTI__HANY aoti__any_small
#endif
AOTI_FN int aoti_hany_bool(vbool m) { return AOTI__HANY(m); }
AOTI_FN int aoti_hall_bool(vbool m) { return !AOTI__HANY(~m); }
AOTI_FN int64_t aoti_hcount_bool(vbool m) {
#ifdef AOTI_HAS_KBOOL
  return __builtin_popcountll(aoti__kbool(m, AOTI_LANES));
#else
  int64_t r = 0;
  for (int i = 0; i < AOTI_LANES; i++) r += m[i] != 0;
  return r;
#endif
}
#endif
