/* Symmetric matrices: A = V diag(w) V', w ascending.
 *
 * Reflections make A tridiagonal, implicit QL or QR steps with Wilkinson's shift make that diagonal. Choices that leave
 * signs of vectors open (which triangle, which end to start from, when an element counts as zero) are LAPACK's syev's. */
#ifndef AOTI_ROUTINE_LINALG_EIGH_H
#define AOTI_ROUTINE_LINALG_EIGH_H
#include <float.h>
#include "aoti/kernel/routine/linalg.h"

/* w: both triangles of A; row i becomes the reflection of step i from i + 1 on. */
static void aoti_tridiagonal(double* w, double* d, double* e, double* tau, double* p, int64_t n) {
  for (int64_t i = 0; i + 1 < n; i++) {
    double* const v = w + i * n;
    tau[i] = aoti_reflector(v + i + 1, n - i - 1);
    d[i] = v[i];
    e[i] = v[i + 1];
    if (tau[i] == 0) continue;
    v[i + 1] = 1;
    for (int64_t r = i + 1; r < n; r++) p[r] = tau[i] * aoti_dot(w + r * n + i + 1, v + i + 1, n - i - 1);
    aoti_axpy(p + i + 1, -0.5 * tau[i] * aoti_dot(p + i + 1, v + i + 1, n - i - 1), v + i + 1, n - i - 1);
    for (int64_t r = i + 1; r < n; r++) {
      aoti_axpy(w + r * n + i + 1, -v[r], p + i + 1, n - i - 1);
      aoti_axpy(w + r * n + i + 1, -p[r], v + i + 1, n - i - 1);
    }
  }
  d[n - 1] = w[n * n - 1];
}

/* Eigenvalues of [[a, b], [b, c]], the one of larger size first, and (cos, sin), its vector. */
static void aoti_eigen_two(double a, double b, double c, double* first, double* second, double* cos, double* sin) {
  const double total = a + c, gap = a - c, twice = 2 * b, root = hypot(gap, twice);
  const double big = fabs(a) > fabs(c) ? a : c, small = fabs(a) > fabs(c) ? c : a;
  const int down = total < 0, left = gap < 0;
  if (total == 0) *first = 0.5 * root, *second = -0.5 * root;
  else {
    *first = 0.5 * (down ? total - root : total + root);
    *second = big / *first * small - b / *first * b;
  }
  const double lean = left ? gap - root : gap + root;
  double x, y; /* the other vector */
  if (fabs(lean) > fabs(twice)) {
    const double t = -twice / lean;
    y = 1 / sqrt(1 + t * t), x = t * y;
  } else if (twice == 0) x = 1, y = 0;
  else {
    const double t = -lean / twice;
    x = 1 / sqrt(1 + t * t), y = t * x;
  }
  *cos = down == left ? -y : x;
  *sin = down == left ? x : y;
}

/* One unreduced block [low, high] of the tridiagonal matrix. Gives 0 when its iterations did not end. */
static int aoti_ql_block(double* d, double* e, double* z, int64_t n, int64_t low, int64_t high, int64_t* left) {
  const int back = fabs(d[high]) < fabs(d[low]); /* counts from the end whose diagonal element is smaller */
  const int64_t last = high - low;
#define AOTI_AT(k) (back ? high - (k) : low + (k))
#define AOTI_D(k) d[AOTI_AT(k)]
#define AOTI_E(k) e[back ? high - (k) - 1 : low + (k)]
  for (int64_t l = 0; l <= last;) {
    int64_t m = l;
    while (m < last && AOTI_E(m) * AOTI_E(m) > AOTI_EPS * AOTI_EPS * fabs(AOTI_D(m)) * fabs(AOTI_D(m + 1)) + DBL_MIN) m++;
    if (m < last) AOTI_E(m) = 0;
    if (m == l) {
      l++;
      continue;
    }
    double c = 1, s = 1;
    if (m == l + 1) {
      const int64_t at = AOTI_MIN(AOTI_AT(l), AOTI_AT(m));
      aoti_eigen_two(d[at], e[at], d[at + 1], &d[at], &d[at + 1], &c, &s);
      e[at] = 0;
      if (z) aoti_rotate(z + at * n, z + (at + 1) * n, c, s, n);
      l += 2;
      continue;
    }
    if (--*left < 0) return 0;
    double p = AOTI_D(l), g = (AOTI_D(l + 1) - p) / (2 * AOTI_E(l)), r = hypot(g, 1);
    g = AOTI_D(m) - p + AOTI_E(l) / (g + copysign(r, g));
    p = 0;
    for (int64_t i = m - 1; i >= l; i--) {
      const double f = s * AOTI_E(i), b = c * AOTI_E(i);
      r = aoti_givens(g, f, &c, &s);
      if (i != m - 1) AOTI_E(i + 1) = r;
      g = AOTI_D(i + 1) - p;
      r = (AOTI_D(i) - g) * s + 2 * c * b;
      p = s * r;
      AOTI_D(i + 1) = g + p;
      g = c * r - b;
      if (z) aoti_rotate(z + AOTI_AT(i + 1) * n, z + AOTI_AT(i) * n, c, s, n);
    }
    AOTI_D(l) -= p;
    AOTI_E(l) = g;
  }
#undef AOTI_AT
#undef AOTI_D
#undef AOTI_E
  return 1;
}

/* Eigenvalues of a tridiagonal matrix in d, its rotations applied to the rows of z. */
static int aoti_ql(double* d, double* e, double* z, int64_t n) {
  int64_t left = 30 * n;
  for (int64_t low = 0; low < n;) {
    int64_t high = low;
    while (high + 1 < n && e[high] != 0 && fabs(e[high]) > sqrt(fabs(d[high])) * sqrt(fabs(d[high + 1])) * AOTI_EPS) high++;
    if (high + 1 < n) e[high] = 0;
    if (high > low && !aoti_ql_block(d, e, z, n, low, high, &left)) return 0;
    low = high + 1;
  }
  for (int64_t i = 0; i + 1 < n; i++) {
    int64_t k = i;
    for (int64_t j = i + 1; j < n; j++)
      if (d[j] < d[k]) k = j;
    if (k == i) continue;
    const double t = d[k];
    d[k] = d[i];
    d[i] = t;
    if (z) aoti_swap(z + i * n, z + k * n, n);
  }
  return 1;
}

AOTI_RT void aoti_reverse(double* x, int64_t count) {
  for (int64_t i = 0; i < count / 2; i++) {
    const double t = x[i];
    x[i] = x[count - 1 - i];
    x[count - 1 - i] = t;
  }
}

/* Iteration i: matrix i, of which one triangle is read; vectors (may be NULL) are columns. An upper triangle is worked on
 * from its last row on, as a lower one in reverse. Scratch: 2 n * n + 4 n doubles. */
static void aoti_eigh(const aoti_x* a, aoti_x* values, aoti_x* vectors, int64_t begin, int64_t end, int64_t n, int upper,
                      double* scratch, int32_t* error) {
  double *const w = scratch, *const z = vectors ? w + n * n : NULL, *const d = w + 2 * n * n;
  double *const e = d + n, *const tau = e + n, *const p = tau + n;
  for (int64_t b = begin; b < end && n > 0; b++) {
    const aoti_x* const x = a + b * n * n;
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j <= i; j++)
        w[i * n + j] = w[j * n + i] = (double)(upper ? x[(n - 1 - i) * n + n - 1 - j] : x[i * n + j]);
    aoti_tridiagonal(w, d, e, tau, p, n);
    if (upper) {
      aoti_reverse(d, n);
      aoti_reverse(e, n - 1);
    }
    if (z) aoti_identity(z, n);
    if (!aoti_ql(d, e, z, n)) *error = AOTI_BAD_VALUE;
    aoti_narrow(d, values + b * n, n);
    for (int64_t i = 0; z && i < n; i++) {
      if (upper) aoti_reverse(z + i * n, n);
      aoti_reflect_all(z + i * n, n, 1, w, n, tau, n - 1, 1, 0);
      if (upper) aoti_reverse(z + i * n, n);
    }
    if (z) aoti_narrow_transposed(z, vectors + b * n * n, n, n);
  }
}
#endif
