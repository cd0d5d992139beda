/* What every file of the runtime speaks of: exports, messages, element types, memory, strided tensors. */
#ifndef AOTI_BASE_H
#define AOTI_BASE_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "aoti/model.h"

#define AOTI_EXPORT __attribute__((visibility("default")))
#define AOTI_ALIGN 64 /* widest vector, and a cache line */

/* ---- error.c: the last message of this thread; "" when there is none ---- */
int32_t aoti_error(const char* format, ...) __attribute__((format(printf, 1, 2))); /* stores it, returns 1 */
const char* aoti_error_text(void);
void aoti_error_clear(void);
/* Copies text into a caller's buffer, cut and terminated; returns the whole length. */
int64_t aoti_copy_text(const char* text, char* buffer, uint64_t bytes);

/* ---- dtype.c: c10::ScalarType numbers ---- */
int64_t aoti_dtype_size(int32_t dtype); /* bytes; 0: not a type that we know */
const char* aoti_dtype_name(int32_t dtype);

/* ---- memory.c ---- */
typedef struct aoti_block {
  void* data;
  uint64_t bytes;
} aoti_block;
void* aoti_memory(uint64_t bytes); /* 64-byte aligned, huge pages when large; free() releases it. NULL: none left */
int32_t aoti_block_grow(aoti_block* block, uint64_t bytes); /* keeps no contents; 1: out of memory */
void aoti_block_free(aoti_block* block);
extern char aoti_nothing[AOTI_ALIGN]; /* what a pointer to no elements points to */

/* ---- what a model says of a constant ---- */
static inline const char* aoti_name_of(const aoti_model_desc* model, const aoti_constant_desc* constant) {
  return model->constant_names + constant->name;
}
static inline const char* aoti_fqn_of(const aoti_model_desc* model, const aoti_constant_desc* constant) {
  return model->constant_names + constant->fqn;
}
static inline const int64_t* aoti_sizes_of(const aoti_model_desc* model, const aoti_constant_desc* constant) {
  return model->constant_shapes + constant->shape;
}
static inline const int64_t* aoti_strides_of(const aoti_model_desc* model, const aoti_constant_desc* constant) {
  return aoti_sizes_of(model, constant) + constant->ndim;
}

/* ---- tensor.c: sizes and strides in elements ---- */
int64_t aoti_numel(int32_t ndim, const int64_t* sizes);
/* Elements from the first to one past the last; 0 for an empty tensor; -1 when it overflows. */
int64_t aoti_span(int32_t ndim, const int64_t* sizes, const int64_t* strides);
void aoti_contiguous(int32_t ndim, const int64_t* sizes, int64_t* strides);
/* Do both strides walk memory alike? Dimensions of one element do not matter. */
int32_t aoti_same_layout(int32_t ndim, const int64_t* sizes, const int64_t* a, const int64_t* b);
void aoti_copy_strided(int32_t ndim, const int64_t* sizes, int64_t item, void* to, const int64_t* to_strides,
                       const void* from, const int64_t* from_strides);
/* "[2, 3]" into a buffer, for messages. */
const char* aoti_shape_text(int32_t ndim, const int64_t* sizes, char* buffer, size_t bytes);
#endif
