/* Random numbers of distributions whose parameters are data. An element draws as many numbers as it needs, from a sequence of its
 * own, so that neither threads nor pieces of a launch change them. */
#ifndef AOTI_ROUTINE_RANDOM_OF_H
#define AOTI_ROUTINE_RANDOM_OF_H
#include "aoti/kernel/routine/random.h"

/* The sequence of element `at`: blocks at, at + 2^40, at + 2 2^40, ... of the launch, two doubles each. */
typedef struct aoti_sequence {
  const uint64_t* random;
  int64_t at;
  int used;
  double left;
} aoti_sequence;

/* (0, 1), never an end. */
static double aoti_next(aoti_sequence* s) {
  if (s->used++ % 2) return s->left;
  const aoti_four r = aoti_draw(s->random, s->at);
  s->at += INT64_C(1) << 40;
  s->left = ((double)(aoti_long_of(r.x + 2) >> 12) + 0.5) * 0x1p-52;
  return ((double)(aoti_long_of(r.x) >> 12) + 0.5) * 0x1p-52;
}
static double aoti_next_normal(aoti_sequence* s) {
  const double u = aoti_next(s), v = aoti_next(s);
  return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Marsaglia and Tsang, A simple method for generating gamma variables (2000). */
static double aoti_gamma(aoti_sequence* s, double alpha) {
  if (!(alpha > 0)) return alpha == 0 ? 0 : NAN;
  const double scale = alpha < 1 ? pow(aoti_next(s), 1 / alpha) : 1, d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    const double x = aoti_next_normal(s), y = 1 + c * x, v = y * y * y;
    if (y <= 0) continue;
    const double u = aoti_next(s), square = x * x;
    if (u < 1 - 0.0331 * square * square || log(u) < 0.5 * square + d * (1 - v + log(v))) return scale * d * v;
  }
}
/* Products of uniform numbers below 10; from there on Hörmann's transformed rejection, The transformed rejection method for
 * generating Poisson random variables (1993). */
static double aoti_poisson(aoti_sequence* s, double rate) {
  if (!(rate >= 0)) return NAN;
  if (rate < 10) {
    const double end = exp(-rate);
    double k = 0;
    for (double product = aoti_next(s); product > end; product *= aoti_next(s)) k++;
    return k;
  }
  const double log_rate = log(rate), b = 0.931 + 2.53 * sqrt(rate), a = -0.059 + 0.02483 * b;
  const double inverse = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = aoti_next(s) - 0.5, v = aoti_next(s), us = 0.5 - fabs(u), k = floor((2 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= v_r) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (log(v) + log(inverse) - log(a / (us * us) + b) <= -rate + k * log_rate - lgamma(k + 1)) return k;
  }
}
/* Geometric steps while few successes are to be had, otherwise Hörmann's rejection (BTRS, 1993). */
static double aoti_binomial(aoti_sequence* s, double count, double p) {
  if (!(count >= 0) || !(p >= 0 && p <= 1)) return NAN;
  if (p > 0.5) return count - aoti_binomial(s, count, 1 - p);
  if (count == 0 || p == 0) return 0;
  if (count * p < 10) {
    double successes = 0, trials = 0;
    for (;; successes++) {
      trials += ceil(log(aoti_next(s)) / log1p(-p));
      if (trials > count) return successes;
    }
  }
  const double spread = sqrt(count * p * (1 - p)), b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p;
  const double c = count * p + 0.5, v_r = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * spread, m = floor((count + 1) * p);
  const double odds = p / (1 - p), top = lgamma(m + 1) + lgamma(count - m + 1);
  for (;;) {
    const double u = aoti_next(s) - 0.5, v = aoti_next(s), us = 0.5 - fabs(u), k = floor((2 * a / us + b) * u + c);
    if (us >= 0.07 && v <= v_r) return k;
    if (k < 0 || k > count) continue;
    const double height = log(v * alpha / (a / (us * us) + b));
    if (height <= top - lgamma(k + 1) - lgamma(count - k + 1) + (k - m) * log(odds)) return k;
  }
}

enum aoti_distribution { AOTI_OF_GAMMA, AOTI_OF_POISSON, AOTI_OF_BINOMIAL };

/* Iteration i: element i. */
static void aoti_random_of(const aoti_x* first, const aoti_x* second, aoti_x* out, int64_t begin, int64_t end,
                           enum aoti_distribution of, const uint64_t* random) {
  for (int64_t i = begin; i < end; i++) {
    aoti_sequence s = {random, i, 0, 0};
    const double x = (double)first[i];
    out[i] = (aoti_x)(of == AOTI_OF_GAMMA ? aoti_gamma(&s, x) : of == AOTI_OF_POISSON ? aoti_poisson(&s, x) : aoti_binomial(&s, x, (double)second[i]));
  }
}
#endif
