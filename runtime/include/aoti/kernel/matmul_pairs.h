/* Products of bf16 operands in pairs along k (AVX512_BF16): an element of a panel is two values, the earlier one in the
 * lower half, held in the bits of a float; sums are f32. The element type is called `pair` in matmul.h's macros, and kc
 * counts pairs. Include after matmul.h. */
#ifndef AOTI_KERNEL_MATMUL_PAIRS_H
#define AOTI_KERNEL_MATMUL_PAIRS_H
#include <string.h>
#include "aoti/kernel/matmul.h"

typedef float aoti_mk_t_pair;
typedef aoti_mk_v_f32 aoti_mk_v_pair;
typedef aoti_mk_u_f32 aoti_mk_u_pair;

typedef uint32_t aoti_mk_bits __attribute__((vector_size(AOTI_MK_BYTES)));
typedef uint32_t aoti_mk_ubits __attribute__((vector_size(AOTI_MK_BYTES), aligned(4), may_alias));

/* The pair in every lane; no arithmetic, which may not keep the bits of what looks like a nan. */
AOTI_MK_FN aoti_mk_v_pair aoti_mk_spread_pair(float pair) {
  uint32_t bits;
  memcpy(&bits, &pair, 4);
  return (aoti_mk_v_pair)(bits | (aoti_mk_bits){0});
}

/* c + a[0] b[0] + a[1] b[1] in every lane; subnormal values count as zeros. */
AOTI_MK_FN aoti_mk_v_pair aoti_mk_fma_pair(aoti_mk_v_pair a, aoti_mk_v_pair b, aoti_mk_v_pair c) {
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(c) : "v"(a), "v"(b));
  return c;
}

/* Panel of pairs from a panel of `kc` groups of `width` floats whose lower halves are zero; a last value without a partner
 * gets zero. Reads up to a vector beyond the last group. */
AOTI_MK_FN void aoti_pack_pairs(float* restrict pairs, const float* restrict panel, const int64_t width, int64_t kc) {
  enum { L = AOTI_MK_BYTES / 4 };
  for (int64_t k = 0; k < kc; k += 2, panel += 2 * width, pairs += width)
    for (int64_t i = 0; i < width; i += L) {
      aoti_mk_bits low = *(const aoti_mk_ubits*)(panel + i) >> 16, high = {0};
      if (k + 1 < kc) high = *(const aoti_mk_ubits*)(panel + width + i) & 0xffff0000u;
      low |= high;
      memcpy(pairs + i, &low, 4 * (width - i < L ? width - i : L));
    }
}
#endif
