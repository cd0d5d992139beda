/* Recurrent layers: what the inputs add to the gates is given for all steps; what the state adds is done here, step by
 * step. Rows of the batch do not know of each other: iteration i does rows AOTI_ROWS * i and following.
 *
 * A state is `size` wide; `outs` wide where it is projected. The weight is [outs, gates * size]: element k of the state
 * adds its row, so vectors run along the gates. */
#ifndef AOTI_ROUTINE_RECURRENCE_H
#define AOTI_ROUTINE_RECURRENCE_H
#if defined(__AVX512F__)
#define AOTI_LANES 16
#define AOTI_ABREAST 4
#else
#define AOTI_LANES 8
#define AOTI_ABREAST 2
#endif
#include "aoti/kernel/vec.h"
#include "aoti/kernel/math_f32.h"
#include "aoti/kernel/math_f64.h"
#include "aoti/model.h"

#define AOTI__GLUE2(a, b) a##b
#define AOTI__GLUE(a, b) AOTI__GLUE2(a, b)
#define AOTI__OF(name) AOTI__GLUE(aoti_##name##_, AOTI_X)
typedef AOTI__GLUE(aoti_t_, AOTI_X) aoti_x;
typedef AOTI__GLUE(v, AOTI_X) aoti_v;

#define AOTI_ROWS 4

enum { AOTI_CELL_TANH, AOTI_CELL_RELU, AOTI_CELL_GRU, AOTI_CELL_LSTM };

typedef struct {
  const aoti_x *gates;   /* [steps, batch, count * size] */
  const aoti_x *weight;  /* [outs, count * size] */
  const aoti_x *state;   /* [batch, outs] at the start */
  const aoti_x *more;    /* lstm: cells [batch, size] at the start; gru: bias [size] of what the state adds to `new` */
  const aoti_x *project; /* [size, outs], or NULL */
  aoti_x *out;           /* [steps, batch, outs] */
  aoti_x *last;          /* [batch, outs] */
  aoti_x *cell;          /* lstm: [batch, size] */
  int64_t steps, batch, size, outs;
} aoti_recurrence;

/* to[r][j] += sum over k of from[r][k] * weight[k][j], for `rows` rows at once. */
AOTI_FN void aoti_add_product(aoti_x *to, int64_t width, const aoti_x *from, int64_t count, const aoti_x *weight,
                              const int rows, const int abreast) {
  int64_t j = 0;
  for (; j + abreast * AOTI_LANES <= width; j += abreast * AOTI_LANES) {
    aoti_v sum[AOTI_ROWS][8];
    for (int r = 0; r < rows; r++)
      for (int v = 0; v < abreast; v++) sum[r][v] = AOTI__OF(load)(to + r * width + j + v * AOTI_LANES);
    for (int64_t k = 0; k < count; k++) {
      const aoti_x *w = weight + k * width + j;
      for (int r = 0; r < rows; r++) {
        const aoti_v x = AOTI__OF(set1)(from[r * count + k]);
        for (int v = 0; v < abreast; v++) sum[r][v] = AOTI__OF(fma)(x, AOTI__OF(load)(w + v * AOTI_LANES), sum[r][v]);
      }
    }
    for (int r = 0; r < rows; r++)
      for (int v = 0; v < abreast; v++) AOTI__OF(store)(to + r * width + j + v * AOTI_LANES, sum[r][v]);
  }
  for (; j < width; j += AOTI_LANES) {
    const int64_t n = width - j;
    aoti_v sum[AOTI_ROWS];
    for (int r = 0; r < rows; r++) sum[r] = AOTI__OF(loadn)(to + r * width + j, n);
    for (int64_t k = 0; k < count; k++) {
      const aoti_v w = AOTI__OF(loadn)(weight + k * width + j, n);
      for (int r = 0; r < rows; r++) sum[r] = AOTI__OF(fma)(AOTI__OF(set1)(from[r * count + k]), w, sum[r]);
    }
    for (int r = 0; r < rows; r++) AOTI__OF(storen)(to + r * width + j, sum[r], n);
  }
}
static void aoti_add_rows(aoti_x *to, int64_t width, const aoti_x *from, int64_t count, const aoti_x *weight, int64_t rows) {
  if (rows == AOTI_ROWS) {
    aoti_add_product(to, width, from, count, weight, AOTI_ROWS, AOTI_ABREAST);
    return;
  }
  for (int64_t r = 0; r < rows; r++) aoti_add_product(to + r * width, width, from + r * count, count, weight, 1, 8);
}

/* The next state of one row: `sum` are its gates, `given` what the inputs alone add to them. */
AOTI_FN void aoti_next_state(const int kind, int64_t size, const aoti_x *sum, const aoti_x *given, aoti_x *state, aoti_x *cell) {
  for (int64_t j = 0; j < size; j += AOTI_LANES) {
    const int64_t n = size - j;
    const aoti_v a = AOTI__OF(loadn)(sum + j, n);
    aoti_v next;
    if (kind == AOTI_CELL_TANH) {
      next = AOTI__OF(tanh)(a);
    } else if (kind == AOTI_CELL_RELU) {
      next = AOTI__OF(max)(a, AOTI__OF(set1)(0));
    } else if (kind == AOTI_CELL_GRU) {
      const aoti_v reset = AOTI__OF(sigmoid)(a), keep = AOTI__OF(sigmoid)(AOTI__OF(loadn)(sum + size + j, n));
      const aoti_v own = AOTI__OF(loadn)(sum + 2 * size + j, n), input = AOTI__OF(loadn)(given + 2 * size + j, n);
      const aoti_v fresh = AOTI__OF(tanh)(input + reset * own);
      next = (AOTI__OF(loadn)(state + j, n) - fresh) * keep + fresh;
    } else {
      const aoti_v in = AOTI__OF(sigmoid)(a), forget = AOTI__OF(sigmoid)(AOTI__OF(loadn)(sum + size + j, n));
      const aoti_v fresh = AOTI__OF(tanh)(AOTI__OF(loadn)(sum + 2 * size + j, n));
      const aoti_v show = AOTI__OF(sigmoid)(AOTI__OF(loadn)(sum + 3 * size + j, n));
      const aoti_v kept = forget * AOTI__OF(loadn)(cell + j, n) + in * fresh;
      AOTI__OF(storen)(cell + j, kept, n);
      next = show * AOTI__OF(tanh)(kept);
    }
    AOTI__OF(storen)(state + j, next, n);
  }
}

/* All steps. Scratch: AOTI_ROWS rows of gates, of a state before and behind its projection, and of cells. */
AOTI_FN void aoti_recur(const aoti_recurrence *it, const int kind, const int reverse, int64_t begin, int64_t end, void *scratch) {
  const int64_t size = it->size, outs = it->outs, count = kind == AOTI_CELL_LSTM ? 4 : kind == AOTI_CELL_GRU ? 3 : 1;
  const int64_t width = count * size;
  aoti_x *sums = (aoti_x *)scratch, *states = sums + AOTI_ROWS * width, *wide = states + AOTI_ROWS * outs;
  aoti_x *cells = wide + AOTI_ROWS * size;
  for (int64_t i = begin; i < end; i++) {
    const int64_t first = i * AOTI_ROWS, rows = it->batch - first < AOTI_ROWS ? it->batch - first : AOTI_ROWS;
    const size_t row = sizeof(aoti_x);
    __builtin_memcpy(states, it->state + first * outs, (size_t)(rows * outs) * row);
    if (kind == AOTI_CELL_LSTM) __builtin_memcpy(cells, it->more + first * size, (size_t)(rows * size) * row);
    for (int64_t step = 0; step < it->steps; step++) {
      const int64_t at = (reverse ? it->steps - 1 - step : step) * it->batch + first;
      const aoti_x *given = it->gates + at * width;
      __builtin_memcpy(sums, given, (size_t)(rows * width) * row);
      if (kind == AOTI_CELL_GRU)
        for (int64_t r = 0; r < rows; r++) __builtin_memcpy(sums + r * width + 2 * size, it->more, (size_t)size * row);
      aoti_add_rows(sums, width, states, outs, it->weight, rows);
      aoti_x *made = it->project ? wide : states;
      for (int64_t r = 0; r < rows; r++)
        aoti_next_state(kind, size, sums + r * width, given + r * width, made + r * size, cells + r * size);
      if (it->project) {
        __builtin_memset(states, 0, (size_t)(rows * outs) * row);
        aoti_add_rows(states, outs, wide, size, it->project, rows);
      }
      __builtin_memcpy(it->out + at * outs, states, (size_t)(rows * outs) * row);
    }
    __builtin_memcpy(it->last + first * outs, states, (size_t)(rows * outs) * row);
    if (kind == AOTI_CELL_LSTM) __builtin_memcpy(it->cell + first * size, cells, (size_t)(rows * size) * row);
  }
}
#endif
