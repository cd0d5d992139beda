/* Discrete Fourier transforms of lines: complex to complex, real to half of a complex line, and back.
 *
 * Complex elements are pairs of floats. Real lines of even length are complex lines of half the length. AOTI_FFT_SIDE
 * lines lie side by side in scratch. */
#ifndef AOTI_ROUTINE_FFT_H
#define AOTI_ROUTINE_FFT_H
#include "aoti/kernel/routine/fft_plan.h"

#define AOTI_FFT_SIDE 16 /* the most lines side by side */

typedef enum { AOTI_FFT_COMPLEX, AOTI_FFT_FROM_REAL, AOTI_FFT_TO_REAL } aoti_fft_kind;

/* Lines of `n` (of n/2 + 1 on the half side), `inner` apart; `side` of them at a time. */
typedef struct {
  const aoti_x* x;
  aoti_x* y;
  int64_t n, inner, lines, side;
  aoti_fft_kind kind;
  int inverse;
  double scale;
} aoti_fft;

/* ---- lines of the tensor in and out of the planes; `at[j]` is where line j begins, in elements ---- */
/* Lines in a row are walked a cache line at a time: powers of two apart, they fall on the same few places of the cache. */
#define AOTI__EACH(k, count)                                                                       \
  for (int64_t k##0 = 0, tile = inner == 1 ? 8 : 1; k##0 < (count); k##0 += tile)                  \
    for (int64_t j = 0; j < width; j++)                                                            \
      for (int64_t k = k##0; k < AOTI_MIN(k##0 + tile, (count)); k++)

static void aoti_fft_complex(const aoti_fft* f, const aoti_fft_plan* plan, const int64_t* at, int64_t width) {
  const int64_t n = f->n, inner = f->inner, side = plan->side;
  const aoti_x scale = (aoti_x)f->scale;
  AOTI__EACH(k, n) {
    const aoti_x* from = f->x + 2 * (at[j] + k * inner);
    plan->a.re[k * side + j] = from[0], plan->a.im[k * side + j] = from[1];
  }
  const aoti_planes out = aoti_fft_lines(plan, f->inverse);
  AOTI__EACH(k, n) {
    aoti_x* to = f->y + 2 * (at[j] + k * inner);
    to[0] = out.re[k * side + j] * scale, to[1] = out.im[k * side + j] * scale;
  }
}

/* Even lines: Z of even and odd elements as one complex line; X[k] = E[k] + e^(-2 pi i k/n) O[k]. */
static void aoti_fft_from_real(const aoti_fft* f, const aoti_fft_plan* plan, const int64_t* at, const int64_t* half_at,
                               int64_t width) {
  const int64_t n = f->n, inner = f->inner, side = plan->side, half = n / 2;
  const aoti_x scale = (aoti_x)f->scale;
  if (n % 2) {
    AOTI__EACH(k, n) plan->a.re[k * side + j] = f->x[at[j] + k * inner], plan->a.im[k * side + j] = 0;
    const aoti_planes out = aoti_fft_lines(plan, 0);
    AOTI__EACH(k, half + 1) {
      aoti_x* to = f->y + 2 * (half_at[j] + k * inner);
      to[0] = out.re[k * side + j] * scale, to[1] = out.im[k * side + j] * scale;
    }
    return;
  }
  AOTI__EACH(k, half) {
    plan->a.re[k * side + j] = f->x[at[j] + 2 * k * inner];
    plan->a.im[k * side + j] = f->x[at[j] + (2 * k + 1) * inner];
  }
  const aoti_planes z = aoti_fft_lines(plan, 0);
  for (int64_t k = 0; k <= half; k++) {
    double c, d;
    aoti_turn(&plan->turns, k, &c, &d);
    const aoti_x wr = (aoti_x)c, wi = (aoti_x)d;
    const int64_t p = k % half * side, m = (half - k) % half * side;
    for (int64_t j = 0; j < width; j++) {
      const aoti_x er = (z.re[p + j] + z.re[m + j]) / 2, ei = (z.im[p + j] - z.im[m + j]) / 2;
      const aoti_x or = (z.im[p + j] + z.im[m + j]) / 2, oi = (z.re[m + j] - z.re[p + j]) / 2;
      aoti_x* to = f->y + 2 * (half_at[j] + k * inner);
      to[0] = (er + or * wr - oi * wi) * scale;
      to[1] = (k == 0 || k == half ? 0 : ei + or * wi + oi * wr) * scale;
    }
  }
}

/* The other way; imaginary parts of the first element (and of the middle one) count for nothing. */
static void aoti_fft_to_real(const aoti_fft* f, const aoti_fft_plan* plan, const int64_t* at, const int64_t* half_at,
                             int64_t width) {
  const int64_t n = f->n, inner = f->inner, side = plan->side, half = n / 2;
  const aoti_x scale = (aoti_x)f->scale;
  if (n % 2) {
    AOTI__EACH(k, half + 1) {
      const aoti_x* from = f->x + 2 * (half_at[j] + k * inner);
      const aoti_x im = k == 0 ? 0 : from[1];
      const int64_t mirror = (n - k) % n * side + j;
      plan->a.re[mirror] = from[0], plan->a.im[mirror] = -im;
      plan->a.re[k * side + j] = from[0], plan->a.im[k * side + j] = im;
    }
    const aoti_planes out = aoti_fft_lines(plan, 1);
    AOTI__EACH(k, n) f->y[at[j] + k * inner] = out.re[k * side + j] * scale;
    return;
  }
  for (int64_t k = 0; k < half; k++) {
    double c, d;
    aoti_turn(&plan->turns, k, &c, &d);
    const aoti_x wr = (aoti_x)c, wi = (aoti_x)-d;
    for (int64_t j = 0; j < width; j++) {
      const aoti_x* p = f->x + 2 * (half_at[j] + k * inner);
      const aoti_x* m = f->x + 2 * (half_at[j] + (half - k) * inner);
      const aoti_x pi = k == 0 ? 0 : p[1], mi = k == 0 ? 0 : m[1];
      const aoti_x er = p[0] + m[0], ei = pi - mi, dr = p[0] - m[0], di = pi + mi;
      const aoti_x or = dr * wr - di * wi, oi = dr * wi + di * wr;
      plan->a.re[k * side + j] = er - oi, plan->a.im[k * side + j] = ei + or;
    }
  }
  const aoti_planes out = aoti_fft_lines(plan, 1);
  AOTI__EACH(k, half) {
    f->y[at[j] + 2 * k * inner] = out.re[k * side + j] * scale;
    f->y[at[j] + (2 * k + 1) * inner] = out.im[k * side + j] * scale;
  }
}

/* Iteration i does lines side * i and following. */
static void aoti_fft_blocks(const aoti_fft* f, int64_t begin, int64_t end, void* scratch) {
  if (f->n == 0 || begin >= end) return;
  const int64_t half = f->n / 2 + 1, whole = f->kind != AOTI_FFT_COMPLEX && f->n % 2 == 0 ? f->n / 2 : f->n;
  aoti_fft_plan plan;
  aoti_fft_prepare(&plan, whole, f->n, f->side, scratch);
  memset(plan.a.re, 0, (size_t)(plan.size * plan.side) * sizeof(aoti_x));
  memset(plan.a.im, 0, (size_t)(plan.size * plan.side) * sizeof(aoti_x));
  memset(plan.b.re, 0, (size_t)(plan.size * plan.side) * sizeof(aoti_x));
  memset(plan.b.im, 0, (size_t)(plan.size * plan.side) * sizeof(aoti_x));
  for (int64_t i = begin; i < end; i++) {
    const int64_t first = i * f->side, width = AOTI_MIN(f->side, f->lines - first);
    int64_t at[AOTI_FFT_SIDE], half_at[AOTI_FFT_SIDE];
    for (int64_t j = 0; j < width; j++) {
      at[j] = aoti_line(first + j, f->n, f->inner);
      half_at[j] = aoti_line(first + j, half, f->inner);
    }
    if (f->kind == AOTI_FFT_COMPLEX) aoti_fft_complex(f, &plan, at, width);
    else if (f->kind == AOTI_FFT_FROM_REAL) aoti_fft_from_real(f, &plan, at, half_at, width);
    else aoti_fft_to_real(f, &plan, at, half_at, width);
  }
}
#endif
