/* Every function of math_f32.h, and the float ones of float.h, against libm in double or long double. */
#ifndef AOTI_LANES
#define AOTI_LANES 16
#endif
#include "aoti/kernel/vec.h"
#include "aoti/kernel/math_f32.h"
#include "ulp.h"

#ifndef LIMIT
#define LIMIT 2.0
#endif
static double sigmoid_ref(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static double rsqrt_ref(double x) { return 1 / sqrt(x); }
static float mod_ref(float x, float y) {
  float r = fmodf(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
static float floordiv_ref(float a, float b) { /* torch's div_floor */
  if (b == 0) return a / b;
  float r = fmodf(a, b), q = (a - r) / b;
  if (r != 0 && (b < 0) != (r < 0)) q -= 1;
  if (q == 0) return copysignf(0, a / b);
  float f = floorf(q);
  return q - f > 0.5f ? f + 1 : f;
}
static double sign_ref(double x) { return (x > 0) - (x < 0); }
static double max_ref(double x, double y) { return isnan(x) || isnan(y) ? NAN : x >= y ? x : y; }
static double min_ref(double x, double y) { return isnan(x) || isnan(y) ? NAN : x <= y ? x : y; }
static double fmax_ref(double x, double y) { return isnan(x) ? y : isnan(y) ? x : x >= y ? x : y; }
static double fmin_ref(double x, double y) { return isnan(x) ? y : isnan(y) ? x : x <= y ? x : y; }
static float ldexp_ref(float x) { return ldexpf(x, (int)(x * 77) % 300); }
static vf32 aoti_ldexps_f32(vf32 x) {
  vi32 n;
  for (int i = 0; i < AOTI_LANES; i++) n[i] = (int)(x[i] * 77) % 300;
  return aoti_ldexp_f32(x, n);
}
static double div_ref(double x, double y) { return x / y; }
static vf32 aoti_overs_f32(vf32 x, vf32 y) {
  vf32 r;
  for (int i = 0; i < AOTI_LANES; i++) r[i] = aoti_over_f32(x, aoti_divide_by_f32(aoti_set1_f32(y[i])))[i];
  return r;
}
/* By one divisor, numbers far from the smallest and largest are divided as one by one: quotients that are numbers always, others
 * but for one in millions. */
static void check_over_exactly(void) {
  long wrong = 0, others = 0;
  for (long k = 0; k < COUNT; k++) {
    const float d = (float)ldexp(1 + unit(), (int)(next() % 60) - 30) * (next() % 2 ? 1 : -1);
    const float whole = (float)(next() % 4096) * (next() % 2 ? 1 : -1), half = (float)(next() % 2048 + 0.5);
    float x[AOTI_LANES], y[AOTI_LANES];
    for (int i = 0; i < AOTI_LANES; i++) x[i] = (float)ldexp(unit() - 0.5, (int)(next() % 60) - 30);
    aoti_store_f32(y, aoti_over_f32(aoti_load_f32(x), aoti_divide_by_f32(aoti_set1_f32(d))));
    for (int i = 0; i < AOTI_LANES; i++) others += y[i] != x[i] / d;
    const float by = (float)ldexp(1 + (double)(next() % 2048) / 2048, (int)(next() % 60) - 30); /* by * half is a float */
    wrong += aoti_over_f32(aoti_set1_f32(whole * by), aoti_divide_by_f32(aoti_set1_f32(by)))[0] != whole;
    wrong += aoti_over_f32(aoti_set1_f32(half * by), aoti_divide_by_f32(aoti_set1_f32(-by)))[0] != -half;
  }
  report("over exactly", (double)wrong, 0, 0, 0, 0);
  report("over otherwise", (double)others, 0, 0, 0, (double)COUNT * AOTI_LANES / 1e6);
}
static long double digamma_ref(long double x) {
  if (x == 0) return -copysignl(INFINITY, x);
  if (isinf(x)) return x > 0 ? x : NAN;
  long double r = 0;
  if (x < 0) {
    if (x == truncl(x)) return NAN;
    r = -acosl(-1) / tanl(acosl(-1) * (x - truncl(x)));
    x = 1 - x;
  }
  for (; x < 200; x += 1) r -= 1 / x;
  return r + logl(x) - 0.5L / x - 1 / (12 * x * x) + 1 / (120 * x * x * x * x) - 1 / (252 * powl(x, 6));
}
static double erfinv_ref(double x) {
  if (!(fabs(x) < 1)) return fabs(x) == 1 ? copysign(INFINITY, x) : NAN;
  long double y = 0, a = fabsl((long double)x), w = -logl((1 - a) * (1 + a));
  if (a == 0) return x;
  y = a < 0.5L ? a * 0.886L : sqrtl(w); /* Newton on erfc keeps the tail's digits */
  for (int i = 0; i < 60; i++) {
    long double err = a < 0.5L ? erfl(y) - a : (1 - a) - erfcl(y);
    y -= err / (1.1283791670955125738961589L * expl(-y * y));
  }
  return copysign((double)y, x);
}

#define F1(NAME, REF, LO, HI, MAX) CHECK1(f32, float, ULP32, bits32, NAME, REF, LO, HI, MAX)
#define F2(NAME, REF, LO, HI, LO2, HI2, MAX) CHECK2(f32, float, ULP32, bits32, NAME, REF, LO, HI, LO2, HI2, MAX)
#define TABLE                                                                                      \
  F1(exp, exp, -105.0, 90.0, LIMIT) F1(exp2, exp2, -151.0, 129.0, LIMIT)                           \
  F1(expm1, expm1, -5.0, 5.0, LIMIT) F1(sigmoid, sigmoid_ref, -110.0, 20.0, 2.5)                 \
  F1(sinh, sinh, -10.0, 10.0, LIMIT) F1(cosh, cosh, -10.0, 10.0, LIMIT) F1(tanh, tanh, -5.0, 5.0, 2.5) \
  F1(log, log, 0.0, 3.0, LIMIT) F1(log2, log2, 0.0, 3.0, LIMIT) F1(log10, log10, 0.0, 3.0, LIMIT)  \
  F1(log1p, log1p, -1.0, 3.0, LIMIT) F1(asinh, asinh, -5.0, 5.0, LIMIT)                            \
  F1(acosh, acosh, 1.0, 3.0, LIMIT) F1(atanh, atanh, -1.0, 1.0, LIMIT)                             \
  F1(sin, sin, -1.1e5, 1.1e5, LIMIT) F1(cos, cos, -1.1e5, 1.1e5, LIMIT) F1(tan, tan, -1.1e5, 1.1e5, LIMIT) \
  F1(asin, asin, -1.0, 1.0, LIMIT) F1(acos, acos, -1.0, 1.0, LIMIT) F1(atan, atan, -5.0, 5.0, LIMIT) \
  F1(erf, erf, -4.0, 4.0, LIMIT) F1(erfc, erfc, -4.0, 11.0, 2.5) F1(erfinv, erfinv_ref, -1.0, 1.0, 4.0) \
  F1(lgamma, lgammal, -5.0, 20.0, 10.0) F1(digamma, digamma_ref, -5.0, 20.0, 2.0)                                                      \
  F1(sqrt, sqrt, 0.0, 10.0, 0.5) F1(rsqrt, rsqrt_ref, 0.0, 10.0, 1.5)                              \
  F1(floor, floor, -100.0, 100.0, 0.0) F1(ceil, ceil, -100.0, 100.0, 0.0) F1(trunc, trunc, -100.0, 100.0, 0.0) \
  F1(round, nearbyint, -10.0, 10.0, 0.0) F1(abs, fabs, -1.0, 1.0, 0.0) F1(sign, sign_ref, -1.0, 1.0, 0.0) \
  F2(pow, pow, 0.0, 4.0, -30.0, 30.0, LIMIT) F2(atan2, atan2, -5.0, 5.0, -5.0, 5.0, LIMIT)         \
  F2(hypot, hypot, -5.0, 5.0, -5.0, 5.0, LIMIT) F2(fmod, fmod, -100.0, 100.0, -5.0, 5.0, 0.0)      \
  F2(nextafter, nextafterf, -1.0, 1.0, -1.0, 1.0, 0.0) F2(copysign, copysign, -1.0, 1.0, -1.0, 1.0, 0.0) \
  F2(max, max_ref, -1.0, 1.0, -1.0, 1.0, 0.0) F2(min, min_ref, -1.0, 1.0, -1.0, 1.0, 0.0)          \
  F2(fmax, fmax_ref, -1.0, 1.0, -1.0, 1.0, 0.0) F2(fmin, fmin_ref, -1.0, 1.0, -1.0, 1.0, 0.0)      \
  F2(mod, mod_ref, -100.0, 100.0, -5.0, 5.0, 0.0) F2(floordiv, floordiv_ref, -100.0, 100.0, -5.0, 5.0, 0.0) \
  F1(ldexps, ldexp_ref, -100.0, 100.0, 0.0) F2(overs, div_ref, -100.0, 100.0, -5.0, 5.0, 1.5)
TABLE
#undef F1
#undef F2
int main(void) {
  check_over_exactly();
#define F1(NAME, ...) check_##NAME##_f32();
#define F2(NAME, ...) check_##NAME##_f32();
  TABLE
  return failures != 0;
}
