/* Complex matrices in double precision: what the complex routines of linear algebra are made of.
 *
 * In memory and in scratch a complex number is its two parts side by side, so that rows of n numbers are rows of 2 n doubles
 * for real rotations and exchanges. Conventions that leave phases open are LAPACK's. */
#ifndef AOTI_ROUTINE_LINALG_Z_H
#define AOTI_ROUTINE_LINALG_Z_H
#include "aoti/kernel/routine/linalg.h"

typedef struct aoti_z { double re, im; } aoti_z;

AOTI_RT aoti_z aoti_zof(double re, double im) { return (aoti_z){re, im}; }
AOTI_RT aoti_z aoti_zadd(aoti_z a, aoti_z b) { return aoti_zof(a.re + b.re, a.im + b.im); }
AOTI_RT aoti_z aoti_zsub(aoti_z a, aoti_z b) { return aoti_zof(a.re - b.re, a.im - b.im); }
AOTI_RT aoti_z aoti_zmul(aoti_z a, aoti_z b) { return aoti_zof(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re); }
AOTI_RT aoti_z aoti_ztimes(aoti_z a, double by) { return aoti_zof(a.re * by, a.im * by); }
AOTI_RT aoti_z aoti_zconj(aoti_z a) { return aoti_zof(a.re, -a.im); }
AOTI_RT aoti_z aoti_zneg(aoti_z a) { return aoti_zof(-a.re, -a.im); }
AOTI_RT double aoti_zabs(aoti_z a) { return hypot(a.re, a.im); }
/* |re| + |im|, by which LAPACK compares. */
AOTI_RT double aoti_zsize(aoti_z a) { return fabs(a.re) + fabs(a.im); }
AOTI_RT int aoti_zis0(aoti_z a) { return a.re == 0 && a.im == 0; }
/* Divided by the larger part first, so that nothing overflows on the way. */
static inline aoti_z aoti_zdiv(aoti_z a, aoti_z b) {
  if (fabs(b.re) >= fabs(b.im)) {
    const double r = b.im / b.re, d = b.re + b.im * r;
    return b.re == 0 ? aoti_zof(a.re / b.re, a.im / b.re) : aoti_zof((a.re + a.im * r) / d, (a.im - a.re * r) / d);
  }
  const double r = b.re / b.im, d = b.im + b.re * r;
  return aoti_zof((a.re * r + a.im) / d, (a.im * r - a.re) / d);
}
/* The root with a real part that is not negative. */
static inline aoti_z aoti_zsqrt(aoti_z a) {
  const double t = sqrt(0.5 * (aoti_zabs(a) + fabs(a.re)));
  if (t == 0) return aoti_zof(0, a.im);
  return a.re >= 0 ? aoti_zof(t, a.im / (2 * t)) : aoti_zof(fabs(a.im) / (2 * t), copysign(t, a.im));
}

AOTI_RT void aoti_zwiden(const aoti_x* x, aoti_z* w, int64_t count) { aoti_widen(x, (double*)w, 2 * count); }
AOTI_RT void aoti_znarrow(const aoti_z* w, aoti_x* x, int64_t count) { aoti_narrow((double*)w, x, 2 * count); }
AOTI_RT aoti_z aoti_zload(const aoti_x* x, int64_t i) { return aoti_zof((double)x[2 * i], (double)x[2 * i + 1]); }
AOTI_RT void aoti_zstore(aoti_x* x, int64_t i, aoti_z z) {
  x[2 * i] = (aoti_x)z.re;
  x[2 * i + 1] = (aoti_x)z.im;
}
/* w[columns, rows] = x[rows, columns] transposed (`sign` 1) or turned into the adjoint (-1); and back. */
AOTI_RT void aoti_zwiden_turned(const aoti_x* x, aoti_z* w, int64_t rows, int64_t columns, double sign) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      const aoti_z z = aoti_zload(x, i * columns + j);
      w[j * rows + i] = aoti_zof(z.re, sign * z.im);
    }
}
AOTI_RT void aoti_znarrow_turned(const aoti_z* w, aoti_x* x, int64_t rows, int64_t columns, double sign) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      const aoti_z z = w[j * rows + i];
      aoti_zstore(x, i * columns + j, aoti_zof(z.re, sign * z.im));
    }
}
AOTI_RT void aoti_zclear(aoti_z* w, int64_t count) { aoti_clear((double*)w, 2 * count); }
AOTI_RT void aoti_zswap(aoti_z* a, aoti_z* b, int64_t count) { aoti_swap((double*)a, (double*)b, 2 * count); }

/* Sum of conj(a) b. */
static aoti_z aoti_zdot(const aoti_z* a, const aoti_z* b, int64_t count) {
  double re = 0, im = 0;
  for (int64_t i = 0; i < count; i++) {
    re += a[i].re * b[i].re + a[i].im * b[i].im;
    im += a[i].re * b[i].im - a[i].im * b[i].re;
  }
  return aoti_zof(re, im);
}
/* y += by * x */
AOTI_RT void aoti_zaxpy(aoti_z* restrict y, aoti_z by, const aoti_z* restrict x, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    y[i].re += by.re * x[i].re - by.im * x[i].im;
    y[i].im += by.re * x[i].im + by.im * x[i].re;
  }
}
AOTI_RT void aoti_zscale(aoti_z* x, aoti_z by, int64_t count) {
  for (int64_t i = 0; i < count; i++) x[i] = aoti_zmul(x[i], by);
}

/* ---- triangular systems, B[n, count] becoming the solution; T's rows lie ldt apart ---- */
static void aoti_zsolve(const aoti_z* t, int64_t ldt, int upper, int unit, aoti_z* b, int64_t n, int64_t count) {
  for (int64_t s = 0; s < n; s++) {
    const int64_t i = upper ? n - 1 - s : s;
    const aoti_z* const row = t + i * ldt;
    for (int64_t j = upper ? i + 1 : 0; j < (upper ? n : i); j++) aoti_zaxpy(b + i * count, aoti_zneg(row[j]), b + j * count, count);
    for (int64_t c = 0; c < count && !unit; c++) b[i * count + c] = aoti_zdiv(b[i * count + c], row[i]);
  }
}

/* ---- reflections H = I - tau v v^H with v[0] = 1 ---- */

/* Makes the reflection whose adjoint turns x into (beta, 0, ...), beta real: x[0] becomes beta, the rest v's rest. Gives tau. */
static aoti_z aoti_zreflector(aoti_z* x, int64_t count) {
  if (count < 1) return aoti_zof(0, 0);
  const double rest = aoti_zdot(x + 1, x + 1, count - 1).re;
  const aoti_z alpha = x[0];
  if (rest == 0 && alpha.im == 0) return aoti_zof(0, 0);
  const double beta = -copysign(sqrt(alpha.re * alpha.re + alpha.im * alpha.im + rest), alpha.re);
  const aoti_z by = aoti_zdiv(aoti_zof(1, 0), aoti_zof(alpha.re - beta, alpha.im));
  aoti_zscale(x + 1, by, count - 1);
  x[0] = aoti_zof(beta, 0);
  return aoti_zof((beta - alpha.re) / beta, -alpha.im / beta);
}
/* x = H x, v's first element being 1 whatever is stored there; for H's adjoint give tau's conjugate. */
AOTI_RT void aoti_zreflect(aoti_z* x, const aoti_z* v, aoti_z tau, int64_t count) {
  if (aoti_zis0(tau)) return;
  const aoti_z by = aoti_zneg(aoti_zmul(tau, aoti_zadd(x[0], aoti_zdot(v + 1, x + 1, count - 1))));
  x[0] = aoti_zadd(x[0], by);
  aoti_zaxpy(x + 1, by, v + 1, count - 1);
}
/* Each of `count` rows of x (length n) becomes H_0 H_1 ... x, or ... H_1^H H_0^H x when `adjoint`; row i of v starts at i + skip. */
static void aoti_zreflect_all(aoti_z* x, int64_t n, int64_t count, const aoti_z* v, int64_t ldv, const aoti_z* tau, int64_t size,
                              int64_t skip, int adjoint) {
  for (int64_t r = 0; r < count; r++)
    for (int64_t s = 0; s < size; s++) {
      const int64_t i = adjoint ? s : size - 1 - s, at = i + skip;
      if (at < n) aoti_zreflect(x + r * n + at, v + i * ldv + at, adjoint ? aoti_zconj(tau[i]) : tau[i], n - at);
    }
}
#endif
