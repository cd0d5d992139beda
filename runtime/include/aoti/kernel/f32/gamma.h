/* The gamma function's logarithm and its derivative, lane by lane. */
#ifndef AOTI_KERNEL_F32_GAMMA_H
#define AOTI_KERNEL_F32_GAMMA_H
#include "aoti/kernel/digamma.h"
#include "aoti/kernel/f32/parts.h"

extern float lgammaf_r(float, int*);
AOTI_FN float aoti__lgamma1_f32(float x) { int sign; return lgammaf_r(x, &sign); }
AOTI_FN vf32 aoti_lgamma_f32(vf32 x) {
  vf32 y;
  for (int i = 0; i < AOTI_LANES; i++) y[i] = aoti__lgamma1_f32(x[i]);
  return y;
}
AOTI_FN vf32 aoti_digamma_f32(vf32 x) {
  vf32 y;
  for (int i = 0; i < AOTI_LANES; i++) y[i] = (float)aoti__digamma1(x[i]);
  return y;
}
#endif
