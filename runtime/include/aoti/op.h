/* What the C source of a custom operator knows: see docs/custom_operators.md. Standalone C.
 *
 * The source defines
 *   static int32_t compute(const aoti_op* op);
 * which fills op->out and returns 0, or another number to fail the run. It runs on one core of many, so it keeps no
 * state; tensors are dense and row-major, and no two overlap. */
#ifndef AOTI_OP_H
#define AOTI_OP_H
#include <stddef.h>
#include <stdint.h>

enum {
  AOTI_UINT8 = 0, AOTI_INT8 = 1, AOTI_INT16 = 2, AOTI_INT32 = 3, AOTI_INT64 = 4, AOTI_FLOAT16 = 5, AOTI_FLOAT32 = 6,
  AOTI_FLOAT64 = 7, AOTI_COMPLEX64 = 9, AOTI_COMPLEX128 = 10, AOTI_BOOL = 11, AOTI_BFLOAT16 = 15
};

typedef struct aoti_op_tensor {
  void* data;           /* NULL: None was given */
  int32_t dtype, rank;
  const int64_t* sizes;
} aoti_op_tensor;

typedef struct aoti_op {
  const aoti_op_tensor* in;   /* tensor arguments in the schema's order */
  const aoti_op_tensor* out;  /* results */
  const int64_t* ints;        /* int and bool arguments in the schema's order */
  const double* floats;       /* float arguments */
  const char* const* texts;   /* str arguments */
} aoti_op;

static inline int64_t aoti_op_count(const aoti_op_tensor* tensor) { /* elements */
  int64_t count = 1;
  for (int32_t d = 0; d < tensor->rank; d++) count *= tensor->sizes[d];
  return count;
}
#endif
