/* Hermitian matrices: A = V diag(w) V^H, w ascending. Reflections make A tridiagonal and real; the rest is eigh's. */
#ifndef AOTI_ROUTINE_LINALG_Z_EIGH_H
#define AOTI_ROUTINE_LINALG_Z_EIGH_H
#include "aoti/kernel/routine/linalg_eigh.h"
#include "aoti/kernel/routine/linalg_z.h"

/* w: A with its columns as rows; row i becomes the reflection of step i from i + 1 on. */
static void aoti_ztridiagonal(aoti_z* w, double* d, double* e, aoti_z* tau, aoti_z* p, int64_t n) {
  for (int64_t i = 0; i + 1 < n; i++) {
    aoti_z* const v = w + i * n;
    const int64_t rest = n - i - 1;
    tau[i] = aoti_zreflector(v + i + 1, rest);
    d[i] = v[i].re;
    e[i] = v[i + 1].re;
    if (aoti_zis0(tau[i])) continue;
    v[i + 1] = aoti_zof(1, 0);
    for (int64_t r = i + 1; r < n; r++) /* A is its adjoint: a row of A is the conjugate of its column */
      p[r] = aoti_zmul(tau[i], aoti_zdot(w + r * n + i + 1, v + i + 1, rest));
    const aoti_z half = aoti_zmul(aoti_ztimes(tau[i], -0.5), aoti_zdot(p + i + 1, v + i + 1, rest));
    aoti_zaxpy(p + i + 1, half, v + i + 1, rest);
    for (int64_t c = i + 1; c < n; c++) {
      aoti_zaxpy(w + c * n + i + 1, aoti_zneg(aoti_zconj(p[c])), v + i + 1, rest);
      aoti_zaxpy(w + c * n + i + 1, aoti_zneg(aoti_zconj(v[c])), p + i + 1, rest);
    }
  }
  d[n - 1] = w[n * n - 1].re;
}
AOTI_RT void aoti_zreverse(aoti_z* x, int64_t count) {
  for (int64_t i = 0; i < count / 2; i++) {
    const aoti_z t = x[i];
    x[i] = x[count - 1 - i];
    x[count - 1 - i] = t;
  }
}

/* Iteration i: matrix i, of which one triangle is read; values are real, vectors (may be NULL) columns. Scratch:
 * 3 n * n + 8 n doubles. */
static void aoti_zeigh(const aoti_x* a, aoti_x* values, aoti_x* vectors, int64_t begin, int64_t end, int64_t n, int upper,
                       double* scratch, int32_t* error) {
  aoti_z *const w = (aoti_z*)scratch, *const tau = w + n * n, *const p = tau + n;
  double *const d = (double*)(p + n), *const e = d + n, *const z = vectors ? e + n : NULL;
  for (int64_t b = begin; b < end && n > 0; b++) {
    const aoti_x* const x = a + 2 * b * n * n;
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j <= i; j++) {
        const aoti_z at = aoti_zload(x, upper ? (n - 1 - i) * n + n - 1 - j : i * n + j);
        w[i * n + j] = i == j ? aoti_zof(at.re, 0) : aoti_zconj(at);
        w[j * n + i] = i == j ? aoti_zof(at.re, 0) : at;
      }
    aoti_ztridiagonal(w, d, e, tau, p, n);
    if (upper) {
      aoti_reverse(d, n);
      aoti_reverse(e, n - 1);
    }
    if (z) aoti_identity(z, n);
    if (!aoti_ql(d, e, z, n)) *error = AOTI_BAD_VALUE;
    aoti_narrow(d, values + b * n, n);
    for (int64_t i = 0; z && i < n; i++) {
      for (int64_t j = 0; j < n; j++) p[j] = aoti_zof(z[i * n + j], 0);
      if (upper) aoti_zreverse(p, n);
      aoti_zreflect_all(p, n, 1, w, n, tau, n - 1, 1, 0);
      if (upper) aoti_zreverse(p, n);
      for (int64_t j = 0; j < n; j++) aoti_zstore(vectors + 2 * b * n * n, j * n + i, p[j]);
    }
  }
}
#endif
