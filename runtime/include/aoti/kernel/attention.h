/* Attention's inner loops, lanes along rows (queries). A kernel defines, before it includes this:
 *   AOTI_ATTEND_T       f32 or f64
 *   AOTI_ATTEND_MR, NV  register tile: MR keys or value channels by NV vectors of rows
 *   AOTI_ATTEND_ROWS    rows of a job, a multiple of the tile's: one line of queries, scores and sums
 *   AOTI_ATTEND_DEPTH, VALUES  channels of keys and of values
 *   AOTI_ATTEND_KEY_ROW, KEY_STEP, VALUE_ROW, VALUE_STEP  elements from one key or value to the next, and between channels
 *   AOTI_ATTEND_ROUND(x)  what powers are rounded to before they meet values
 *   AOTI_ATTEND_PAIRS   where present: products in pairs of bf16, as attention_pairs.h says
 *   AOTI_ATTEND_BLIND   1: a row whose scores are all minus infinity gives nan, as PyTorch's softmax does
 * and includes vec.h, contraction.h and the header of exp. Statistics of rows are kept in four lines: the largest score
 * of the blocks so far, and with the present block; the sum of powers; what the present block scales older sums by. */
#ifndef AOTI_KERNEL_ATTENTION_H
#define AOTI_KERNEL_ATTENTION_H

#define AOTI__JOIN(a, b) a##b
#define AOTI__NAME(a, b) AOTI__JOIN(a, b)
#define AOTI__AT(f) AOTI__NAME(aoti_##f##_, AOTI_ATTEND_T)
typedef AOTI__NAME(aoti_t_, AOTI_ATTEND_T) aoti_attend_t;
typedef AOTI__NAME(v, AOTI_ATTEND_T) aoti_attend_v;

enum {
  AOTI_ATTEND_WIDTH = AOTI_ATTEND_NV * AOTI_LANES,
  AOTI_ATTEND_HIGHEST = 0,
  AOTI_ATTEND_NEXT = AOTI_ATTEND_ROWS,
  AOTI_ATTEND_TOTAL = 2 * AOTI_ATTEND_ROWS,
  AOTI_ATTEND_FACTOR = 3 * AOTI_ATTEND_ROWS
};

#define AOTI__APART __attribute__((noinline, unused)) static

#ifdef AOTI_ATTEND_PAIRS
#include "aoti/kernel/attention_pairs.h"
#else
/* c[i][…] = or += the sum over k of a[i * row + k * step] times line k of b, for i < mr and one tile's width. */
AOTI_FN void aoti__attend_tile(const int mr, int64_t kc, const aoti_attend_t* a, int64_t row, int64_t step,
                               const aoti_attend_t* b, aoti_attend_t* c, int accumulate) {
  aoti_attend_v acc[AOTI_ATTEND_MR][AOTI_ATTEND_NV];
  _Pragma("GCC unroll 64") for (int i = 0; i < mr; i++)
    _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++) acc[i][j] = (aoti_attend_v){0};
  for (int64_t k = 0; k < kc; k++, a += step, b += AOTI_ATTEND_ROWS) {
    aoti_attend_v bv[AOTI_ATTEND_NV];
    _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++) bv[j] = AOTI__AT(load)(b + j * AOTI_LANES);
    _Pragma("GCC unroll 64") for (int i = 0; i < mr; i++) {
      aoti_attend_v av = a[i * row] - (aoti_attend_v){0};
      _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++)
        acc[i][j] = AOTI__AT(madd)(av, bv[j], acc[i][j]);
    }
  }
  _Pragma("GCC unroll 64") for (int i = 0; i < mr; i++)
    _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++) {
      aoti_attend_t* p = c + i * AOTI_ATTEND_ROWS + j * AOTI_LANES;
      AOTI__AT(store)(p, accumulate ? AOTI__AT(load)(p) + acc[i][j] : acc[i][j]);
    }
}

/* Line j of the tile: key j times all queries. */
AOTI__APART void aoti_attend_scores(int64_t count, const aoti_attend_t* keys, const aoti_attend_t* query,
                                    aoti_attend_t* tile) {
  enum { ROW = AOTI_ATTEND_KEY_ROW, STEP = AOTI_ATTEND_KEY_STEP };
  for (int64_t g = 0; g < AOTI_ATTEND_ROWS; g += AOTI_ATTEND_WIDTH) {
    int64_t j = 0;
    for (; j + AOTI_ATTEND_MR <= count; j += AOTI_ATTEND_MR)
      aoti__attend_tile(AOTI_ATTEND_MR, AOTI_ATTEND_DEPTH, keys + j * ROW, ROW, STEP, query + g,
                        tile + j * AOTI_ATTEND_ROWS + g, 0);
    for (; j < count; j++)
      aoti__attend_tile(1, AOTI_ATTEND_DEPTH, keys + j * ROW, ROW, STEP, query + g,
                        tile + j * AOTI_ATTEND_ROWS + g, 0);
  }
}

/* Line i of the sums: grows by the tile's lines times channel i of the values. */
AOTI__APART void aoti_attend_sums(int64_t count, const aoti_attend_t* values, const aoti_attend_t* tile,
                                  aoti_attend_t* sums) {
  enum { ROW = AOTI_ATTEND_VALUE_ROW, STEP = AOTI_ATTEND_VALUE_STEP };
  enum { LEFT = AOTI_ATTEND_VALUES % AOTI_ATTEND_MR, WHOLE = AOTI_ATTEND_VALUES - LEFT };
  for (int64_t g = 0; g < AOTI_ATTEND_ROWS; g += AOTI_ATTEND_WIDTH) {
    for (int64_t i = 0; i < WHOLE; i += AOTI_ATTEND_MR)
      aoti__attend_tile(AOTI_ATTEND_MR, count, values + i * STEP, STEP, ROW, tile + g,
                        sums + i * AOTI_ATTEND_ROWS + g, 1);
    if (LEFT)
      aoti__attend_tile(LEFT ? LEFT : 1, count, values + WHOLE * STEP, STEP, ROW, tile + g,
                        sums + WHOLE * AOTI_ATTEND_ROWS + g, 1);
  }
}
#endif

/* What scores are lessened by: the largest, or zero while there is none above minus infinity. */
AOTI_FN aoti_attend_v aoti__attend_shift(aoti_attend_v highest) {
  aoti_attend_v none = AOTI__AT(set1)(-__builtin_inff());
  return AOTI__AT(select)(AOTI__AT(eq)(highest, none), AOTI__AT(set1)(0), highest);
}

AOTI_FN void aoti_attend_begin(aoti_attend_t* stats) {
  for (int64_t i = 0; i < AOTI_ATTEND_ROWS; i++) {
    stats[AOTI_ATTEND_HIGHEST + i] = stats[AOTI_ATTEND_NEXT + i] = -__builtin_inff();
    stats[AOTI_ATTEND_TOTAL + i] = 0;
  }
}

/* A tile of scores, whose largest are known, becomes powers; older sums are scaled to the new largest score. */
AOTI__APART void aoti_attend_powers(int64_t count, aoti_attend_t* tile, aoti_attend_t* stats, aoti_attend_t* sums) {
  for (int64_t g = 0; g < AOTI_ATTEND_ROWS; g += AOTI_ATTEND_WIDTH) {
    aoti_attend_v shift[AOTI_ATTEND_NV], total[AOTI_ATTEND_NV], factor[AOTI_ATTEND_NV];
    _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++) {
      aoti_attend_t* at = stats + g + j * AOTI_LANES;
      aoti_attend_v next = AOTI__AT(load)(at + AOTI_ATTEND_NEXT);
      shift[j] = aoti__attend_shift(next);
      factor[j] = AOTI__AT(exp)(AOTI__AT(load)(at + AOTI_ATTEND_HIGHEST) - shift[j]);
      total[j] = AOTI__AT(load)(at + AOTI_ATTEND_TOTAL) * factor[j];
      AOTI__AT(store)(at + AOTI_ATTEND_HIGHEST, next);
    }
#ifdef AOTI_ATTEND_PAIRS
    for (int64_t r = 0; r < count; r += 2) /* line r / 2 of pairs lies where lines have been read already */
      _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++) {
        aoti_attend_t* at = tile + g + j * AOTI_LANES;
        aoti_attend_v first = AOTI__AT(exp)(AOTI__AT(load)(at + r * AOTI_ATTEND_ROWS) - shift[j]), second = {0};
        if (r + 1 < count) second = AOTI__AT(exp)(AOTI__AT(load)(at + (r + 1) * AOTI_ATTEND_ROWS) - shift[j]);
        total[j] += first + second;
        AOTI__AT(store)(at + r / 2 * AOTI_ATTEND_ROWS, aoti__attend_pair(first, second));
      }
#else
    for (int64_t r = 0; r < count; r++)
      _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++) {
        aoti_attend_t* at = tile + r * AOTI_ATTEND_ROWS + g + j * AOTI_LANES;
        aoti_attend_v power = AOTI__AT(exp)(AOTI__AT(load)(at) - shift[j]);
        total[j] += power;
        AOTI__AT(store)(at, AOTI_ATTEND_ROUND(power));
      }
#endif
    for (int64_t r = 0; r < AOTI_ATTEND_VALUES; r++)
      _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++) {
        aoti_attend_t* at = sums + r * AOTI_ATTEND_ROWS + g + j * AOTI_LANES;
        AOTI__AT(store)(at, AOTI__AT(load)(at) * factor[j]);
      }
    _Pragma("GCC unroll 8") for (int j = 0; j < AOTI_ATTEND_NV; j++)
      AOTI__AT(store)(stats + AOTI_ATTEND_TOTAL + g + j * AOTI_LANES, total[j]);
  }
}

/* Sums line by channel become lines by row: results[row * VALUES + channel]. */
AOTI__APART void aoti_attend_turn(int64_t rows, aoti_attend_t* sums, aoti_attend_t* results) {
  for (int64_t i = 0; i < AOTI_ATTEND_VALUES; i += AOTI_LANES) {
    int64_t left = AOTI_MIN(AOTI_LANES, AOTI_ATTEND_VALUES - i);
    AOTI__AT(transpose)(results + i, AOTI_ATTEND_VALUES, sums + i * AOTI_ATTEND_ROWS, AOTI_ATTEND_ROWS, rows, left, left);
  }
}

/* Rows without any score above minus infinity, where that gives nan. */
AOTI_FN void aoti_attend_end(int64_t rows, int64_t columns, aoti_attend_t* stats, aoti_attend_t* results) {
  if (!AOTI_ATTEND_BLIND || columns == 0) return;
  for (int64_t i = 0; i < rows; i++) {
    if (stats[AOTI_ATTEND_HIGHEST + i] != -__builtin_inff()) continue;
    stats[AOTI_ATTEND_TOTAL + i] = __builtin_nanf("");
    for (int64_t d = 0; d < AOTI_ATTEND_VALUES; d++) results[i * AOTI_ATTEND_VALUES + d] = __builtin_nanf("");
  }
}

/* Few rows: scores[row * stride + column] become powers, lanes along columns; sums have a line a row. */
AOTI__APART void aoti_attend_few(int64_t rows, int64_t count, aoti_attend_t* scores, int64_t stride,
                                 aoti_attend_t* stats, aoti_attend_t* sums) {
  for (int64_t r = 0; r < rows; r++, scores += stride, sums += AOTI_ATTEND_VALUES) {
    aoti_attend_v most = AOTI__AT(set1)(stats[AOTI_ATTEND_HIGHEST + r]), total = (aoti_attend_v){0};
    for (int64_t j = 0; j < count; j += AOTI_LANES) {
      int64_t n = AOTI_MIN(AOTI_LANES, count - j);
      aoti_attend_v x = AOTI__AT(select)(aoti_firstn_bool(n), AOTI__AT(loadn)(scores + j, n), most);
      most = AOTI__AT(max)(most, x);
    }
    aoti_attend_v next = AOTI__AT(set1)(AOTI__AT(hmax)(most)), shift = aoti__attend_shift(next);
    aoti_attend_v factor = AOTI__AT(exp)(AOTI__AT(set1)(stats[AOTI_ATTEND_HIGHEST + r]) - shift);
    for (int64_t j = 0; j < count; j += AOTI_LANES) {
      int64_t n = AOTI_MIN(AOTI_LANES, count - j);
      aoti_attend_v power = AOTI__AT(exp)(AOTI__AT(loadn)(scores + j, n) - shift);
      total += AOTI__AT(select)(aoti_firstn_bool(n), power, (aoti_attend_v){0});
      AOTI__AT(storen)(scores + j, AOTI_ATTEND_ROUND(power), n);
    }
    for (int64_t d = 0; d < AOTI_ATTEND_VALUES; d += AOTI_LANES) {
      int64_t n = AOTI_MIN(AOTI_LANES, AOTI_ATTEND_VALUES - d);
      AOTI__AT(storen)(sums + d, AOTI__AT(loadn)(sums + d, n) * factor, n);
    }
    stats[AOTI_ATTEND_HIGHEST + r] = next[0];
    stats[AOTI_ATTEND_TOTAL + r] = stats[AOTI_ATTEND_TOTAL + r] * factor[0] + AOTI__AT(hsum)(total);
  }
}
#endif
