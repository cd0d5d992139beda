/* Binary search in ascending lines. Comparisons are the elements' own, so nan lies above everything, as in PyTorch. */
#ifndef AOTI_ROUTINE_SEARCH_H
#define AOTI_ROUTINE_SEARCH_H
#include "aoti/kernel/routine/element.h"

/* How many of the elements lie below x (or, `right`, not above it). */
AOTI_RT int64_t aoti_bound(const aoti_x* edges, int64_t size, aoti_x x, int right) {
  int64_t start = 0, end = size;
  while (start < end) {
    const int64_t middle = start + (end - start) / 2;
    const int stop = right ? edges[middle] > x : edges[middle] >= x;
    start = stop ? start : middle + 1;
    end = stop ? middle : end;
  }
  return start;
}

/* True where `x` is among the elements, which are in the order of keys (nan last); nan never is. */
AOTI_RT uint8_t aoti_member(const aoti_x* sorted, int64_t size, aoti_x x) {
  const aoti_key_t key = aoti_key(x);
  int64_t start = 0, end = size;
  while (start < end) {
    const int64_t middle = start + (end - start) / 2;
    const int stop = aoti_key(sorted[middle]) >= key;
    start = stop ? start : middle + 1;
    end = stop ? middle : end;
  }
  return start < size && aoti_key(sorted[start]) == key && aoti_get(x) == aoti_get(x);
}
#endif
