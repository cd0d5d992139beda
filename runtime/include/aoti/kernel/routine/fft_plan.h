/* Plans of transforms: tables of one length, in scratch, and a transform by them.
 *
 * A length with a prime factor beyond AOTI_FFT_PRIME is a convolution with a chirp (Bluestein) of the next power of two;
 * the inverse swaps the two planes. */
#ifndef AOTI_ROUTINE_FFT_PLAN_H
#define AOTI_ROUTINE_FFT_PLAN_H
#include "aoti/kernel/routine/fft_stages.h"

#define AOTI_FFT_STEP 64 /* turns are products of two from tables this far apart */

/* ---- turns: e^(-2 pi i t / n) in double, from two tables ---- */
typedef struct { double *fine, *coarse; int64_t n; } aoti_turns;

static double* aoti_turns_make(aoti_turns* t, int64_t n, double* room) {
  const double unit = -6.28318530717958647692528676655900577 / (double)n;
  const int64_t rows = n / AOTI_FFT_STEP + 1;
  t->n = n, t->fine = room, t->coarse = room + 2 * AOTI_FFT_STEP;
  for (int64_t k = 0; k < AOTI_FFT_STEP; k++) {
    t->fine[2 * k] = cos(unit * (double)k), t->fine[2 * k + 1] = sin(unit * (double)k);
  }
  for (int64_t k = 0; k < rows; k++) {
    const int64_t at = k * AOTI_FFT_STEP;
    const double angle = unit * (double)(2 * at > n ? at - n : at);
    t->coarse[2 * k] = cos(angle), t->coarse[2 * k + 1] = sin(angle);
  }
  return t->coarse + 2 * rows;
}
AOTI_RT void aoti_turn(const aoti_turns* t, int64_t k, double* re, double* im) {
  const double* a = t->coarse + 2 * (k / AOTI_FFT_STEP);
  const double* b = t->fine + 2 * (k % AOTI_FFT_STEP);
  *re = a[0] * b[0] - a[1] * b[1], *im = a[0] * b[1] + a[1] * b[0];
}

/* True when no prime factor is too large. */
AOTI_RT int aoti_fft_smooth(int64_t n) {
  for (int64_t r = 2; r <= AOTI_FFT_PRIME; r++)
    while (n % r == 0) n /= r;
  return n == 1;
}
/* The power of two that holds a convolution of lines of `n`. */
AOTI_RT int64_t aoti_fft_pad(int64_t n) {
  int64_t size = 1;
  while (size < 2 * n - 1) size *= 2;
  return size;
}

/* Tables for one length. */
typedef struct {
  int64_t n, size, side; /* size: n itself, or the chirp's padded length */
  aoti_turns turns;      /* of the line's own length */
  aoti_planes w, chirp, filter, a, b;
} aoti_fft_plan;

/* Planes begin at different places of a page: stores to one must not look like loads of another. */
#define AOTI_FFT_GAP 80
AOTI_RT aoti_planes aoti_planes_take(aoti_x** room, int64_t count) {
  const aoti_planes p = {*room, *room + count + AOTI_FFT_GAP};
  *room += 2 * (count + AOTI_FFT_GAP);
  return p;
}
AOTI_RT aoti_planes aoti_swapped(aoti_planes p) { return (aoti_planes){p.im, p.re}; }

static void aoti_fft_prepare(aoti_fft_plan* plan, int64_t n, int64_t line, int64_t side, void* scratch) {
  const int smooth = aoti_fft_smooth(n);
  const int64_t size = smooth ? n : aoti_fft_pad(n);
  plan->n = n, plan->size = size, plan->side = side;
  aoti_turns of_size, of_chirp;
  double* doubles = aoti_turns_make(&plan->turns, line, scratch);
  double* end = aoti_turns_make(&of_size, size, doubles);
  if (!smooth) end = aoti_turns_make(&of_chirp, 2 * n, end);
  aoti_x* room = (aoti_x*)end;
  plan->w = aoti_planes_take(&room, size);
  plan->a = aoti_planes_take(&room, size * side);
  plan->b = aoti_planes_take(&room, size * side);
  for (int64_t k = 0; k < size; k++) {
    double c, d;
    aoti_turn(&of_size, k, &c, &d);
    plan->w.re[k] = (aoti_x)c, plan->w.im[k] = (aoti_x)d;
  }
  if (smooth) return;
  plan->chirp = aoti_planes_take(&room, n);
  plan->filter = aoti_planes_take(&room, size);
  const aoti_planes f = plan->a; /* side >= 1: there is room for one line */
  memset(f.re, 0, (size_t)size * sizeof(aoti_x)), memset(f.im, 0, (size_t)size * sizeof(aoti_x));
  for (int64_t k = 0, square = 0; k < n; k++) { /* square = k*k mod 2n */
    double c, d;
    aoti_turn(&of_chirp, square, &c, &d);
    plan->chirp.re[k] = (aoti_x)c, plan->chirp.im[k] = (aoti_x)d;
    f.re[k] = f.re[(size - k) % size] = (aoti_x)c, f.im[k] = f.im[(size - k) % size] = (aoti_x)-d;
    square += 2 * k + 1;
    square -= square >= 2 * n ? square >= 4 * n ? 4 * n : 2 * n : 0;
  }
  const aoti_planes done = aoti_fft_run(f, plan->b, size, 1, plan->w);
  memcpy(plan->filter.re, done.re, (size_t)size * sizeof(aoti_x));
  memcpy(plan->filter.im, done.im, (size_t)size * sizeof(aoti_x));
}

/* Times a number per element, `scale` with it. */
static void aoti_fft_times(aoti_planes x, aoti_planes by, int64_t n, int64_t side, aoti_x scale) {
  for (int64_t k = 0; k < n; k++) {
    const aoti_x c = by.re[k] * scale, d = by.im[k] * scale;
    aoti_x *re = x.re + k * side, *im = x.im + k * side;
    for (int64_t q = 0; q < side; q++) {
      const aoti_x a = re[q], b = im[q];
      re[q] = a * c - b * d, im[q] = a * d + b * c;
    }
  }
}

/* Transforms plan->a (its planes swapped for the inverse); gives back where the result lies. */
static aoti_planes aoti_fft_lines(const aoti_fft_plan* plan, int inverse) {
  const int64_t n = plan->n, size = plan->size, side = plan->side;
  aoti_planes a = inverse ? aoti_swapped(plan->a) : plan->a, b = inverse ? aoti_swapped(plan->b) : plan->b;
  aoti_planes out;
  if (size == n) out = aoti_fft_run(a, b, n, side, plan->w);
  else {
    const size_t rest = (size_t)((size - n) * side) * sizeof(aoti_x);
    memset(a.re + n * side, 0, rest), memset(a.im + n * side, 0, rest);
    aoti_fft_times(a, plan->chirp, n, side, 1);
    aoti_planes mid = aoti_fft_run(a, b, size, side, plan->w), other = mid.re == a.re ? b : a;
    aoti_fft_times(mid, plan->filter, size, side, (aoti_x)1 / (aoti_x)size);
    out = aoti_swapped(aoti_fft_run(aoti_swapped(mid), aoti_swapped(other), size, side, plan->w));
    aoti_fft_times(out, plan->chirp, n, side, 1);
  }
  return inverse ? aoti_swapped(out) : out;
}
#endif
