/* bf16 and f16 as 16-bit words to and from vf32, rounding to nearest even; see vec.h. */
#ifndef AOTI_KERNEL_HALF_H
#define AOTI_KERNEL_HALF_H
#include "aoti/kernel/types.h"

AOTI_FN vf32 aoti__widen_bf16(vu16 h) { return (vf32)(aoti__u16_u32(h) << 16); }

/* By integers, not vcvtneps2bf16: that instruction flushes denormals. */
AOTI_FN vu32 aoti__bf16_bits(vf32 x) {
  vu32 u = (vu32)x;
  vu32 rounded = u + 0x7fffu + ((u >> 16) & 1u);
#if defined(AOTI_AVX512) && defined(AOTI__GCC_X86) && AOTI_LANES == 16 /* gcc 12 selects in three steps */
  typedef int ints __attribute__((vector_size(64)));
  const uint16_t isNan = __builtin_ia32_cmpps512_mask(x, x, 3, -1, 4);
  return (vu32)__builtin_ia32_pord512_mask((ints)u, (ints)aoti_set1_u32(0x400000u), (ints)rounded, isNan);
#else
  vu32 nan = (u | 0x400000u);
  return aoti__sel_u32((vi32)(x != x), nan, rounded);
#endif
}
AOTI_FN vu16 aoti__narrow_bf16(vf32 x) { return (vu16)aoti__i32_i16((vi32)(aoti__bf16_bits(x) >> 16)); }
AOTI_FN vf32 aoti_round_bf16_f32(vf32 x) { return (vf32)(aoti__bf16_bits(x) & 0xffff0000u); }

#if defined(AOTI_AVX512) && AOTI_LANES == 16
typedef short aoti__h16 __attribute__((vector_size(32)));
AOTI_FN vf32 aoti__widen_f16(vu16 h) {
  return (vf32)__builtin_ia32_vcvtph2ps512_mask((aoti__h16)h, (vf32){0}, (short)-1, 4);
}
AOTI_FN vu16 aoti__narrow_f16(vf32 x) {
  return (vu16)__builtin_ia32_vcvtps2ph512_mask(x, 0, (aoti__h16){0}, (short)-1);
}
#elif defined(__F16C__) && AOTI_LANES == 8
typedef short aoti__h8 __attribute__((vector_size(16)));
AOTI_FN vf32 aoti__widen_f16(vu16 h) { return (vf32)__builtin_ia32_vcvtph2ps256((aoti__h8)h); }
AOTI_FN vu16 aoti__narrow_f16(vf32 x) { return (vu16)__builtin_ia32_vcvtps2ph256(x, 0); }
#else
AOTI_FN vf32 aoti__widen_f16(vu16 h16) {
  vu32 h = aoti__u16_u32(h16);
  vu32 sign = (h & 0x8000u) << 16, body = (h & 0x7fffu) << 13;
  vu32 normal = body + 0x38000000u;                    /* exponent 15 -> 127 */
  vu32 special = (body | 0x7f800000u) | aoti__sel_u32((vi32)((h & 0x3ffu) != 0), aoti_set1_u32(0x400000u), aoti_set1_u32(0));
  vf32 small = (vf32)(body + 0x38800000u) - 6.103515625e-05f; /* denormals: exact in f32 */
  vu32 r = aoti__sel_u32((vi32)(body < 0x00800000u), (vu32)small, normal);
  r = aoti__sel_u32((vi32)(body >= 0x0f800000u), special, r);
  return (vf32)(r | sign);
}
AOTI_FN vu16 aoti__narrow_f16(vf32 x) {
  vu32 u = (vu32)x, sign = (u >> 16) & 0x8000u, a = u & 0x7fffffffu;
  vu32 normal = (a - 0x38000000u + 0xfffu + ((a >> 13) & 1u)) >> 13;
  normal = aoti__sel_u32((vi32)(normal > 0x7c00u), aoti_set1_u32(0x7c00u), normal);
  vu32 small = (vu32)((vf32)a + 0.5f) - 0x3f000000u;  /* the adder rounds at 2^-24 */
  vu32 nan = 0x7e00u | ((a >> 13) & 0x3ffu);
  vu32 r = aoti__sel_u32((vi32)(a < 0x38800000u), small, normal);
  r = aoti__sel_u32((vi32)(a >= 0x47800000u), aoti_set1_u32(0x7c00u), r);
  r = aoti__sel_u32((vi32)(a > 0x7f800000u), nan, r);
  return (vu16)aoti__i32_i16((vi32)(r | sign));
}
#endif
AOTI_FN vf32 aoti_round_f16_f32(vf32 x) { return aoti__widen_f16(aoti__narrow_f16(x)); }
#endif
