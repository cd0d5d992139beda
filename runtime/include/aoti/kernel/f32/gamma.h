/* The gamma function's logarithm and its derivative, lane by lane. */
#ifndef AOTI_KERNEL_F32_GAMMA_H
#define AOTI_KERNEL_F32_GAMMA_H
#include "aoti/kernel/f32/parts.h"

extern float lgammaf_r(float, int*);
AOTI_FN float aoti__lgamma1_f32(float x) { int sign; return lgammaf_r(x, &sign); }
AOTI_FN vf32 aoti_lgamma_f32(vf32 x) {
  vf32 y;
  for (int i = 0; i < AOTI_LANES; i++) y[i] = aoti__lgamma1_f32(x[i]);
  return y;
}
/* As torch: the recurrence up to 10, then the asymptotic series; reflection below zero. */
static inline __attribute__((unused)) double aoti__digamma1_f32(double x) {
  if (x == 0) return -__builtin_copysign(__builtin_inf(), x);
  double r = 0;
  if (x < 0) {
    if (x == __builtin_trunc(x)) return __builtin_nan("");
    r = -3.14159265358979323846 / __builtin_tan(3.14159265358979323846 * (x - __builtin_trunc(x)));
    x = 1 - x;
  }
  for (; x < 10; x += 1) r -= 1 / x;
  double z = 1 / (x * x);
  double series = z * (1. / 12 - z * (1. / 120 - z * (1. / 252 - z * (1. / 240 - z * (1. / 132 - z * (691. / 32760 - z / 12))))));
  return r + __builtin_log(x) - 0.5 / x - (x < 1e17 ? series : 0);
}
AOTI_FN vf32 aoti_digamma_f32(vf32 x) {
  vf32 y;
  for (int i = 0; i < AOTI_LANES; i++) y[i] = (float)aoti__digamma1_f32(x[i]);
  return y;
}
#endif
