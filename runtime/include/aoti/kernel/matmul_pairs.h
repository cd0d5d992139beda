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

typedef uint16_t aoti_mk_halves __attribute__((vector_size(AOTI_MK_BYTES / 2)));
typedef uint16_t aoti_mk_uhalves __attribute__((vector_size(AOTI_MK_BYTES / 2), aligned(2), may_alias));

/* Panels of `width` columns, whole vectors, one after the other, from bf16 rows of B that lie in memory: the pair in column j
 * is x[k * stride + j] and x[(k + 1) * stride + j], zeros beyond `count` columns and `kc` rows. */
AOTI_MK_FN void aoti_lay_pairs(float* restrict panels, const int64_t width, const uint16_t* x, int64_t stride, int64_t kc,
                               int64_t count) {
  enum { L = AOTI_MK_BYTES / 4 };
  const int64_t steps = (kc + 1) / 2;
  for (int64_t k = 0; k < kc; k += 2, x += 2 * stride, panels += width) {
    float* panel = panels;
    for (int64_t j = 0; j < count; j += width, panel += width * steps)
      for (int64_t v = 0; v < width; v += L) {
        const int64_t left = count - j - v;
        aoti_mk_halves low = {0}, high = {0};
        if (left >= L) {
          __builtin_prefetch(x + 8 * stride + j + v, 0, 2);
          __builtin_prefetch(x + 9 * stride + j + v, 0, 2);
          low = *(const aoti_mk_uhalves*)(x + j + v);
          if (k + 1 < kc) high = *(const aoti_mk_uhalves*)(x + stride + j + v);
        } else if (left > 0) {
          memcpy(&low, x + j + v, 2 * left);
          if (k + 1 < kc) memcpy(&high, x + stride + j + v, 2 * left);
        }
        aoti_mk_bits pair = __builtin_convertvector(low, aoti_mk_bits);
        pair |= __builtin_convertvector(high, aoti_mk_bits) << 16;
        memcpy(panel + v, &pair, sizeof pair);
      }
  }
}
#endif
