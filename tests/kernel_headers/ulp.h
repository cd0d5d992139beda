/* Checking of vector functions against wider libm: each CHECK feeds random bit patterns, random numbers of a range and the
 * edges, prints the largest error in ULP, and fails beyond the limit (or on a wrong nan, infinity or sign of zero). */
#ifndef ULP_H
#define ULP_H
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int failures;
static uint64_t seed = 88172645463325252ull;
static uint64_t next(void) { /* xorshift */
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return seed;
}
static double unit(void) { return (double)(next() >> 11) * 0x1p-53; }

static const double edges[] = {0.0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 0.75, 1.5, 1e-3, -1e-3, 1e-10, 0x1p-126, -0x1p-126,
  0x1p-149, -0x1p-149, 0x1p-127, 0x1.fffffep127, -0x1.fffffep127, 0x1p-1022, 0x1p-1074, -0x1p-1074, DBL_MAX, -DBL_MAX, 88.72283,
  88.722839, 88.73, 89.415986, 89.42, -87.33, -88, -103.97208, -103.98, -104, 128, 127.99, -149, -149.5, -150, -151, 709.78, 709.79,
  710.4, 710.5, -708.4, -745.1, -745.2, 1024, -1074, -1075, 0.99999994, 1.0000001, 0.70710678, 1.41421356, 0.41421356,
  1.57079632, 3.14159265, 0.78539816, 6.2831853, 9.999e4, 1.0001e5, 1e6, 1e7, 1e9, 1e22, 1e30, 1e300, 4, 10, 10.05, 9.19, 26.5, 27.3, 1000, 0.9921875,
  NAN, INFINITY, -INFINITY};
#define EDGES (int)(sizeof edges / sizeof *edges)

/* Uniform in lo..hi, every other block drawn towards zero. */
static double range(double lo, double hi, long block) {
  double x = lo + (hi - lo) * unit();
  return block % 2 ? x : ldexp(x, -(int)(next() % 20));
}
static __attribute__((unused)) float bits32(void) { uint32_t b = (uint32_t)next(); float f; memcpy(&f, &b, 4); return f; }
static __attribute__((unused)) double bits64(void) { uint64_t b = next(); double f; memcpy(&f, &b, 8); return f; }

/* Distance of y from the exact r in units of the last place of the type with `digits` bits. */
static double ulp_error(long double y, long double r, int digits, int emin, long double top) {
  if (isnan(r) || isnan(y)) return isnan(r) && isnan(y) ? 0 : INFINITY;
  if (isinf(y) || isinf(r) || fabsl(r) > top) {
    if (isinf(y) && fabsl(r) > top && signbit(y) == signbit(r)) return 0;
    if (isinf(y) || isinf(r)) { /* overflow one step early or late */
      if (isinf(r)) return INFINITY;
      return fabsl(r) >= top * (1 - ldexpl(1, 1 - digits)) && signbit(y) == signbit(r) ? 1 : INFINITY;
    }
  }
  if (y == 0 && r == 0) return signbit(y) == signbit(r) ? 0 : INFINITY;
  int e;
  frexpl(r, &e);
  if (e < emin) e = emin;
  return (double)(fabsl(y - r) / ldexpl(1, e - digits));
}
static void report(const char* name, double worst, double x, double y, double got, double limit) {
  int bad = !(worst <= limit);
  failures += bad;
  printf("%-14s %10.3f ulp  at %.9g %.9g -> %.9g%s\n", name, worst, x, y, got, bad ? "   FAIL" : "");
}
#define ULP32(y, r) ulp_error(y, r, 24, -125, FLT_MAX)
#define ULP64(y, r) ulp_error(y, r, 53, -1021, DBL_MAX)

#ifndef COUNT
#define COUNT 60000
#endif
#define CHECK1(T, C, ULP, BITS, NAME, REF, LO, HI, LIMIT)                                          \
  static void check_##NAME##_##T(void) {                                                           \
    double worst = -1, at = 0, got = 0;                                                            \
    for (long k = 0; k < COUNT; k += AOTI_LANES) {                                                 \
      C x[AOTI_LANES], y[AOTI_LANES];                                                              \
      for (int i = 0; i < AOTI_LANES; i++)                                                         \
        x[i] = k + i < EDGES ? (C)edges[k + i] : (k / AOTI_LANES) % 3 == 0 ? BITS() : (C)range(LO, HI, k / AOTI_LANES); \
      aoti_store_##T(y, aoti_##NAME##_##T(aoti_load_##T(x)));                                      \
      for (int i = 0; i < AOTI_LANES; i++) {                                                       \
        double u = ULP(y[i], REF(x[i]));                                                           \
        if (u > worst) worst = u, at = (double)x[i], got = (double)y[i];                                   \
      }                                                                                            \
    }                                                                                              \
    report(#NAME "_" #T, worst, at, 0, got, LIMIT);                                                \
  }
#define CHECK2(T, C, ULP, BITS, NAME, REF, LO, HI, LO2, HI2, LIMIT)                                \
  static void check_##NAME##_##T(void) {                                                           \
    double worst = -1, at = 0, at2 = 0, got = 0;                                                   \
    for (long k = 0; k < COUNT; k += AOTI_LANES) {                                                 \
      C x[AOTI_LANES], z[AOTI_LANES], y[AOTI_LANES];                                               \
      for (int i = 0; i < AOTI_LANES; i++) {                                                       \
        long j = k + i;                                                                            \
        int edge = j < EDGES * EDGES, kind = (k / AOTI_LANES) % 4;                                 \
        x[i] = edge ? (C)edges[j / EDGES] : kind == 0 ? BITS() : (C)(LO + (HI - (LO)) * unit());   \
        z[i] = edge ? (C)edges[j % EDGES] : kind <= 1 ? BITS() : (C)(LO2 + (HI2 - (LO2)) * unit()); \
        if (!edge && kind == 3) z[i] = (C)nearbyint((double)z[i]);                                         \
      }                                                                                            \
      aoti_store_##T(y, aoti_##NAME##_##T(aoti_load_##T(x), aoti_load_##T(z)));                    \
      for (int i = 0; i < AOTI_LANES; i++) {                                                       \
        double u = ULP(y[i], REF(x[i], z[i]));                                                     \
        if (u > worst) worst = u, at = (double)x[i], at2 = (double)z[i], got = (double)y[i];                       \
      }                                                                                            \
    }                                                                                              \
    report(#NAME "_" #T, worst, at, at2, got, LIMIT);                                              \
  }
#endif
