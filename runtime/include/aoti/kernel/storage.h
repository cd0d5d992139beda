/* Elements as they lie in memory. */
#ifndef AOTI_KERNEL_STORAGE_H
#define AOTI_KERNEL_STORAGE_H
#include <stdint.h>

typedef float aoti_t_f32;
typedef double aoti_t_f64;
typedef int64_t aoti_t_i64;
typedef int32_t aoti_t_i32;
typedef int16_t aoti_t_i16;
typedef int8_t aoti_t_i8;
typedef uint8_t aoti_t_u8;
typedef uint16_t aoti_t_u16;
typedef uint32_t aoti_t_u32;
typedef uint64_t aoti_t_u64;
typedef uint8_t aoti_t_bool;  /* 0 or 1 */
typedef uint16_t aoti_t_f16;  /* storage only: arithmetic is in f32 */
typedef uint16_t aoti_t_bf16; /* storage only: arithmetic is in f32 */

#endif
