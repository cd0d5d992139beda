/* Error functions scaled and inverted, and the normal distribution. */
#ifndef AOTI_KERNEL_SPECIAL_ERROR_H
#define AOTI_KERNEL_SPECIAL_ERROR_H
#include "aoti/kernel/special/parts.h"

AOTI__S aoti__erfcx(double x) {
  if (x < 0) return x < -26.7 ? AOTI__SINF : 2 * __builtin_exp(x * x) - aoti__erfcx(-x);
  if (x < 25) {
    double high = (float)x, low = (x - high) * (x + high);
    return __builtin_exp(high * high) * __builtin_exp(low) * __builtin_erfc(x);
  }
  if (__builtin_isinf(x)) return 0;
  double z = 1 / x / x / 2; /* 7.12.1 */
  return 0.56418958354775628695 / x * (1 - z * (1 - 3 * z * (1 - 5 * z * (1 - 7 * z * (1 - 9 * z * (1 - 11 * z))))));
}
AOTI__S aoti__log_ndtr(double x) {
  double t = x * 0.70710678118654752440;
  return x < -1 ? __builtin_log(aoti__erfcx(-t) / 2) - t * t : __builtin_log1p(-__builtin_erfc(t) / 2);
}
/* Newton's steps: on erf in the middle, on log of the tail outside. */
AOTI__S aoti__ndtri(double p) {
  if (!(p > 0 && p < 1)) return p == 0 ? -AOTI__SINF : p == 1 ? AOTI__SINF : AOTI__SNAN;
  double middle = p - 0.5, tail = p < 0.5 ? p : 1 - p;
  if (__builtin_fabs(middle) < 0.25) {
    double x = 2 * middle, y = x * (0.88622692545275801365 + x * x * 0.23201366653465449355);
    for (int k = 0; k < 4; k++) {
      double step = (__builtin_erf(y) - x) * 0.88622692545275801365 * __builtin_exp(y * y);
      y -= step / (1 + y * step);
    }
    return y * 1.41421356237309504880;
  }
  double wanted = __builtin_log(tail), t = __builtin_sqrt(-2 * wanted);
  double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int k = 0; k < 4; k++) {
    double e = aoti__erfcx(z * 0.70710678118654752440);
    z += (__builtin_log(e / 2) - z * z / 2 - wanted) * e * 1.25331413731550025121;
  }
  return p < 0.5 ? -z : z;
}
#endif
