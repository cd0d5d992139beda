/* Loads, stores and gathers; see vec.h. `n` is how many leading lanes exist (1..AOTI_LANES, clamped above): memory of
 * the others is never touched, and their value is zero. Strides and indices count elements. */
#ifndef AOTI_KERNEL_MEMORY_H
#define AOTI_KERNEL_MEMORY_H
#include "aoti/kernel/types.h"
#include "aoti/kernel/half.h"

/* How many elements of `size` bytes lie before the first boundary of AOTI_LANES of them; none where no element does. */
AOTI_FN int64_t aoti_head(const void* p, int64_t size) {
  int64_t bytes = (int64_t)(-(uintptr_t)p % (uintptr_t)(size * AOTI_LANES));
  return bytes % size ? 0 : bytes / size;
}

/* Partial loads of elements of W bytes: with AVX-512 masks, else through a small copy. */
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

#define AOTI__MEMORY(T)                                                                            \
  AOTI_FN v##T aoti_load_##T(const void* p) { return (v##T)*(const aoti_u_##T*)p; }                \
  AOTI_FN void aoti_store_##T(void* p, v##T v) { *(aoti_u_##T*)p = (aoti_u_##T)v; }                \
  AOTI_FN v##T aoti_loadn_##T(const void* p, int64_t n) {                                          \
    return n >= AOTI_LANES ? aoti_load_##T(p) : aoti__loadp_##T(p, n);                             \
  }                                                                                                \
  AOTI_FN void aoti_storen_##T(void* p, v##T v, int64_t n) {                                       \
    if (n >= AOTI_LANES) aoti_store_##T(p, v);                                                     \
    else aoti__storep_##T(p, v, n);                                                                \
  }                                                                                                \
  AOTI_FN v##T aoti_load1_##T(const void* p) { return aoti_set1_##T(*(const aoti_t_##T*)p); }      \
  AOTI_FN v##T aoti_loads_##T(const void* p, int64_t stride, int64_t n) {                          \
    const aoti_t_##T* q = (const aoti_t_##T*)p;                                                    \
    v##T v = {0};                                                                                  \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if (i < n) v[i] = q[i * stride];                                                             \
    return v;                                                                                      \
  }                                                                                                \
  AOTI_FN void aoti_stores_##T(void* p, v##T v, int64_t stride, int64_t n) {                       \
    aoti_t_##T* q = (aoti_t_##T*)p;                                                                \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if (i < n) q[i * stride] = v[i];                                                             \
  }                                                                                                \
  AOTI_FN v##T aoti_gather_##T(const void* p, vi64 index, int64_t n) {                             \
    const aoti_t_##T* q = (const aoti_t_##T*)p;                                                    \
    v##T v = {0};                                                                                  \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if (i < n) v[i] = q[index[i]];                                                               \
    return v;                                                                                      \
  }                                                                                                \
  AOTI_FN v##T aoti_gather32_##T(const void* p, vi32 index, int64_t n) {                           \
    const aoti_t_##T* q = (const aoti_t_##T*)p;                                                    \
    v##T v = {0};                                                                                  \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if (i < n) v[i] = q[index[i]];                                                               \
    return v;                                                                                      \
  }                                                                                                \
  AOTI_FN v##T aoti_gatherm_##T(const void* p, vi64 index, vbool mask, int64_t n) {                \
    const aoti_t_##T* q = (const aoti_t_##T*)p;                                                    \
    v##T v = {0};                                                                                  \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if (i < n && mask[i]) v[i] = q[index[i]];                                                    \
    return v;                                                                                      \
  }                                                                                                \
  AOTI_FN v##T aoti_gatherm32_##T(const void* p, vi32 index, vbool mask, int64_t n) {              \
    const aoti_t_##T* q = (const aoti_t_##T*)p;                                                    \
    v##T v = {0};                                                                                  \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if (i < n && mask[i]) v[i] = q[index[i]];                                                    \
    return v;                                                                                      \
  }                                                                                                \
  AOTI_FN v##T aoti_loadsm_##T(const void* p, int64_t stride, vbool mask, int64_t n) {             \
    const aoti_t_##T* q = (const aoti_t_##T*)p;                                                    \
    v##T v = {0};                                                                                  \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if (i < n && mask[i]) v[i] = q[i * stride];                                                  \
    return v;                                                                                      \
  }                                                                                                \
  AOTI_FN void aoti_scatter_##T(void* p, vi64 index, v##T v, int64_t n) {                          \
    aoti_t_##T* q = (aoti_t_##T*)p;                                                                \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if (i < n) q[index[i]] = v[i];                                                               \
  }
AOTI__MEMORY(f32) AOTI__MEMORY(f64)
AOTI__MEMORY(i64) AOTI__MEMORY(i32) AOTI__MEMORY(i16) AOTI__MEMORY(i8)
AOTI__MEMORY(u64) AOTI__MEMORY(u32) AOTI__MEMORY(u16) AOTI__MEMORY(u8)

/* Every second element: 16 lanes of 4 bytes out of two registers. */
#define AOTI__SECOND(T)                                                                            \
  AOTI_FN v##T aoti_load2_##T(const void* p, int64_t n) { return aoti_loads_##T(p, 2, n); }        \
  AOTI_FN v##T aoti_load2m_##T(const void* p, vbool mask, int64_t n) {                             \
    return aoti_loadsm_##T(p, 2, mask, n);                                                         \
  }
#if defined(AOTI_HAS_KBOOL) && defined(AOTI_HAS_K4) && AOTI_LANES == 16 && defined(__BMI2__)
AOTI_FN aoti__b4 aoti__second_4(const void* p, uint64_t lanes) {
  uint64_t k = __builtin_ia32_pdep_di(lanes, 0x55555555u);
  aoti__b4 a = aoti__loadk_4(p, k & 0xffff), b = aoti__loadk_4((const char*)p + 64, k >> 16);
#ifdef __clang__
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
#else
  return __builtin_shuffle(a, b, (aoti__b4){0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30});
#endif
}
/* All lanes: two vectors that end with the last of them. */
AOTI_FN aoti__b4 aoti__seconds_4(const void* p) {
  aoti__b4 a, b;
  __builtin_memcpy(&a, p, sizeof a);
  __builtin_memcpy(&b, (const char*)p + 60, sizeof b);
#ifdef __clang__
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31);
#else
  return __builtin_shuffle(a, b, (aoti__b4){0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31});
#endif
}
#define AOTI__SECOND4(T)                                                                           \
  AOTI_FN v##T aoti_load2_##T(const void* p, int64_t n) {                                          \
    if (__builtin_constant_p(n) && n >= AOTI_LANES) return (v##T)aoti__seconds_4(p);               \
    return (v##T)aoti__second_4(p, aoti__kmask(AOTI__CLAMP_N(n)));                                 \
  }                                                                                                \
  AOTI_FN v##T aoti_load2m_##T(const void* p, vbool mask, int64_t n) {                             \
    return (v##T)aoti__second_4(p, aoti__kbool(mask, n));                                          \
  }
#else
#define AOTI__SECOND4 AOTI__SECOND
#endif
AOTI__SECOND4(f32) AOTI__SECOND(f64)
AOTI__SECOND(i64) AOTI__SECOND4(i32) AOTI__SECOND(i16) AOTI__SECOND(i8)
AOTI__SECOND(u64) AOTI__SECOND4(u32) AOTI__SECOND(u16) AOTI__SECOND(u8)

/* Types whose memory form is another vector type S: bool (bytes) and the halves (16-bit words). */
#define AOTI__MEMORY_AS(T, S, V, FROM, TO)                                                         \
  AOTI_FN V aoti_load_##T(const void* p) { return FROM(aoti_load_##S(p)); }                        \
  AOTI_FN V aoti_loadn_##T(const void* p, int64_t n) { return FROM(aoti_loadn_##S(p, n)); }        \
  AOTI_FN V aoti_load1_##T(const void* p) { return FROM(aoti_load1_##S(p)); }                      \
  AOTI_FN V aoti_loads_##T(const void* p, int64_t stride, int64_t n) {                             \
    return FROM(aoti_loads_##S(p, stride, n));                                                     \
  }                                                                                                \
  AOTI_FN V aoti_loadm_##T(const void* p, vbool mask, int64_t n) {                                 \
    return FROM(aoti_loadm_##S(p, mask, n));                                                       \
  }                                                                                                \
  AOTI_FN V aoti_loadsm_##T(const void* p, int64_t stride, vbool mask, int64_t n) {                \
    return FROM(aoti_loadsm_##S(p, stride, mask, n));                                              \
  }                                                                                                \
  AOTI_FN V aoti_load2_##T(const void* p, int64_t n) { return FROM(aoti_load2_##S(p, n)); }        \
  AOTI_FN V aoti_load2m_##T(const void* p, vbool mask, int64_t n) {                                \
    return FROM(aoti_load2m_##S(p, mask, n));                                                      \
  }                                                                                                \
  AOTI_FN V aoti_gather_##T(const void* p, vi64 index, int64_t n) {                                \
    return FROM(aoti_gather_##S(p, index, n));                                                     \
  }                                                                                                \
  AOTI_FN V aoti_gather32_##T(const void* p, vi32 index, int64_t n) {                              \
    return FROM(aoti_gather32_##S(p, index, n));                                                   \
  }                                                                                                \
  AOTI_FN V aoti_gatherm_##T(const void* p, vi64 index, vbool mask, int64_t n) {                   \
    return FROM(aoti_gatherm_##S(p, index, mask, n));                                              \
  }                                                                                                \
  AOTI_FN V aoti_gatherm32_##T(const void* p, vi32 index, vbool mask, int64_t n) {                 \
    return FROM(aoti_gatherm32_##S(p, index, mask, n));                                            \
  }                                                                                                \
  AOTI_FN void aoti_store_##T(void* p, V v) { aoti_store_##S(p, TO(v)); }                          \
  AOTI_FN void aoti_storen_##T(void* p, V v, int64_t n) { aoti_storen_##S(p, TO(v), n); }          \
  AOTI_FN void aoti_stores_##T(void* p, V v, int64_t stride, int64_t n) {                          \
    aoti_stores_##S(p, TO(v), stride, n);                                                          \
  }                                                                                                \
  AOTI_FN void aoti_storem_##T(void* p, V v, vbool mask, int64_t n) {                              \
    aoti_storem_##S(p, TO(v), mask, n);                                                            \
  }                                                                                                \
  AOTI_FN void aoti_scatter_##T(void* p, vi64 index, V v, int64_t n) {                             \
    aoti_scatter_##S(p, index, TO(v), n);                                                          \
  }
AOTI_FN vbool aoti__bytes_to_bool(vu8 v) { return aoti__widen_u8((vi8)(v != 0)); }
AOTI_FN vu8 aoti__bool_to_bytes(vbool v) { return (vu8)(aoti__narrow_u8(v) & 1); }
AOTI__MEMORY_AS(bool, u8, vbool, aoti__bytes_to_bool, aoti__bool_to_bytes)
AOTI__MEMORY_AS(bf16, u16, vf32, aoti__widen_bf16, aoti__narrow_bf16)
AOTI__MEMORY_AS(f16, u16, vf32, aoti__widen_f16, aoti__narrow_f16)
#endif
