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
/* Types whose memory form is another. */
AOTI_FN void aoti_put_bool(void* p, vbool v, int past) { aoti_put_u8(p, aoti__bool_to_bytes(v), past); }
AOTI_FN void aoti_put_bf16(void* p, vf32 v, int past) { aoti_put_u16(p, aoti__narrow_bf16(v), past); }
AOTI_FN void aoti_put_f16(void* p, vf32 v, int past) { aoti_put_u16(p, aoti__narrow_f16(v), past); }
#endif
