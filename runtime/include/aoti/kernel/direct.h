/* Convolutions straight from the image: a tile has some positions of a row of outputs, and vectors of output channels.
 * Values are broadcast from where they lie, weights come in panels. Include after vec.h and matmul.h.
 *
 *   AOTI_DIRECT_SUMS(P, NV, acc)                      P positions of NV vectors, zero
 *   AOTI_DIRECT_TAP(NV, acc, x, step, first, last, w) acc[i] += x[i * step] times the NV vectors at w, first <= i < last
 *   AOTI_DIRECT_PUT(P, NV, acc, to, stride)           position by position, `stride` apart
 *   AOTI_DIRECT_TURN(P, NV, acc, to, stride)          channel by channel, rows of P positions `stride` apart
 *
 * Loops over the tile unroll, so P, NV, first and last are numbers. */
#ifndef AOTI_KERNEL_DIRECT_H
#define AOTI_KERNEL_DIRECT_H
#include "aoti/kernel/matmul.h"
#include "aoti/kernel/exchange.h"
#include <string.h>

#define AOTI_DIRECT_SUMS(P, NV, acc)                                                               \
  aoti_mk_v_f32 acc[P][NV];                                                                        \
  _Pragma("GCC unroll 64") for (int i = 0; i < P; i++)                                             \
    _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++) acc[i][j] = (aoti_mk_v_f32){0};

/* Elements ahead, a page: weights often come from beyond the second-level cache, and rows at a border leave gaps in
 * them, with which the processor's own prefetching ends. */
#define AOTI__DIRECT_AHEAD 1024
#define AOTI_DIRECT_TAP(NV, acc, x, step, first, last, w)                                          \
  {                                                                                                \
    aoti_mk_v_f32 bv[NV];                                                                          \
    _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                           \
      __builtin_prefetch((w) + j * AOTI_LANES + AOTI__DIRECT_AHEAD);                               \
    _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                           \
      bv[j] = (aoti_mk_v_f32)*(const aoti_mk_u_f32*)((w) + j * AOTI_LANES);                        \
    _Pragma("GCC unroll 64") for (int i = first; i < last; i++) {                                  \
      aoti_mk_v_f32 av = aoti_mk_spread_f32((x)[i * (step)]);                                      \
      _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                         \
        acc[i][j] = aoti_mk_fma_f32(av, bv[j], acc[i][j]);                                         \
    }                                                                                              \
  }

#define AOTI_DIRECT_PUT(P, NV, acc, to, stride)                                                    \
  _Pragma("GCC unroll 64") for (int i = 0; i < P; i++)                                             \
    _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                           \
      memcpy((to) + i * (stride) + j * AOTI_LANES, &acc[i][j], sizeof acc[i][j]);

/* Whole vectors are stored, halves of them where these hold all positions: rows may be overwritten up to AOTI_LANES - 1
 * elements beyond their P. */
#define AOTI_DIRECT_TURN(P, NV, acc, to, stride)                                                   \
  _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                             \
    _Pragma("GCC unroll 8") for (int from = 0; from < P; from += AOTI_LANES) {                     \
      enum { SIDE = 2 * P <= AOTI_LANES ? AOTI_LANES / 2 : AOTI_LANES };                           \
      vf32 x[SIDE];                                                                                \
      _Pragma("GCC unroll 64") for (int i = 0; i < SIDE; i++)                                      \
        x[i] = from + i < P ? (vf32)acc[from + i][j] : (vf32){0};                                  \
      AOTI__EXCHANGES_OF(f32, SIDE)                                                                \
      float* const line = (to) + j * AOTI_LANES * (stride) + from;                                 \
      _Pragma("GCC unroll 64") for (int i = 0; i < SIDE; i++) {                                    \
        const vf32 high = AOTI__DIRECT_HIGH(x[i]);                                                 \
        memcpy(line + i * (stride), &x[i], 4 * SIDE);                                              \
        if (SIDE < AOTI_LANES) memcpy(line + (SIDE + i) * (stride), &high, 4 * SIDE);              \
      }                                                                                            \
    }
/* The upper half of a vector, in the lower. */
#if defined(AOTI__EACH_LANE) && (defined(__clang__) || __GNUC__ >= 12)
#define AOTI__DIRECT_UPPER(s, l) (((l) + AOTI_LANES / 2) % AOTI_LANES)
#define AOTI__DIRECT_HIGH(x) __builtin_shufflevector(x, x, AOTI__EACH_LANE(AOTI__DIRECT_UPPER, 0))
#else
AOTI_FN vf32 AOTI__DIRECT_HIGH(vf32 x) {
  vf32 high = x;
  for (int l = 0; l < AOTI_LANES / 2; l++) high[l] = x[l + AOTI_LANES / 2];
  return high;
}
#endif
#endif
