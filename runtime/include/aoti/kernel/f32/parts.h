/* What the elementary functions of vf32 are made of: constants, steps of polynomials, powers of two; see math_f32.h. */
#ifndef AOTI_KERNEL_F32_PARTS_H
#define AOTI_KERNEL_F32_PARTS_H
#include "aoti/kernel/float.h"

#define AOTI__K(x) aoti_set1_f32(x)
#define AOTI__M(m) ((vi32)(m))
/* p = p * x + c */
#define AOTI__H(p, x, c) p = aoti__mad_f32(p, x, AOTI__K(c))
#define AOTI__INF AOTI__K(__builtin_inff())
#define AOTI__NAN AOTI__K(__builtin_nanf(""))

AOTI_FN vf32 aoti__pick_f32(vi32 m, vf32 a, vf32 b) { return aoti__sel_f32(m, a, b); }
/* 2^n for n in -126..127. */
AOTI_FN vf32 aoti__two_to_f32(vi32 n) { return (vf32)((n + 127) << 23); }
/* p * 2^n for p near 1 and whole n in -252..254, rounded once. */
AOTI_FN vf32 aoti__scale_f32(vf32 p, vf32 n) {
#if defined(AOTI__GCC_X86) && defined(AOTI_AVX512) && AOTI_LANES == 16
  return __builtin_ia32_scalefps512_mask(p, n, p, -1, 4);
#else
  vi32 k = __builtin_convertvector(n, vi32), half = k >> 1;
  return p * aoti__two_to_f32(half) * aoti__two_to_f32(k - half);
#endif
}
/* x limited to lo..hi; nan stays. */
AOTI_FN vf32 aoti__limit_f32(vf32 x, float lo, float hi) {
  return aoti__min_f32(AOTI__K(hi), aoti__max_f32(AOTI__K(lo), x));
}
AOTI_FN vi32 aoti__int_f32(vf32 x) { return __builtin_convertvector(x, vi32); }
AOTI_FN vf32 aoti__from_int_f32(vi32 x) { return __builtin_convertvector(x, vf32); }
#endif
