/* Stores past the caches, for results that no cache holds: what is only overwritten is then never read, and what others
 * still want stays where it is. Include after vec.h; a kernel that stores so ends with aoti_past_end(). */
#ifndef AOTI_KERNEL_PAST_H
#define AOTI_KERNEL_PAST_H
#include "aoti/kernel/memory.h"

#if defined(__x86_64__)
typedef long long aoti__past16 __attribute__((vector_size(16)));
typedef long long aoti__past32 __attribute__((vector_size(32)));
typedef long long aoti__past64 __attribute__((vector_size(64)));
#ifdef __clang__
#define AOTI__PAST_16(p, v) __builtin_nontemporal_store(v, (aoti__past16*)(p))
#define AOTI__PAST_32(p, v) __builtin_nontemporal_store(v, (aoti__past32*)(p))
#define AOTI__PAST_64(p, v) __builtin_nontemporal_store(v, (aoti__past64*)(p))
#else
#define AOTI__PAST_16(p, v) __builtin_ia32_movntdq((aoti__past16*)(p), v)
#define AOTI__PAST_32(p, v) __builtin_ia32_movntdq256((aoti__past32*)(p), v)
#define AOTI__PAST_64(p, v) __builtin_ia32_movntdq512((aoti__past64*)(p), v)
#endif
/* One store of n bytes where that is a register of this target and the address is aligned. */
AOTI_FN int aoti__past(void* p, const void* v, size_t n) {
  if ((uintptr_t)p % n) return 0;
#if AOTI_VECTOR_BYTES >= 64
  if (n == 64) {
    aoti__past64 x;
    __builtin_memcpy(&x, v, 64);
    AOTI__PAST_64(p, x);
    return 1;
  }
#endif
#if AOTI_VECTOR_BYTES >= 32
  if (n == 32) {
    aoti__past32 x;
    __builtin_memcpy(&x, v, 32);
    AOTI__PAST_32(p, x);
    return 1;
  }
#endif
  if (n == 16) {
    aoti__past16 x;
    __builtin_memcpy(&x, v, 16);
    AOTI__PAST_16(p, x);
    return 1;
  }
  return 0;
}
/* Orders those stores before whatever tells others of them. */
AOTI_FN void aoti_past_end(void) { __builtin_ia32_sfence(); }
#else
AOTI_FN int aoti__past(void* p, const void* v, size_t n) { return 0; }
AOTI_FN void aoti_past_end(void) {}
#endif

/* aoti_store_T, past the caches when `past` holds and the vector lies on its own boundary. */
#define AOTI__PUT(T)                                                                               \
  AOTI_FN void aoti_put_##T(void* p, v##T v, int past) {                                           \
    if (!past || !aoti__past(p, &v, sizeof v)) aoti_store_##T(p, v);                               \
  }
AOTI__PUT(f32) AOTI__PUT(f64)
AOTI__PUT(i64) AOTI__PUT(i32) AOTI__PUT(i16) AOTI__PUT(i8)
AOTI__PUT(u64) AOTI__PUT(u32) AOTI__PUT(u16) AOTI__PUT(u8)
/* Rows end amid vectors: the end of one waits here for the beginning of the next, so that memory sees whole vectors only. A part that
 * is stored by itself has its line read first, and all later stores wait for that. */
typedef struct {
  unsigned char held[64] __attribute__((aligned(64)));
  char* at;    /* where the vector lies that `held` is the beginning of */
  size_t size; /* of what is held, in bytes */
} aoti_edge;
/* Stores what is held: at the end of a kernel, or where something else comes instead of what continues it. */
AOTI_FN void aoti_edge_end(aoti_edge* e) {
  for (size_t n = 0; n < e->size; n++) e->at[n] = (char)e->held[n];
  e->size = 0;
}
/* aoti_storen_T where aoti_put_T stores what lies between. */
#define AOTI__EDGE(T)                                                                              \
  AOTI_FN void aoti_edge_##T(aoti_edge* e, void* p, v##T v, int64_t n, int past) {                 \
    const size_t before = (uintptr_t)p % sizeof v, size = (size_t)n * sizeof(aoti_t_##T);          \
    if (past && before && e->size == before && e->at + before == (char*)p) {                       \
      aoti_storen_##T(e->held + before, v, n);                                                     \
      if ((e->size += size) < sizeof v) return;                                                    \
      aoti_put_##T(e->at, aoti_load_##T(e->held), 1);                                              \
      e->size = 0;                                                                                 \
    } else if (past && !before && size < sizeof v && sizeof v <= sizeof e->held) {                 \
      aoti_edge_end(e);                                                                            \
      aoti_storen_##T(e->held, v, n);                                                              \
      e->at = (char*)p, e->size = size;                                                            \
    } else                                                                                         \
      aoti_storen_##T(p, v, n);                                                                    \
  }
AOTI__EDGE(f32) AOTI__EDGE(f64)
AOTI__EDGE(i64) AOTI__EDGE(i32) AOTI__EDGE(i16) AOTI__EDGE(i8)
AOTI__EDGE(u64) AOTI__EDGE(u32) AOTI__EDGE(u16) AOTI__EDGE(u8)
/* Types whose memory form is another. */
AOTI_FN void aoti_put_bool(void* p, vbool v, int past) { aoti_put_u8(p, aoti__bool_to_bytes(v), past); }
AOTI_FN void aoti_put_bf16(void* p, vf32 v, int past) { aoti_put_u16(p, aoti__narrow_bf16(v), past); }
AOTI_FN void aoti_put_f16(void* p, vf32 v, int past) { aoti_put_u16(p, aoti__narrow_f16(v), past); }
#define AOTI__EDGE_AS(T, V, U, FORM)                                                               \
  AOTI_FN void aoti_edge_##T(aoti_edge* e, void* p, V v, int64_t n, int past) {                    \
    aoti_edge_##U(e, p, FORM(v), n, past);                                                         \
  }
AOTI__EDGE_AS(bool, vbool, u8, aoti__bool_to_bytes)
AOTI__EDGE_AS(bf16, vf32, u16, aoti__narrow_bf16) AOTI__EDGE_AS(f16, vf32, u16, aoti__narrow_f16)
#endif
