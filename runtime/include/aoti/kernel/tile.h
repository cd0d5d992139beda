/* Tiles read and turned over in registers, all element types: AOTI_LANES vectors of what lies `stride` apart. Up to 16 lanes. */
#ifndef AOTI_KERNEL_TILE_H
#define AOTI_KERNEL_TILE_H
#include "aoti/kernel/exchange.h"
#include "aoti/kernel/vec.h"

/* Lane i of x[u] = p[i * stride + u] for i < lines, u < n; zero elsewhere. Nothing else is read. */
#define AOTI__TILE(T, TURN)                                                                        \
  AOTI_FN void aoti_tile_##T(v##T* x, const void* p, int64_t stride, int64_t lines, int64_t n) {   \
    const aoti_t_##T* q = (const aoti_t_##T*)p;                                                    \
    _Pragma("GCC unroll 64") for (int i = 0; i < AOTI_LANES; i++)                                  \
      x[i] = i < lines ? aoti_loadn_##T(q + i * stride, n) : (v##T){0};                            \
    TURN(T)                                                                                        \
  }
AOTI__TILE(f64, AOTI__EXCHANGES) AOTI__TILE(i64, AOTI__EXCHANGES) AOTI__TILE(u64, AOTI__EXCHANGES)
AOTI__TILE(f32, AOTI__EXCHANGES) AOTI__TILE(i32, AOTI__EXCHANGES) AOTI__TILE(u32, AOTI__EXCHANGES)
AOTI__TILE(i16, AOTI__ROUNDS) AOTI__TILE(u16, AOTI__ROUNDS)
AOTI__TILE(i8, AOTI__ROUNDS) AOTI__TILE(u8, AOTI__ROUNDS)

/* Types whose memory form is another. */
#define AOTI__TILE_AS(T, V, S, FROM)                                                               \
  AOTI_FN void aoti_tile_##T(V* x, const void* p, int64_t stride, int64_t lines, int64_t n) {      \
    v##S y[AOTI_LANES];                                                                            \
    aoti_tile_##S(y, p, stride, lines, n);                                                         \
    _Pragma("GCC unroll 64") for (int i = 0; i < AOTI_LANES; i++) x[i] = FROM(y[i]);               \
  }
AOTI__TILE_AS(bool, vbool, u8, aoti__bytes_to_bool)
AOTI__TILE_AS(bf16, vf32, u16, aoti__widen_bf16)
AOTI__TILE_AS(f16, vf32, u16, aoti__widen_f16)
#endif
