/* Discrete Fourier transforms of lines: complex to complex, real to half of a complex line, and back.
 *
 * Complex elements are pairs of floats. A transform of `n` is done by Stockham's algorithm in radices 4, 2, 3, 5 and small
 * primes; with a larger prime factor it is a convolution with a chirp (Bluestein) of the next power of two. Real lines
 * of even length are complex lines of half the length. AOTI_FFT_SIDE lines lie side by side in scratch, real parts and
 * imaginary parts apart, so that the compiler makes vectors of them; the inverse swaps the two planes. */
#ifndef AOTI_ROUTINE_FFT_H
#define AOTI_ROUTINE_FFT_H
#include "aoti/kernel/routine/element.h"

#define AOTI_FFT_PRIME 31 /* the largest radix */
#define AOTI_FFT_STEP 64  /* turns are products of two from tables this far apart */

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

typedef struct { aoti_x *re, *im; } aoti_planes;

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

/* ---- stages: `m` groups of `r` elements `m` apart, each a run of `s`; `step` turns of the table a group ---- */
#define AOTI__TURN(k) const aoti_x w##k##r = w.re[k * p * step], w##k##i = w.im[k * p * step]
#define AOTI__PLANES                                                                               \
  const aoti_x* restrict xr = x.re;                                                                \
  const aoti_x* restrict xi = x.im;                                                                \
  aoti_x* restrict yr = y.re;                                                                      \
  aoti_x* restrict yi = y.im
#define AOTI__GET(k, A) const aoti_x A##r = xr[q + s * (p + k * m)], A##i = xi[q + s * (p + k * m)]
#define AOTI__SET(N, k, R, I) yr[q + s * (N * p + k)] = (R), yi[q + s * (N * p + k)] = (I)
#define AOTI__SET_TURNED(N, k, R, I) AOTI__SET(N, k, (R) * w##k##r - (I) * w##k##i, (R) * w##k##i + (I) * w##k##r)

static void aoti_fft_2(aoti_planes x, aoti_planes y, int64_t m, int64_t s, aoti_planes w, int64_t step) {
  AOTI__PLANES;
  for (int64_t p = 0; p < m; p++) {
    AOTI__TURN(1);
    for (int64_t q = 0; q < s; q++) {
      AOTI__GET(0, a);
      AOTI__GET(1, b);
      AOTI__SET(2, 0, ar + br, ai + bi);
      AOTI__SET_TURNED(2, 1, ar - br, ai - bi);
    }
  }
}

static void aoti_fft_3(aoti_planes x, aoti_planes y, int64_t m, int64_t s, aoti_planes w, int64_t step) {
  const aoti_x h = (aoti_x)0.866025403784438646763723170752936183; /* sin 60 */
  AOTI__PLANES;
  for (int64_t p = 0; p < m; p++) {
    AOTI__TURN(1);
    AOTI__TURN(2);
    for (int64_t q = 0; q < s; q++) {
      AOTI__GET(0, a);
      AOTI__GET(1, b);
      AOTI__GET(2, c);
      const aoti_x tr = br + cr, ti = bi + ci, ur = h * (bi - ci), ui = h * (cr - br);
      const aoti_x vr = ar - tr / 2, vi = ai - ti / 2;
      AOTI__SET(3, 0, ar + tr, ai + ti);
      AOTI__SET_TURNED(3, 1, vr + ur, vi + ui);
      AOTI__SET_TURNED(3, 2, vr - ur, vi - ui);
    }
  }
}

static void aoti_fft_4(aoti_planes x, aoti_planes y, int64_t m, int64_t s, aoti_planes w, int64_t step) {
  AOTI__PLANES;
  for (int64_t p = 0; p < m; p++) {
    AOTI__TURN(1);
    AOTI__TURN(2);
    AOTI__TURN(3);
    for (int64_t q = 0; q < s; q++) {
      AOTI__GET(0, a);
      AOTI__GET(1, b);
      AOTI__GET(2, c);
      AOTI__GET(3, d);
      const aoti_x er = ar + cr, ei = ai + ci, fr = ar - cr, fi = ai - ci;
      const aoti_x gr = br + dr, gi = bi + di, hr = bi - di, hi = dr - br;
      AOTI__SET(4, 0, er + gr, ei + gi);
      AOTI__SET_TURNED(4, 1, fr + hr, fi + hi);
      AOTI__SET_TURNED(4, 2, er - gr, ei - gi);
      AOTI__SET_TURNED(4, 3, fr - hr, fi - hi);
    }
  }
}

static void aoti_fft_5(aoti_planes x, aoti_planes y, int64_t m, int64_t s, aoti_planes w, int64_t step) {
  const aoti_x c1 = (aoti_x)0.309016994374947424102293417182819059, s1 = (aoti_x)0.951056516295153572116439333379382143;
  const aoti_x c2 = (aoti_x)-0.809016994374947424102293417182819059, s2 = (aoti_x)0.587785252292473129168705954639072769;
  AOTI__PLANES;
  for (int64_t p = 0; p < m; p++) {
    AOTI__TURN(1);
    AOTI__TURN(2);
    AOTI__TURN(3);
    AOTI__TURN(4);
    for (int64_t q = 0; q < s; q++) {
      AOTI__GET(0, a);
      AOTI__GET(1, b);
      AOTI__GET(2, c);
      AOTI__GET(3, d);
      AOTI__GET(4, e);
      const aoti_x t1r = br + er, t1i = bi + ei, t2r = cr + dr, t2i = ci + di;
      const aoti_x d1r = br - er, d1i = bi - ei, d2r = cr - dr, d2i = ci - di;
      const aoti_x u1r = ar + c1 * t1r + c2 * t2r, u1i = ai + c1 * t1i + c2 * t2i;
      const aoti_x u2r = ar + c2 * t1r + c1 * t2r, u2i = ai + c2 * t1i + c1 * t2i;
      const aoti_x v1r = s1 * d1i + s2 * d2i, v1i = -(s1 * d1r + s2 * d2r);
      const aoti_x v2r = s2 * d1i - s1 * d2i, v2i = -(s2 * d1r - s1 * d2r);
      AOTI__SET(5, 0, ar + t1r + t2r, ai + t1i + t2i);
      AOTI__SET_TURNED(5, 1, u1r + v1r, u1i + v1i);
      AOTI__SET_TURNED(5, 2, u2r + v2r, u2i + v2i);
      AOTI__SET_TURNED(5, 3, u2r - v2r, u2i - v2i);
      AOTI__SET_TURNED(5, 4, u1r - v1r, u1i - v1i);
    }
  }
}

/* Any radix, straight from the definition. */
static void aoti_fft_r(aoti_planes x, aoti_planes y, int64_t r, int64_t m, int64_t s, aoti_planes w, int64_t step,
                       int64_t n) {
  AOTI__PLANES;
  for (int64_t p = 0; p < m; p++) {
    for (int64_t j = 0; j < r; j++) {
      aoti_x *tr = yr + s * (r * p + j), *ti = yi + s * (r * p + j);
      for (int64_t q = 0; q < s; q++) tr[q] = xr[q + s * p], ti[q] = xi[q + s * p];
      for (int64_t k = 1; k < r; k++) {
        const int64_t at = j * k % r * (n / r);
        const aoti_x c = w.re[at], d = w.im[at], *ar = xr + s * (p + k * m), *ai = xi + s * (p + k * m);
        for (int64_t q = 0; q < s; q++) tr[q] += ar[q] * c - ai[q] * d, ti[q] += ar[q] * d + ai[q] * c;
      }
      const aoti_x c = w.re[p * j * step], d = w.im[p * j * step];
      for (int64_t q = 0; q < s; q++) {
        const aoti_x a = tr[q], b = ti[q];
        tr[q] = a * c - b * d, ti[q] = a * d + b * c;
      }
    }
  }
}

AOTI_RT int64_t aoti_fft_radix(int64_t n) {
  if (n % 4 == 0) return 4;
  for (int64_t r = 2; r <= AOTI_FFT_PRIME; r++)
    if (n % r == 0) return r;
  return n;
}
/* True when no prime factor is too large. */
AOTI_RT int aoti_fft_smooth(int64_t n) {
  for (int64_t r = 2; r <= AOTI_FFT_PRIME; r++)
    while (n % r == 0) n /= r;
  return n == 1;
}
AOTI_RT int64_t aoti_fft_pad(int64_t n) {
  int64_t size = 1;
  while (size < 2 * n - 1) size *= 2;
  return size;
}

/* A smooth transform of `n` elements of `side` numbers. Gives back the planes that hold the result: `x` or `y`. */
static aoti_planes aoti_fft_run(aoti_planes x, aoti_planes y, int64_t n, int64_t side, aoti_planes w) {
  for (int64_t rest = n, step = 1; rest > 1;) {
    const int64_t r = aoti_fft_radix(rest), m = rest / r, s = step * side;
    if (r == 4) aoti_fft_4(x, y, m, s, w, step);
    else if (r == 2) aoti_fft_2(x, y, m, s, w, step);
    else if (r == 3) aoti_fft_3(x, y, m, s, w, step);
    else if (r == 5) aoti_fft_5(x, y, m, s, w, step);
    else aoti_fft_r(x, y, r, m, s, w, step, n);
    const aoti_planes t = x;
    x = y, y = t, rest = m, step *= r;
  }
  return x;
}

/* ---- plans: tables for one length, in scratch ---- */
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

#define AOTI_FFT_SIDE 16 /* the most lines side by side */

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
