/* The order that sorts the rows of a matrix lexicographically: a stable merge sort of row numbers. */
#ifndef AOTI_ROUTINE_ORDER_ROWS_H
#define AOTI_ROUTINE_ORDER_ROWS_H
#include "aoti/kernel/routine/element.h"

AOTI_RT int aoti_row_less(const aoti_x* a, const aoti_x* b, int64_t width) {
  for (int64_t n = 0; n < width; n++) {
    const aoti_key_t x = aoti_key(a[n]), y = aoti_key(b[n]);
    if (x != y) return x < y;
  }
  return 0;
}

/* scratch: `rows` numbers. */
static void aoti_order_rows(const aoti_x* x, int64_t* order, int64_t rows, int64_t width, void* scratch) {
  int64_t *a = order, *b = scratch;
  for (int64_t n = 0; n < rows; n++) a[n] = n;
  for (int64_t run = 1; run < rows; run *= 2) {
    for (int64_t at = 0; at < rows; at += 2 * run) {
      const int64_t middle = at + run < rows ? at + run : rows, end = middle + run < rows ? middle + run : rows;
      int64_t left = at, right = middle;
      for (int64_t to = at; to < end; to++) {
        const int take = left == middle || (right < end && aoti_row_less(x + a[right] * width, x + a[left] * width, width));
        b[to] = take ? a[right++] : a[left++];
      }
    }
    int64_t* const swap = a;
    a = b;
    b = swap;
  }
  if (a != order) memcpy(order, a, (size_t)rows * sizeof *order);
}
#endif
