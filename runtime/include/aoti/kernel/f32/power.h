/* Powers with any exponent. */
#ifndef AOTI_KERNEL_F32_POWER_H
#define AOTI_KERNEL_F32_POWER_H
#include "aoti/kernel/f32/logarithm.h"
#include "aoti/kernel/f32/exponential.h"

/* C pow. log2 |x| and its product with y are kept as head + tail (about 36 bits). */
AOTI_FN vf32 aoti_pow_f32(vf32 x, vf32 y) {
  vf32 a = aoti_abs_f32(x), e, f = aoti__log_parts_f32(a, &e);
  /* s = f / (2 + f); log2(1 + f) = K s + K/3 s^3 + s^5 P(s^2) */
  vf32 d = f + 2, dt = f - (d - 2), s = f / d, st = (aoti__fma_f32(-s, d, f) - s * dt) / d;
  vf32 u = s * s, ut = aoti__fma_f32(s, s, -u) + 2 * s * st;
  vf32 p = AOTI__K(0x1.5a110ep-2f);
  AOTI__H(p, u, 0x1.a5ba7p-2f);
  AOTI__H(p, u, 0x1.27771p-1f);
  /* c = K + K/3 u + u^2 P */
  vf32 m = u * 0x1.ec709ep-1f, mt = aoti__fma_f32(u, AOTI__K(0x1.ec709ep-1f), -m);
  mt = aoti__mad_f32(u, AOTI__K(-0x1.e2fe02p-28f), aoti__mad_f32(ut, AOTI__K(0x1.ec709ep-1f), mt));
  mt = aoti__mad_f32(u * u, p, mt);
  vf32 c = 0x1.715476p+1f + m, ct = (m - (c - 0x1.715476p+1f)) + (mt + 0x1.4ae0cp-25f);
  vf32 g = s * c, gt = aoti__fma_f32(s, c, -g) + aoti__mad_f32(s, ct, st * c);
  vf32 l = e + g, big = aoti__pick_f32(AOTI__M(e == 0), g, e), small = aoti__pick_f32(AOTI__M(e == 0), e, g);
  vf32 lt = (small - (l - big)) + gt;
  /* zero and infinity have exact logarithms */
  l = aoti__pick_f32(AOTI__M(a == 0), -AOTI__INF, aoti__pick_f32(AOTI__M(a < __builtin_inff()), l, a));
  vf32 h = l * y;
  vf32 ht = aoti__fma_f32(l, y, -h) + lt * y;
  ht = aoti__pick_f32(AOTI__M(aoti_abs_f32(h) < 200), ht, (vf32){0});
  /* 2^(h + ht) */
  vf32 hl = aoti__limit_f32(h, -152, 129), n = aoti__near_f32(hl), r = (hl - n) + ht, rt = ((hl - n) - r) + ht;
  vf32 q = AOTI__K(0x1.41ab64p-13f);
  AOTI__H(q, r, 0x1.5f07d8p-10f);
  AOTI__H(q, r, 0x1.3b2da8p-7f);
  AOTI__H(q, r, 0x1.c6af82p-5f);
  AOTI__H(q, r, 0x1.ebfbdcp-3f);
  AOTI__H(q, r, -0x1.05c61p-29f);
  vf32 z = aoti__mad_f32(r, AOTI__K(0x1.62e43p-1f), aoti__mad_f32(rt, AOTI__K(0x1.62e43p-1f), q * r)) + 1;
  z = aoti__scale_f32(z, n);
  /* signs and exceptions */
  vf32 half = y * 0.5f;
  vi32 whole = AOTI__M(aoti__near_f32(y) == y), odd = whole & AOTI__M(aoti__near_f32(half) != half) & AOTI__M(aoti_abs_f32(y) < 0x1p24f);
  vi32 negative = (vi32)x < 0;
  z = aoti__pick_f32(AOTI__M(a == 1) & AOTI__M(aoti_abs_f32(y) == __builtin_inff()), AOTI__K(1), z);
  z = (vf32)((vi32)z ^ (negative & odd & (int32_t)0x80000000));
  vi32 bad = AOTI__M(x < 0) & ~whole & AOTI__M(a < __builtin_inff());
  z = aoti__pick_f32(bad, AOTI__NAN, z);
  z = aoti__pick_f32(AOTI__M(x != x) | AOTI__M(y != y), x + y, z);
  return aoti__pick_f32(AOTI__M(x == 1) | AOTI__M(y == 0), AOTI__K(1), z);
}
/* x * 2^n, rounded once. */
AOTI_FN vf32 aoti_ldexp_f32(vf32 x, vi32 n) {
  for (int i = 0; i < 2; i++) {
    vi32 up = AOTI__M(n > 127), down = AOTI__M(n < -126);
    x *= aoti__pick_f32(up, AOTI__K(0x1p127f), aoti__pick_f32(down, AOTI__K(0x1p-102f), AOTI__K(1)));
    n -= (up & 127) - (down & 102);
  }
  n = (vi32)aoti__sel_i32(n > 127, (vi32){0} + 127, aoti__sel_i32(n < -126, (vi32){0} - 126, n));
  return x * aoti__two_to_f32(n);
}
#endif
