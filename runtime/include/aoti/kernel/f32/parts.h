/* What the elementary functions of vf32 are made of: constants, steps of polynomials, powers of two; see math_f32.h. */
#ifndef AOTI_KERNEL_F32_PARTS_H
#define AOTI_KERNEL_F32_PARTS_H
#include "aoti/kernel/float.h"
#include "aoti/kernel/memory.h"

#define AOTI__K(x) aoti_set1_f32(x)
#define AOTI__M(m) ((vi32)(m))
/* p = p * x + c */
#define AOTI__H(p, x, c) p = aoti__mad_f32(p, x, AOTI__K(c))
#define AOTI__INF AOTI__K(__builtin_inff())
#define AOTI__NAN AOTI__K(__builtin_nanf(""))

/* Registers of sixteen floats: a lane picks its own constant with one permutation. */
#if defined(AOTI_AVX512) && AOTI_LANES == 16
#define AOTI__SIXTEEN 1
#endif

AOTI_FN vf32 aoti__pick_f32(vi32 m, vf32 a, vf32 b) { return aoti__sel_f32(m, a, b); }
/* 2^n for n in -126..127. */
AOTI_FN vf32 aoti__two_to_f32(vi32 n) { return (vf32)((n + 127) << 23); }
/* p * 2^n for p near 1 and whole n in -252..254, rounded once; by AVX-512 for every n, and n rounded down. */
AOTI_FN vf32 aoti__scale_f32(vf32 p, vf32 n) {
#ifdef AOTI__SIXTEEN
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
#ifdef AOTI__SIXTEEN
/* The constant that the last four bits of a lane of `at` name. */
AOTI_FN vf32 aoti__among_f32(const float* sixteen, vi32 at) {
  const vf32 all = aoti_load_f32(sixteen);
#if defined(__clang__)
  return (vf32)__builtin_ia32_permvarsf512(all, at);
#else
  return __builtin_shuffle(all, at);
#endif
}
/* A function by pieces: of each piece, its centre c, f(c), and the coefficients of t .. t^degree for t = a - c. Centres are chosen
 * where f rounds well (S. Gal's accurate tables), and are zeros of f where it has them. */
AOTI_FN vf32 aoti__piece_f32(const float (*pieces)[16], int degree, vi32 at, vf32 t, vf32 centre) {
  vf32 p = aoti__among_f32(pieces[degree + 1], at);
  _Pragma("GCC unroll 4") for (int n = degree; n > 1; n--) p = aoti__mad_f32(p, t, aoti__among_f32(pieces[n], at));
  return aoti__mad_f32(p, t, centre);
}
/* The same of a, or where pieces are of f - a, with a added. */
AOTI_FN vf32 aoti__pieces_f32(const float (*pieces)[16], int degree, vi32 at, vf32 a, int is_more) {
  const vf32 centre = aoti__among_f32(pieces[1], at);
  return aoti__piece_f32(pieces, degree, at, a - aoti__among_f32(pieces[0], at), is_more ? centre + a : centre);
}
/* x where |x| is below the limit, else the limit with x's sign, also for nan. */
AOTI_FN vf32 aoti__inside_f32(vf32 x, float limit) {
  return __builtin_ia32_rangeps512_mask(x, AOTI__K(limit), 2, x, -1, 4);
}
#endif
/* A size that has no sign, with the sign of x. */
AOTI_FN vf32 aoti__signed_f32(vf32 size, vf32 x) {
#if defined(AOTI__SIXTEEN) && !defined(__clang__)
  typedef int v16 __attribute__((vector_size(64)));
  const v16 sign = (v16)(vi32){0} + INT32_MIN;
  return (vf32)__builtin_ia32_pternlogd512_mask((v16)x, (v16)size, sign, 0xec, -1); /* x & sign | size */
#else
  return (vf32)((vi32)size | ((vi32)x & INT32_MIN));
#endif
}
AOTI_FN vi32 aoti__int_f32(vf32 x) { return __builtin_convertvector(x, vi32); }
AOTI_FN vf32 aoti__from_int_f32(vi32 x) { return __builtin_convertvector(x, vf32); }
#endif
