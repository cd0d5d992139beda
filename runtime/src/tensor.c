/* Sizes, strides and copies between layouts. */
#include <stdio.h>
#include <string.h>

#include "base.h"

int64_t aoti_numel(int32_t ndim, const int64_t* sizes) {
  int64_t count = 1;
  for (int32_t d = 0; d < ndim; d++) count *= sizes[d];
  return count;
}

int64_t aoti_span(int32_t ndim, const int64_t* sizes, const int64_t* strides) {
  int64_t last = 0, step;
  for (int32_t d = 0; d < ndim; d++)
    if (sizes[d] == 0) return 0;
  for (int32_t d = 0; d < ndim; d++) {
    if (sizes[d] < 0 || strides[d] < 0) return -1;
    if (__builtin_mul_overflow(sizes[d] - 1, strides[d], &step) || __builtin_add_overflow(last, step, &last)) return -1;
  }
  return last == INT64_MAX ? -1 : last + 1;
}

void aoti_contiguous(int32_t ndim, const int64_t* sizes, int64_t* strides) {
  int64_t step = 1;
  for (int32_t d = ndim - 1; d >= 0; d--) {
    strides[d] = step;
    step *= sizes[d] > 1 ? sizes[d] : 1;
  }
}

int32_t aoti_same_layout(int32_t ndim, const int64_t* sizes, const int64_t* a, const int64_t* b) {
  for (int32_t d = 0; d < ndim; d++)
    if (sizes[d] > 1 && a[d] != b[d]) return 0;
  return 1;
}

const char* aoti_shape_text(int32_t ndim, const int64_t* sizes, char* buffer, size_t bytes) {
  size_t at = (size_t)snprintf(buffer, bytes, "[");
  for (int32_t d = 0; d < ndim && at + 24 < bytes; d++)
    at += (size_t)snprintf(buffer + at, bytes - at, d ? ", %lld" : "%lld", (long long)sizes[d]);
  snprintf(buffer + at, bytes - at, "]");
  return buffer;
}

/* One row: `count` items, steps in items. */
static void copy_row(int64_t count, int64_t item, char* to, int64_t to_step, const char* from, int64_t from_step) {
  if (to_step == 1 && from_step == 1) {
    memcpy(to, from, (size_t)(count * item));
    return;
  }
#define ROW(type)                                                                                   \
  for (int64_t i = 0; i < count; i++) memcpy(to + i * to_step * (int64_t)sizeof(type),              \
                                             from + i * from_step * (int64_t)sizeof(type), sizeof(type))
  switch (item) { /* memcpy of a known size is one move, and does not mind alignment */
    case 1: ROW(uint8_t); return;
    case 2: ROW(uint16_t); return;
    case 4: ROW(uint32_t); return;
    case 8: ROW(uint64_t); return;
  }
#undef ROW
  for (int64_t i = 0; i < count; i++) memcpy(to + i * to_step * item, from + i * from_step * item, (size_t)item);
}

void aoti_copy_strided(int32_t ndim, const int64_t* sizes, int64_t item, void* to, const int64_t* to_strides,
                       const void* from, const int64_t* from_strides) {
  int64_t n[AOTI_MAX_DIMS], a[AOTI_MAX_DIMS], b[AOTI_MAX_DIMS], index[AOTI_MAX_DIMS] = {0};
  int32_t rank = 0;
  for (int32_t d = 0; d < ndim; d++) { /* drop single dimensions, sort by the target's strides, widest first */
    if (sizes[d] == 0) return;
    if (sizes[d] == 1) continue;
    int32_t at = rank++;
    for (; at > 0 && a[at - 1] < to_strides[d]; at--) n[at] = n[at - 1], a[at] = a[at - 1], b[at] = b[at - 1];
    n[at] = sizes[d], a[at] = to_strides[d], b[at] = from_strides[d];
  }
  int32_t kept = 0;
  for (int32_t d = 1; d < rank; d++) { /* join what both sides walk as one */
    if (a[kept] == n[d] * a[d] && b[kept] == n[d] * b[d])
      n[kept] *= n[d], a[kept] = a[d], b[kept] = b[d];
    else
      kept++, n[kept] = n[d], a[kept] = a[d], b[kept] = b[d];
  }
  if (rank == 0) n[0] = 1, a[0] = 1, b[0] = 1;
  char* write = to;
  const char* read = from;
  for (;;) {
    copy_row(n[kept], item, write, a[kept], read, b[kept]);
    int32_t d = kept - 1;
    for (; d >= 0; d--) {
      write += a[d] * item, read += b[d] * item;
      if (++index[d] < n[d]) break;
      write -= n[d] * a[d] * item, read -= n[d] * b[d] * item;
      index[d] = 0;
    }
    if (d < 0) return;
  }
}
