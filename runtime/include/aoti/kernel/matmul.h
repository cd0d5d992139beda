/* Matmul microkernels on packed panels, and the packing. Independent of AOTI_LANES; a kernel may use this beside vec.h.
 *
 * C[MR, NR] (+)= A B over kc steps:
 *   A panel: kc groups of MR values (a[k * MR + i]), B panel: kc groups of NR values (b[k * NR + j]), C with row stride ldc.
 * AOTI_MR_f32, AOTI_NR_f32 (f64 alike) is the tile that fills this machine's registers. */
#ifndef AOTI_KERNEL_MATMUL_H
#define AOTI_KERNEL_MATMUL_H
#include <stddef.h>
#include <stdint.h>

#pragma GCC diagnostic ignored "-Wpsabi"
#define AOTI_MK_FN static inline __attribute__((always_inline, unused))

#if defined(__AVX512F__)
#define AOTI_MK_BYTES 64
#define AOTI_MR_f32 14
#define AOTI_MR_f64 14
#define AOTI_MK_NV 2
#elif defined(__AVX2__) && defined(__FMA__)
#define AOTI_MK_BYTES 32
#define AOTI_MR_f32 6
#define AOTI_MR_f64 6
#define AOTI_MK_NV 2
#elif defined(__aarch64__)
#define AOTI_MK_BYTES 16
#define AOTI_MR_f32 8
#define AOTI_MR_f64 8
#define AOTI_MK_NV 3
#else
#define AOTI_MK_BYTES 16
#define AOTI_MR_f32 4
#define AOTI_MR_f64 4
#define AOTI_MK_NV 2
#endif
#define AOTI_NR_f32 (AOTI_MK_NV * AOTI_MK_BYTES / 4)
#define AOTI_NR_f64 (AOTI_MK_NV * AOTI_MK_BYTES / 8)

typedef float aoti_mk_t_f32;
typedef double aoti_mk_t_f64;
typedef float aoti_mk_v_f32 __attribute__((vector_size(AOTI_MK_BYTES)));
typedef double aoti_mk_v_f64 __attribute__((vector_size(AOTI_MK_BYTES)));
typedef float aoti_mk_u_f32 __attribute__((vector_size(AOTI_MK_BYTES), aligned(4), may_alias));
typedef double aoti_mk_u_f64 __attribute__((vector_size(AOTI_MK_BYTES), aligned(8), may_alias));

/* a * b + c fused; kernels are compiled without contraction, so it is spelled out. */
#if defined(__clang__)
#define AOTI_MK_FMA(T)                                                                             \
  AOTI_MK_FN aoti_mk_v_##T aoti_mk_fma_##T(aoti_mk_v_##T a, aoti_mk_v_##T b, aoti_mk_v_##T c) {    \
    _Pragma("clang fp contract(fast)") return a * b + c;                                           \
  }
AOTI_MK_FMA(f32) AOTI_MK_FMA(f64)
#else
AOTI_MK_FN aoti_mk_v_f32 aoti_mk_fma_f32(aoti_mk_v_f32 a, aoti_mk_v_f32 b, aoti_mk_v_f32 c) {
#if defined(__AVX512F__)
  return __builtin_ia32_vfmaddps512_mask(a, b, c, -1, 4);
#elif defined(__AVX2__) && defined(__FMA__)
  return __builtin_ia32_vfmaddps256(a, b, c);
#elif defined(__aarch64__)
  __asm__("fmla %0.4s, %1.4s, %2.4s" : "+w"(c) : "w"(a), "w"(b));
  return c;
#else
  return a * b + c;
#endif
}
AOTI_MK_FN aoti_mk_v_f64 aoti_mk_fma_f64(aoti_mk_v_f64 a, aoti_mk_v_f64 b, aoti_mk_v_f64 c) {
#if defined(__AVX512F__)
  return __builtin_ia32_vfmaddpd512_mask(a, b, c, -1, 4);
#elif defined(__AVX2__) && defined(__FMA__)
  return __builtin_ia32_vfmaddpd256(a, b, c);
#elif defined(__aarch64__)
  __asm__("fmla %0.2d, %1.2d, %2.2d" : "+w"(c) : "w"(a), "w"(b));
  return c;
#else
  return a * b + c;
#endif
}
#endif

/* x in every lane. */
AOTI_MK_FN aoti_mk_v_f32 aoti_mk_spread_f32(float x) { return x - (aoti_mk_v_f32){0}; }
AOTI_MK_FN aoti_mk_v_f64 aoti_mk_spread_f64(double x) { return x - (aoti_mk_v_f64){0}; }

/* acc[MR][NV]: sums over kc steps of A, `step` elements apart with MR values `apart` elements from one another, times rows of
 * B that are `ldb` elements apart. Statements, and all loops over the tile unroll, so the accumulators live in registers. EACH is done in
 * every step: AOTI_MK_NOTHING, or AOTI_MK_AHEAD, which asks for what lies at `ahead` and moves that on by `skip` bytes. */
#define AOTI_MK_NOTHING
#define AOTI_MK_AHEAD                                                                              \
  __builtin_prefetch(ahead, 0, 2);                                                                 \
  ahead += skip;
#define AOTI_MK_SUMS(T, MR, NV, acc, kc, a, apart, step, b, ldb, EACH)                             \
  enum { L = AOTI_MK_BYTES / sizeof(aoti_mk_t_##T) };                                              \
  aoti_mk_v_##T acc[MR][NV];                                                                       \
  _Pragma("GCC unroll 64") for (int i = 0; i < MR; i++)                                            \
    _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++) acc[i][j] = (aoti_mk_v_##T){0};           \
  for (int64_t k = 0; k < kc; k++) {                                                               \
    EACH aoti_mk_v_##T bv[NV];                                                                     \
    _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                           \
      bv[j] = (aoti_mk_v_##T)*(const aoti_mk_u_##T*)(b + j * L);                                   \
    _Pragma("GCC unroll 64") for (int i = 0; i < MR; i++) {                                        \
      aoti_mk_v_##T av = aoti_mk_spread_##T(a[i * (int64_t)(apart)]);                              \
      _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                         \
        acc[i][j] = aoti_mk_fma_##T(av, bv[j], acc[i][j]);                                         \
    }                                                                                              \
    a += step;                                                                                     \
    b += ldb;                                                                                      \
  }

/* Defines NAME(kc, a, b, ldb, c, ldc, accumulate) for MR rows and NV vectors of columns, rows of B `ldb` elements apart.
 * `accumulate` 0 overwrites C. Instantiate other tiles (1 row for vectors, few rows for small m) with the same panels in
 * mind. */
#define AOTI_MICROKERNEL_APART(NAME, T, MR, NV)                                                    \
  AOTI_MK_FN void NAME(int64_t kc, const aoti_mk_t_##T* a, const aoti_mk_t_##T* b, int64_t ldb,    \
                       aoti_mk_t_##T* c, int64_t ldc, int accumulate) {                            \
    AOTI_MK_SUMS(T, MR, NV, acc, kc, a, 1, MR, b, ldb, AOTI_MK_NOTHING)                            \
    _Pragma("GCC unroll 64") for (int i = 0; i < MR; i++)                                          \
      _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++) {                                       \
        aoti_mk_u_##T* p = (aoti_mk_u_##T*)(c + i * ldc + j * L);                                  \
        *p = (aoti_mk_u_##T)(accumulate ? acc[i][j] + (aoti_mk_v_##T)*p : acc[i][j]);              \
      }                                                                                            \
  }

/* acc += the MR rows of NR elements at `from`, unless that is null. */
#define AOTI_MK_ADD(T, MR, NV, NR, acc, from)                                                      \
  if (from)                                                                                        \
    _Pragma("GCC unroll 64") for (int i = 0; i < MR; i++)                                          \
      _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                         \
        acc[i][j] += (aoti_mk_v_##T)*(const aoti_mk_u_##T*)(from + i * NR + j * L);

/* Defines NAME(kc, a, b, from, to, ahead, skip): MR rows and NV vectors of the product of rows as AOTI_MK_SUMS
 * takes them and a panel of NR columns, plus
 * what lies at `from` unless that is null, into `to`; a row of both has NR elements. A call: what surrounds it must not
 * take registers from it. */
#define AOTI_PANEL_PRODUCT(NAME, T, MR, NV, APART, STEP, NR, EACH)                                 \
  static __attribute__((noinline)) void NAME(                                                      \
      int64_t kc, const aoti_mk_t_##T* a, const aoti_mk_t_##T* b, const aoti_mk_t_##T* from,       \
      aoti_mk_t_##T* to, const char* ahead, int64_t skip) {                                        \
    AOTI_MK_SUMS(T, MR, NV, acc, kc, a, APART, STEP, b, NR, EACH)                                  \
    AOTI_MK_ADD(T, MR, NV, NR, acc, from)                                                          \
    _Pragma("GCC unroll 64") for (int i = 0; i < MR; i++)                                          \
      _Pragma("GCC unroll 8") for (int j = 0; j < NV; j++)                                         \
        *(aoti_mk_u_##T*)(to + i * NR + j * L) = (aoti_mk_u_##T)acc[i][j];                         \
  }

/* Defines NAME(kc, a, b, c, ldc, accumulate): the same on panels of B as wide as the tile. */
#define AOTI_MICROKERNEL(NAME, T, MR, NV)                                                          \
  AOTI_MICROKERNEL_APART(NAME##_apart, T, MR, NV)                                                  \
  AOTI_MK_FN void NAME(int64_t kc, const aoti_mk_t_##T* a, const aoti_mk_t_##T* b, aoti_mk_t_##T* c, \
                       int64_t ldc, int accumulate) {                                              \
    NAME##_apart(kc, a, b, NV * (AOTI_MK_BYTES / sizeof(aoti_mk_t_##T)), c, ldc, accumulate);      \
  }
AOTI_MICROKERNEL(aoti_mk_f32, f32, AOTI_MR_f32, AOTI_MK_NV)
AOTI_MICROKERNEL(aoti_mk_f64, f64, AOTI_MR_f64, AOTI_MK_NV)

/* Panel of `width` lanes and kc steps from x[lane * lane_stride + k * k_stride]; lanes from `count` on are zero. Works for
 * A (lane: row, width MR) and B (lane: column, width NR). LOAD turns a stored element into T. */
#define AOTI_PACK(NAME, T, S, LOAD)                                                                \
  AOTI_MK_FN void NAME(aoti_mk_t_##T* restrict panel, const S* x, int64_t lane_stride,             \
                       int64_t k_stride, int64_t count, int64_t kc, const int width) {             \
    if (count >= width) {                                                                          \
      if (lane_stride == 1) {                                                                      \
        for (int64_t k = 0; k < kc; k++, panel += width, x += k_stride)                            \
          for (int i = 0; i < width; i++) panel[i] = LOAD(x[i]);                                   \
      } else {                                                                                     \
        for (int64_t k = 0; k < kc; k++, panel += width, x += k_stride)                            \
          for (int i = 0; i < width; i++) panel[i] = LOAD(x[i * lane_stride]);                     \
      }                                                                                            \
      return;                                                                                      \
    }                                                                                              \
    for (int64_t k = 0; k < kc; k++, panel += width, x += k_stride)                                \
      for (int i = 0; i < width; i++) panel[i] = i < count ? LOAD(x[i * lane_stride]) : 0;         \
  }
#define AOTI_PACK_SAME(x) (x)
AOTI_MK_FN float aoti_mk_bf16(uint16_t h) {
  uint32_t u = (uint32_t)h << 16;
  float f;
  __builtin_memcpy(&f, &u, 4);
  return f;
}
AOTI_MK_FN float aoti_mk_f16(uint16_t h) {
#if defined(__FLT16_MAX__) && (defined(__F16C__) || defined(__aarch64__))
  _Float16 x;
  __builtin_memcpy(&x, &h, 2);
  return (float)x;
#else
  uint32_t sign = (uint32_t)(h & 0x8000u) << 16, body = (uint32_t)(h & 0x7fffu) << 13;
  uint32_t u = body >= 0x0f800000u ? body | 0x7f800000u : body + 0x38000000u;
  float f;
  if (body < 0x00800000u) {
    u = body + 0x38800000u;
    __builtin_memcpy(&f, &u, 4);
    f -= 6.103515625e-05f;
    __builtin_memcpy(&u, &f, 4);
  }
  u |= sign;
  __builtin_memcpy(&f, &u, 4);
  return f;
#endif
}
AOTI_PACK(aoti_pack_f32, f32, float, AOTI_PACK_SAME)
AOTI_PACK(aoti_pack_f64, f64, double, AOTI_PACK_SAME)
AOTI_PACK(aoti_pack_bf16, f32, uint16_t, aoti_mk_bf16)
AOTI_PACK(aoti_pack_f16, f32, uint16_t, aoti_mk_f16)
#endif
