/* Running totals along a dimension: sum, product, maximum, minimum, logarithm of a sum of exponentials.
 *
 * Floats are summed and multiplied in double; the kernel defines AOTI_STEP (aoti_step_sum, ...) beside AOTI_X. Lines that lie
 * side by side are done AOTI_SIDE at a time, so that the compiler makes vectors of them. */
#ifndef AOTI_ROUTINE_SCAN_H
#define AOTI_ROUTINE_SCAN_H
#include "aoti/kernel/routine/element.h"

#define AOTI_SIDE 64

typedef double aoti_w_f32, aoti_w_f64;
typedef uint64_t aoti_w_i64, aoti_w_i32, aoti_w_i16, aoti_w_i8, aoti_w_u64, aoti_w_u32, aoti_w_u16, aoti_w_u8;
typedef uint8_t aoti_w_bool;
typedef AOTI_JOIN(aoti_w_, AOTI_X) aoti_wide;

AOTI_RT aoti_wide aoti_step_sum(aoti_wide total, aoti_x x) { return total + (aoti_wide)x; }
AOTI_RT aoti_wide aoti_step_prod(aoti_wide total, aoti_x x) { return total * (aoti_wide)x; }
/* Comparisons are those of the element; nan stays once it is met. */
AOTI_RT aoti_wide aoti_step_max(aoti_wide total, aoti_x x) {
  return x > (aoti_x)total || x != x ? (aoti_wide)x : total;
}
AOTI_RT aoti_wide aoti_step_min(aoti_wide total, aoti_x x) {
  return x < (aoti_x)total || x != x ? (aoti_wide)x : total;
}
AOTI_RT aoti_wide aoti_step_logsumexp(aoti_wide total, aoti_x given) {
  const double a = (double)total, x = (double)given;
  if (a != a || x != x) return (aoti_wide)(a + x);
  const double low = a < x ? a : x, high = a < x ? x : a;
  return (aoti_wide)(low == high && isinf(low) ? low : log1p(exp(low - high)) + high);
}

#ifdef AOTI_STEP
/* Iteration i does lines AOTI_SIDE * i and following within one stretch of `inner`. */
static void aoti_scan(const aoti_x* x, aoti_x* out, int64_t begin, int64_t end, int64_t size, int64_t inner) {
  if (size == 0) return;
  if (inner == 1) {
    for (int64_t i = begin; i < end; i++) {
      const aoti_x* from = x + i * size;
      aoti_x* to = out + i * size;
      aoti_wide total = (aoti_wide)from[0];
      to[0] = from[0];
      for (int64_t n = 1; n < size; n++) {
        total = AOTI_STEP(total, from[n]);
        to[n] = (aoti_x)total;
      }
    }
    return;
  }
  const int64_t blocks = (inner + AOTI_SIDE - 1) / AOTI_SIDE;
  for (int64_t i = begin; i < end; i++) {
    const int64_t first = i % blocks * AOTI_SIDE, at = i / blocks * size * inner + first;
    const int64_t width = inner - first < AOTI_SIDE ? inner - first : AOTI_SIDE;
    aoti_wide total[AOTI_SIDE];
    for (int64_t j = 0; j < width; j++) {
      total[j] = (aoti_wide)x[at + j];
      out[at + j] = x[at + j];
    }
    for (int64_t n = 1; n < size; n++) {
      const aoti_x* from = x + at + n * inner;
      aoti_x* to = out + at + n * inner;
      for (int64_t j = 0; j < width; j++) {
        total[j] = AOTI_STEP(total[j], from[j]);
        to[j] = (aoti_x)total[j];
      }
    }
  }
}
#endif
#endif
