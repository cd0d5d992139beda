/* Stockham's algorithm: a transform of a length without large primes, in radices 4, 2, 3, 5 and small primes.
 *
 * Real and imaginary parts lie in planes apart, and a run of lines side by side, so that the compiler makes vectors of
 * them. */
#ifndef AOTI_ROUTINE_FFT_STAGES_H
#define AOTI_ROUTINE_FFT_STAGES_H
#include "aoti/kernel/routine/element.h"

#define AOTI_FFT_PRIME 31 /* the largest radix */

typedef struct { aoti_x *re, *im; } aoti_planes;

/* A stage: `m` groups of `r` elements `m` apart, each a run of `s`; `step` turns of the table a group. */
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
#endif
