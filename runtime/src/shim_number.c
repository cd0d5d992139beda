/* Tensors for hosts without PyTorch: numbers into 0-d tensors and back. */
#include <string.h>

#include "shim.h"

static float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static double half(uint16_t h) {
  uint32_t sign = (uint32_t)(h >> 15) << 31, exponent = (h >> 10) & 31, fraction = h & 1023;
  if (exponent == 31) return from_bits(sign | 0x7f800000u | fraction << 13);
  if (exponent) return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
  return (sign ? -1.0 : 1.0) * fraction / 16777216.0;
}

/* One element: as an integer (kind 1), or as a float (kind 2); 0 when it is neither. */
static int read_one(AtenTensorHandle self, int64_t* whole, double* real) {
  const aoti_rt_tensor* tensor = aoti_rt(self);
  const void* data = aoti_rt_data(tensor);
  if (aoti_numel(tensor->ndim, tensor->sizes) != 1) return 0;
#define WHOLE(type) do { type v; memcpy(&v, data, sizeof v); *whole = (int64_t)v; return 1; } while (0)
#define REAL(type, expression) do { type v; memcpy(&v, data, sizeof v); *real = (expression); return 2; } while (0)
  switch (tensor->dtype) {
    case 0: WHOLE(uint8_t);
    case 11: WHOLE(uint8_t);
    case 1: WHOLE(int8_t);
    case 2: WHOLE(int16_t);
    case 3: WHOLE(int32_t);
    case 4: WHOLE(int64_t);
    case 27: WHOLE(uint16_t);
    case 28: WHOLE(uint32_t);
    case 29: WHOLE(uint64_t);
    case 5: REAL(uint16_t, half(v));
    case 15: REAL(uint16_t, from_bits((uint32_t)v << 16));
    case 6: REAL(float, v);
    case 7: REAL(double, v);
    default: return 0;
  }
}

#define NUMBER(name, type, number)                                                        \
  int32_t aoti_rt_scalar_to_tensor_##name(type value, AtenTensorHandle* out) {            \
    if (aoti_rt_empty_strided(0, NULL, NULL, number, 0, 0, out)) return 1;                \
    memcpy(aoti_rt_data(aoti_rt(*out)), &value, sizeof value);                            \
    return 0;                                                                             \
  }                                                                                       \
  int32_t aoti_rt_item_##name(AtenTensorHandle self, type* out) {                         \
    int64_t whole;                                                                        \
    double real;                                                                          \
    int kind = read_one(self, &whole, &real);                                             \
    if (!kind) return aoti_error("item: a tensor with one number of a plain type is needed"); \
    *out = kind == 1 ? (type)whole : (type)real;                                          \
    return 0;                                                                             \
  }
AOTI_RT_NUMBERS(NUMBER)
