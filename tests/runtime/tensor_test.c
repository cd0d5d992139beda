/* Copies between layouts, against plain indexing; spans and messages. */
#include "base.h"
#include "check.h"

static unsigned seed = 1;
static int random_below(int n) { return (int)((seed = seed * 1103515245u + 12345u) >> 16) % n; }

/* Strides of a random order of dimensions, with gaps. */
static void random_strides(int ndim, const int64_t* sizes, int64_t* strides) {
  int order[6];
  for (int d = 0; d < ndim; d++) order[d] = d;
  for (int d = ndim - 1; d > 0; d--) {
    int other = random_below(d + 1), kept = order[d];
    order[d] = order[other], order[other] = kept;
  }
  int64_t step = 1 + random_below(2);
  for (int at = 0; at < ndim; at++) {
    strides[order[at]] = step;
    step *= sizes[order[at]] + random_below(2);
    if (step == 0) step = 1;
  }
}

static void copies(void) {
  const int64_t items[] = {1, 2, 4, 8, 16};
  for (int turn = 0; turn < 3000; turn++) {
    int ndim = random_below(6);
    int64_t sizes[6], to[6], from[6], item = items[random_below(5)], count = 1;
    for (int d = 0; d < ndim; d++) sizes[d] = random_below(12) ? 1 + random_below(4) : 0, count *= sizes[d];
    random_strides(ndim, sizes, to);
    random_strides(ndim, sizes, from);
    if (ndim && random_below(4) == 0) from[random_below(ndim)] = 0; /* expanded */
    int64_t to_span = aoti_span(ndim, sizes, to), from_span = aoti_span(ndim, sizes, from);
    CHECK((count == 0) == (to_span == 0) && to_span >= 0 && from_span >= 0);
    unsigned char* source = malloc((size_t)(from_span * item) + 1);
    unsigned char* target = calloc((size_t)(to_span * item) + 1, 1);
    for (int64_t i = 0; i < from_span * item; i++) source[i] = (unsigned char)(i * 37 + 11);
    aoti_copy_strided(ndim, sizes, item, target, to, source, from);
    for (int64_t flat = 0; flat < count; flat++) {
      int64_t rest = flat, a = 0, b = 0;
      for (int d = ndim - 1; d >= 0; d--) a += rest % sizes[d] * to[d], b += rest % sizes[d] * from[d], rest /= sizes[d];
      CHECK(memcmp(target + a * item, source + b * item, (size_t)item) == 0);
    }
    free(source);
    free(target);
  }
}

int main(void) {
  char text[32];
  int64_t sizes[] = {3, 4, 5}, strides[3];
  copies();
  aoti_contiguous(3, sizes, strides);
  CHECK(strides[0] == 20 && strides[1] == 5 && strides[2] == 1 && aoti_span(3, sizes, strides) == 60);
  CHECK(aoti_span(0, NULL, NULL) == 1);
  CHECK(aoti_span(1, (int64_t[]){2}, (int64_t[]){-1}) == -1 && aoti_span(1, (int64_t[]){-2}, (int64_t[]){1}) == -1);
  CHECK(aoti_span(2, (int64_t[]){1l << 40, 1l << 40}, (int64_t[]){1l << 40, 1}) == -1);
  CHECK(aoti_same_layout(2, (int64_t[]){1, 4}, (int64_t[]){9, 1}, (int64_t[]){4, 1}));
  CHECK(strcmp(aoti_shape_text(3, sizes, text, sizeof text), "[3, 4, 5]") == 0);
  CHECK(strcmp(aoti_shape_text(0, sizes, text, sizeof text), "[]") == 0);
  CHECK(aoti_memory(UINT64_MAX) == NULL && aoti_memory(INT64_MAX) == NULL);
  puts("ok");
  return 0;
}
