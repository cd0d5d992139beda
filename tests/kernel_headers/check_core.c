/* Memory, operators, casts, halves and reductions against plain scalar C, lane by lane. */
#ifndef AOTI_LANES
#define AOTI_LANES 16
#endif
#include "aoti/kernel/vec.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { L = AOTI_LANES };
static int failures;
#define EXPECT(condition, ...)                                                                     \
  do {                                                                                             \
    if (!(condition) && failures++ < 20) printf("line %d, %d lanes: %s ", __LINE__, L, #condition), printf(__VA_ARGS__), puts(""); \
  } while (0)
static uint64_t seed = 88172645463325252ull;
static uint64_t next(void) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return seed;
}
/* A buffer whose end is the end of a page that faults beyond. */
static char* fence(void) {
  char* p = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(p + 4096, 4096, PROT_NONE);
  return p + 4096;
}

/* ---- memory: every n, ending at the fence ---- */
#define MEMORY(T, C, V, SAME)                                                                      \
  static void memory_##T(char* end) {                                                              \
    for (int n = 1; n <= L; n++) {                                                                 \
      C *p = (C*)(end - n * sizeof(C)), out[3 * L + 1], strided[3 * L];                            \
      uint8_t where[L];                                                                            \
      int64_t at[L], back[L];                                                                      \
      for (int i = 0; i < n; i++) p[i] = (C)(sizeof(C) == 1 ? next() & 1 : next() % 30000);        \
      for (int i = 0; i < L; i++) where[i] = next() & 1, at[i] = i < n ? n - 1 - i : 1 << 20, back[i] = where[i] ? at[i] : -(1 << 20); \
      vbool mask = aoti_load_bool(where);                                                          \
      vi64 index = aoti_load_i64(at), wild = aoti_load_i64(back);                                  \
      V v = aoti_loadn_##T(p, n), g = aoti_gather_##T(p, index, n), gm = aoti_gatherm_##T(p, wild, mask, n); \
      V g32 = aoti_gather32_##T(p, aoti_cvt_i64_i32(index), n), gm32 = aoti_gatherm32_##T(p, aoti_cvt_i64_i32(wild), mask, n); \
      V m = aoti_loadm_##T(p, mask, n);                                                            \
      for (int i = 0; i < L; i++) {                                                                \
        C zero = 0;                                                                                \
        EXPECT(SAME(T, v, i, i < n ? p[i] : zero), "loadn " #T);                                   \
        EXPECT(SAME(T, g, i, i < n ? p[at[i]] : zero), "gather " #T);                              \
        EXPECT(SAME(T, g32, i, i < n ? p[at[i]] : zero), "gather32 " #T);                          \
        EXPECT(SAME(T, gm, i, i < n && where[i] ? p[at[i]] : zero), "gatherm " #T);                \
        EXPECT(SAME(T, gm32, i, i < n && where[i] ? p[at[i]] : zero), "gatherm32 " #T);            \
        EXPECT(SAME(T, m, i, i < n && where[i] ? p[i] : zero), "loadm " #T);                       \
      }                                                                                            \
      memset(out, 77, sizeof out);                                                                 \
      aoti_storen_##T(out, v, n);                                                                  \
      EXPECT(!memcmp(out, p, n * sizeof(C)) && ((char*)out)[n * sizeof(C)] == 77, "storen " #T);   \
      memset(out, 77, sizeof out);                                                                 \
      aoti_storem_##T(out, v, mask, n);                                                            \
      for (int i = 0; i < L; i++)                                                                  \
        EXPECT(i < n && where[i] ? !memcmp(out + i, p + i, sizeof(C)) : *(char*)(out + i) == 77, "storem " #T); \
      memset(strided, 77, sizeof strided);                                                         \
      aoti_stores_##T(strided, v, 3, n);                                                           \
      for (int i = 0; i < L; i++) EXPECT(i < n ? !memcmp(strided + 3 * i, p + i, sizeof(C)) : *(char*)(strided + 3 * i) == 77, "stores " #T); \
      V s = aoti_loads_##T(strided, 3, n), sm = aoti_loadsm_##T(strided, 3, mask, n);              \
      for (int i = 0; i < n; i++) strided[2 * i] = p[i];                                           \
      V one = aoti_load1_##T(strided), two = aoti_load2_##T(strided, n), twom = aoti_load2m_##T(strided, mask, n);                \
      V every = aoti_load2_##T(strided, L);                                                        \
      memset(out, 77, sizeof out);                                                                 \
      aoti_scatter_##T(out, index, v, n);                                                          \
      for (int i = 0; i < L; i++) {                                                                \
        C zero = 0;                                                                                \
        EXPECT(SAME(T, s, i, i < n ? p[i] : zero), "loads " #T);                                   \
        EXPECT(SAME(T, sm, i, i < n && where[i] ? p[i] : zero), "loadsm " #T);                     \
        EXPECT(SAME(T, one, i, p[0]), "load1 " #T);                                                \
        EXPECT(SAME(T, two, i, i < n ? p[i] : zero), "load2 " #T);                                 \
        if (n == L) EXPECT(SAME(T, every, i, p[i]), "load2, all " #T);                             \
        EXPECT(SAME(T, twom, i, i < n && where[i] ? p[i] : zero), "load2m " #T);                   \
        EXPECT(i < n ? !memcmp(out + at[i], p + i, sizeof(C)) : *(char*)(out + i) == 77, "scatter " #T); \
      }                                                                                            \
      C full[L];                                                                                   \
      for (int i = 0; i < L; i++) full[i] = (C)(i & 1);                                            \
      aoti_store_##T(out, aoti_load_##T(full));                                                    \
      EXPECT(!memcmp(out, full, sizeof full), "load, store " #T);                                  \
    }                                                                                              \
  }
#define PLAIN(T, v, i, x) (aoti_lane_##T(v, i) == (x))
#define HALF_BF16(T, v, i, x) ({ uint32_t u = (uint32_t)(x) << 16; float f; memcpy(&f, &u, 4); (v)[i] == f; })
#define HALF_F16(T, v, i, x) ((v)[i] == half_value(x))
static float half_value(uint16_t h) {
  int e = h >> 10 & 31, m = h & 1023;
  float f = e == 31 ? (m ? NAN : INFINITY) : e ? ldexpf(1 + m / 1024.f, e - 15) : ldexpf(m / 1024.f, -14);
  return h & 0x8000 ? -f : f;
}
#define BOTH(M) M(f32, float, vf32) M(f64, double, vf64)
#define INTS(M) M(i64, int64_t, vi64) M(i32, int32_t, vi32) M(i16, int16_t, vi16) M(i8, int8_t, vi8) \
  M(u64, uint64_t, vu64) M(u32, uint32_t, vu32) M(u16, uint16_t, vu16) M(u8, uint8_t, vu8)
#define MEMORY_PLAIN(T, C, V) MEMORY(T, C, V, PLAIN)
BOTH(MEMORY_PLAIN) INTS(MEMORY_PLAIN)
MEMORY(bool, uint8_t, vbool, PLAIN) MEMORY(bf16, uint16_t, vf32, HALF_BF16) MEMORY(f16, uint16_t, vf32, HALF_F16)

/* ---- integers ---- */
static const int64_t values[] = {0, 1, -1, 2, -2, 3, -3, 7, -7, 8, 31, 32, 63, 64, 100, -100, INT8_MIN, INT8_MAX, INT16_MIN, INT16_MAX,
  INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX, 255, 65535, 4294967295};
#define VALUES (sizeof values / sizeof *values)
static uint64_t pick(void) { return next() % 3 ? (uint64_t)values[next() % VALUES] : next() >> next() % 64; }
typedef __int128 wide;
static wide floor_div(wide a, wide b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
/* Exponents of unsigned types are never negative. */
static int64_t ipow(uint64_t a, uint64_t b, int is_signed) {
  uint64_t r = 1;
  if (is_signed && (int64_t)b < 0) return a == 1 ? 1 : a == ~0ull ? (b % 2 ? -1 : 1) : 0;
  for (; b; b >>= 1, a *= a) if (b & 1) r *= a;
  return (int64_t)r;
}
#define INTEGERS(T, C, V)                                                                          \
  static void integers_##T(void) {                                                                 \
    const int bits = 8 * sizeof(C);                                                                \
    const int is_signed = !((C)-1 > 1);                                                              \
    for (int r = 0; r < 2000; r++) {                                                               \
      C a[L], b[L];                                                                                \
      for (int i = 0; i < L; i++) a[i] = (C)pick(), b[i] = (C)pick();                              \
      V x = aoti_load_##T(a), y = aoti_load_##T(b);                                                \
      V add = aoti_add_##T(x, y), sub = aoti_sub_##T(x, y), mul = aoti_mul_##T(x, y), neg = aoti_neg_##T(x); \
      V quo = aoti_div_##T(x, y), fdiv = aoti_floordiv_##T(x, y), mod = aoti_mod_##T(x, y), fmd = aoti_fmod_##T(x, y); \
      V lo = aoti_min_##T(x, y), hi = aoti_max_##T(x, y), ab = aoti_abs_##T(x), sg = aoti_sign_##T(x); \
      V an = aoti_and_##T(x, y), or = aoti_or_##T(x, y), xo = aoti_xor_##T(x, y), no = aoti_not_##T(x); \
      V left = aoti_shl_##T(x, y), right = aoti_shr_##T(x, y), pw = aoti_pow_##T(x, y);            \
      vbool lt = aoti_lt_##T(x, y), le = aoti_le_##T(x, y), eq = aoti_eq_##T(x, y);                \
      vbool gt = aoti_gt_##T(x, y), ge = aoti_ge_##T(x, y), ne = aoti_ne_##T(x, y);                \
      V sel = aoti_select_##T(lt, x, y);                                                           \
      C sum = 0, prod = 1, least = a[0], most = a[0];                                              \
      for (int i = 0; i < L; i++) {                                                                \
        wide p = a[i], q = b[i];                                                                   \
        sum = (C)((uint64_t)sum + (uint64_t)a[i]), prod = (C)((uint64_t)prod * (uint64_t)a[i]);    \
        least = a[i] < least ? a[i] : least, most = a[i] > most ? a[i] : most;                     \
        EXPECT(add[i] == (C)(p + q) && sub[i] == (C)(p - q) && neg[i] == (C)-p, #T);               \
        EXPECT(mul[i] == (C)((uint64_t)a[i] * (uint64_t)b[i]), #T);                                \
        EXPECT(quo[i] == (q ? (C)(p / q) : 0) && fmd[i] == (q ? (C)(p % q) : 0), #T " %lld %lld -> %lld", (long long)p, (long long)q, (long long)quo[i]); \
        EXPECT(fdiv[i] == (q ? (C)floor_div(p, q) : 0), #T " %lld %lld -> %lld", (long long)p, (long long)q, (long long)fdiv[i]); \
        EXPECT(mod[i] == (q ? (C)(p - q * floor_div(p, q)) : 0), #T " %lld %lld -> %lld", (long long)p, (long long)q, (long long)mod[i]); \
        EXPECT(lo[i] == (p < q ? a[i] : b[i]) && hi[i] == (p > q ? a[i] : b[i]), #T);              \
        EXPECT(ab[i] == (C)(p < 0 ? -p : p) && sg[i] == (C)((p > 0) - (p < 0)), #T);               \
        EXPECT(an[i] == (C)(a[i] & b[i]) && or[i] == (C)(a[i] | b[i]) && xo[i] == (C)(a[i] ^ b[i]) && no[i] == (C)~a[i], #T); \
        int in = q >= 0 && q < bits;                                                               \
        EXPECT(left[i] == (in ? (C)((uint64_t)a[i] << (int)q) : 0), #T " %lld << %lld", (long long)p, (long long)q); \
        EXPECT(right[i] == (in ? (C)(a[i] >> (int)q) : is_signed && p < 0 ? (C)-1 : 0), #T " %lld >> %lld", (long long)p, (long long)q); \
        EXPECT(pw[i] == (C)ipow((uint64_t)a[i], (uint64_t)b[i], is_signed), #T " %lld ** %lld", (long long)p, (long long)q); \
        EXPECT(aoti_lane_bool(lt, i) == (p < q) && aoti_lane_bool(le, i) == (p <= q) && aoti_lane_bool(eq, i) == (p == q), #T); \
        EXPECT(aoti_lane_bool(gt, i) == (p > q) && aoti_lane_bool(ge, i) == (p >= q) && aoti_lane_bool(ne, i) == (p != q), #T); \
        EXPECT(sel[i] == (p < q ? a[i] : b[i]), #T);                                               \
      }                                                                                            \
      EXPECT(aoti_hsum_##T(x) == sum && aoti_hprod_##T(x) == prod, #T);                            \
      EXPECT(aoti_hmin_##T(x) == least && aoti_hmax_##T(x) == most, #T);                           \
    }                                                                                              \
    V ramp = aoti_iota_##T(5, 3);                                                                  \
    for (int i = 0; i < L; i++) EXPECT(ramp[i] == (C)(5 + 3 * i), #T);                             \
  }
INTS(INTEGERS)

/* ---- casts ---- */
static int64_t trunc64(double x) { return x >= -0x1p63 && x < 0x1p63 ? (int64_t)x : INT64_MIN; }
static int32_t trunc32(double x) { return x > -0x1p31 - 1 && x < 0x1p31 ? (int32_t)x : INT32_MIN; }
static uint64_t truncu64(double x) { return x >= 0x1p63 ? (x < 0x1p64 ? (uint64_t)x : 0) : (uint64_t)trunc64(x); }
static const double reals[] = {0, -0.0, 0.5, -0.5, 1, -1, 1.99, -1.99, 127.9, 128, 255.5, 256, -129, 300, 65535.5, 65536, -32769, 2147483520., 2147483648., 4294967040.,
  4294967296., -2147483648., -2147483904., 9.2233715e18, 9.223372036854775807e18, 1.8446742e19, 1.9e19, -9.3e18, 1e30, -1e30, NAN, INFINITY, -INFINITY, 1e-40, 3e9, 5e9};
#define CAST(T, U, CU, EXPR)                                                                       \
  {                                                                                                \
    v##U y = aoti_cvt_##T##_##U(x);                                                                \
    for (int i = 0; i < L; i++) EXPECT(y[i] == (CU)(EXPR), #T " to " #U " of %.17g -> %.17g", (double)a[i], (double)y[i]); \
  }
#define FLOAT_CASTS(T, C)                                                                          \
  static void casts_##T(void) {                                                                    \
    for (int r = 0; r < 300; r++) {                                                                \
      C a[L];                                                                                      \
      for (int i = 0; i < L; i++) a[i] = (C)(next() % 2 ? reals[next() % (sizeof reals / sizeof *reals)] : (double)(int64_t)next() / (double)(1ull << next() % 63)); \
      v##T x = aoti_load_##T(a);                                                                   \
      CAST(T, i64, int64_t, trunc64(a[i])) CAST(T, i32, int32_t, trunc32(a[i])) CAST(T, i16, int16_t, trunc32(a[i])) \
      CAST(T, i8, int8_t, trunc32(a[i])) CAST(T, u8, uint8_t, trunc64(a[i])) CAST(T, u16, uint16_t, trunc32(a[i])) \
      CAST(T, u32, uint32_t, trunc64(a[i]))                                                        \
      vu64 big = aoti_cvt_##T##_u64(x);                                                            \
      for (int i = 0; i < L; i++) if (a[i] < 0x1p64 || a[i] != a[i]) EXPECT(big[i] == truncu64(a[i]), #T " to u64 of %.17g -> %llu", (double)a[i], (long long unsigned)big[i]); \
      vbool t = aoti_cvt_##T##_bool(x);                                                            \
      v##T one = aoti_cvt_bool_##T(t);                                                             \
      vf32 narrow = aoti_cvt_##T##_f32(x);                                                         \
      vf64 wider = aoti_cvt_##T##_f64(x);                                                          \
      for (int i = 0; i < L; i++) {                                                                \
        EXPECT(aoti_lane_bool(t, i) == (a[i] != 0) && one[i] == (a[i] != 0), #T " to bool");       \
        EXPECT(a[i] != a[i] ? narrow[i] != narrow[i] : narrow[i] == (float)a[i], #T " to f32");    \
        EXPECT(a[i] != a[i] ? wider[i] != wider[i] : wider[i] == (double)a[i], #T " to f64");      \
      }                                                                                            \
      v##T whole64 = aoti_cvt_i64_##T(aoti_cvt_##T##_i64(x)), whole32 = aoti_cvt_i32_##T(aoti_cvt_##T##_i32(x));\
      for (int i = 0; i < L; i++) { /* never as a truncation: -0.5 becomes 0, nan the least integer */\
        volatile int64_t long_ = trunc64(a[i]), int_ = trunc32(a[i]);                              \
        EXPECT(whole64[i] == (C)long_ && !signbit(whole64[i]) == (long_ >= 0), #T " to i64 and back of %.17g", (double)a[i]);\
        EXPECT(whole32[i] == (C)int_ && !signbit(whole32[i]) == (int_ >= 0), #T " to i32 and back of %.17g", (double)a[i]);\
      }                                                                                            \
      C s = 0, big_lane = a[0], t2[L];                                                             \
      int nan = 0;                                                                                 \
      for (int i = 0; i < L; i++) nan |= a[i] != a[i], big_lane = a[i] > big_lane ? a[i] : big_lane, t2[i] = (C)i; \
      C m = aoti_hmax_##T(x);                                                                      \
      EXPECT(nan ? m != m : m == big_lane, "hmax " #T);                                            \
      for (int i = 0; i < L; i++) s += t2[i];                                                      \
      EXPECT(aoti_hsum_##T(aoti_load_##T(t2)) == s, "hsum " #T);                                   \
    }                                                                                              \
  }
FLOAT_CASTS(f32, float) FLOAT_CASTS(f64, double)
#define INT_CASTS(T, C, V)                                                                         \
  static void casts_##T(void) {                                                                    \
    for (int r = 0; r < 300; r++) {                                                                \
      C a[L];                                                                                      \
      for (int i = 0; i < L; i++) a[i] = (C)pick();                                                \
      V x = aoti_load_##T(a);                                                                      \
      CAST(T, i64, int64_t, a[i]) CAST(T, i32, int32_t, a[i]) CAST(T, i16, int16_t, a[i]) CAST(T, i8, int8_t, a[i]) \
      CAST(T, u64, uint64_t, a[i]) CAST(T, u32, uint32_t, a[i]) CAST(T, u16, uint16_t, a[i]) CAST(T, u8, uint8_t, a[i]) \
      CAST(T, f32, float, a[i]) CAST(T, f64, double, a[i])                                         \
      vbool t = aoti_cvt_##T##_bool(x);                                                            \
      V one = aoti_cvt_bool_##T(t);                                                                \
      for (int i = 0; i < L; i++) EXPECT(aoti_lane_bool(t, i) == (a[i] != 0) && one[i] == (a[i] != 0), #T " to bool"); \
    }                                                                                              \
  }
INTS(INT_CASTS)

/* ---- halves: every 16-bit pattern, and rounding of floats between them ---- */
static uint16_t bf16_ref(float f) {
  uint32_t u;
  memcpy(&u, &f, 4);
  return f != f ? (u >> 16) | 64 : (u + 0x7fff + (u >> 16 & 1)) >> 16;
}
static uint16_t f16_ref(float f) { /* by search over neighbours: slow and plain */
  uint16_t sign = signbit(f) ? 0x8000 : 0;
  double a = fabs((double)f);
  if (a != a) return 0;
  if (a >= 65520) return sign | 0x7c00;
  int e = a < 0x1p-14 ? -14 : ilogb(a);
  double q = nearbyint(ldexp(a, 10 - e));
  if (q == 2048) q = 1024, e++;
  return sign | (uint16_t)(e == -14 && q < 1024 ? q : (e + 14) * 1024 + q);
}
static void halves(void) {
  for (uint32_t base = 0; base < 65536; base += L) {
    uint16_t h[L], out[L];
    for (int i = 0; i < L; i++) h[i] = (uint16_t)(base + i);
    vf32 f = aoti_load_f16(h);
    aoti_store_f16(out, f);
    for (int i = 0; i < L; i++) {
      float want = half_value(h[i]);
      EXPECT(want != want ? f[i] != f[i] : f[i] == want, "f16 %x", h[i]);
      EXPECT(want != want ? (out[i] & 0x7c00) == 0x7c00 && (out[i] & 0x3ff) : out[i] == h[i], "f16 %x -> %x", h[i], out[i]);
    }
    f = aoti_load_bf16(h);
    aoti_store_bf16(out, f);
    for (int i = 0; i < L; i++) EXPECT(f[i] != f[i] ? (out[i] & 0x7fff) > 0x7f80 : out[i] == h[i], "bf16 %x -> %x", h[i], out[i]);
  }
  for (int r = 0; r < 200000; r += L) {
    uint32_t u[L];
    uint16_t a[L], b[L];
    for (int i = 0; i < L; i++) { /* half of them in the range of f16, many exactly between two */
      u[i] = (uint32_t)next();
      if (next() % 2) u[i] = (u[i] & 0x80ffffff) | (0x33000000 + (uint32_t)(next() % 0x15) * 0x800000);
      if (next() % 3 == 0) u[i] &= 0xfffff000;
      if (next() % 5 == 0) u[i] &= 0xffff8000;
    }
    vf32 f = aoti_load_f32(u), rb = aoti_round_bf16_f32(f), rh = aoti_round_f16_f32(f);
    aoti_store_bf16(a, f), aoti_store_f16(b, f);
    for (int i = 0; i < L; i++) {
      if (f[i] != f[i]) {
        EXPECT((a[i] & 0x7fff) > 0x7f80 && (b[i] & 0x7fff) > 0x7c00 && rb[i] != rb[i] && rh[i] != rh[i], "nan");
        continue;
      }
      EXPECT(a[i] == bf16_ref(f[i]), "bf16 of %a -> %x", f[i], a[i]);
      EXPECT(b[i] == f16_ref(f[i]), "f16 of %a -> %x, not %x", f[i], b[i], f16_ref(f[i]));
      EXPECT(rh[i] == half_value(b[i]), "round f16 %a", f[i]);
      uint32_t w = (uint32_t)a[i] << 16;
      float back;
      memcpy(&back, &w, 4);
      EXPECT(rb[i] == back, "round bf16 %a", f[i]);
    }
  }
}
static void bools(void) {
  for (int n = 0; n <= L; n++) {
    vbool m = aoti_firstn_bool(n);
    EXPECT(aoti_hcount_bool(m) == n && aoti_hany_bool(m) == (n > 0) && aoti_hall_bool(m) == (n == L), "first %d", n);
    EXPECT(aoti_hcount_bool(aoti_not_bool(m)) == L - n, "not");
    vbool t = aoti_set1_bool(7), f = aoti_set1_bool(0);
    EXPECT(aoti_hall_bool(t) && !aoti_hany_bool(f), "set1");
    EXPECT(aoti_hcount_bool(aoti_eq_bool(m, t)) == n && aoti_hcount_bool(aoti_ne_bool(m, t)) == L - n, "eq");
    EXPECT(aoti_hcount_bool(aoti_lt_bool(m, t)) == L - n && aoti_hcount_bool(aoti_ge_bool(m, t)) == n, "lt");
    EXPECT(aoti_hcount_bool(aoti_gt_bool(t, m)) == L - n && aoti_hcount_bool(aoti_le_bool(t, m)) == n, "gt");
    EXPECT(aoti_hcount_bool(aoti_select_bool(m, f, t)) == L - n, "select");
  }
}

int main(void) {
  char* end = fence();
#define RUN(T, C, V) memory_##T(end), casts_##T();
#define RUN_INT(T, C, V) RUN(T, C, V) integers_##T();
  BOTH(RUN) INTS(RUN_INT)
  memory_bool(end), memory_bf16(end), memory_f16(end);
  halves();
  bools();
  printf("core, %d lanes, masks of %d bytes: %d failures\n", L, AOTI_MASK_BYTES, failures);
  return failures != 0;
}
