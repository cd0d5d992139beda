/* A V = V diag(w) for square matrices that need not be symmetric; values and vectors are complex.
 *
 * Balancing, reflections to a Hessenberg matrix, Francis's double shifts to quasi-triangular form, back substitution. The order
 * of values and the phases of vectors are open; they are those of LAPACK's geev (gebal, gehrd, lahqr, lanv2, trevc). */
#ifndef AOTI_ROUTINE_LINALG_EIG_H
#define AOTI_ROUTINE_LINALG_EIG_H
#include "aoti/kernel/routine/linalg_eig_parts.h"

/* Turns [[a, b], [c, d]] by (c, s) into standard form: a triangle, or equal diagonal elements over complex values. */
static void aoti_standard_two(double* a, double* b, double* c, double* d, double* cs, double* sn) {
  *cs = 1, *sn = 0;
  if (*c == 0) return;
  if (*b == 0) {
    const double t = *d;
    *cs = 0, *sn = 1, *d = *a, *a = t, *b = -*c, *c = 0;
    return;
  }
  if (*a - *d == 0 && signbit(*b) != signbit(*c)) return;
  const double gap = *a - *d, p = 0.5 * gap, most = AOTI_MAX(fabs(*b), fabs(*c));
  const double least = AOTI_MIN(fabs(*b), fabs(*c)) * copysign(1, *b) * copysign(1, *c), scale = AOTI_MAX(fabs(p), most);
  double z = p / scale * p + most / scale * least;
  if (z >= 8 * AOTI_EPS) { /* real values */
    z = p + copysign(sqrt(scale) * sqrt(z), p);
    *a = *d + z;
    *d -= most / z * least;
    const double t = hypot(*c, z);
    *cs = z / t, *sn = *c / t, *b -= *c, *c = 0;
    return;
  }
  const double sigma = *b + *c, tau = hypot(sigma, gap);
  *cs = sqrt(0.5 * (1 + fabs(sigma) / tau));
  *sn = -(p / (tau * *cs)) * copysign(1, sigma);
  const double aa = *a * *cs + *b * *sn, bb = *b * *cs - *a * *sn, cc = *c * *cs + *d * *sn, dd = *d * *cs - *c * *sn;
  *a = aa * *cs + cc * *sn, *b = bb * *cs + dd * *sn, *c = cc * *cs - aa * *sn, *d = dd * *cs - bb * *sn;
  *a = *d = 0.5 * (*a + *d);
  if (*c == 0) return;
  if (*b == 0) {
    const double t = *cs;
    *b = -*c, *c = 0, *cs = -*sn, *sn = t;
  } else if (signbit(*b) == signbit(*c)) {
    const double sb = sqrt(fabs(*b)), sc = sqrt(fabs(*c)), half = copysign(sb * sc, *c), by = 1 / sqrt(fabs(*b + *c));
    *a += half, *d -= half, *b -= *c, *c = 0;
    const double c1 = sb * by, s1 = sc * by, t = *cs * c1 - *sn * s1;
    *sn = *cs * s1 + *sn * c1;
    *cs = t;
  }
}

#define AOTI_H(r, c) h[(r) * n + (c)]

/* The row below the last negligible element under the diagonal of rows [low, i]. */
static int64_t aoti_hessenberg_split(const double* h, int64_t n, int64_t low, int64_t high, int64_t i, double least) {
  const double ulp = 2 * AOTI_EPS;
  int64_t k = i;
  for (; k > low; k--) {
    const double below = fabs(AOTI_H(k, k - 1)), above = fabs(AOTI_H(k - 1, k));
    if (below <= least) break;
    double sum = fabs(AOTI_H(k - 1, k - 1)) + fabs(AOTI_H(k, k));
    if (sum == 0) {
      if (k - 2 >= low) sum += fabs(AOTI_H(k - 1, k - 2));
      if (k + 1 <= high) sum += fabs(AOTI_H(k + 1, k));
    }
    if (below > ulp * sum) continue;
    const double apart = fabs(AOTI_H(k - 1, k - 1) - AOTI_H(k, k)), here = fabs(AOTI_H(k, k));
    const double ab = AOTI_MAX(below, above), ba = AOTI_MIN(below, above), aa = AOTI_MAX(here, apart), bb = AOTI_MIN(here, apart);
    const double s = aa + ab;
    if (ba * (ab / s) <= AOTI_MAX(least, ulp * (bb * (aa / s)))) break;
  }
  return k;
}
/* Both shifts, as (re, im) twice. */
static void aoti_shifts(const double* h, int64_t n, int64_t l, int64_t i, int64_t stuck, double* rt) {
  double a = AOTI_H(i - 1, i - 1), b = AOTI_H(i - 1, i), c = AOTI_H(i, i - 1), d = AOTI_H(i, i);
  if (stuck % 10 == 0) {
    const int end = stuck % 20 == 0;
    c = end ? fabs(AOTI_H(i, i - 1)) + fabs(AOTI_H(i - 1, i - 2)) : fabs(AOTI_H(l + 1, l)) + fabs(AOTI_H(l + 2, l + 1));
    a = d = 0.75 * c + (end ? AOTI_H(i, i) : AOTI_H(l, l));
    b = -0.4375 * c;
  }
  const double s = fabs(a) + fabs(b) + fabs(c) + fabs(d);
  aoti_clear(rt, 4);
  if (s == 0) return;
  a /= s, b /= s, c /= s, d /= s;
  const double mean = 0.5 * (a + d), det = (a - mean) * (d - mean) - b * c, root = sqrt(fabs(det));
  if (det >= 0) {
    rt[0] = rt[2] = mean * s;
    rt[1] = root * s;
    rt[3] = -rt[1];
    return;
  }
  const double one = mean + root, two = mean - root;
  rt[0] = rt[2] = (fabs(one - d) <= fabs(two - d) ? one : two) * s;
}
/* First column of the product of both shifted matrices at row m. */
static void aoti_first_column(const double* h, int64_t n, int64_t m, const double* rt, double* v) {
  const double top = AOTI_H(m, m), size = fabs(top - rt[2]) + fabs(rt[3]) + fabs(AOTI_H(m + 1, m)), below = AOTI_H(m + 1, m) / size;
  v[0] = below * AOTI_H(m, m + 1) + (top - rt[0]) * ((top - rt[2]) / size) - rt[1] * (rt[3] / size);
  v[1] = below * (top + AOTI_H(m + 1, m + 1) - rt[0] - rt[2]);
  v[2] = below * AOTI_H(m + 2, m + 1);
  const double s = fabs(v[0]) + fabs(v[1]) + fabs(v[2]);
  for (int k = 0; k < 3; k++) v[k] /= s;
}
/* `count` rows from `k` on, or columns, become their reflection. */
AOTI_RT void aoti_reflect_rows(double* h, int64_t n, int64_t k, int64_t from, int64_t to, const double* v, double tau, int64_t count) {
  for (int64_t j = from; j <= to; j++) {
    double sum = 0;
    for (int64_t r = 0; r < count; r++) sum += v[r] * AOTI_H(k + r, j);
    for (int64_t r = 0; r < count; r++) AOTI_H(k + r, j) -= sum * (tau * v[r]);
  }
}
AOTI_RT void aoti_reflect_columns(double* h, int64_t n, int64_t k, int64_t from, int64_t to, const double* v, double tau, int64_t count) {
  for (int64_t j = from; j <= to; j++) {
    double sum = 0;
    for (int64_t r = 0; r < count; r++) sum += v[r] * AOTI_H(j, k + r);
    for (int64_t r = 0; r < count; r++) AOTI_H(j, k + r) -= sum * (tau * v[r]);
  }
}
/* One double-shift step over rows [l, i]. */
static void aoti_francis(double* h, double* z, int64_t n, int64_t l, int64_t i, int64_t stuck, int64_t from, int64_t to) {
  double rt[4], v[3];
  aoti_shifts(h, n, l, i, stuck, rt);
  int64_t m = i - 2;
  for (;; m--) {
    aoti_first_column(h, n, m, rt, v);
    if (m == l) break;
    const double around = fabs(AOTI_H(m - 1, m - 1)) + fabs(AOTI_H(m, m)) + fabs(AOTI_H(m + 1, m + 1));
    if (fabs(AOTI_H(m, m - 1)) * (fabs(v[1]) + fabs(v[2])) <= 2 * AOTI_EPS * fabs(v[0]) * around) break;
  }
  for (int64_t k = m; k < i; k++) {
    const int64_t count = AOTI_MIN(3, i - k + 1);
    for (int64_t r = 0; k > m && r < count; r++) v[r] = AOTI_H(k + r, k - 1);
    const double tau = aoti_reflector(v, count);
    if (k > m) {
      AOTI_H(k, k - 1) = v[0];
      for (int64_t r = 1; r < count; r++) AOTI_H(k + r, k - 1) = 0;
    } else if (m > l) AOTI_H(k, k - 1) *= 1 - tau;
    v[0] = 1;
    aoti_reflect_rows(h, n, k, k, to, v, tau, count);
    aoti_reflect_columns(h, n, k, from, AOTI_MIN(k + 3, i), v, tau, count);
    if (z) aoti_reflect_columns(z, n, k, 0, n - 1, v, tau, count);
  }
}
/* Reflections make rows [low, high] of h zero below the first diagonal under the main one; z (may be NULL) becomes their product. */
static void aoti_hessenberg(double* h, double* z, int64_t n, int64_t low, int64_t high, double* v) {
  if (z) aoti_identity(z, n);
  for (int64_t i = low; i + 1 < high; i++) {
    const int64_t count = high - i;
    for (int64_t r = 0; r < count; r++) v[r] = AOTI_H(i + 1 + r, i);
    const double tau = aoti_reflector(v, count);
    AOTI_H(i + 1, i) = v[0];
    for (int64_t r = 1; r < count; r++) AOTI_H(i + 1 + r, i) = 0;
    v[0] = 1;
    if (tau == 0) continue;
    aoti_reflect_columns(h, n, i + 1, 0, high, v, tau, count);
    aoti_reflect_rows(h, n, i + 1, i + 1, n - 1, v, tau, count);
    if (z) aoti_reflect_columns(z, n, i + 1, 0, n - 1, v, tau, count);
  }
}
/* H becomes quasi-triangular (rows [low, high] of it; only its diagonal blocks without z), z takes the turns. 0: no end. */
static int aoti_francis_all(double* h, double* z, double* re, double* im, int64_t n, int64_t low, int64_t high) {
  const double least = AOTI_TINY * ((double)(high - low + 1) / (2 * AOTI_EPS));
  const int64_t most = 30 * AOTI_MAX(10, high - low + 1);
  for (int64_t i = high, l = low; i >= low; i = l - 1) {
    int64_t stuck = 0;
    for (;; stuck++) {
      l = aoti_hessenberg_split(h, n, low, high, i, least);
      if (l > low) AOTI_H(l, l - 1) = 0;
      if (l >= i - 1) break;
      if (stuck > most) return 0;
      aoti_francis(h, z, n, l, i, stuck + 1, z ? 0 : l, z ? n - 1 : i);
    }
    im[i] = 0;
    if (l == i) {
      re[i] = AOTI_H(i, i);
      continue;
    }
    double c, s;
    aoti_standard_two(&AOTI_H(i - 1, i - 1), &AOTI_H(i - 1, i), &AOTI_H(i, i - 1), &AOTI_H(i, i), &c, &s);
    re[i - 1] = AOTI_H(i - 1, i - 1);
    re[i] = AOTI_H(i, i);
    im[i - 1] = sqrt(fabs(AOTI_H(i - 1, i))) * sqrt(fabs(AOTI_H(i, i - 1)));
    im[i] = -im[i - 1];
    if (!z) continue;
    aoti_rotate(&AOTI_H(i - 1, i - 1) + 2, &AOTI_H(i, i - 1) + 2, c, s, n - 1 - i);
    for (int64_t r = 0; r < i - 1; r++) aoti_rotate(&AOTI_H(r, i - 1), &AOTI_H(r, i), c, s, 1);
    for (int64_t r = 0; r < n; r++) aoti_rotate(z + r * n + i - 1, z + r * n + i, c, s, 1);
  }
  return 1;
}
/* x, the vector of value k (re, im > 0: of the block of k and k + 1) of the quasi-triangular h; gives the last row that counts. */
static int64_t aoti_quasi_vector(const double* h, int64_t n, int64_t k, aoti_z value, aoti_z* x) {
  const double size = AOTI_MAX(2 * AOTI_EPS * aoti_zsize(value), AOTI_TINY * ((double)n / (2 * AOTI_EPS)));
  int64_t last = k;
  x[k] = aoti_zof(1, 0);
  if (value.im != 0) {
    const double up = AOTI_H(k, k + 1), down = AOTI_H(k + 1, k);
    last = k + 1;
    if (fabs(up) >= fabs(down)) x[last] = aoti_zof(0, value.im / up);
    else x[k] = aoti_zof(-value.im / down, 0), x[last] = aoti_zof(0, 1);
  }
  for (int64_t j = k - 1; j >= 0; j--) {
    const int two = j > 0 && AOTI_H(j, j - 1) != 0;
    aoti_z sum[2] = {{0, 0}, {0, 0}};
    for (int64_t r = 0; r <= two; r++)
      for (int64_t c = j + 1; c <= last; c++) sum[r] = aoti_zsub(sum[r], aoti_ztimes(x[c], AOTI_H(j - r, c)));
    const aoti_z d = aoti_near(aoti_zof(AOTI_H(j, j) - value.re, -value.im), size);
    if (!two) {
      x[j] = aoti_zdiv(sum[0], d);
    } else { /* rows j - 1 and j together */
      const aoti_z a = aoti_zof(AOTI_H(j - 1, j - 1) - value.re, -value.im);
      const double b = AOTI_H(j - 1, j), c = AOTI_H(j, j - 1);
      const aoti_z det = aoti_near(aoti_zsub(aoti_zmul(a, d), aoti_zof(b * c, 0)), AOTI_MAX(size * size, DBL_MIN));
      x[j - 1] = aoti_zdiv(aoti_zsub(aoti_zmul(sum[1], d), aoti_ztimes(sum[0], b)), det);
      x[j] = aoti_zdiv(aoti_zsub(aoti_zmul(a, sum[0]), aoti_ztimes(sum[1], c)), det);
      j--;
    }
    aoti_tame(x, last + 1);
  }
  return last;
}
/* v to length 1; a complex one is turned until its largest element is real, keeping that element's sign. */
static void aoti_turn_whole(aoti_z* v, int64_t n) {
  const int64_t k = aoti_unit(v, n);
  const double size = aoti_zabs(v[k]);
  if (v[k].im == 0 || size == 0) return;
  const aoti_z turn = aoti_ztimes(aoti_zconj(v[k]), copysign(1 / size, v[k].re));
  aoti_zscale(v, turn, n);
  v[k].im = 0;
}

/* Iteration i: matrix i [n, n]; values and vectors (may be NULL; columns) in pairs. Scratch: 2 n * n + 8 n doubles. */
static void aoti_eig(const aoti_x* a, aoti_x* values, aoti_x* vectors, int64_t begin, int64_t end, int64_t n, double* scratch,
                     int32_t* error) {
  double *const h = scratch, *const z = vectors ? h + n * n : NULL, *const re = h + 2 * n * n, *const im = re + n;
  double *const scale = im + n, *const spare = scale + n;
  aoti_z *const x = (aoti_z*)(spare + n), *const v = x + n;
  for (int64_t b = begin; b < end && n > 0; b++) {
    int64_t low, high;
    aoti_widen(a + b * n * n, h, n * n);
    if (!aoti_all_finite(h, n * n)) {
      *error = AOTI_BAD_VALUE;
      continue;
    }
    aoti_balance(h, 1, n, scale, &low, &high);
    aoti_hessenberg(h, z, n, low, high, spare);
    for (int64_t i = 0; i < n; i++) re[i] = AOTI_H(i, i), im[i] = 0;
    if (!aoti_francis_all(h, z, re, im, n, low, high)) *error = AOTI_BAD_VALUE;
    for (int64_t i = 0; i < n; i++) aoti_zstore(values + 2 * b * n, i, aoti_zof(re[i], im[i]));
    for (int64_t k = 0; z && k < n; k++) {
      const int64_t last = aoti_quasi_vector(h, n, k, aoti_zof(re[k], im[k]), x);
      for (int64_t i = 0; i < n; i++) {
        v[i] = aoti_zof(0, 0);
        for (int64_t c = 0; c <= last; c++) v[i] = aoti_zadd(v[i], aoti_ztimes(x[c], z[i * n + c]));
      }
      aoti_unbalance(v, scale, n, low, high);
      aoti_turn_whole(v, n);
      for (int64_t i = 0; i < n; i++) aoti_zstore(vectors + 2 * b * n * n, i * n + k, v[i]);
      if (im[k] == 0) continue;
      for (int64_t i = 0; i < n; i++) aoti_zstore(vectors + 2 * b * n * n, i * n + k + 1, aoti_zconj(v[i]));
      k++;
    }
  }
}
#undef AOTI_H
#endif
