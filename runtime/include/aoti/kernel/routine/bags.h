/* Sums, means and maxima of rows of a table, a bag of rows at a time (embedding_bag). */
#ifndef AOTI_ROUTINE_BAGS_H
#define AOTI_ROUTINE_BAGS_H
#include "aoti/kernel/routine/element.h"

enum { AOTI_BAG_SUM = 0, AOTI_BAG_MEAN = 1, AOTI_BAG_MAX = 2, AOTI_BAG_SIDE = 256 };

typedef struct aoti_bags {
  const aoti_x* table;     /* [rows, width] */
  const int64_t* index;    /* [count] */
  const int64_t* offset;   /* [bags] or [bags + 1]: where each bag begins */
  const aoti_x* scale;     /* [count] or NULL */
  aoti_x* out;             /* [bags, width] */
  int64_t* best;           /* row that gave each maximum, [bags, width], or NULL */
  int64_t* counts;         /* rows that count in each bag, [bags], or NULL */
  int64_t rows, width, count, bags, offsets, padding; /* padding: the row that does not count, or -1 */
  int32_t* error;
} aoti_bags;

/* Columns [from, from + side) of one bag. */
AOTI_RT int64_t aoti_bag_part(const aoti_bags* b, int64_t bag, int64_t first, int64_t last, int64_t from, int64_t side, int mode) {
  aoti_number total[AOTI_BAG_SIDE];
  int64_t best[AOTI_BAG_SIDE];
  int64_t counted = 0;
  for (int64_t j = 0; j < side; j++) total[j] = 0, best[j] = 0;
  for (int64_t n = first; n < last; n++) {
    const int64_t row = b->index[n];
    if (row < 0 || row >= b->rows) {
      *b->error = AOTI_BAD_INDEX;
      continue;
    }
    if (row == b->padding) continue;
    const aoti_x* from_row = b->table + row * b->width + from;
    if (mode == AOTI_BAG_MAX) {
      for (int64_t j = 0; j < side; j++) {
        const aoti_number x = aoti_get(from_row[j]);
        const int wins = counted == 0 || x > total[j];
        total[j] = wins ? x : total[j];
        best[j] = wins ? row : best[j];
      }
    } else if (b->scale) {
      const aoti_number scale = aoti_get(b->scale[n]);
      for (int64_t j = 0; j < side; j++) total[j] += aoti_get(from_row[j]) * scale;
    } else {
      for (int64_t j = 0; j < side; j++) total[j] += aoti_get(from_row[j]);
    }
    counted++;
  }
  aoti_x* const out = b->out + bag * b->width + from;
  const aoti_number over = (aoti_number)(counted > 0 ? counted : 1);
  for (int64_t j = 0; j < side; j++) out[j] = aoti_put(mode == AOTI_BAG_MEAN ? total[j] / over : total[j]);
  if (b->best) memcpy(b->best + bag * b->width + from, best, (size_t)side * sizeof *best);
  return counted;
}

AOTI_RT void aoti_sum_bags(const aoti_bags* b, int64_t begin, int64_t end, int mode) {
  for (int64_t bag = begin; bag < end; bag++) {
    int64_t first = b->offset[bag], last = bag + 1 < b->offsets ? b->offset[bag + 1] : b->count;
    if (first < 0 || last > b->count || first > last) {
      *b->error = AOTI_BAD_INDEX;
      first = last = 0;
    }
    int64_t counted = 0;
    for (int64_t from = 0; from < b->width || from == 0; from += AOTI_BAG_SIDE) {
      const int64_t side = b->width - from < AOTI_BAG_SIDE ? b->width - from : AOTI_BAG_SIDE;
      counted = aoti_bag_part(b, bag, first, last, from, side, mode);
    }
    if (b->counts) b->counts[bag] = counted;
  }
}
#endif
