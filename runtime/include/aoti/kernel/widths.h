/* Integers between lane widths: aoti__<from>_<to>. Signedness of the source decides the extension; narrowing keeps the low
 * bits. gcc's __builtin_convertvector is good only for one doubling or halving, so longer ways go in steps, and AVX-512 and
 * AVX2 get their single instructions by name; clang finds those itself. Included by types.h. */
#ifndef AOTI_KERNEL_WIDTHS_H
#define AOTI_KERNEL_WIDTHS_H

#define AOTI__CONVERT(A, B) AOTI_FN v##B aoti__##A##_##B(v##A v) { return __builtin_convertvector(v, v##B); }
#define AOTI__SAME(A, B) AOTI_FN v##B aoti__##A##_##B(v##A v) { return (v##B)v; }
#define AOTI__STEPS(A, VIA, B) AOTI_FN v##B aoti__##A##_##B(v##A v) { return aoti__##VIA##_##B(aoti__##A##_##VIA(v)); }

typedef char aoti__q16 __attribute__((vector_size(16)));
typedef short aoti__w8 __attribute__((vector_size(16)));
typedef short aoti__w16 __attribute__((vector_size(32)));
typedef int aoti__d4 __attribute__((vector_size(16)));
typedef int aoti__d8 __attribute__((vector_size(32)));
typedef int aoti__d16 __attribute__((vector_size(64)));
typedef long long aoti__l2 __attribute__((vector_size(16)));
typedef long long aoti__l4 __attribute__((vector_size(32)));
typedef long long aoti__l8 __attribute__((vector_size(64)));

#define AOTI__BUILTIN(A, B, CALL) AOTI_FN v##B aoti__##A##_##B(v##A v) { return (v##B)CALL; }
/* Eight bytes as the low half of a register, and back. */
#define AOTI__LOW8(v) (aoti__q16)((aoti__l2){(long long)(v), 0})

#if defined(AOTI__GCC_X86) && defined(AOTI_AVX512) && AOTI_LANES == 16
AOTI__BUILTIN(i8, i16, __builtin_ia32_pmovsxbw256((aoti__q16)v))
AOTI__BUILTIN(u8, u16, __builtin_ia32_pmovzxbw256((aoti__q16)v))
AOTI__BUILTIN(i8, i32, __builtin_ia32_pmovsxbd512_mask((aoti__q16)v, (aoti__d16){0}, (short)-1))
AOTI__BUILTIN(u8, u32, __builtin_ia32_pmovzxbd512_mask((aoti__q16)v, (aoti__d16){0}, (short)-1))
AOTI__BUILTIN(i16, i32, __builtin_ia32_pmovsxwd512_mask((aoti__w16)v, (aoti__d16){0}, (short)-1))
AOTI__BUILTIN(u16, u32, __builtin_ia32_pmovzxwd512_mask((aoti__w16)v, (aoti__d16){0}, (short)-1))
AOTI__BUILTIN(i16, i8, __builtin_ia32_pmovwb256_mask((aoti__w16)v, (aoti__q16){0}, (short)-1))
AOTI__BUILTIN(i32, i8, __builtin_ia32_pmovdb512_mask((aoti__d16)v, (aoti__q16){0}, (short)-1))
AOTI__BUILTIN(i32, i16, __builtin_ia32_pmovdw512_mask((aoti__d16)v, (aoti__w16){0}, (short)-1))
AOTI__CONVERT(i32, i64) AOTI__CONVERT(u32, u64) AOTI__CONVERT(i64, i32)
#elif defined(AOTI__GCC_X86) && defined(AOTI_AVX512) && AOTI_LANES == 8
AOTI__CONVERT(i8, i16) AOTI__CONVERT(u8, u16) AOTI__CONVERT(i16, i8)
AOTI__BUILTIN(i8, i32, __builtin_ia32_pmovsxbd256(AOTI__LOW8(v)))
AOTI__BUILTIN(u8, u32, __builtin_ia32_pmovzxbd256(AOTI__LOW8(v)))
AOTI__BUILTIN(i16, i32, __builtin_ia32_pmovsxwd256((aoti__w8)v))
AOTI__BUILTIN(u16, u32, __builtin_ia32_pmovzxwd256((aoti__w8)v))
AOTI__BUILTIN(i32, i64, __builtin_ia32_pmovsxdq512_mask((aoti__d8)v, (aoti__l8){0}, -1))
AOTI__BUILTIN(u32, u64, __builtin_ia32_pmovzxdq512_mask((aoti__d8)v, (aoti__l8){0}, -1))
AOTI__BUILTIN(i64, i32, __builtin_ia32_pmovqd512_mask((aoti__l8)v, (aoti__d8){0}, -1))
AOTI__BUILTIN(i32, i16, __builtin_ia32_pmovdw256_mask((aoti__d8)v, (aoti__w8){0}, -1))
AOTI_FN vi8 aoti__i32_i8(vi32 v) {
  return (vi8)((aoti__l2)__builtin_ia32_pmovdb256_mask((aoti__d8)v, (aoti__q16){0}, -1))[0];
}
#elif defined(AOTI__GCC_X86) && defined(__AVX2__) && AOTI_LANES == 8
AOTI__CONVERT(i8, i16) AOTI__CONVERT(u8, u16) AOTI__CONVERT(i16, i8)
AOTI__BUILTIN(i8, i32, __builtin_ia32_pmovsxbd256(AOTI__LOW8(v)))
AOTI__BUILTIN(u8, u32, __builtin_ia32_pmovzxbd256(AOTI__LOW8(v)))
AOTI__BUILTIN(i16, i32, __builtin_ia32_pmovsxwd256((aoti__w8)v))
AOTI__BUILTIN(u16, u32, __builtin_ia32_pmovzxwd256((aoti__w8)v))
AOTI__CONVERT(i32, i64) AOTI__CONVERT(u32, u64) AOTI__CONVERT(i64, i32)
/* Within each 128-bit half by pshufb, then the halves side by side. */
typedef char aoti__q32 __attribute__((vector_size(32)));
AOTI_FN vi16 aoti__i32_i16(vi32 v) {
  const aoti__q32 words = {0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1,
                           0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1};
  aoti__l4 w = (aoti__l4)__builtin_ia32_pshufb256((aoti__q32)v, words);
  return (vi16)(aoti__l2)__builtin_shufflevector(w, w, 0, 2);
}
AOTI_FN vi8 aoti__i32_i8(vi32 v) {
  const aoti__q32 bytes = {0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                           0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  aoti__d8 b = (aoti__d8)__builtin_ia32_pshufb256((aoti__q32)v, bytes);
  return (vi8)__builtin_shufflevector(b, b, 0, 4);
}
#elif defined(AOTI__GCC_X86) && defined(__AVX2__) && AOTI_LANES == 4
AOTI__CONVERT(i8, i16) AOTI__CONVERT(u8, u16) AOTI__CONVERT(i16, i8) AOTI__CONVERT(i64, i32) AOTI__CONVERT(i32, i16)
#define AOTI__LOW4(v) (aoti__q16)((aoti__d4){(int)(v), 0, 0, 0})
AOTI__BUILTIN(i8, i32, __builtin_ia32_pmovsxbd128(AOTI__LOW4(v)))
AOTI__BUILTIN(u8, u32, __builtin_ia32_pmovzxbd128(AOTI__LOW4(v)))
AOTI__BUILTIN(i16, i32, __builtin_ia32_pmovsxwd128((aoti__w8)AOTI__LOW8(v)))
AOTI__BUILTIN(u16, u32, __builtin_ia32_pmovzxwd128((aoti__w8)AOTI__LOW8(v)))
AOTI__BUILTIN(i32, i64, __builtin_ia32_pmovsxdq256((aoti__d4)v))
AOTI__BUILTIN(u32, u64, __builtin_ia32_pmovzxdq256((aoti__d4)v))
AOTI_FN vi8 aoti__i32_i8(vi32 v) {
  const aoti__q16 bytes = {0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  return (vi8)((aoti__d4)__builtin_ia32_pshufb128((aoti__q16)v, bytes))[0];
}
#else
AOTI__CONVERT(i8, i16) AOTI__CONVERT(u8, u16) AOTI__CONVERT(i16, i8)
AOTI__CONVERT(i16, i32) AOTI__CONVERT(u16, u32) AOTI__CONVERT(i32, i16)
AOTI__CONVERT(i32, i64) AOTI__CONVERT(u32, u64) AOTI__CONVERT(i64, i32)
#ifdef __clang__
AOTI__CONVERT(i8, i32) AOTI__CONVERT(u8, u32) AOTI__CONVERT(i32, i8)
#else
AOTI__STEPS(i8, i16, i32) AOTI__STEPS(u8, u16, u32) AOTI__STEPS(i32, i16, i8)
#endif
#endif
#ifdef __clang__
AOTI__CONVERT(i8, i64) AOTI__CONVERT(i16, i64) AOTI__CONVERT(u8, u64) AOTI__CONVERT(u16, u64)
AOTI__CONVERT(i64, i16) AOTI__CONVERT(i64, i8)
#else
AOTI__STEPS(i8, i32, i64) AOTI__STEPS(i16, i32, i64) AOTI__STEPS(u8, u32, u64) AOTI__STEPS(u16, u32, u64)
AOTI__STEPS(i64, i32, i16) AOTI__STEPS(i64, i32, i8)
#endif
AOTI__SAME(i8, i8) AOTI__SAME(i16, i16) AOTI__SAME(i32, i32) AOTI__SAME(i64, i64)
#endif
