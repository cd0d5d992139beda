/* Elementary functions of vf32: own polynomials, 2 ULP but for a few that README.md's table names, right at nan, infinities,
 * signed zeros and denormals. Polynomials are minimax fits on the interval named beside them; `r` is a reduced argument.
 * Lanes in rare ranges (huge angles) go through libm one by one, so a lane's result never depends on its neighbours. */
#ifndef AOTI_KERNEL_MATH_F32_H
#define AOTI_KERNEL_MATH_F32_H
#include "aoti/kernel/f32/exponential.h"
#include "aoti/kernel/f32/logarithm.h"
#include "aoti/kernel/f32/circular.h"
#include "aoti/kernel/f32/error.h"
#include "aoti/kernel/f32/power.h"
#include "aoti/kernel/f32/gamma.h"
#endif
