/* A = U diag(s) V', s descending.
 *
 * Reflections make A bidiagonal (after a QR factorization when one side is much the longer), implicit QR steps make that
 * diagonal: Golub and Kahan's, with Demmel and Kahan's zero shift where small values need it. Choices that leave signs of
 * vectors open are those of LAPACK's gesdd for up to 25 values. */
#ifndef AOTI_ROUTINE_LINALG_SVD_H
#define AOTI_ROUTINE_LINALG_SVD_H
#include <float.h>
#include "aoti/kernel/routine/linalg.h"
#include "aoti/kernel/routine/linalg_qr.h"

/* x: columns of a matrix [m, n], m >= n; column i keeps its reflection, row i's is kept in rows[i]. */
static void aoti_bidiagonal(double* x, int64_t m, int64_t n, double* d, double* e, double* tau, double* rows, double* row_tau,
                            double* p) {
  for (int64_t i = 0; i < n; i++) {
    tau[i] = aoti_reflector(x + i * m + i, m - i);
    d[i] = x[i * m + i];
    for (int64_t j = i + 1; j < n; j++) aoti_reflect(x + j * m + i, x + i * m + i, tau[i], m - i);
    if (i + 1 == n) break;
    double* const v = rows + i * n;
    for (int64_t j = i + 1; j < n; j++) v[j] = x[j * m + i];
    row_tau[i] = aoti_reflector(v + i + 1, n - i - 1);
    e[i] = v[i + 1];
    if (row_tau[i] == 0) continue;
    v[i + 1] = 1;
    aoti_clear(p + i, m - i);
    for (int64_t j = i + 1; j < n; j++) aoti_axpy(p + i, v[j], x + j * m + i, m - i);
    for (int64_t j = i + 1; j < n; j++) aoti_axpy(x + j * m + i, -row_tau[i] * v[j], p + i, m - i);
  }
}

/* The smaller singular value of [[f, g], [0, h]]. */
AOTI_RT double aoti_smaller_of_two(double f, double g, double h) {
  const double a = fabs(f), b = fabs(h);
  if (a == 0 || b == 0) return 0;
  return 2 * AOTI_MIN(a, b) * (AOTI_MAX(a, b) / (hypot(a + b, g) + hypot(a - b, g)));
}
/* Singular values of [[f, g], [0, h]] with signs, and rotations: (left)' B (right) = diag(big, small). */
static void aoti_svd_two(double f, double g, double h, double* big, double* small, double* cr, double* sr, double* cl, double* sl) {
  const int flip = fabs(h) > fabs(f);
  const double top = flip ? h : f, low = flip ? f : h, a = fabs(top), b = fabs(low);
  double ct = 1, st = 0, cu = 1, su = 0, size = a, rest = b; /* (ct, st) on top's side of the product, (cu, su) across */
  if (g != 0 && a < AOTI_EPS * AOTI_EPS * fabs(g)) {
    size = fabs(g);
    rest = a / size * b;
    st = copysign(1, g) * copysign(1, top);
    ct = a / size;
    su = low / size * copysign(1, top);
    cu = 1;
  } else if (g != 0) {
    const double m = g / top, l = (a - b) / a, t = 2 - l, s = sqrt(t * t + m * m), r = l == 0 ? fabs(m) : sqrt(l * l + m * m);
    const double mean = 0.5 * (s + r);
    size = a * mean;
    rest = b / mean;
    double lean; /* twice the tangent of the angle */
    if (m * m != 0) lean = (m / (s + t) + m / (r + l)) * (1 + mean);
    else if (l == 0) lean = copysign(2, top) * copysign(1, g);
    else lean = g / copysign(a - b, top) + m / t;
    const double z = sqrt(lean * lean + 4);
    ct = 2 / z;
    st = lean / z;
    cu = (ct + st * m) / mean;
    su = low / top * st / mean;
  }
  *big = copysign(size, top);
  *small = copysign(rest, low);
  *cr = flip ? su : ct;
  *sr = flip ? cu : st;
  *cl = flip ? st : cu;
  *sl = flip ? ct : su;
}

/* One sweep over a block counted from the end where the chase begins; near and far are the sides it rotates. */
typedef struct aoti_chase {
  double *d, *e;   /* of the block's first element in this order */
  int64_t step;    /* 1 or -1 */
  int64_t size;
  double *near, *far; /* rows of the block's first element, NULL: not wanted; near pairs with the first rotation */
  int64_t near_n, far_n;
} aoti_chase;

AOTI_RT double* aoti_chase_e(const aoti_chase* c, int64_t k) { return c->step > 0 ? c->e + k : c->e - k; }
AOTI_RT void aoti_chase_turn(double* rows, int64_t n, int64_t step, int64_t k, double c, double s) {
  if (rows) aoti_rotate(rows + k * step * n, rows + (k + 1) * step * n, c, s, n);
}
static void aoti_sweep(const aoti_chase* b, double shift) {
#define AOTI_D(k) b->d[(k) * b->step]
#define AOTI_E(k) (*aoti_chase_e(b, k))
  const int64_t last = b->size - 1;
  double c = 1, s = 0, oc = 1, os = 0;
  if (shift == 0) {
    for (int64_t i = 0; i < last; i++) {
      const double r = aoti_givens(AOTI_D(i) * c, AOTI_E(i), &c, &s);
      if (i > 0) AOTI_E(i - 1) = os * r;
      AOTI_D(i) = aoti_givens(oc * r, AOTI_D(i + 1) * s, &oc, &os);
      aoti_chase_turn(b->near, b->near_n, b->step, i, c, s);
      aoti_chase_turn(b->far, b->far_n, b->step, i, oc, os);
    }
    const double h = AOTI_D(last) * c;
    AOTI_D(last) = h * oc;
    AOTI_E(last - 1) = h * os;
    return;
  }
  double f = (fabs(AOTI_D(0)) - shift) * (copysign(1, AOTI_D(0)) + shift / AOTI_D(0)), g = AOTI_E(0);
  for (int64_t i = 0; i < last; i++) {
    double r = aoti_givens(f, g, &c, &s);
    if (i > 0) AOTI_E(i - 1) = r;
    f = c * AOTI_D(i) + s * AOTI_E(i);
    AOTI_E(i) = c * AOTI_E(i) - s * AOTI_D(i);
    g = s * AOTI_D(i + 1);
    AOTI_D(i + 1) = c * AOTI_D(i + 1);
    aoti_chase_turn(b->near, b->near_n, b->step, i, c, s);
    AOTI_D(i) = aoti_givens(f, g, &c, &s);
    f = c * AOTI_E(i) + s * AOTI_D(i + 1);
    AOTI_D(i + 1) = c * AOTI_D(i + 1) - s * AOTI_E(i);
    if (i + 1 < last) {
      g = s * AOTI_E(i + 1);
      AOTI_E(i + 1) = c * AOTI_E(i + 1);
    }
    aoti_chase_turn(b->far, b->far_n, b->step, i, c, s);
  }
  AOTI_E(last - 1) = f;
}
/* Marks a negligible element of the block, if there is one; else gives 0 and the block's smallest value, roughly. */
static int aoti_split(const aoti_chase* b, double tol, double* least) {
  const int64_t last = b->size - 1;
  if (fabs(AOTI_E(last - 1)) <= tol * fabs(AOTI_D(last))) {
    AOTI_E(last - 1) = 0;
    return 1;
  }
  double mu = fabs(AOTI_D(0));
  *least = mu;
  for (int64_t k = 0; k < last; k++) {
    if (fabs(AOTI_E(k)) <= tol * mu) {
      AOTI_E(k) = 0;
      return 1;
    }
    mu = fabs(AOTI_D(k + 1)) * (mu / (mu + fabs(AOTI_E(k))));
    *least = AOTI_MIN(*least, mu);
  }
  return 0;
}

/* Elements off the diagonal that are smaller than this are zeros. */
static double aoti_negligible(const double* d, const double* e, int64_t n, double tol) {
  double mu = fabs(d[0]), least = mu;
  for (int64_t i = 1; i < n && least != 0; i++) {
    mu = fabs(d[i]) * (mu / (mu + fabs(e[i - 1])));
    least = AOTI_MIN(least, mu);
  }
  const double floor = 6.0 * (double)n * (double)n * DBL_MIN;
  return AOTI_MAX(tol * least / sqrt((double)n), floor);
}

/* Singular values of an upper bidiagonal matrix in d; rotations go to the rows of u and v (NULL: not wanted). */
static int aoti_bidiagonal_qr(double* d, double* e, double* u, double* v, int64_t n) {
  const double tol = AOTI_EPS * AOTI_MAX(10, AOTI_MIN(100, pow(AOTI_EPS, -0.125))), zero = aoti_negligible(d, e, n, tol);
  int64_t left = 6 * n * n, old_low = -1, old_high = -1;
  int up = 0; /* the chase runs from the block's end to its beginning */
  for (int64_t m = n - 1; m > 0;) {
    double most = fabs(d[m]), least = 0;
    int64_t low = m - 1;
    for (; low >= 0 && fabs(e[low]) > zero; low--) most = AOTI_MAX(most, AOTI_MAX(fabs(d[low]), fabs(e[low])));
    if (low >= 0) e[low] = 0;
    if (++low == m) {
      m--;
      continue;
    }
    if (low == m - 1) {
      double cr, sr, cl, sl;
      aoti_svd_two(d[low], e[low], d[m], &d[low], &d[m], &cr, &sr, &cl, &sl);
      e[low] = 0;
      if (v) aoti_rotate(v + low * n, v + m * n, cr, sr, n);
      if (u) aoti_rotate(u + low * n, u + m * n, cl, sl, n);
      m -= 2;
      continue;
    }
    if (low > old_high || m < old_low) up = fabs(d[low]) < fabs(d[m]);
    double *const ru = u ? u + (up ? m : low) * n : NULL, *const rv = v ? v + (up ? m : low) * n : NULL;
    const aoti_chase b = {d + (up ? m : low), e + (up ? m - 1 : low), up ? -1 : 1, m - low + 1, up ? ru : rv, up ? rv : ru, n, n};
    if (aoti_split(&b, tol, &least)) continue;
    old_low = low;
    old_high = m;
    if ((left -= m - low) < 0) return 0;
    double shift = 0;
    if ((double)n * tol * (least / most) > AOTI_MAX(AOTI_EPS, 0.01 * tol)) {
      const int64_t last = b.size - 1;
      shift = aoti_smaller_of_two(b.d[(last - 1) * b.step], *aoti_chase_e(&b, last - 1), b.d[last * b.step]);
      const double ratio = shift / fabs(b.d[0]);
      if (ratio * ratio < AOTI_EPS) shift = 0;
    }
    aoti_sweep(&b, shift);
    if (fabs(*aoti_chase_e(&b, b.size - 2)) <= zero) *aoti_chase_e(&b, b.size - 2) = 0;
  }
#undef AOTI_D
#undef AOTI_E
  return 1;
}
/* Values made positive by turning right vectors, and in descending order. */
static void aoti_singular_order(double* d, double* u, double* v, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (signbit(d[i])) {
      d[i] = -d[i];
      if (v) aoti_scale(n == 1 ? u : v + i * n, -1, n);
    }
  for (int64_t i = 0; i + 1 < n; i++) {
    int64_t k = i;
    for (int64_t j = i + 1; j < n; j++)
      if (d[j] > d[k]) k = j;
    if (k == i) continue;
    const double t = d[k];
    d[k] = d[i];
    d[i] = t;
    if (!v) continue;
    aoti_swap(u + i * n, u + k * n, n);
    aoti_swap(v + i * n, v + k * n, n);
  }
}

/* Singular values in d, largest first, of a square bidiagonal matrix: its diagonal d, and e above it or (lower) below.
 * Rows of u and v become its vectors; v NULL: values alone. False: the iteration does not end. */
static int aoti_bidiagonal_svd(double* d, double* e, double* u, double* v, int64_t n, int lower) {
  if (v) {
    aoti_identity(u, n);
    aoti_identity(v, n);
  }
  for (int64_t i = 0; lower && i + 1 < n; i++) {
    double c, t;
    d[i] = aoti_givens(d[i], e[i], &c, &t);
    e[i] = t * d[i + 1];
    d[i + 1] *= c;
    if (v) aoti_rotate(u + i * n, u + (i + 1) * n, c, t, n);
  }
  const int ended = aoti_bidiagonal_qr(d, e, v ? u : NULL, v, n);
  aoti_singular_order(d, u, v, n);
  return ended;
}

/* Row i of `to` (length n) becomes row i of `from` (length q) with zeros behind it, or, from q on, a unit vector. */
AOTI_RT void aoti_lengthen(double* to, const double* from, int64_t count, int64_t n, int64_t q) {
  aoti_clear(to, count * n);
  for (int64_t i = 0; i < count; i++) {
    if (i < q) memcpy(to + i * n, from + i * q, (size_t)q * sizeof *to);
    else to[i * n + i] = 1;
  }
}

/* Iteration i: matrix i [m, n]; u [m, left], s, vh [right, n]; u and vh may be NULL. With p the longer and q the shorter side,
 * scratch: 2 p * q + 4 q * q + p * p + p + 6 q doubles (p * p only when all vectors of the longer side are wanted). */
static void aoti_svd(const aoti_x* a, aoti_x* u, aoti_x* s, aoti_x* vh, int64_t begin, int64_t end, int64_t m, int64_t n,
                     int64_t left, int64_t right, double* scratch, int32_t* error) {
  const int tall = m >= n, wanted = u != NULL;
  const int64_t p = tall ? m : n, q = tall ? n : m, longs = tall ? left : right;
  const int first_qr = p >= 11 * q / 6;
  double *const w = scratch, *const square = w + p * q, *const rows = square + q * q, *const ub = rows + q * q;
  double *const vb = ub + q * q, *const d = vb + q * q, *const e = d + q, *const tau = e + q, *const row_tau = tau + q;
  double *const qr_tau = row_tau + q, *const spare = qr_tau + q, *const out = spare + p;
  for (int64_t b = begin; b < end && q > 0; b++) {
    if (tall) aoti_widen_transposed(a + b * m * n, w, m, n);
    else aoti_widen(a + b * m * n, w, m * n);
    double* x = w; /* columns of what is made bidiagonal, of length `rows_x` */
    int64_t rows_x = p;
    if (first_qr) {
      aoti_qr_one(w, qr_tau, p, q);
      x = square;
      rows_x = q;
      for (int64_t j = 0; j < q; j++)
        for (int64_t i = 0; i < q; i++) x[j * q + i] = tall ? (i <= j ? w[j * p + i] : 0) : (j <= i ? w[i * p + j] : 0);
    }
    aoti_bidiagonal(x, rows_x, q, d, e, tau, rows, row_tau, spare);
    const int lower = !tall && !first_qr;
    if (!aoti_bidiagonal_svd(d, e, ub, wanted ? vb : NULL, q, lower)) *error = AOTI_BAD_VALUE;
    aoti_narrow(d, s + b * q, q);
    if (!wanted) continue;
    /* Where reflections of columns and of rows lead: A = (columns) B (rows)', or its transpose. */
    double *const by_columns = lower ? vb : ub, *const by_rows = lower ? ub : vb;
    aoti_reflect_all(by_rows, q, q, rows, q, row_tau, q - 1, 1, 0);
    double* shorter = by_rows;
    if (first_qr) {
      aoti_reflect_all(by_columns, q, q, x, q, tau, q, 0, 0);
      aoti_lengthen(out, tall ? by_columns : by_rows, longs, p, q);
      aoti_reflect_all(out, p, longs, w, p, qr_tau, q, 0, 0);
      if (!tall) shorter = by_columns;
    } else {
      aoti_lengthen(out, by_columns, longs, p, q);
      aoti_reflect_all(out, p, longs, w, p, tau, q, 0, 0);
    }
    const double *const us = tall ? out : shorter, *const vs = tall ? shorter : out;
    aoti_narrow_transposed(us, u + b * m * left, m, left);
    aoti_narrow(vs, vh + b * right * n, right * n);
  }
}
#endif
