/* Attention's products in pairs of bf16 (AVX512_BF16): queries as pairs of channels, keys where they lie, powers as pairs of
 * columns, values packed as pairs of columns. Included by attention.h. */
#ifndef AOTI_KERNEL_ATTENTION_PAIRS_H
#define AOTI_KERNEL_ATTENTION_PAIRS_H
#include "aoti/kernel/matmul_pairs.h"

/* c[i][…] = or += the sum over `steps` pairs, those of `a` i * row and k * step bytes on, times line k of b. */
AOTI_FN void aoti__attend_tile(const int mr, int64_t steps, const char* a, int64_t row, int64_t step, const float* b,
                               float* c, int accumulate) {
  vf32 acc[AOTI_ATTEND_MR][AOTI_ATTEND_NV];
  _Pragma("GCC unroll 64") for (int i = 0; i < mr; i++)
    _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++) acc[i][j] = (vf32){0};
  for (int64_t k = 0; k < steps; k++, a += step, b += AOTI_ATTEND_ROWS) {
    vf32 bv[AOTI_ATTEND_NV];
    _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++) bv[j] = aoti_load_f32(b + j * AOTI_LANES);
    _Pragma("GCC unroll 64") for (int i = 0; i < mr; i++) {
      float pair;
      memcpy(&pair, a + i * row, sizeof pair);
      vf32 av = aoti_mk_spread_pair(pair);
      _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++) acc[i][j] = aoti_mk_fma_pair(av, bv[j], acc[i][j]);
    }
  }
  _Pragma("GCC unroll 64") for (int i = 0; i < mr; i++)
    _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++) {
      float* p = c + i * AOTI_ATTEND_ROWS + j * AOTI_LANES;
      aoti_store_f32(p, accumulate ? aoti_load_f32(p) + acc[i][j] : acc[i][j]);
    }
}

/* Two vectors, rounded, as pairs; what is not normal becomes zero. */
AOTI_FN vf32 aoti__attend_pair(vf32 first, vf32 second) {
  typedef uint16_t words __attribute__((vector_size(64)));
  words both;
  __asm__("vcvtne2ps2bf16 %1, %2, %0" : "=v"(both) : "v"(first), "v"(second));
  return (vf32)__builtin_shufflevector(both, both, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10,
                                       26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

__attribute__((noinline, unused)) static void aoti_attend_scores(int64_t count, const aoti_t_bf16* keys, const float* query,
                                                                 float* tile) {
  enum { ROW = 2 * AOTI_ATTEND_KEY_ROW, STEPS = AOTI_ATTEND_DEPTH / 2 };
  for (int64_t g = 0; g < AOTI_ATTEND_ROWS; g += AOTI_ATTEND_WIDTH) {
    const char* key = (const char*)keys;
    int64_t j = 0;
    for (; j + AOTI_ATTEND_MR <= count; j += AOTI_ATTEND_MR)
      aoti__attend_tile(AOTI_ATTEND_MR, STEPS, key + j * ROW, ROW, 4, query + g, tile + j * AOTI_ATTEND_ROWS + g, 0);
    for (; j < count; j++)
      aoti__attend_tile(1, STEPS, key + j * ROW, ROW, 4, query + g, tile + j * AOTI_ATTEND_ROWS + g, 0);
  }
}

__attribute__((noinline, unused)) static void aoti_attend_sums(int64_t count, const float* values, const float* tile,
                                                               float* sums) {
  enum { ROW = 4, STEP = 4 * AOTI_ATTEND_VALUES };
  enum { LEFT = AOTI_ATTEND_VALUES % AOTI_ATTEND_MR, WHOLE = AOTI_ATTEND_VALUES - LEFT };
  for (int64_t g = 0; g < AOTI_ATTEND_ROWS; g += AOTI_ATTEND_WIDTH) {
    for (int64_t i = 0; i < WHOLE; i += AOTI_ATTEND_MR)
      aoti__attend_tile(AOTI_ATTEND_MR, (count + 1) / 2, (const char*)(values + i), ROW, STEP, tile + g,
                        sums + i * AOTI_ATTEND_ROWS + g, 1);
    if (LEFT)
      aoti__attend_tile(LEFT ? LEFT : 1, (count + 1) / 2, (const char*)(values + WHOLE), ROW, STEP, tile + g,
                        sums + WHOLE * AOTI_ATTEND_ROWS + g, 1);
  }
}
#endif
