/* Functions of math_special.h against the values of tests/ir/scalar/special_values.txt, on standard input; gcd against
 * products of primes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "aoti/kernel/vec.h"
#include "aoti/kernel/math_special.h"

static int failures;
static void compare(const char* name, const char* type, double a, double b, double got, double want, double limit) {
  double size = __builtin_fmax(__builtin_fabs(want), 1e-3); /* beside zeros: absolute */
  if (__builtin_isinf((float)want) && __builtin_isinf((float)got)) return;
  if (__builtin_fabs(got - want) / size < limit) return;
  printf("%s_%s(%.17g, %.17g) is %.17g, not %.17g\n", name, type, a, b, got, want);
  failures++;
}
#define EXACT(T) ((aoti_t_##T)a == a && (aoti_t_##T)b == b)
#define ONE(NAME)                                                                                  \
  if (!strcmp(name, #NAME)) {                                                                      \
    known = 1;                                                                                     \
    compare(name, "f64", a, b, aoti_##NAME##_f64(aoti_set1_f64(a))[AOTI_LANES - 1], want, 5e-13);  \
    if (EXACT(f32)) compare(name, "f32", a, b, aoti_##NAME##_f32(aoti_set1_f32(a))[AOTI_LANES - 1], want, 1e-7); \
  }
#define TWO(NAME)                                                                                  \
  if (!strcmp(name, #NAME)) {                                                                      \
    known = 1;                                                                                     \
    compare(name, "f64", a, b, aoti_##NAME##_f64(aoti_set1_f64(a), aoti_set1_f64(b))[0], want, 5e-13); \
    if (EXACT(f32))                                                                                \
      compare(name, "f32", a, b, aoti_##NAME##_f32(aoti_set1_f32(a), aoti_set1_f32(b))[0], want, 1e-7); \
  }
static void check(const char* name, double a, double b, double want) {
  int known = 0;
  ONE(erfcx) ONE(log_ndtr) ONE(ndtri) ONE(bessel_j0) ONE(bessel_j1) ONE(bessel_y0) ONE(bessel_y1)
  ONE(bessel_i0) ONE(bessel_i1) ONE(bessel_i0e) ONE(bessel_i1e) ONE(bessel_k0) ONE(bessel_k1)
  ONE(bessel_k0e) ONE(bessel_k1e) ONE(spherical_j0) ONE(airy_ai)
  TWO(zeta) TWO(igamma) TWO(igammac) TWO(chebyshev_t) TWO(chebyshev_u) TWO(chebyshev_v) TWO(chebyshev_w)
  TWO(hermite_h) TWO(hermite_he) TWO(laguerre) TWO(legendre)
  if (!known) printf("%s is not checked\n", name), failures++;
}

#define GCD(T, A, B, WANT)                                                                         \
  {                                                                                                \
    v##T a = aoti_set1_##T((aoti_t_##T)(A)), b = aoti_set1_##T((aoti_t_##T)(B));                   \
    a[0] = 0;                                                                                      \
    v##T got = aoti_gcd_##T(a, b), all = aoti_gcd_##T(b, aoti_set1_##T((aoti_t_##T)(A)));          \
    if (got[0] != aoti_abs_##T(b)[0] || all[AOTI_LANES - 1] != (WANT)) printf("gcd_" #T " fails\n"), failures++; \
  }

int main(void) {
  char line[256], name[64];
  double a, b, want;
  int rows = 0;
  while (fgets(line, sizeof line, stdin))
    if (line[0] != '#' && sscanf(line, "%63s %lf %lf %lf", name, &a, &b, &want) == 4) check(name, a, b, want), rows++;
  if (rows < 100) printf("only %d values on standard input\n", rows), failures++;
  GCD(i64, -2310000000000LL, 3003000000000LL, 231000000000LL)
  GCD(i32, -30030, 17017, 1001)
  GCD(i16, 2310, -770, 770)
  GCD(i8, -60, 42, 6)
  GCD(u8, 210, 165, 15)
  GCD(u64, 18446744073709551610u, 15, 5)
  return failures != 0;
}
