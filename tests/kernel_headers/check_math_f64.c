/* Every function of math_f64.h against libm in long double (x87: 64 bits, so errors below 0.001 ULP are its own). */
#ifndef AOTI_LANES
#define AOTI_LANES 8
#endif
#include "aoti/kernel/vec.h"
#include "aoti/kernel/math_f64.h"
#include "ulp.h"

#ifndef LIMIT
#define LIMIT 2.5
#endif
static long double sigmoid_ref(long double x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
static long double rsqrt_ref(long double x) { return 1 / sqrtl(x); }
static double mod_ref(double x, double y) {
  double r = fmod(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
static double max_ref(double x, double y) { return isnan(x) || isnan(y) ? NAN : x >= y ? x : y; }
static double ldexp_ref(double x) { return ldexp(x, (int)(fmod(x, 1e6) * 77) % 2300); }
static vf64 aoti_ldexps_f64(vf64 x) {
  vi64 n;
  for (int i = 0; i < AOTI_LANES; i++) n[i] = (int)(fmod(x[i], 1e6) * 77) % 2300;
  return aoti_ldexp_f64(x, n);
}
static long double erfinv_ref(long double x) {
  if (!(fabsl(x) < 1)) return fabsl(x) == 1 ? copysignl(INFINITY, x) : NAN;
  long double y = 0, a = fabsl(x), w = -logl((1 - a) * (1 + a));
  if (a < 1e-9L) return x * 0.88622692545275801364908374167057259L;
  y = a < 0.5L ? a * 0.886L : sqrtl(w);
  for (int i = 0; i < 60; i++) y -= (a < 0.5L ? erfl(y) - a : (1 - a) - erfcl(y)) / (1.1283791670955125738961589L * expl(-y * y));
  return copysignl(y, x);
}

#define F1(NAME, REF, LO, HI, MAX) CHECK1(f64, double, ULP64, bits64, NAME, REF, LO, HI, MAX)
#define F2(NAME, REF, LO, HI, LO2, HI2, MAX) CHECK2(f64, double, ULP64, bits64, NAME, REF, LO, HI, LO2, HI2, MAX)
#define TABLE                                                                                      \
  F1(exp, expl, -745.0, 710.0, LIMIT) F1(exp2, exp2l, -1080.0, 1025.0, LIMIT)                      \
  F1(expm1, expm1l, -5.0, 5.0, LIMIT) F1(sigmoid, sigmoid_ref, -740.0, 40.0, LIMIT)                \
  F1(sinh, sinhl, -10.0, 10.0, LIMIT) F1(cosh, coshl, -10.0, 10.0, LIMIT) F1(tanh, tanhl, -5.0, 5.0, LIMIT) \
  F1(log, logl, 0.0, 3.0, LIMIT) F1(log2, log2l, 0.0, 3.0, LIMIT) F1(log10, log10l, 0.0, 3.0, LIMIT) \
  F1(log1p, log1pl, -1.0, 3.0, LIMIT)                                                              \
  F1(sin, sinl, -1.1e5, 1.1e5, LIMIT) F1(cos, cosl, -1.1e5, 1.1e5, LIMIT)                          \
  F1(tan, tanl, -100.0, 100.0, LIMIT) F1(asin, asinl, -1.0, 1.0, LIMIT) F1(acos, acosl, -1.0, 1.0, LIMIT) \
  F1(atan, atanl, -5.0, 5.0, LIMIT) F1(asinh, asinhl, -5.0, 5.0, LIMIT) F1(acosh, acoshl, 1.0, 3.0, LIMIT) \
  F1(atanh, atanhl, -1.0, 1.0, LIMIT) F1(erf, erfl, -4.0, 4.0, LIMIT) F1(erfc, erfcl, -4.0, 26.0, 6.0) \
  F1(erfinv, erfinv_ref, -1.0, 1.0, 6.0)                                                           \
  F1(sqrt, sqrtl, 0.0, 10.0, 0.501) F1(rsqrt, rsqrt_ref, 0.0, 10.0, 1.5)                           \
  F1(floor, floor, -100.0, 100.0, 0.0) F1(ceil, ceil, -100.0, 100.0, 0.0) F1(trunc, trunc, -100.0, 100.0, 0.0) \
  F1(round, nearbyint, -10.0, 10.0, 0.0) F1(abs, fabs, -1.0, 1.0, 0.0)                             \
  F2(pow, powl, 0.0, 4.0, -30.0, 30.0, LIMIT) F2(atan2, atan2l, -5.0, 5.0, -5.0, 5.0, LIMIT)       \
  F2(hypot, hypotl, -5.0, 5.0, -5.0, 5.0, LIMIT) F2(fmod, fmod, -100.0, 100.0, -5.0, 5.0, 0.0)     \
  F2(mod, mod_ref, -100.0, 100.0, -5.0, 5.0, 0.0) F2(max, max_ref, -1.0, 1.0, -1.0, 1.0, 0.0)      \
  F2(nextafter, nextafter, -1.0, 1.0, -1.0, 1.0, 0.0) F1(ldexps, ldexp_ref, -100.0, 100.0, 0.0)
TABLE
#undef F1
#undef F2
int main(void) {
#define F1(NAME, ...) check_##NAME##_f64();
#define F2(NAME, ...) check_##NAME##_f64();
  TABLE
  return failures != 0;
}
