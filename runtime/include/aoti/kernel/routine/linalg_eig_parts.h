/* What eigenvalues of real and of complex matrices have in common: balancing, its undoing, lengths of vectors.
 *
 * A matrix is `parts` doubles an element: 1, or 2 for complex ones. */
#ifndef AOTI_ROUTINE_LINALG_EIG_PARTS_H
#define AOTI_ROUTINE_LINALG_EIG_PARTS_H
#include <float.h>
#include "aoti/kernel/routine/linalg_z.h"

/* The smallest normal number of the element type. */
static const double aoti_tiny_f32 = 0x1p-126, aoti_tiny_f64 = DBL_MIN;
#define AOTI_TINY AOTI_JOIN(aoti_tiny_, AOTI_X)

AOTI_RT int aoti_all_finite(const double* w, int64_t count) {
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(w[i])) return 0;
  return 1;
}
/* z, or a small number in its place where it is smaller. */
AOTI_RT aoti_z aoti_near(aoti_z z, double least) { return aoti_zsize(z) < least ? aoti_zof(least, 0) : z; }
/* Scales x down before it overflows. */
AOTI_RT void aoti_tame(aoti_z* x, int64_t count) {
  double most = 0;
  for (int64_t i = 0; i < count; i++) most = AOTI_MAX(most, aoti_zsize(x[i]));
  for (int64_t i = 0; i < count && most > 1e100; i++) x[i] = aoti_ztimes(x[i], 1 / most);
}
/* v to length 1; gives the place of its largest element. */
static int64_t aoti_unit(aoti_z* v, int64_t n) {
  int64_t best = 0;
  double sum = 0, most = 0;
  for (int64_t i = 0; i < n; i++) most = AOTI_MAX(most, aoti_zsize(v[i]));
  if (most == 0) return 0;
  for (int64_t i = 0; i < n; i++) v[i] = aoti_ztimes(v[i], 1 / most);
  for (int64_t i = 0; i < n; i++) sum += v[i].re * v[i].re + v[i].im * v[i].im;
  for (int64_t i = 0; i < n; i++) {
    v[i] = aoti_ztimes(v[i], 1 / sqrt(sum));
    const aoti_z a = v[i], b = v[best];
    if (a.re * a.re + a.im * a.im > b.re * b.re + b.im * b.im) best = i;
  }
  return best;
}

AOTI_RT int aoti_zero_at(const double* h, int64_t parts, int64_t at) { return h[at * parts] == 0 && (parts == 1 || h[at * parts + 1] == 0); }
/* Rows and columns i and k exchanged; of columns the first `rows` elements, of rows those from column `from` on. */
static void aoti_exchange_both(double* h, int64_t parts, int64_t n, int64_t i, int64_t k, int64_t rows, int64_t from) {
  for (int64_t r = 0; r < rows; r++) aoti_swap(h + (r * n + i) * parts, h + (r * n + k) * parts, parts);
  aoti_swap(h + (i * n + from) * parts, h + (k * n + from) * parts, (n - from) * parts);
}
/* Whether row i (or column i, `down`) has no elements but the diagonal one in [low, high]. */
static int aoti_isolated(const double* h, int64_t parts, int64_t n, int64_t i, int down, int64_t low, int64_t high) {
  for (int64_t j = low; j <= high; j++)
    if (j != i && !aoti_zero_at(h, parts, down ? j * n + i : i * n + j)) return 0;
  return 1;
}
/* Length and size of the largest of a row or column from `from` to `to`, the length within [low, high]. */
static void aoti_line_size(const double* h, int64_t parts, int64_t step, int64_t low, int64_t high, int64_t from, int64_t to,
                           double* length, double* most) {
  *length = *most = 0;
  for (int64_t j = from; j <= to; j++) {
    const double* const x = h + j * step * parts;
    const double size = parts == 1 ? fabs(*x) : hypot(x[0], x[1]);
    if (j >= low && j <= high) *length = hypot(*length, size);
    *most = AOTI_MAX(*most, size);
  }
}
/* The power of two that evens out row and column i, or 1. */
static double aoti_evening(const double* h, int64_t parts, int64_t n, int64_t i, int64_t low, int64_t high) {
  double c, r, ca, ra, f = 1;
  aoti_line_size(h + i * parts, parts, n, low, high, 0, high, &c, &ca);
  aoti_line_size(h + i * n * parts, parts, 1, low, high, low, n - 1, &r, &ra);
  if (c == 0 || r == 0) return 1;
  const double sum = c + r, least = AOTI_TINY / (2 * AOTI_EPS) * 2, most = 1 / least;
  for (double g = r / 2; c < g && AOTI_MAX(f, AOTI_MAX(c, ca)) < most && AOTI_MIN(r, AOTI_MIN(g, ra)) > least; g /= 2)
    f *= 2, c *= 2, ca *= 2, r /= 2, ra /= 2;
  for (double g = c / 2; g >= r && AOTI_MAX(r, ra) < most && AOTI_MIN(AOTI_MIN(f, c), AOTI_MIN(g, ca)) > least; g /= 2)
    f /= 2, c /= 2, ca /= 2, r *= 2, ra *= 2;
  return c + r >= 0.95 * sum ? 1 : f;
}
/* Rows that stand alone go to the ends, what is left between low and high is scaled; scale[i]: the row exchanged, or the factor. */
static void aoti_balance(double* h, int64_t parts, int64_t n, double* scale, int64_t* low, int64_t* high) {
  int64_t k = 0, l = n - 1;
  for (int again = 1; again;) {
    again = 0;
    for (int64_t i = l; i >= 0; i--) {
      if (!aoti_isolated(h, parts, n, i, 0, 0, l)) continue;
      scale[l] = (double)i;
      if (i != l) aoti_exchange_both(h, parts, n, i, l, l + 1, k);
      again = 1;
      if (l == 0) {
        *low = *high = 0;
        return;
      }
      l--;
    }
  }
  for (int again = 1; again;) {
    again = 0;
    for (int64_t j = k; j <= l; j++) {
      if (!aoti_isolated(h, parts, n, j, 1, k, l)) continue;
      scale[k] = (double)j;
      if (j != k) aoti_exchange_both(h, parts, n, j, k, l + 1, k);
      again = 1;
      k++;
    }
  }
  for (int64_t i = k; i <= l; i++) scale[i] = 1;
  for (int again = 1; again;) {
    again = 0;
    for (int64_t i = k; i <= l; i++) {
      const double f = aoti_evening(h, parts, n, i, k, l), whole = scale[i] * f;
      if (f == 1 || whole < 1e-100 || whole > 1e100) continue;
      scale[i] = whole;
      again = 1;
      aoti_scale(h + (i * n + k) * parts, 1 / f, (n - k) * parts);
      for (int64_t r = 0; r <= l; r++) aoti_scale(h + (r * n + i) * parts, f, parts);
    }
  }
  *low = k;
  *high = l;
}
/* A vector of the balanced matrix as one of the matrix. */
static void aoti_unbalance(aoti_z* v, const double* scale, int64_t n, int64_t low, int64_t high) {
  for (int64_t i = low; i <= high && low < high; i++) v[i] = aoti_ztimes(v[i], scale[i]);
  for (int64_t i = low - 1; i >= 0; i--) aoti_zswap(v + i, v + (int64_t)scale[i], i != (int64_t)scale[i]);
  for (int64_t i = high + 1; i < n; i++) aoti_zswap(v + i, v + (int64_t)scale[i], i != (int64_t)scale[i]);
}
#endif
