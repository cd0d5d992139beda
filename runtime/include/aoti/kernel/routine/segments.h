/* Runs of a dimension reduced to one element each: [outer, size, inner] with offsets [outer, segments + 1]. */
#ifndef AOTI_ROUTINE_SEGMENTS_H
#define AOTI_ROUTINE_SEGMENTS_H
#include "aoti/kernel/routine/element.h"

enum { AOTI_SEGMENT_SUM = 0, AOTI_SEGMENT_MEAN = 1, AOTI_SEGMENT_MAX = 2, AOTI_SEGMENT_MIN = 3, AOTI_SEGMENT_PROD = 4 };

/* Iteration i: segment i of all outer segments, in order. An empty one gives `start`, or nan for a mean without a start. */
AOTI_RT void aoti_segments(const aoti_x* x, const int64_t* offset, aoti_x* out, int64_t begin, int64_t end, int64_t size,
                           int64_t inner, int64_t segments, aoti_number start, int started, int mode, int32_t* error) {
  for (int64_t i = begin; i < end; i++) {
    const int64_t outer = i / segments, at = outer * (segments + 1) + i % segments;
    int64_t first = offset[at], last = offset[at + 1];
    if (first < 0 || last > size || first > last) {
      *error = AOTI_BAD_INDEX;
      first = last = 0;
    }
    for (int64_t j = 0; j < inner; j++) {
      aoti_number total = start;
      for (int64_t n = first; n < last; n++) {
        const aoti_number v = aoti_get(x[(outer * size + n) * inner + j]);
        if (mode == AOTI_SEGMENT_MAX) total = v > total || v != v ? v : total;
        else if (mode == AOTI_SEGMENT_MIN) total = v < total || v != v ? v : total;
        else if (mode == AOTI_SEGMENT_PROD) total *= v;
        else total += v;
      }
      if (mode == AOTI_SEGMENT_MEAN) total = last > first ? total / (aoti_number)(last - first) : started ? total : (aoti_number)NAN;
      out[i * inner + j] = aoti_put(total);
    }
  }
}
#endif
