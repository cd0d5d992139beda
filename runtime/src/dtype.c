/* c10::ScalarType numbers: size and name. */
#include "base.h"

typedef struct dtype_row {
  int8_t bytes;
  const char* name;
} dtype_row;

static const dtype_row dtype_rows[] = { /* by number */
    [0] = {1, "uint8"},          [1] = {1, "int8"},           [2] = {2, "int16"},
    [3] = {4, "int32"},          [4] = {8, "int64"},          [5] = {2, "float16"},
    [6] = {4, "float32"},        [7] = {8, "float64"},        [8] = {4, "complex32"},
    [9] = {8, "complex64"},      [10] = {16, "complex128"},   [11] = {1, "bool"},
    [15] = {2, "bfloat16"},      [23] = {1, "float8_e5m2"},   [24] = {1, "float8_e4m3fn"},
    [25] = {1, "float8_e5m2fnuz"}, [26] = {1, "float8_e4m3fnuz"}, [27] = {2, "uint16"},
    [28] = {4, "uint32"},        [29] = {8, "uint64"},        [44] = {1, "float8_e8m0fnu"},
    [45] = {1, "float4_e2m1fn_x2"},
};

static const dtype_row* dtype_of(int32_t dtype) {
  static const dtype_row none = {0, "an unknown type"};
  const int32_t count = sizeof dtype_rows / sizeof *dtype_rows;
  return dtype >= 0 && dtype < count && dtype_rows[dtype].name ? &dtype_rows[dtype] : &none;
}

int64_t aoti_dtype_size(int32_t dtype) { return dtype_of(dtype)->bytes; }

const char* aoti_dtype_name(int32_t dtype) { return dtype_of(dtype)->name; }
