/* Values looked at on request: nan and infinity refused, statistics printed, arrays saved. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "run.h"

enum { HALF = 5, FLOAT = 6, DOUBLE = 7, COMPLEX_HALF = 8, COMPLEX_FLOAT = 9, COMPLEX_DOUBLE = 10, BFLOAT = 15 };

static double of_bits(uint64_t bits, int fraction, int exponent) { /* a narrow float by hand */
  int64_t biased = (int64_t)(bits >> fraction) & ((1 << exponent) - 1);
  double scale = 1, rest = (double)(bits & ((UINT64_C(1) << fraction) - 1)) / (double)(UINT64_C(1) << fraction);
  double sign = bits >> (fraction + exponent) & 1 ? -1 : 1;
  int64_t bias = (1 << (exponent - 1)) - 1, power = biased ? biased - bias : 1 - bias;
  if (biased == (1 << exponent) - 1) return rest ? __builtin_nan("") : sign * __builtin_inf();
  for (; power > 0; power--) scale *= 2;
  for (; power < 0; power++) scale /= 2;
  return sign * scale * (rest + (biased ? 1 : 0));
}

/* Element i of `count` real numbers. */
static double number(const char* data, int32_t dtype, int64_t i) {
  switch (dtype) {
    case HALF: case COMPLEX_HALF: return of_bits(((const uint16_t*)data)[i], 10, 5);
    case BFLOAT: return of_bits(((const uint16_t*)data)[i], 7, 8);
    case FLOAT: case COMPLEX_FLOAT: return ((const float*)data)[i];
    case DOUBLE: case COMPLEX_DOUBLE: return ((const double*)data)[i];
    case 0: case 11: return ((const uint8_t*)data)[i];
    case 1: return ((const int8_t*)data)[i];
    case 2: return ((const int16_t*)data)[i];
    case 3: return ((const int32_t*)data)[i];
    case 4: return (double)((const int64_t*)data)[i];
    case 27: return ((const uint16_t*)data)[i];
    case 28: return ((const uint32_t*)data)[i];
    case 29: return (double)((const uint64_t*)data)[i];
    default: return 0;
  }
}

static int64_t parts(int32_t dtype) { return dtype >= COMPLEX_HALF && dtype <= COMPLEX_DOUBLE ? 2 : 1; }

/* A dense copy; free() it. NULL: out of memory. */
static char* dense(const void* data, int32_t dtype, int32_t ndim, const int64_t* sizes, const int64_t* strides) {
  int64_t item = aoti_dtype_size(dtype), plain[AOTI_MAX_DIMS];
  char* copy = malloc((size_t)(aoti_numel(ndim, sizes) * item) + 1);
  aoti_contiguous(ndim, sizes, plain);
  if (copy) aoti_copy_strided(ndim, sizes, item, copy, plain, data, strides);
  return copy;
}

int32_t aoti_check_finite(aoti_run* run, const void* data, int32_t dtype, int32_t ndim, const int64_t* sizes,
                          const int64_t* strides, const char* what) {
  int64_t count = aoti_numel(ndim, sizes), nans = 0, infinite = 0, first = -1;
  char* values = count ? dense(data, dtype, ndim, sizes, strides) : NULL;
  if (!values) return count ? aoti_fail(run, "out of memory: a copy of %s", what) : 0;
  for (int64_t i = 0; i < count * parts(dtype); i++) {
    double x = number(values, dtype, i);
    if (x - x == 0) continue;
    if (first < 0) first = i / parts(dtype);
    if (x != x) nans++;
    else infinite++;
  }
  free(values);
  if (first < 0) return 0;
  char shape[256];
  return aoti_fail(run, "%s of shape %s holds %lld nan and %lld infinite values; the first is element %lld", what,
                   aoti_shape_text(ndim, sizes, shape, sizeof shape), (long long)nans, (long long)infinite,
                   (long long)first);
}

static void print(const char* values, int32_t dtype, int32_t ndim, const int64_t* sizes, const char* what) {
  int64_t count = aoti_numel(ndim, sizes) * parts(dtype), odd = 0;
  double least = __builtin_inf(), most = -__builtin_inf(), sum = 0;
  for (int64_t i = 0; i < count; i++) {
    double x = number(values, dtype, i);
    if (x - x != 0) odd++;
    else {
      if (x < least) least = x;
      if (x > most) most = x;
      sum += x;
    }
  }
  char shape[256];
  fprintf(stderr, "aoti: %s %s%s: min %g, max %g, mean %g, %lld not finite\n", what, aoti_dtype_name(dtype),
          aoti_shape_text(ndim, sizes, shape, sizeof shape), least, most, count > odd ? sum / (double)(count - odd) : 0.0,
          (long long)odd);
}

/* NumPy's name of a type; types that it does not have are raw bytes. */
static const char* numpy(int32_t dtype) {
  static const struct { int8_t number; const char* name; } rows[] = {
      {0, "|u1"}, {1, "|i1"}, {2, "<i2"}, {3, "<i4"}, {4, "<i8"}, {5, "<f2"}, {6, "<f4"}, {7, "<f8"},
      {9, "<c8"}, {10, "<c16"}, {11, "|b1"}, {15, "<u2"}, {27, "<u2"}, {28, "<u4"}, {29, "<u8"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].number == dtype) return rows[i].name;
  return aoti_dtype_size(dtype) == 1 ? "|V1" : aoti_dtype_size(dtype) == 2 ? "|V2" : "|V4";
}

/* Saves as AOTI_VALUES/<what>.npy, by default in the folder aoti_values. */
static void save(const char* values, int32_t dtype, int32_t ndim, const int64_t* sizes, const char* what) {
  const char* folder = getenv("AOTI_VALUES");
  char path[1024], header[512];
  if (!folder || !*folder) folder = "aoti_values";
  mkdir(folder, 0777);
  snprintf(path, sizeof path, "%s/%s.npy", folder, what);
  FILE* file = fopen(path, "wb");
  if (!file) {
    fprintf(stderr, "aoti: cannot write %s\n", path);
    return;
  }
  int at = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (", numpy(dtype));
  for (int32_t d = 0; d < ndim; d++)
    at += snprintf(header + at, sizeof header - (size_t)at, "%lld,", (long long)sizes[d]);
  at += snprintf(header + at, sizeof header - (size_t)at, "), }");
  for (; (10 + at + 1) % 64; at++) header[at] = ' ';
  header[at++] = '\n';
  uint8_t start[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (uint8_t)at, (uint8_t)(at >> 8)};
  fwrite(start, 1, sizeof start, file);
  fwrite(header, 1, (size_t)at, file);
  fwrite(values, (size_t)aoti_dtype_size(dtype), (size_t)aoti_numel(ndim, sizes), file);
  fclose(file);
}

void aoti_show(aoti_run* run, int32_t how, const void* data, int32_t dtype, int32_t ndim, const int64_t* sizes,
               const int64_t* strides, const char* what) {
  (void)run;
  if (how == 3) {
    fprintf(stderr, "aoti: kernel %s\n", what);
    return;
  }
  char* values = dense(data, dtype, ndim, sizes, strides);
  if (!values) return;
  (how == 1 ? save : print)(values, dtype, ndim, sizes, what);
  free(values);
}
