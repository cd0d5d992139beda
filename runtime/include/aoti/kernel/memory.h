/* Loads, stores and gathers; see vec.h. `n` is how many leading lanes exist (1..AOTI_LANES, clamped above): memory of
 * the others is never touched, and their value is zero. Strides and indices count elements. */
#ifndef AOTI_KERNEL_MEMORY_H
#define AOTI_KERNEL_MEMORY_H
#include "aoti/kernel/types.h"
#include "aoti/kernel/half.h"
#include "aoti/kernel/partial.h"

/* How many elements of `size` bytes lie before the first boundary of AOTI_LANES of them; none where no element does. */
AOTI_FN int64_t aoti_head(const void* p, int64_t size) {
  int64_t bytes = (int64_t)(-(uintptr_t)p % (uintptr_t)(size * AOTI_LANES));
  return bytes % size ? 0 : bytes / size;
}

/* Of the lanes that exist, those where `WHERE` holds: each from the element at `AT`. */
#define AOTI__CHOSEN(T, AT, WHERE)                                                                 \
  const aoti_t_##T* q = (const aoti_t_##T*)p;                                                      \
  v##T v = {0};                                                                                    \
  for (int i = 0; i < AOTI_LANES; i++)                                                             \
    if (i < n && WHERE) v[i] = q[AT];                                                              \
  return v;
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
  AOTI_FN v##T aoti_loads_##T(const void* p, int64_t stride, int64_t n) { AOTI__CHOSEN(T, i * stride, 1) } \
  AOTI_FN v##T aoti_loadsm_##T(const void* p, int64_t stride, vbool mask, int64_t n) {             \
    AOTI__CHOSEN(T, i * stride, mask[i])                                                           \
  }                                                                                                \
  AOTI_FN v##T aoti_gather_##T(const void* p, vi64 index, int64_t n) { AOTI__CHOSEN(T, index[i], 1) } \
  AOTI_FN v##T aoti_gather32_##T(const void* p, vi32 index, int64_t n) { AOTI__CHOSEN(T, index[i], 1) } \
  AOTI_FN v##T aoti_gatherm_##T(const void* p, vi64 index, vbool mask, int64_t n) {                \
    AOTI__CHOSEN(T, index[i], mask[i])                                                             \
  }                                                                                                \
  AOTI_FN v##T aoti_gatherm32_##T(const void* p, vi32 index, vbool mask, int64_t n) {              \
    AOTI__CHOSEN(T, index[i], mask[i])                                                             \
  }                                                                                                \
  AOTI_FN void aoti_stores_##T(void* p, v##T v, int64_t stride, int64_t n) {                       \
    aoti_t_##T* q = (aoti_t_##T*)p;                                                                \
    for (int i = 0; i < AOTI_LANES; i++)                                                           \
      if (i < n) q[i * stride] = v[i];                                                             \
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
