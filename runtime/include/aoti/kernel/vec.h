/* Vectors of AOTI_LANES elements for generated kernels: one text for AVX-512, AVX2, NEON and plain C.
 *
 * Define AOTI_LANES (a power of two, 1..64) and include this file. Every value of a kernel has that many lanes, whatever
 * its element type, so a mask or an index always fits the data beside it. README.md lists the names.
 *
 * Pieces: types.h (vector types, select), memory.h (loads, stores, gathers; partial.h: of some lanes), arith.h (operators),
 * float.h (float_machine.h: by one instruction), cast.h, reduce.h.
 * Transcendental functions are apart: math_f32.h, math_f64.h. */
#ifndef AOTI_KERNEL_VEC_H
#define AOTI_KERNEL_VEC_H
#include "aoti/kernel/types.h"
#include "aoti/kernel/memory.h"
#include "aoti/kernel/arith.h"
#include "aoti/kernel/float.h"
#include "aoti/kernel/cast.h"
#include "aoti/kernel/reduce.h"
#endif
