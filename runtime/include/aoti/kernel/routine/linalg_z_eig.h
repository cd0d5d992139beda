/* A V = V diag(w) for complex square matrices: balancing, reflections to a Hessenberg matrix, shifted QR steps to a triangle, back
 * substitution. The order of values and the phases of vectors are those of LAPACK's geev (gebal, gehrd, lahqr, trevc). */
#ifndef AOTI_ROUTINE_LINALG_Z_EIG_H
#define AOTI_ROUTINE_LINALG_Z_EIG_H
#include "aoti/kernel/routine/linalg_eig_parts.h"

#define AOTI_H(r, c) h[(r) * n + (c)]

/* Element k of row or column lines [from, to] times `by`. */
AOTI_RT void aoti_zscale_row(aoti_z* h, int64_t n, int64_t k, int64_t from, int64_t to, aoti_z by) {
  for (int64_t j = from; j <= to; j++) AOTI_H(k, j) = aoti_zmul(AOTI_H(k, j), by);
}
AOTI_RT void aoti_zscale_column(aoti_z* h, int64_t n, int64_t k, int64_t from, int64_t to, aoti_z by) {
  for (int64_t j = from; j <= to; j++) AOTI_H(j, k) = aoti_zmul(AOTI_H(j, k), by);
}
/* Rows k, k + 1, ... become H' times them, columns themselves times H, for H = I - tau v v^H. */
AOTI_RT void aoti_zreflect_rows(aoti_z* h, int64_t n, int64_t k, int64_t from, int64_t to, const aoti_z* v, aoti_z tau, int64_t count) {
  for (int64_t j = from; j <= to; j++) {
    aoti_z sum = {0, 0};
    for (int64_t r = 0; r < count; r++) sum = aoti_zadd(sum, aoti_zmul(aoti_zconj(v[r]), AOTI_H(k + r, j)));
    sum = aoti_zmul(sum, aoti_zconj(tau));
    for (int64_t r = 0; r < count; r++) AOTI_H(k + r, j) = aoti_zsub(AOTI_H(k + r, j), aoti_zmul(sum, v[r]));
  }
}
AOTI_RT void aoti_zreflect_columns(aoti_z* h, int64_t n, int64_t k, int64_t from, int64_t to, const aoti_z* v, aoti_z tau, int64_t count) {
  for (int64_t j = from; j <= to; j++) {
    aoti_z sum = {0, 0};
    for (int64_t r = 0; r < count; r++) sum = aoti_zadd(sum, aoti_zmul(AOTI_H(j, k + r), v[r]));
    sum = aoti_zmul(sum, tau);
    for (int64_t r = 0; r < count; r++) AOTI_H(j, k + r) = aoti_zsub(AOTI_H(j, k + r), aoti_zmul(sum, aoti_zconj(v[r])));
  }
}
static void aoti_zhessenberg(aoti_z* h, aoti_z* z, int64_t n, int64_t low, int64_t high, aoti_z* v) {
  for (int64_t i = 0; z && i < n * n; i++) z[i] = aoti_zof(i / n == i % n, 0);
  for (int64_t i = low; i < high; i++) {
    const int64_t count = high - i;
    for (int64_t r = 0; r < count; r++) v[r] = AOTI_H(i + 1 + r, i);
    const aoti_z tau = aoti_zreflector(v, count);
    AOTI_H(i + 1, i) = v[0];
    for (int64_t r = 1; r < count; r++) AOTI_H(i + 1 + r, i) = aoti_zof(0, 0);
    v[0] = aoti_zof(1, 0);
    if (aoti_zis0(tau)) continue;
    aoti_zreflect_columns(h, n, i + 1, 0, high, v, tau, count);
    aoti_zreflect_rows(h, n, i + 1, i + 1, n - 1, v, tau, count);
    if (z) aoti_zreflect_columns(z, n, i + 1, 0, n - 1, v, tau, count);
  }
}

/* The row below the last negligible element under the diagonal of rows [low, i]. */
static int64_t aoti_zhessenberg_split(const aoti_z* h, int64_t n, int64_t low, int64_t high, int64_t i, double least) {
  const double ulp = 2 * AOTI_EPS;
  int64_t k = i;
  for (; k > low; k--) {
    const double below = aoti_zsize(AOTI_H(k, k - 1)), above = aoti_zsize(AOTI_H(k - 1, k));
    if (below <= least) break;
    double sum = aoti_zsize(AOTI_H(k - 1, k - 1)) + aoti_zsize(AOTI_H(k, k));
    if (sum == 0) {
      if (k - 2 >= low) sum += fabs(AOTI_H(k - 1, k - 2).re);
      if (k + 1 <= high) sum += fabs(AOTI_H(k + 1, k).re);
    }
    if (fabs(AOTI_H(k, k - 1).re) > ulp * sum) continue;
    const double apart = aoti_zsize(aoti_zsub(AOTI_H(k - 1, k - 1), AOTI_H(k, k))), here = aoti_zsize(AOTI_H(k, k));
    const double ab = AOTI_MAX(below, above), ba = AOTI_MIN(below, above), aa = AOTI_MAX(here, apart), bb = AOTI_MIN(here, apart);
    const double s = aa + ab;
    if (ba * (ab / s) <= AOTI_MAX(least, ulp * (bb * (aa / s)))) break;
  }
  return k;
}
/* Wilkinson's shift, or another where rows do not come apart. */
static aoti_z aoti_zshift(const aoti_z* h, int64_t n, int64_t l, int64_t i, int64_t stuck) {
  if (stuck % 20 == 0) return aoti_zadd(AOTI_H(i, i), aoti_zof(0.75 * fabs(AOTI_H(i, i - 1).re), 0));
  if (stuck % 10 == 0) return aoti_zadd(AOTI_H(l, l), aoti_zof(0.75 * fabs(AOTI_H(l + 1, l).re), 0));
  const aoti_z t = AOTI_H(i, i), u = aoti_zmul(aoti_zsqrt(AOTI_H(i - 1, i)), aoti_zsqrt(AOTI_H(i, i - 1)));
  if (aoti_zis0(u)) return t;
  const aoti_z x = aoti_ztimes(aoti_zsub(AOTI_H(i - 1, i - 1), t), 0.5);
  const double s = AOTI_MAX(aoti_zsize(u), aoti_zsize(x));
  const aoti_z p = aoti_ztimes(x, 1 / s), q = aoti_ztimes(u, 1 / s);
  aoti_z y = aoti_ztimes(aoti_zsqrt(aoti_zadd(aoti_zmul(p, p), aoti_zmul(q, q))), s);
  if (x.re * y.re + x.im * y.im < 0) y = aoti_zneg(y);
  return aoti_zsub(t, aoti_zmul(u, aoti_zdiv(u, aoti_zadd(x, y))));
}
/* One step over rows [l, i]; elements under the diagonal are real before and after. */
static void aoti_zstep(aoti_z* h, aoti_z* z, int64_t n, int64_t l, int64_t i, int64_t stuck, int64_t from, int64_t to) {
  const aoti_z t = aoti_zshift(h, n, l, i, stuck);
  aoti_z v[2];
  int64_t m = i - 1;
  for (;; m--) {
    const aoti_z top = aoti_zsub(AOTI_H(m, m), t);
    const double below = AOTI_H(m + 1, m).re, s = aoti_zsize(top) + fabs(below);
    v[0] = aoti_ztimes(top, 1 / s);
    v[1] = aoti_zof(below / s, 0);
    if (m == l) break;
    const double around = aoti_zsize(AOTI_H(m, m)) + aoti_zsize(AOTI_H(m + 1, m + 1));
    if (fabs(AOTI_H(m, m - 1).re) * fabs(v[1].re) <= 2 * AOTI_EPS * (aoti_zsize(v[0]) * around)) break;
  }
  for (int64_t k = m; k < i; k++) {
    if (k > m) v[0] = AOTI_H(k, k - 1), v[1] = AOTI_H(k + 1, k - 1);
    const aoti_z tau = aoti_zreflector(v, 2);
    if (k > m) AOTI_H(k, k - 1) = v[0], AOTI_H(k + 1, k - 1) = aoti_zof(0, 0);
    v[0] = aoti_zof(1, 0);
    aoti_zreflect_rows(h, n, k, k, to, v, tau, 2);
    aoti_zreflect_columns(h, n, k, from, AOTI_MIN(k + 2, i), v, tau, 2);
    if (z) aoti_zreflect_columns(z, n, k, 0, n - 1, v, tau, 2);
    if (k != m || m == l) continue;
    aoti_z turn = aoti_zsub(aoti_zof(1, 0), tau); /* the step began in the middle: what is above and below turns along */
    turn = aoti_ztimes(turn, 1 / aoti_zabs(turn));
    AOTI_H(m + 1, m) = aoti_zmul(AOTI_H(m + 1, m), aoti_zconj(turn));
    if (m + 2 <= i) AOTI_H(m + 2, m + 1) = aoti_zmul(AOTI_H(m + 2, m + 1), turn);
    for (int64_t j = m; j <= i; j++) {
      if (j == m + 1) continue;
      aoti_zscale_row(h, n, j, j + 1, to, turn);
      aoti_zscale_column(h, n, j, from, j - 1, aoti_zconj(turn));
      if (z) aoti_zscale_column(z, n, j, 0, n - 1, aoti_zconj(turn));
    }
  }
  const aoti_z last = AOTI_H(i, i - 1);
  if (last.im == 0) return;
  const double size = aoti_zabs(last);
  const aoti_z turn = aoti_ztimes(last, 1 / size);
  AOTI_H(i, i - 1) = aoti_zof(size, 0);
  aoti_zscale_row(h, n, i, i + 1, to, aoti_zconj(turn));
  aoti_zscale_column(h, n, i, from, i - 1, turn);
  if (z) aoti_zscale_column(z, n, i, 0, n - 1, turn);
}
/* H becomes triangular (only its diagonal without z), z takes the turns. 0: no end. */
static int aoti_zsteps(aoti_z* h, aoti_z* z, int64_t n, int64_t low, int64_t high) {
  const double least = AOTI_TINY * ((double)(high - low + 1) / (2 * AOTI_EPS));
  const int64_t most = 30 * AOTI_MAX(10, high - low + 1);
  for (int64_t i = high, l = low; i >= low; i = l - 1) {
    for (int64_t stuck = 0;; stuck++) {
      l = aoti_zhessenberg_split(h, n, low, high, i, least);
      if (l > low) AOTI_H(l, l - 1) = aoti_zof(0, 0);
      if (l >= i) break;
      if (stuck > most) return 0;
      aoti_zstep(h, z, n, l, i, stuck + 1, z ? 0 : l, z ? n - 1 : i);
    }
  }
  return 1;
}

/* Iteration i: matrix i [n, n]; vectors (may be NULL) are columns. Scratch: 4 n * n + 5 n doubles. */
static void aoti_zeig(const aoti_x* a, aoti_x* values, aoti_x* vectors, int64_t begin, int64_t end, int64_t n, double* scratch,
                      int32_t* error) {
  aoti_z *const h = (aoti_z*)scratch, *const z = vectors ? h + n * n : NULL, *const x = h + 2 * n * n, *const v = x + n;
  double* const scale = (double*)(v + n);
  for (int64_t b = begin; b < end && n > 0; b++) {
    int64_t low, high;
    aoti_zwiden(a + 2 * b * n * n, h, n * n);
    if (!aoti_all_finite((double*)h, 2 * n * n)) {
      *error = AOTI_BAD_VALUE;
      continue;
    }
    aoti_balance((double*)h, 2, n, scale, &low, &high);
    aoti_zhessenberg(h, z, n, low, high, x);
    if (!aoti_zsteps(h, z, n, low, high)) *error = AOTI_BAD_VALUE;
    for (int64_t i = 0; i < n; i++) aoti_zstore(values + 2 * b * n, i, AOTI_H(i, i));
    for (int64_t k = 0; z && k < n; k++) {
      const double least = AOTI_MAX(2 * AOTI_EPS * aoti_zsize(AOTI_H(k, k)), AOTI_TINY * ((double)n / (2 * AOTI_EPS)));
      x[k] = aoti_zof(1, 0);
      for (int64_t j = k - 1; j >= 0; j--) {
        aoti_z sum = {0, 0};
        for (int64_t c = j + 1; c <= k; c++) sum = aoti_zsub(sum, aoti_zmul(AOTI_H(j, c), x[c]));
        x[j] = aoti_zdiv(sum, aoti_near(aoti_zsub(AOTI_H(j, j), AOTI_H(k, k)), least));
        aoti_tame(x, k + 1);
      }
      for (int64_t i = 0; i < n; i++) {
        v[i] = aoti_zof(0, 0);
        for (int64_t c = 0; c <= k; c++) v[i] = aoti_zadd(v[i], aoti_zmul(z[i * n + c], x[c]));
      }
      aoti_unbalance(v, scale, n, low, high);
      const int64_t best = aoti_unit(v, n);
      const double size = aoti_zabs(v[best]);
      if (size > 0) aoti_zscale(v, aoti_ztimes(aoti_zconj(v[best]), 1 / size), n);
      v[best].im = 0;
      for (int64_t i = 0; i < n; i++) aoti_zstore(vectors + 2 * b * n * n, i * n + k, v[i]);
    }
  }
}
#undef AOTI_H
#endif
