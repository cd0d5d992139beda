/* What is sorted: a key (element.h) with the place that its element came from. */
#ifndef AOTI_ROUTINE_ITEM_H
#define AOTI_ROUTINE_ITEM_H
#include "aoti/kernel/routine/element.h"

/* Places are as wide as keys, so an item of a narrow type is one machine word; lines stay below 2^32 elements then. */
typedef struct aoti_item {
  __typeof__(__builtin_choose_expr(sizeof(aoti_key_t) == 8, (uint64_t)0, (uint32_t)0)) key, place;
} aoti_item;

/* Element n of a line; `descending` turns the order around, nan comes first then. */
AOTI_RT aoti_item aoti_item_of(const aoti_x* x, int64_t n, int64_t inner, int descending) {
  const aoti_key_t key = aoti_key(x[n * inner]);
  aoti_item item = {descending ? (aoti_key_t)~key : key, 0};
  item.place = (__typeof__(item.place))n;
  return item;
}
#endif
