/* Triangular systems T X = B. */
#ifndef AOTI_ROUTINE_LINALG_TRIANGULAR_H
#define AOTI_ROUTINE_LINALG_TRIANGULAR_H
#include "aoti/kernel/routine/linalg.h"

/* Iteration i: system i, [n, n] and [n, count]. Scratch: n * n + n * count + AOTI_ROOM doubles. */
static void aoti_triangular(const aoti_x* t, const aoti_x* given, aoti_x* out, int64_t begin, int64_t end, int64_t n, int64_t count,
                            int upper, int unit, double* scratch) {
  double *const w = scratch, *const x = w + n * n, *const room = x + n * count;
  for (int64_t b = begin; b < end; b++) {
    aoti_widen(t + b * n * n, w, n * n);
    aoti_widen(given + b * n * count, x, n * count);
    if (upper) aoti_solve_upper(w, n, unit, x, n, count, room);
    else aoti_solve_lower(w, n, unit, x, n, count, room);
    aoti_narrow(x, out + b * n * count, n * count);
  }
}
#endif
