/* Connectionist temporal classification (Graves et al. 2006): the likelihood of a sequence over all its alignments, by the
 * forward recursion over the sequence with blanks between its elements; and its gradient by the backward one. */
#ifndef AOTI_ROUTINE_CTC_H
#define AOTI_ROUTINE_CTC_H
#include "aoti/kernel/routine/element.h"

/* Logarithms of probabilities [steps, samples, classes]; targets [samples, width], or one after the other (width 0). */
typedef struct aoti_ctc {
  const aoti_x* logs;
  const int64_t *targets, *steps_of, *length_of;
  int64_t steps, samples, classes, width, count, states, blank;
} aoti_ctc;
/* One sample. */
typedef struct aoti_ctc_sample {
  const aoti_x* logs;
  const int64_t* target;
  int64_t steps, length;
} aoti_ctc_sample;

/* Gives 0 where lengths or classes do not fit. */
static int aoti_ctc_at(const aoti_ctc* c, int64_t b, aoti_ctc_sample* s) {
  int64_t start = b * c->width;
  for (int64_t k = 0; k < b && c->width == 0; k++) start += c->length_of[k];
  s->logs = c->logs + b * c->classes;
  s->target = c->targets + start;
  s->steps = c->steps_of[b];
  s->length = c->length_of[b];
  if (s->steps < 0 || s->steps > c->steps || s->length < 0 || start < 0 || 2 * s->length + 1 > c->states) return 0;
  if (start + s->length > c->count || (c->width > 0 && s->length > c->width)) return 0;
  for (int64_t i = 0; i < s->length; i++)
    if (s->target[i] < 0 || s->target[i] >= c->classes) return 0;
  return 1;
}
/* Class of state s: blanks stand at even places. */
AOTI_RT int64_t aoti_ctc_class(const aoti_ctc* c, const aoti_ctc_sample* s, int64_t state) {
  return state % 2 == 0 ? c->blank : s->target[state / 2];
}
AOTI_RT double aoti_ctc_log(const aoti_ctc* c, const aoti_ctc_sample* s, int64_t t, int64_t class) {
  return (double)s->logs[t * c->samples * c->classes + class];
}
/* log(e^a + e^b + e^c) */
static double aoti_log_sum(double a, double b, double c) {
  double most = AOTI_MAX(a, AOTI_MAX(b, c));
  if (most == -INFINITY) most = 0;
  return log(exp(a - most) + exp(b - most) + exp(c - most)) + most;
}

/* Iteration b: sample b. alpha [samples, steps, states] keeps the logarithms of all partial sums. */
static void aoti_ctc_forward(const aoti_ctc* c, aoti_x* loss, aoti_x* alpha, int64_t begin, int64_t end, int32_t* error) {
  for (int64_t b = begin; b < end; b++) {
    aoti_ctc_sample s;
    if (!aoti_ctc_at(c, b, &s)) {
      *error = AOTI_BAD_INDEX;
      return;
    }
    aoti_x* const rows = alpha + b * c->steps * c->states;
    const int64_t last = 2 * s.length;
    for (int64_t i = 0; i < c->steps * c->states; i++) rows[i] = (aoti_x)-INFINITY;
    for (int64_t k = 0; k <= AOTI_MIN(1, last) && s.steps > 0; k++)
      rows[k] = (aoti_x)aoti_ctc_log(c, &s, 0, aoti_ctc_class(c, &s, k));
    for (int64_t t = 1; t < s.steps; t++) {
      const aoti_x* const before = rows + (t - 1) * c->states;
      for (int64_t k = 0; k <= last; k++) {
        const int64_t class = aoti_ctc_class(c, &s, k);
        const int skip = k > 1 && class != aoti_ctc_class(c, &s, k - 2);
        const double sum = aoti_log_sum((double)before[k], k > 0 ? (double)before[k - 1] : -INFINITY, skip ? (double)before[k - 2] : -INFINITY);
        rows[t * c->states + k] = (aoti_x)(sum + aoti_ctc_log(c, &s, t, class));
      }
    }
    if (s.steps == 0) {
      loss[b] = (aoti_x)(s.length == 0 ? 0 : INFINITY);
      continue;
    }
    const aoti_x* const end_row = rows + (s.steps - 1) * c->states;
    loss[b] = (aoti_x)-aoti_log_sum((double)end_row[last], last > 0 ? (double)end_row[last - 1] : -INFINITY, -INFINITY);
  }
}

/* Iteration b: sample b of grad [steps, samples, classes]. Scratch: 2 states + classes doubles. */
static void aoti_ctc_backward(const aoti_ctc* c, const aoti_x* by, const aoti_x* loss, const aoti_x* alpha, aoti_x* grad,
                              int64_t begin, int64_t end, int skip_infinite, double* scratch, int32_t* error) {
  double *next = scratch, *now = next + c->states, *const sums = now + c->states;
  for (int64_t b = begin; b < end; b++) {
    aoti_ctc_sample s;
    if (!aoti_ctc_at(c, b, &s)) {
      *error = AOTI_BAD_INDEX;
      return;
    }
    const aoti_x* const rows = alpha + b * c->steps * c->states;
    const int64_t last = 2 * s.length;
    const double cost = (double)loss[b], share = (double)by[b];
    const int none = skip_infinite && cost == INFINITY;
    for (int64_t t = c->steps - 1; t >= 0; t--) {
      aoti_x* const out = grad + (t * c->samples + b) * c->classes;
      if (t >= s.steps || none) {
        for (int64_t k = 0; k < c->classes; k++) out[k] = 0;
        continue;
      }
      for (int64_t k = 0; k < c->classes; k++) sums[k] = -INFINITY;
      for (int64_t k = last; k >= 0; k--) {
        const int64_t class = aoti_ctc_class(c, &s, k);
        double sum;
        if (t == s.steps - 1) sum = k >= last - 1 ? 0 : -INFINITY;
        else {
          const int skip = k + 1 < last && class != aoti_ctc_class(c, &s, k + 2);
          sum = aoti_log_sum(next[k], k < last ? next[k + 1] : -INFINITY, skip ? next[k + 2] : -INFINITY);
        }
        now[k] = sum + aoti_ctc_log(c, &s, t, class);
        sums[class] = aoti_log_sum(sums[class], (double)rows[t * c->states + k] + now[k], -INFINITY);
      }
      for (int64_t k = 0; k < c->classes; k++) {
        const double log = aoti_ctc_log(c, &s, t, k);
        out[k] = (aoti_x)((exp(log) - exp(sums[k] + cost - log)) * share);
      }
      double* const swap = next;
      next = now;
      now = swap;
    }
  }
}
#endif
