/* Where a mask is true: positions in ascending order; what is left of the output is -1. */
#ifndef AOTI_ROUTINE_POSITIONS_H
#define AOTI_ROUTINE_POSITIONS_H
#include "aoti/kernel/routine/element.h"

static void aoti_positions(const uint8_t* mask, int64_t* out, int64_t size, int64_t room) {
  int64_t found = 0, n = 0;
  while (n < size && found < room) {
    uint64_t eight;
    if (size - n >= 8 && (memcpy(&eight, mask + n, 8), eight == 0)) {
      n += 8;
      continue;
    }
    const int64_t stop = size - n < 8 ? size : n + 8;
    for (; n < stop && found < room; n++) {
      out[found] = n;
      found += mask[n] != 0;
    }
  }
  for (; found < room; found++) out[found] = -1;
}
#endif
