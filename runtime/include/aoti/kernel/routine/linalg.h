/* Matrices in double precision: what the routines of linear algebra are made of.
 *
 * A kernel defines AOTI_X (f32 or f64), the element type in memory; all work is done in double, row by row, in scratch.
 * Vectors are contiguous; a matrix whose columns are needed is held transposed. */
#ifndef AOTI_ROUTINE_LINALG_H
#define AOTI_ROUTINE_LINALG_H
#include "aoti/kernel/matmul.h"
#include "aoti/kernel/routine/element.h"

/* Half a unit in the last place of 1 in the element type: convergence is judged by what its results can hold. */
static const double aoti_eps_f32 = 0x1p-24, aoti_eps_f64 = 0x1p-53;
#define AOTI_EPS AOTI_JOIN(aoti_eps_, AOTI_X)
/* Columns eliminated one by one before a product takes care of the rest. */
#define AOTI_BLOCK 48
/* Doubles of scratch that aoti_product needs. */
#define AOTI_ROOM 16896

AOTI_RT void aoti_widen(const aoti_x* x, double* w, int64_t count) {
  for (int64_t i = 0; i < count; i++) w[i] = (double)x[i];
}
AOTI_RT void aoti_narrow(const double* w, aoti_x* x, int64_t count) {
  for (int64_t i = 0; i < count; i++) x[i] = (aoti_x)w[i];
}
/* w[columns, rows] = x[rows, columns] transposed, and back. */
AOTI_RT void aoti_widen_transposed(const aoti_x* x, double* w, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) w[j * rows + i] = (double)x[i * columns + j];
}
AOTI_RT void aoti_narrow_transposed(const double* w, aoti_x* x, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) x[i * columns + j] = (aoti_x)w[j * rows + i];
}
AOTI_RT void aoti_clear(double* w, int64_t count) { memset(w, 0, (size_t)count * sizeof *w); }
AOTI_RT void aoti_identity(double* w, int64_t n) {
  aoti_clear(w, n * n);
  for (int64_t i = 0; i < n; i++) w[i * n + i] = 1;
}

typedef double aoti_quad __attribute__((vector_size(32), aligned(8), may_alias));

static double aoti_dot(const double* a, const double* b, int64_t count) {
  aoti_quad s = {0}, t = {0}, u = {0}, v = {0};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    s += *(const aoti_quad*)(a + i) * *(const aoti_quad*)(b + i);
    t += *(const aoti_quad*)(a + i + 4) * *(const aoti_quad*)(b + i + 4);
    u += *(const aoti_quad*)(a + i + 8) * *(const aoti_quad*)(b + i + 8);
    v += *(const aoti_quad*)(a + i + 12) * *(const aoti_quad*)(b + i + 12);
  }
  s = (s + t) + (u + v);
  double total = (s[0] + s[1]) + (s[2] + s[3]);
  for (; i < count; i++) total += a[i] * b[i];
  return total;
}
/* y += by * x */
AOTI_RT void aoti_axpy(double* restrict y, double by, const double* restrict x, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] += by * x[i];
}
AOTI_RT void aoti_scale(double* x, double by, int64_t count) {
  for (int64_t i = 0; i < count; i++) x[i] *= by;
}
AOTI_RT void aoti_swap(double* restrict a, double* restrict b, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const double t = a[i];
    a[i] = b[i];
    b[i] = t;
  }
}
/* (a, b) = (c a + s b, c b - s a) */
AOTI_RT void aoti_rotate(double* restrict a, double* restrict b, double c, double s, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const double x = a[i], y = b[i];
    a[i] = c * x + s * y;
    b[i] = c * y - s * x;
  }
}

/* C += sign A B for A[m, k] with strides (ai, ak), B[k, n] with strides (bk, bj), C[m, n] with rows ldc apart. */
static void aoti_product(int64_t m, int64_t n, int64_t k, double sign, const double* a, int64_t ai, int64_t ak, const double* b,
                         int64_t bk, int64_t bj, double* c, int64_t ldc, double* room) {
  enum { DEEP = 128, HIGH = 8 * AOTI_MR_f64, MR = AOTI_MR_f64, NR = AOTI_NR_f64 };
  _Static_assert(HIGH * DEEP + DEEP * NR + MR * NR <= AOTI_ROOM, "panels fit their room");
  double *const panels = room, *const right = panels + HIGH * DEEP, *const tile = right + DEEP * NR;
  for (int64_t k0 = 0; k0 < k; k0 += DEEP) {
    const int64_t deep = AOTI_MIN(k - k0, DEEP);
    for (int64_t i0 = 0; i0 < m; i0 += HIGH) {
      const int64_t high = AOTI_MIN(m - i0, HIGH);
      for (int64_t i = 0; i < high; i += MR) {
        double* const panel = panels + i * deep;
        aoti_pack_f64(panel, a + (i0 + i) * ai + k0 * ak, ai, ak, AOTI_MIN(high - i, MR), deep, MR);
        aoti_scale(panel, sign, deep * MR);
      }
      for (int64_t j = 0; j < n; j += NR) {
        const int64_t wide = AOTI_MIN(n - j, NR);
        aoti_pack_f64(right, b + k0 * bk + j * bj, bj, bk, wide, deep, NR);
        for (int64_t i = 0; i < high; i += MR) {
          double* const to = c + (i0 + i) * ldc + j;
          const int64_t rows = AOTI_MIN(high - i, MR);
          if (rows == MR && wide == NR) {
            aoti_mk_f64(deep, panels + i * deep, right, to, ldc, 1);
            continue;
          }
          aoti_mk_f64(deep, panels + i * deep, right, tile, NR, 0);
          for (int64_t r = 0; r < rows; r++) aoti_axpy(to + r * ldc, 1, tile + r * NR, wide);
        }
      }
    }
  }
}

/* ---- triangular systems: B[n, count] becomes the solution of T X = B ---- */
AOTI_RT void aoti_solve_row(double* b, int64_t i, int64_t from, int64_t to, int64_t count, const double* row, int unit) {
  if (count == 1) b[i] -= aoti_dot(row + from, b + from, to - from);
  else
    for (int64_t j = from; j < to; j++) aoti_axpy(b + i * count, -row[j], b + j * count, count);
  if (!unit) {
    const double d = row[i];
    for (int64_t c = 0; c < count; c++) b[i * count + c] /= d;
  }
}
/* T's lower triangle; `unit`: its diagonal counts as ones. */
static void aoti_solve_lower(const double* t, int64_t ldt, int unit, double* b, int64_t n, int64_t count, double* room) {
  for (int64_t i0 = 0; i0 < n; i0 += AOTI_BLOCK) {
    const int64_t i1 = AOTI_MIN(n, i0 + AOTI_BLOCK);
    const int together = i0 > 0 && count > 4;
    if (together) aoti_product(i1 - i0, count, i0, -1, t + i0 * ldt, ldt, 1, b, count, 1, b + i0 * count, count, room);
    for (int64_t i = i0; i < i1; i++) aoti_solve_row(b, i, together ? i0 : 0, i, count, t + i * ldt, unit);
  }
}
/* T's upper triangle. */
static void aoti_solve_upper(const double* t, int64_t ldt, int unit, double* b, int64_t n, int64_t count, double* room) {
  for (int64_t i1 = n; i1 > 0; i1 -= AOTI_BLOCK) {
    const int64_t i0 = AOTI_MAX(0, i1 - AOTI_BLOCK);
    const int together = i1 < n && count > 4;
    if (together)
      aoti_product(i1 - i0, count, n - i1, -1, t + i0 * ldt + i1, ldt, 1, b + i1 * count, count, 1, b + i0 * count, count, room);
    for (int64_t i = i1 - 1; i >= i0; i--) aoti_solve_row(b, i, i + 1, together ? i1 : n, count, t + i * ldt, unit);
  }
}

/* ---- reflections H = I - tau v v' with v[0] = 1 ---- */

/* Makes the reflection that turns x into (beta, 0, ...): x[0] becomes beta, the rest v's rest. Gives tau. */
static double aoti_reflector(double* x, int64_t count) {
  const double rest = count > 1 ? aoti_dot(x + 1, x + 1, count - 1) : 0;
  if (rest == 0) return 0;
  const double alpha = x[0], size = sqrt(alpha * alpha + rest), beta = alpha > 0 || (alpha == 0 && !signbit(alpha)) ? -size : size;
  const double by = 1 / (alpha - beta);
  aoti_scale(x + 1, by, count - 1);
  x[0] = beta;
  return (beta - alpha) / beta;
}
/* x = H x, v's first element being 1 whatever is stored there. */
AOTI_RT void aoti_reflect(double* x, const double* v, double tau, int64_t count) {
  if (tau == 0) return;
  const double by = tau * (x[0] + aoti_dot(v + 1, x + 1, count - 1));
  x[0] -= by;
  aoti_axpy(x + 1, -by, v + 1, count - 1);
}
/* Each of `count` rows of x (length n) becomes H_0 H_1 ... x, or ... H_1 H_0 x when `reversed`; row i of v starts at i + skip. */
static void aoti_reflect_all(double* x, int64_t n, int64_t count, const double* v, int64_t ldv, const double* tau, int64_t size,
                             int64_t skip, int reversed) {
  for (int64_t r = 0; r < count; r++)
    for (int64_t s = 0; s < size; s++) {
      const int64_t i = reversed ? s : size - 1 - s, at = i + skip;
      if (at < n) aoti_reflect(x + r * n + at, v + i * ldv + at, tau[i], n - at);
    }
}

/* The rotation that turns (f, g) into (r, 0): c f + s g = r, c g - s f = 0. */
static double aoti_givens(double f, double g, double* c, double* s) {
  if (g == 0) return *c = 1, *s = 0, f;
  if (f == 0) return *c = 0, *s = copysign(1, g), fabs(g);
  const double r = copysign(hypot(f, g), f);
  *c = f / r;
  *s = g / r;
  return r;
}
#endif
