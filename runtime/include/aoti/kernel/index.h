/* Integer index arithmetic of generated kernels: floored division, clamping, checks of loaded indices, positions of
 * extrema. Include after vec.h. */
#ifndef AOTI_KERNEL_INDEX_H
#define AOTI_KERNEL_INDEX_H
#include "aoti/kernel/vec.h"
#include "aoti/model.h"

#ifndef AOTI_MIN
#define AOTI_MIN(a, b) ((a) < (b) ? (a) : (b))
#define AOTI_MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
AOTI_FN int64_t aoti_floordiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }
AOTI_FN int64_t aoti_mod(int64_t a, int64_t b) { return a % b + (a % b != 0 && (a % b < 0) != (b < 0) ? b : 0); }

/* Into the range that comparisons with small lane offsets cannot overflow. */
AOTI_FN int32_t aoti_clamp32(int64_t x) {
  return (int32_t)AOTI_MIN(AOTI_MAX(x, -INT64_C(0x7fffff00)), INT64_C(0x7fffff00));
}

/* A loaded index in [0, size), or in [-size, size) with wrap; others (where live) set the run's error and become 0. */
AOTI_FN int64_t aoti_check_index(int64_t x, int64_t size, int wrap, int live, int32_t* error) {
  if (wrap && x < 0) x += size;
  if (__builtin_expect((uint64_t)x < (uint64_t)size, 1)) return x;
  if (live) *error = AOTI_BAD_INDEX;
  return 0;
}
AOTI_FN vi64 aoti_check_index_lanes(vi64 x, int64_t size, int wrap, vbool live, int64_t n, int32_t* error) {
  if (wrap) x += (vi64)(x < 0) & size;
  vi64 good = (vi64)((vu64)x < (vu64)aoti_set1_i64(size));
  vbool bad = aoti_and_bool(aoti_and_bool(live, aoti_firstn_bool(n)), aoti__widen_i64(~good));
  if (__builtin_expect(aoti_hany_bool(bad), 0)) *error = AOTI_BAD_INDEX;
  return x & good;
}

/* Per lane the best value so far and where it was (-1: none yet); the first of equals, and the first nan, wins. */
#define AOTI__ARG(T, NAME, BETTER)                                                                  \
  AOTI_FN void aoti_##NAME##_step_##T(v##T* best, vi64* at, v##T v, vi64 position, vbool live) {    \
    vbool none = aoti__widen_i64((vi64)(*at < 0));                                                   \
    vbool take = aoti_and_bool(live, aoti_or_bool(none, BETTER(T, v, *best)));                       \
    *best = aoti_select_##T(take, v, *best);                                                         \
    *at = aoti_select_i64(take, position, *at);                                                      \
  }                                                                                                  \
  AOTI_FN int64_t aoti_##NAME##_last_##T(v##T best, vi64 at) {                                       \
    int64_t r = -1;                                                                                  \
    v##T b = best;                                                                                   \
    for (int i = 0; i < AOTI_LANES; i++) {                                                           \
      if (at[i] < 0) continue;                                                                       \
      v##T x = aoti_set1_##T(best[i]);                                                               \
      int better = r < 0 || aoti_lane_bool(BETTER(T, x, b), 0);                                      \
      int equal = r >= 0 && !aoti_lane_bool(BETTER(T, b, x), 0);                                     \
      if (better || (equal && at[i] < r)) {                                                          \
        b = x;                                                                                       \
        r = at[i];                                                                                   \
      }                                                                                              \
    }                                                                                                \
    return r < 0 ? 0 : r;                                                                            \
  }
/* Strictly better; nan is better than any number. */
#define AOTI__LESS(T, a, b) aoti_lt_##T(a, b)
#define AOTI__MORE(T, a, b) aoti_gt_##T(a, b)
#define AOTI__LESS_FLOAT(T, a, b) \
  aoti_or_bool(aoti_lt_##T(a, b), aoti_and_bool(aoti_isnan_##T(a), aoti_not_bool(aoti_isnan_##T(b))))
#define AOTI__MORE_FLOAT(T, a, b) \
  aoti_or_bool(aoti_gt_##T(a, b), aoti_and_bool(aoti_isnan_##T(a), aoti_not_bool(aoti_isnan_##T(b))))
AOTI__ARG(f32, argmin, AOTI__LESS_FLOAT) AOTI__ARG(f32, argmax, AOTI__MORE_FLOAT)
AOTI__ARG(f64, argmin, AOTI__LESS_FLOAT) AOTI__ARG(f64, argmax, AOTI__MORE_FLOAT)
AOTI__ARG(i64, argmin, AOTI__LESS) AOTI__ARG(i64, argmax, AOTI__MORE)
AOTI__ARG(i32, argmin, AOTI__LESS) AOTI__ARG(i32, argmax, AOTI__MORE)
AOTI__ARG(i16, argmin, AOTI__LESS) AOTI__ARG(i16, argmax, AOTI__MORE)
AOTI__ARG(i8, argmin, AOTI__LESS) AOTI__ARG(i8, argmax, AOTI__MORE)
AOTI__ARG(u64, argmin, AOTI__LESS) AOTI__ARG(u64, argmax, AOTI__MORE)
AOTI__ARG(u32, argmin, AOTI__LESS) AOTI__ARG(u32, argmax, AOTI__MORE)
AOTI__ARG(u16, argmin, AOTI__LESS) AOTI__ARG(u16, argmax, AOTI__MORE)
AOTI__ARG(u8, argmin, AOTI__LESS) AOTI__ARG(u8, argmax, AOTI__MORE)
AOTI__ARG(bool, argmin, AOTI__LESS) AOTI__ARG(bool, argmax, AOTI__MORE)
#endif
