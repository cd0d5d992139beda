/* Stable sorting of lines with the places that elements came from.
 *
 * An element becomes a key (element.h) with its place: insertion for a handful, merging for hundreds, and for more a radix
 * sort from the lowest digit that skips digits all keys share. */
#ifndef AOTI_ROUTINE_SORT_H
#define AOTI_ROUTINE_SORT_H
#include "aoti/kernel/routine/item.h"

enum { AOTI_RUN = 16, AOTI_MERGE = 768, AOTI_KEY_BITS = 8 * sizeof(aoti_key_t) };
enum { AOTI_DIGIT = AOTI_KEY_BITS == 32 ? 11 : 8, AOTI_DIGITS = (AOTI_KEY_BITS + AOTI_DIGIT - 1) / AOTI_DIGIT };

static void aoti_insertion(aoti_item* a, int64_t count) {
  for (int64_t n = 1; n < count; n++) {
    const aoti_item x = a[n];
    int64_t at = n;
    for (; at > 0 && a[at - 1].key > x.key; at--) a[at] = a[at - 1];
    a[at] = x;
  }
}

/* Sorts `a` using `b` of the same size; gives the one that holds the result. */
static aoti_item* aoti_merge_sort(aoti_item* a, aoti_item* b, int64_t count) {
  for (int64_t at = 0; at < count; at += AOTI_RUN) aoti_insertion(a + at, count - at < AOTI_RUN ? count - at : AOTI_RUN);
  for (int64_t run = AOTI_RUN; run < count; run *= 2) {
    for (int64_t at = 0; at < count; at += 2 * run) {
      const int64_t middle = at + run < count ? at + run : count, end = middle + run < count ? middle + run : count;
      int64_t left = at, right = middle, to = at;
      while (left < middle && right < end) {
        const int take = a[right].key < a[left].key;
        b[to++] = take ? a[right] : a[left];
        right += take;
        left += !take;
      }
      memcpy(b + to, a + left, (size_t)(middle - left) * sizeof *a);
      to += middle - left;
      memcpy(b + to, a + right, (size_t)(end - right) * sizeof *a);
    }
    aoti_item* const swap = a;
    a = b;
    b = swap;
  }
  return a;
}

static aoti_item* aoti_radix_sort(aoti_item* a, aoti_item* b, int64_t count) {
  enum { SIZE = 1 << AOTI_DIGIT };
  int64_t counts[AOTI_DIGITS][SIZE];
  memset(counts, 0, sizeof counts);
  for (int64_t n = 0; n < count; n++)
    for (int d = 0; d < AOTI_DIGITS; d++) counts[d][a[n].key >> d * AOTI_DIGIT & (SIZE - 1)]++;
  for (int d = 0; d < AOTI_DIGITS; d++) {
    if (counts[d][a[0].key >> d * AOTI_DIGIT & (SIZE - 1)] == count) continue;
    int64_t start = 0;
    for (int v = 0; v < SIZE; v++) {
      const int64_t of = counts[d][v];
      counts[d][v] = start;
      start += of;
    }
    for (int64_t n = 0; n < count; n++) b[counts[d][a[n].key >> d * AOTI_DIGIT & (SIZE - 1)]++] = a[n];
    aoti_item* const swap = a;
    a = b;
    b = swap;
  }
  return a;
}

static aoti_item* aoti_sort_items(aoti_item* a, aoti_item* b, int64_t count) {
  return count <= AOTI_MERGE ? aoti_merge_sort(a, b, count) : aoti_radix_sort(a, b, count);
}

/* Lines [begin, end); scratch: 2 * size items. */
static void aoti_sort(const aoti_x* x, aoti_x* values, int64_t* order, int64_t begin, int64_t end, int64_t size, int64_t inner,
                      int descending, void* scratch) {
  aoti_item* const a = scratch;
  for (int64_t line = begin; line < end; line++) {
    const int64_t at = aoti_line(line, size, inner);
    for (int64_t n = 0; n < size; n++) a[n] = aoti_item_of(x + at, n, inner, descending);
    const aoti_item* sorted = aoti_sort_items(a, a + size, size);
    for (int64_t n = 0; n < size; n++) {
      values[at + n * inner] = x[at + (int64_t)sorted[n].place * inner];
      order[at + n * inner] = (int64_t)sorted[n].place;
    }
  }
}
#endif
