/* Random numbers by Philox 4x32-10 (Salmon, Moraes, Dror, Shaw 2011): a function of seed, run, launch and position alone, so
 * that neither threads nor pieces of a launch change them. */
#ifndef AOTI_ROUTINE_RANDOM_H
#define AOTI_ROUTINE_RANDOM_H
#include "aoti/kernel/routine/element.h"

typedef struct aoti_four { uint32_t x[4]; } aoti_four;

static aoti_four aoti_philox(aoti_four counter, uint64_t key) {
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32), *const x = counter.x;
  for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    const uint64_t a = (uint64_t)0xD2511F53u * x[0], b = (uint64_t)0xCD9E8D57u * x[2];
    const uint32_t y0 = (uint32_t)(b >> 32) ^ x[1] ^ k0, y2 = (uint32_t)(a >> 32) ^ x[3] ^ k1;
    x[1] = (uint32_t)b;
    x[3] = (uint32_t)a;
    x[0] = y0;
    x[2] = y2;
  }
  return counter;
}
/* Block `i` of this launch's numbers. */
AOTI_RT aoti_four aoti_draw(const uint64_t* random, int64_t i) {
  const aoti_four counter = {{(uint32_t)i, (uint32_t)((uint64_t)i >> 32), (uint32_t)random[2], (uint32_t)random[1]}};
  return aoti_philox(counter, random[0] ^ random[1] >> 32 << 32);
}
AOTI_RT uint64_t aoti_long_of(const uint32_t* x) { return (uint64_t)x[1] << 32 | x[0]; }

/* Elements that one block makes. */
#define aoti_each_f32 4
#define aoti_each_f64 2
#define aoti_each_i64 2
#define AOTI_EACH AOTI_JOIN(aoti_each_, AOTI_X)

/* [0, 1): multiples of 2^-24 and 2^-53. */
AOTI_RT void aoti_uniform_f32(const aoti_four* r, float* out) {
  for (int j = 0; j < 4; j++) out[j] = (float)(r->x[j] >> 8) * 0x1p-24f;
}
AOTI_RT void aoti_uniform_f64(const aoti_four* r, double* out) {
  for (int j = 0; j < 2; j++) out[j] = (double)(aoti_long_of(r->x + 2 * j) >> 11) * 0x1p-53;
}
/* Mean 0, variance 1, two at a time (Box and Muller). */
AOTI_RT void aoti_pair(double u, double v, double* out) {
  const double r = sqrt(-2 * log(u)), angle = 6.283185307179586 * v;
  out[0] = r * cos(angle);
  out[1] = r * sin(angle);
}
AOTI_RT void aoti_normal_f32(const aoti_four* r, float* out) {
  for (int j = 0; j < 4; j += 2) {
    double two[2];
    aoti_pair(((double)r->x[j] + 1) * 0x1p-32, (double)r->x[j + 1] * 0x1p-32, two);
    out[j] = (float)two[0];
    out[j + 1] = (float)two[1];
  }
}
AOTI_RT void aoti_normal_f64(const aoti_four* r, double* out) {
  const uint64_t a = aoti_long_of(r->x) >> 11, b = aoti_long_of(r->x + 2) >> 11;
  aoti_pair(((double)a + 1) * 0x1p-53, (double)b * 0x1p-53, out);
}
/* [0, 2^63) */
AOTI_RT void aoti_bits_i64(const aoti_four* r, int64_t* out) {
  for (int j = 0; j < 2; j++) out[j] = (int64_t)(aoti_long_of(r->x + 2 * j) >> 1);
}

/* Iteration i: block i of `count` elements. The kernel defines AOTI_DRAW: aoti_uniform_f32, ... */
#ifdef AOTI_DRAW
static void aoti_random(aoti_x* out, int64_t begin, int64_t end, int64_t count, const uint64_t* random) {
  for (int64_t i = begin; i < end; i++) {
    const aoti_four r = aoti_draw(random, i);
    aoti_x some[AOTI_EACH];
    AOTI_DRAW(&r, some);
    for (int64_t j = 0; j < AOTI_MIN(AOTI_EACH, count - i * AOTI_EACH); j++) out[i * AOTI_EACH + j] = some[j];
  }
}
#endif
#endif
