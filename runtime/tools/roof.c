/* What one core of this machine can do at most, for `aoti bench`: compiled and measured on the spot. */
#include <stddef.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX2__)
#define BYTES 32
#else
#define BYTES 16
#endif
#if defined(__x86_64__)
#define REGISTER "+v"
#else
#define REGISTER "+w"
#endif
#define API __attribute__((visibility("default")))
typedef float vec __attribute__((vector_size(BYTES), aligned(4), may_alias));
enum { LANES = BYTES / 4, CHAINS = 12 };

/* `rounds` times CHAINS multiply-adds of whole vectors that do not wait for one another; gives their operations. */
API double aoti_roof_compute(int64_t rounds) {
  vec sum[CHAINS], x = (vec){0} + 0.999f, y = (vec){0} + 1e-6f;
  _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) sum[i] = (vec){0} + 1.0f / (float)(i + 1);
  for (int64_t n = 0; n < rounds; n++)
    _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) {
      sum[i] = sum[i] * x + y;
      __asm__ volatile("" : REGISTER(sum[i]));
    }
  return 2.0 * LANES * CHAINS * (double)rounds;
}

/* Reads `count` floats; gives the bytes moved. */
API double aoti_roof_read(const float* from, int64_t count) {
  vec sum[8] = {0};
  for (int64_t n = 0; n + 8 * LANES <= count; n += 8 * LANES)
    _Pragma("GCC unroll 8") for (int i = 0; i < 8; i++) sum[i] += *(const vec*)(from + n + i * LANES);
  _Pragma("GCC unroll 8") for (int i = 0; i < 8; i++) __asm__ volatile("" : REGISTER(sum[i]));
  return 4.0 * (double)count;
}

/* to = from; gives the bytes moved: what is read and what is written. */
API double aoti_roof_copy(float* to, const float* from, int64_t count) {
  for (int64_t n = 0; n + LANES <= count; n += LANES) {
    vec x = *(const vec*)(from + n);
    __asm__ volatile("" : REGISTER(x));
    *(vec*)(to + n) = x;
  }
  return 8.0 * (double)count;
}

/* Stores past the caches, where the processor can: nothing is read that is only overwritten. `to` is aligned. */
static inline void put(float* to, vec x) {
#if defined(__AVX512F__)
  _mm512_stream_ps(to, (__m512)x);
#elif defined(__AVX2__)
  _mm256_stream_ps(to, (__m256)x);
#elif defined(__x86_64__)
  _mm_stream_ps(to, (__m128)x);
#else
  *(vec*)to = x;
#endif
}

/* The same as aoti_roof_copy, but for a few floats at the ends; gives the bytes moved. */
API double aoti_roof_stream(float* to, const float* from, int64_t count) {
  int64_t first = (int64_t)(-(uintptr_t)to % BYTES / 4), n = first;
  for (; n + LANES <= count; n += LANES) put(to + n, *(const vec*)(from + n));
#if defined(__x86_64__)
  _mm_sfence();
#endif
  return 8.0 * (double)(n - first);
}
