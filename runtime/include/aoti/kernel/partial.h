/* Loads and stores of leading lanes, and of lanes that a mask chooses; see memory.h.
 *
 * With AVX-512 by masks of bits, where elements and lanes make a register; else by a small copy or lane by lane. */
#ifndef AOTI_KERNEL_PARTIAL_H
#define AOTI_KERNEL_PARTIAL_H
#include "aoti/kernel/types.h"

/* Elements of W bytes that a mask of bits chooses. */
#if defined(AOTI_AVX512)
typedef char aoti__b1 __attribute__((vector_size(AOTI_LANES)));
typedef short aoti__b2 __attribute__((vector_size(2 * AOTI_LANES)));
typedef int aoti__b4 __attribute__((vector_size(4 * AOTI_LANES)));
typedef long long aoti__b8 __attribute__((vector_size(8 * AOTI_LANES)));
AOTI_FN uint64_t aoti__kmask(int64_t n) { return n >= 64 ? ~0ull : (1ull << n) - 1; }
#define AOTI__MASKED(W, SUFFIX)                                                                 \
  AOTI_FN aoti__b##W aoti__loadk_##W(const void* p, uint64_t k) {                                  \
    return (aoti__b##W)__builtin_ia32_loaddqu##SUFFIX##_mask((const void*)p, (aoti__b##W){0}, k);     \
  }                                                                                                \
  AOTI_FN void aoti__storek_##W(void* p, aoti__b##W v, uint64_t k) {                               \
    __builtin_ia32_storedqu##SUFFIX##_mask((void*)p, v, k);                                           \
  }
#if AOTI_LANES == 64
#define AOTI_HAS_K1 1
AOTI__MASKED(1, qi512)
#elif AOTI_LANES == 32
#define AOTI_HAS_K1 1
#define AOTI_HAS_K2 1
AOTI__MASKED(1, qi256)
AOTI__MASKED(2, hi512)
#elif AOTI_LANES == 16
#define AOTI_HAS_K1 1
#define AOTI_HAS_K2 1
#define AOTI_HAS_K4 1
AOTI__MASKED(1, qi128)
AOTI__MASKED(2, hi256)
AOTI__MASKED(4, si512)
#elif AOTI_LANES == 8
#define AOTI_HAS_K2 1
#define AOTI_HAS_K4 1
#define AOTI_HAS_K8 1
AOTI__MASKED(2, hi128)
AOTI__MASKED(4, si256)
AOTI__MASKED(8, di512)
#elif AOTI_LANES == 4
#define AOTI_HAS_K4 1
#define AOTI_HAS_K8 1
AOTI__MASKED(4, si128)
AOTI__MASKED(8, di256)
#elif AOTI_LANES == 2
#define AOTI_HAS_K8 1
AOTI__MASKED(8, di128)
#endif
#endif

/* Lanes of a vbool as a bit mask: with AVX-512 and masks that fill a register. */
#if defined(AOTI_AVX512) && AOTI_LANES * AOTI_MASK_BYTES == 64
#define AOTI_HAS_KBOOL 1
AOTI_FN uint64_t aoti__kbool(vbool m, int64_t n) {
#if AOTI_MASK_BYTES == 8
  return __builtin_ia32_cvtq2mask512((aoti__l8)m) & aoti__kmask(n);
#elif AOTI_MASK_BYTES == 4
  return __builtin_ia32_cvtd2mask512((aoti__d16)m) & aoti__kmask(n);
#elif AOTI_MASK_BYTES == 2
  return __builtin_ia32_cvtw2mask512((aoti__b2)m) & aoti__kmask(n);
#else
  return __builtin_ia32_cvtb2mask512((aoti__b1)m) & aoti__kmask(n);
#endif
}
#endif

#define AOTI__PARTIAL_MASK(T, W)                                                                   \
  AOTI_FN v##T aoti__loadp_##T(const void* p, int64_t n) {                                         \
    return (v##T)aoti__loadk_##W(p, aoti__kmask(n));                                               \
  }                                                                                                \
  AOTI_FN void aoti__storep_##T(void* p, v##T v, int64_t n) {                                      \
    aoti__storek_##W(p, (aoti__b##W)v, aoti__kmask(n));                                            \
  }
#define AOTI__PARTIAL_COPY(T, W)                                                                   \
  AOTI_FN v##T aoti__loadp_##T(const void* p, int64_t n) {                                         \
    v##T v = {0};                                                                                  \
    __builtin_memcpy(&v, p, (size_t)n * W);                                                        \
    return v;                                                                                      \
  }                                                                                                \
  AOTI_FN void aoti__storep_##T(void* p, v##T v, int64_t n) { __builtin_memcpy(p, &v, (size_t)n * W); }
#ifdef AOTI_HAS_K1
#define AOTI__PARTIAL1 AOTI__PARTIAL_MASK
#else
#define AOTI__PARTIAL1 AOTI__PARTIAL_COPY
#endif
#ifdef AOTI_HAS_K2
#define AOTI__PARTIAL2 AOTI__PARTIAL_MASK
#else
#define AOTI__PARTIAL2 AOTI__PARTIAL_COPY
#endif
#ifdef AOTI_HAS_K4
#define AOTI__PARTIAL4 AOTI__PARTIAL_MASK
#else
#define AOTI__PARTIAL4 AOTI__PARTIAL_COPY
#endif
#ifdef AOTI_HAS_K8
#define AOTI__PARTIAL8 AOTI__PARTIAL_MASK
#else
#define AOTI__PARTIAL8 AOTI__PARTIAL_COPY
#endif
AOTI__PARTIAL8(f64, 8) AOTI__PARTIAL8(i64, 8) AOTI__PARTIAL8(u64, 8)
AOTI__PARTIAL4(f32, 4) AOTI__PARTIAL4(i32, 4) AOTI__PARTIAL4(u32, 4)
AOTI__PARTIAL2(i16, 2) AOTI__PARTIAL2(u16, 2)
AOTI__PARTIAL1(i8, 1) AOTI__PARTIAL1(u8, 1)

#define AOTI__CLAMP_N(n) ((n) < AOTI_LANES ? (n) : AOTI_LANES)

/* Of lanes that a mask selects. */
#define AOTI__MASKED_LANES(T, W)                                                                   \
  AOTI_FN v##T aoti_loadm_##T(const void* p, vbool mask, int64_t n) {                              \
    const aoti_t_##T* q = (const aoti_t_##T*)p;                                                    \
    v##T v = {0};                                                                                  \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if (i < n && mask[i]) v[i] = q[i];                                                           \
    return v;                                                                                      \
  }                                                                                                \
  AOTI_FN void aoti_storem_##T(void* p, v##T v, vbool mask, int64_t n) {                           \
    aoti_t_##T* q = (aoti_t_##T*)p;                                                                \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if (i < n && mask[i]) q[i] = v[i];                                                           \
  }
#define AOTI__MASKED_BITS(T, W)                                                                    \
  AOTI_FN v##T aoti_loadm_##T(const void* p, vbool mask, int64_t n) {                              \
    return (v##T)aoti__loadk_##W(p, aoti__kbool(mask, n));                                         \
  }                                                                                                \
  AOTI_FN void aoti_storem_##T(void* p, v##T v, vbool mask, int64_t n) {                           \
    aoti__storek_##W(p, (aoti__b##W)v, aoti__kbool(mask, n));                                      \
  }
#if defined(AOTI_HAS_KBOOL) && defined(AOTI_HAS_K1)
#define AOTI__MASKED1 AOTI__MASKED_BITS
#else
#define AOTI__MASKED1 AOTI__MASKED_LANES
#endif
#if defined(AOTI_HAS_KBOOL) && defined(AOTI_HAS_K2)
#define AOTI__MASKED2 AOTI__MASKED_BITS
#else
#define AOTI__MASKED2 AOTI__MASKED_LANES
#endif
#if defined(AOTI_HAS_KBOOL) && defined(AOTI_HAS_K4)
#define AOTI__MASKED4 AOTI__MASKED_BITS
#else
#define AOTI__MASKED4 AOTI__MASKED_LANES
#endif
#if defined(AOTI_HAS_KBOOL) && defined(AOTI_HAS_K8)
#define AOTI__MASKED8 AOTI__MASKED_BITS
#else
#define AOTI__MASKED8 AOTI__MASKED_LANES
#endif
AOTI__MASKED8(f64, 8) AOTI__MASKED8(i64, 8) AOTI__MASKED8(u64, 8)
AOTI__MASKED4(f32, 4) AOTI__MASKED4(i32, 4) AOTI__MASKED4(u32, 4)
AOTI__MASKED2(i16, 2) AOTI__MASKED2(u16, 2)
AOTI__MASKED1(i8, 1) AOTI__MASKED1(u8, 1)
#endif
