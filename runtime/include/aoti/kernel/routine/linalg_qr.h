/* A = Q R by reflections: R above the diagonal, the reflections below it, as LAPACK packs them. */
#ifndef AOTI_ROUTINE_LINALG_QR_H
#define AOTI_ROUTINE_LINALG_QR_H
#include "aoti/kernel/routine/linalg.h"

/* w: the matrix [m, n] transposed. */
static void aoti_qr_one(double* w, double* tau, int64_t m, int64_t n) {
  for (int64_t i = 0; i < AOTI_MIN(m, n); i++) {
    tau[i] = aoti_reflector(w + i * m + i, m - i);
    for (int64_t j = i + 1; j < n; j++) aoti_reflect(w + j * m + i, w + i * m + i, tau[i], m - i);
  }
}

/* Iteration i: matrix i [m, n]. Scratch: (m + 1) * n doubles. */
static void aoti_qr(const aoti_x* a, aoti_x* packed, aoti_x* tau, int64_t begin, int64_t end, int64_t m, int64_t n, double* scratch) {
  double *const w = scratch, *const t = w + m * n;
  for (int64_t b = begin; b < end; b++) {
    aoti_widen_transposed(a + b * m * n, w, m, n);
    aoti_qr_one(w, t, m, n);
    aoti_narrow_transposed(w, packed + b * m * n, m, n);
    aoti_narrow(t, tau + b * AOTI_MIN(m, n), AOTI_MIN(m, n));
  }
}

/* Iteration i: Q C or Q' C for C [m, count], Q of `size` reflections packed in [m, n]. Scratch: m * (n + count) + size doubles. */
static void aoti_qr_apply(const aoti_x* packed, const aoti_x* tau, const aoti_x* c, aoti_x* out, int64_t begin, int64_t end,
                          int64_t m, int64_t n, int64_t size, int64_t count, int transposed, double* scratch) {
  double *const v = scratch, *const x = v + m * n, *const t = x + m * count;
  for (int64_t b = begin; b < end; b++) {
    aoti_widen_transposed(packed + b * m * n, v, m, n);
    aoti_widen_transposed(c + b * m * count, x, m, count);
    aoti_widen(tau + b * size, t, size);
    aoti_reflect_all(x, m, count, v, m, t, size, 0, transposed);
    aoti_narrow_transposed(x, out + b * m * count, m, count);
  }
}
#endif
