/* A = U diag(s) V^H of complex matrices, s descending. Reflections make A bidiagonal and real; the rest is svd's. */
#ifndef AOTI_ROUTINE_LINALG_Z_SVD_H
#define AOTI_ROUTINE_LINALG_Z_SVD_H
#include "aoti/kernel/routine/linalg_svd.h"
#include "aoti/kernel/routine/linalg_z_direct.h"

/* x: columns of a matrix [m, n], m >= n; column i keeps its reflection, row i's is kept in rows[i]: x = Q B P^H. */
static void aoti_zbidiagonal(aoti_z* x, int64_t m, int64_t n, double* d, double* e, aoti_z* tau, aoti_z* rows, aoti_z* row_tau,
                             aoti_z* p) {
  for (int64_t i = 0; i < n; i++) {
    tau[i] = aoti_zreflector(x + i * m + i, m - i);
    d[i] = x[i * m + i].re;
    for (int64_t j = i + 1; j < n; j++) aoti_zreflect(x + j * m + i, x + i * m + i, aoti_zconj(tau[i]), m - i);
    if (i + 1 == n) break;
    aoti_z* const v = rows + i * n;
    for (int64_t j = i + 1; j < n; j++) v[j] = aoti_zconj(x[j * m + i]);
    row_tau[i] = aoti_zreflector(v + i + 1, n - i - 1);
    e[i] = v[i + 1].re;
    if (aoti_zis0(row_tau[i])) continue;
    v[i + 1] = aoti_zof(1, 0);
    aoti_zclear(p + i, m - i);
    for (int64_t j = i + 1; j < n; j++) aoti_zaxpy(p + i, v[j], x + j * m + i, m - i);
    for (int64_t j = i + 1; j < n; j++)
      aoti_zaxpy(x + j * m + i, aoti_zneg(aoti_zmul(row_tau[i], aoti_zconj(v[j]))), p + i, m - i);
  }
}
/* Row i of `to` (length n) becomes row i of the real `from` (length q) with zeros behind it, or, from q on, a unit vector. */
AOTI_RT void aoti_zlengthen(aoti_z* to, const double* from, int64_t count, int64_t n, int64_t q) {
  aoti_zclear(to, count * n);
  for (int64_t i = 0; i < count; i++)
    for (int64_t j = 0; j < n; j++) to[i * n + j].re = i < q ? (j < q ? from[i * q + j] : 0) : i == j;
}

/* Iteration i: matrix i [m, n]; u [m, left], s, vh [right, n]; u and vh may be NULL. With p the longer side, q the shorter and
 * w = max(left, right), scratch: 2 p * (q + w + 1) + 8 q * (q + 1) doubles. */
static void aoti_zsvd(const aoti_x* a, aoti_x* u, aoti_x* s, aoti_x* vh, int64_t begin, int64_t end, int64_t m, int64_t n,
                      int64_t left, int64_t right, double* scratch, int32_t* error) {
  const int tall = m >= n, wanted = u != NULL;
  const int64_t p = tall ? m : n, q = tall ? n : m, longs = tall ? left : right;
  const int first_qr = p >= 17 * q / 9 && p > q;
  aoti_z *const w = (aoti_z*)scratch, *const square = w + p * q, *const rows = square + q * q, *const shorts = rows + q * q;
  aoti_z *const out = shorts + q * q, *const spare = out + p * (wanted ? longs : 0), *const tau = spare + p;
  aoti_z *const row_tau = tau + q, *const qr_tau = row_tau + q;
  double *const d = (double*)(qr_tau + q), *const e = d + q, *const ub = e + q, *const vb = ub + q * q;
  for (int64_t b = begin; b < end && q > 0; b++) {
    /* Rows of w: columns of A when it is tall, else columns of A's adjoint. */
    if (tall) aoti_zwiden_turned(a + 2 * b * m * n, w, m, n, 1);
    else {
      aoti_zwiden(a + 2 * b * m * n, w, m * n);
      for (int64_t i = 0; i < m * n; i++) w[i].im = -w[i].im;
    }
    aoti_z* x = w;
    int64_t rows_x = p;
    if (first_qr) { /* what is left of it, or its adjoint's adjoint: LAPACK makes the triangle of a wide matrix a lower one */
      aoti_zqr_one(w, qr_tau, p, q);
      x = square;
      rows_x = q;
      for (int64_t j = 0; j < q; j++)
        for (int64_t i = 0; i < q; i++) {
          const aoti_z r = tall ? w[j * p + i] : aoti_zconj(w[i * p + j]);
          x[j * q + i] = (tall ? i <= j : j <= i) ? r : aoti_zof(0, 0);
        }
    }
    aoti_zbidiagonal(x, rows_x, q, d, e, tau, rows, row_tau, spare);
    const int lower = !tall && !first_qr;
    if (!aoti_bidiagonal_svd(d, e, ub, wanted ? vb : NULL, q, lower)) *error = AOTI_BAD_VALUE;
    aoti_narrow(d, s + b * q, q);
    if (!wanted) continue;
    /* Where reflections of columns and of rows lead: x = (columns) B (rows)^H. */
    const double *const by_columns = lower ? vb : ub, *const by_rows = lower ? ub : vb;
    if (first_qr) {
      /* shorts: of the side that QR left alone; square's other side goes on through QR's reflections. */
      aoti_zlengthen(shorts, tall ? by_rows : by_columns, q, q, q);
      if (tall) aoti_zreflect_all(shorts, q, q, rows, q, row_tau, q - 1, 1, 0);
      else aoti_zreflect_all(shorts, q, q, x, q, tau, q, 0, 0);
      aoti_zlengthen(out, tall ? by_columns : by_rows, longs, p, q);
      for (int64_t i = 0; i < AOTI_MIN(longs, q); i++) {
        if (tall) aoti_zreflect_all(out + i * p, q, 1, x, q, tau, q, 0, 0);
        else aoti_zreflect_all(out + i * p, q, 1, rows, q, row_tau, q - 1, 1, 0);
      }
      aoti_zreflect_all(out, p, longs, w, p, qr_tau, q, 0, 0);
    } else {
      aoti_zlengthen(shorts, by_rows, q, q, q);
      aoti_zreflect_all(shorts, q, q, rows, q, row_tau, q - 1, 1, 0);
      aoti_zlengthen(out, by_columns, longs, p, q);
      aoti_zreflect_all(out, p, longs, w, p, tau, q, 0, 0);
    }
    /* Rows are vectors: u has them as columns, vh their conjugates as rows. */
    const aoti_z *const us = tall ? out : shorts, *const vs = tall ? shorts : out;
    aoti_znarrow_turned(us, u + 2 * b * m * left, m, left, 1);
    for (int64_t i = 0; i < right * n; i++) aoti_zstore(vh + 2 * b * right * n, i, aoti_zconj(vs[i]));
  }
}
#endif
