/* Some of a line in order without sorting all of it: first k, k-th, median, most frequent.
 *
 * Which of several equals is reported follows from the algorithm, so these are the ones that PyTorch's answers come from:
 * libstdc++'s nth_element, partial_sort and sort (introselect, heaps, introsort), and PyTorch's own quickselect. */
#ifndef AOTI_ROUTINE_SELECT_H
#define AOTI_ROUTINE_SELECT_H
#include "aoti/kernel/routine/item.h"

AOTI_RT void aoti_swap(aoti_item* a, aoti_item* b) {
  const aoti_item x = *a;
  *a = *b;
  *b = x;
}

AOTI_RT int64_t aoti_twice_log2(int64_t n) { return 2 * (63 - __builtin_clzll((uint64_t)n)); }

/* ---- heaps: the largest first ---- */

static void aoti_sift(aoti_item* a, int64_t hole, int64_t count, aoti_item value) {
  const int64_t top = hole;
  int64_t child = hole;
  while (child < (count - 1) / 2) {
    child = 2 * (child + 1);
    if (a[child].key < a[child - 1].key) child--;
    a[hole] = a[child];
    hole = child;
  }
  if ((count & 1) == 0 && child == (count - 2) / 2) {
    child = 2 * (child + 1);
    a[hole] = a[child - 1];
    hole = child - 1;
  }
  for (int64_t parent = (hole - 1) / 2; hole > top && a[parent].key < value.key; parent = (hole - 1) / 2) {
    a[hole] = a[parent];
    hole = parent;
  }
  a[hole] = value;
}

/* The `middle` smallest of `count`, as a heap, come first. */
static void aoti_heap_select(aoti_item* a, int64_t middle, int64_t count) {
  if (middle >= 2)
    for (int64_t parent = (middle - 2) / 2; parent >= 0; parent--) aoti_sift(a, parent, middle, a[parent]);
  for (int64_t n = middle; n < count; n++) {
    if (!(a[n].key < a[0].key)) continue;
    const aoti_item value = a[n];
    a[n] = a[0];
    aoti_sift(a, 0, middle, value);
  }
}

static void aoti_partial_sort(aoti_item* a, int64_t middle, int64_t count) {
  aoti_heap_select(a, middle, count);
  for (int64_t last = middle - 1; last > 0; last--) {
    const aoti_item value = a[last];
    a[last] = a[0];
    aoti_sift(a, 0, last, value);
  }
}

/* ---- partitions ---- */

static aoti_item* aoti_partition(aoti_item* first, aoti_item* last) {
  aoti_item *a = first + 1, *b = first + (last - first) / 2, *c = last - 1;
  if (a->key < b->key) aoti_swap(first, b->key < c->key ? b : a->key < c->key ? c : a);
  else aoti_swap(first, a->key < c->key ? a : b->key < c->key ? c : b);
  aoti_item *low = first + 1, *high = last;
  for (;;) {
    while (low->key < first->key) low++;
    high--;
    while (first->key < high->key) high--;
    if (!(low < high)) return low;
    aoti_swap(low, high);
    low++;
  }
}

static void aoti_insert_all(aoti_item* first, aoti_item* last) {
  for (aoti_item* at = first + 1; at < last; at++) {
    const aoti_item value = *at;
    aoti_item* to = at;
    for (; to > first && value.key < to[-1].key; to--) *to = to[-1];
    *to = value;
  }
}

/* Puts into `nth` what sorting would put there, and nothing smaller behind it. */
static void aoti_nth(aoti_item* first, aoti_item* nth, aoti_item* last) {
  if (first == last || nth == last) return;
  for (int64_t depth = aoti_twice_log2(last - first); last - first > 3; depth--) {
    if (depth == 0) {
      aoti_heap_select(first, nth + 1 - first, last - first);
      aoti_swap(first, nth);
      return;
    }
    aoti_item* const cut = aoti_partition(first, last);
    if (cut <= nth) first = cut;
    else last = cut;
  }
  aoti_insert_all(first, last);
}

static void aoti_intro_loop(aoti_item* first, aoti_item* last, int64_t depth) {
  while (last - first > 16) {
    if (depth-- == 0) {
      aoti_partial_sort(first, last - first, last - first);
      return;
    }
    aoti_item* const cut = aoti_partition(first, last);
    aoti_intro_loop(cut, last, depth);
    last = cut;
  }
}

static void aoti_unstable_sort(aoti_item* first, aoti_item* last) {
  if (first == last) return;
  aoti_intro_loop(first, last, aoti_twice_log2(last - first));
  aoti_insert_all(first, last);
}

/* PyTorch's quickselect (kthvalue). */
static void aoti_quick_select(aoti_item* a, int64_t k, int64_t count) {
  int64_t left = 0, right = count - 1;
  while (right > left) {
    if (right == left + 1) {
      if (a[left].key > a[right].key) aoti_swap(a + left, a + right);
      return;
    }
    aoti_swap(a + left + (right - left) / 2, a + left + 1);
    if (a[left + 1].key > a[right].key) aoti_swap(a + left + 1, a + right);
    if (a[left].key > a[right].key) aoti_swap(a + left, a + right);
    if (a[left + 1].key > a[left].key) aoti_swap(a + left + 1, a + left);
    int64_t i = left + 1, j = right;
    const aoti_item pivot = a[left];
    for (;;) {
      do i++;
      while (pivot.key > a[i].key);
      do j--;
      while (a[j].key > pivot.key);
      if (j < i) break;
      aoti_swap(a + i, a + j);
    }
    aoti_swap(a + left, a + j);
    if (j <= k) left = i;
    if (j >= k) right = j - 1;
  }
}

/* ---- one line: the results stand at items[0], items[1], ... ---- */

AOTI_RT const aoti_item* aoti_line_topk(aoti_item* a, int64_t size, int64_t k) {
  if (k * 64 <= size) {
    aoti_partial_sort(a, k, size);
  } else {
    aoti_nth(a, a + k - 1, a + size);
    aoti_unstable_sort(a, a + k - 1);
  }
  return a;
}

AOTI_RT const aoti_item* aoti_line_kth(aoti_item* a, int64_t size, int64_t k) {
  aoti_quick_select(a, k - 1, size);
  return a + k - 1;
}

AOTI_RT int64_t aoti_count_nan(const aoti_x* x, int64_t size, int64_t inner, int64_t* first) {
  int64_t count = 0;
  for (int64_t n = size - 1; n >= 0; n--) {
    const aoti_number v = aoti_get(x[n * inner]);
    if (v != v) count++, *first = n;
  }
  return count;
}

/* The lower of the middle two; `skip`: of those that are numbers, else the first nan if there is one. Equals count in the
 * order of their places. `b`: room for another `size` items. */
AOTI_RT const aoti_item* aoti_line_median(aoti_item* a, aoti_item* b, int64_t size, int64_t nans, int64_t first_nan, int skip) {
  if (nans > 0 && !skip) return a + first_nan;
  const int64_t middle = (size - (nans < size ? nans : size - 1) - 1) / 2;
  memcpy(b, a, (size_t)size * sizeof *a);
  aoti_nth(b, b + middle, b + size);
  int64_t before = 0, at = 0;
  for (int64_t n = 0; n < size; n++) before += a[n].key < b[middle].key;
  for (int64_t left = middle - before; a[at].key != b[middle].key || left-- > 0;) at++;
  return a + at;
}

/* The smallest of the most frequent elements; no nan equals another. */
AOTI_RT const aoti_item* aoti_line_mode(const aoti_x* x, int64_t inner, aoti_item* a, int64_t size) {
  aoti_unstable_sort(a, a + size);
  const aoti_item* best = a;
  for (int64_t n = 0, run = 0, most = 0; n < size; n++) {
    run++;
    const aoti_number v = aoti_get(x[(int64_t)a[n].place * inner]);
    if (n + 1 < size && a[n].key == a[n + 1].key && v == v) continue;
    if (run > most) most = run, best = a + n;
    run = 0;
  }
  return best;
}

enum { AOTI_SELECT_TOPK, AOTI_SELECT_KTH, AOTI_SELECT_MEDIAN, AOTI_SELECT_NANMEDIAN, AOTI_SELECT_MODE };

/* `many` elements of each line; `k` counts from 1. scratch: `size` items, twice that for medians. */
AOTI_RT void aoti_select(const aoti_x* x, aoti_x* values, int64_t* places, int64_t begin, int64_t end, int64_t size,
                         int64_t inner, int64_t many, int64_t k, int descending, int what, void* scratch) {
  if (size == 0 || many == 0) return;
  aoti_item* const a = scratch;
  for (int64_t line = begin; line < end; line++) {
    const int64_t at = aoti_line(line, size, inner), to = aoti_line(line, many, inner);
    for (int64_t n = 0; n < size; n++) a[n] = aoti_item_of(x + at, n, inner, descending);
    const aoti_item* found = a;
    if (what == AOTI_SELECT_TOPK) found = aoti_line_topk(a, size, many);
    else if (what == AOTI_SELECT_KTH) found = aoti_line_kth(a, size, k);
    else if (what == AOTI_SELECT_MODE) found = aoti_line_mode(x + at, inner, a, size);
    else {
      int64_t first_nan = 0;
      const int64_t nans = aoti_count_nan(x + at, size, inner, &first_nan);
      found = aoti_line_median(a, a + size, size, nans, first_nan, what == AOTI_SELECT_NANMEDIAN);
    }
    for (int64_t i = 0; i < many; i++) {
      values[to + i * inner] = x[at + (int64_t)found[i].place * inner];
      places[to + i * inner] = (int64_t)found[i].place;
    }
  }
}
#endif
