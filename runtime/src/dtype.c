/* c10::ScalarType numbers: size and name. */
#include "base.h"

static const struct {
  int8_t number, bytes;
  const char* name;
} rows[] = {
    {0, 1, "uint8"},          {1, 1, "int8"},           {2, 2, "int16"},
    {3, 4, "int32"},          {4, 8, "int64"},          {5, 2, "float16"},
    {6, 4, "float32"},        {7, 8, "float64"},        {8, 4, "complex32"},
    {9, 8, "complex64"},      {10, 16, "complex128"},   {11, 1, "bool"},
    {15, 2, "bfloat16"},      {23, 1, "float8_e5m2"},   {24, 1, "float8_e4m3fn"},
    {25, 1, "float8_e5m2fnuz"}, {26, 1, "float8_e4m3fnuz"}, {27, 2, "uint16"},
    {28, 4, "uint32"},        {29, 8, "uint64"},        {44, 1, "float8_e8m0fnu"},
    {45, 1, "float4_e2m1fn_x2"},
};

static int find(int32_t dtype) {
  for (int i = 0; i < (int)(sizeof rows / sizeof *rows); i++)
    if (rows[i].number == dtype) return i;
  return -1;
}

int64_t aoti_dtype_size(int32_t dtype) {
  int i = find(dtype);
  return i < 0 ? 0 : rows[i].bytes;
}

const char* aoti_dtype_name(int32_t dtype) {
  int i = find(dtype);
  return i < 0 ? "an unknown type" : rows[i].name;
}
