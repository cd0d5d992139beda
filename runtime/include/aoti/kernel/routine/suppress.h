/* Suppression of boxes [x1, y1, x2, y2] that overlap a better one; the best comes first. */
#ifndef AOTI_ROUTINE_SUPPRESS_H
#define AOTI_ROUTINE_SUPPRESS_H
#include "aoti/kernel/routine/element.h"

AOTI_RT aoti_x aoti_box_area(const aoti_x* b) { return (b[2] - b[0]) * (b[3] - b[1]); }

/* keep[i] is 0 where an earlier box that is kept shares more than `threshold` of the union with box i. */
static void aoti_suppress(const aoti_x* boxes, uint8_t* keep, int64_t count, double threshold) {
  for (int64_t i = 0; i < count; i++) keep[i] = 1;
  for (int64_t i = 0; i < count; i++) {
    if (!keep[i]) continue;
    const aoti_x* a = boxes + 4 * i;
    const aoti_x area = aoti_box_area(a);
    for (int64_t j = i + 1; j < count; j++) {
      const aoti_x* b = boxes + 4 * j;
      const aoti_x width = AOTI_MIN(a[2], b[2]) - AOTI_MAX(a[0], b[0]), height = AOTI_MIN(a[3], b[3]) - AOTI_MAX(a[1], b[1]);
      const aoti_x both = AOTI_MAX(width, 0) * AOTI_MAX(height, 0);
      if (both / (area + aoti_box_area(b) - both) > threshold) keep[j] = 0;
    }
  }
}
#endif
