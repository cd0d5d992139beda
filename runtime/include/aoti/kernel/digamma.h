/* The digamma function of one double, for f32 and f64 alike. */
#ifndef AOTI_KERNEL_DIGAMMA_H
#define AOTI_KERNEL_DIGAMMA_H

/* As torch: the recurrence up to 10, then the asymptotic series; reflection below zero. */
static inline __attribute__((unused)) double aoti__digamma1(double x) {
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
#endif
