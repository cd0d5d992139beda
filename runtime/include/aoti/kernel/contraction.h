/* What generated matrix products need beside the microkernels: multiply-add on vectors, transposing lines into panels.
 * Include after vec.h. */
#ifndef AOTI_KERNEL_CONTRACTION_H
#define AOTI_KERNEL_CONTRACTION_H
#include "aoti/kernel/exchange.h"

/* c[r * stride + j] (+)= the sum of the lanes of part r * width + j. A call, and through memory, lest the compiler keep
 * the parts in memory through the loop that fills them. */
#define AOTI__ADD_ACROSS(T)                                                                        \
  __attribute__((noinline, unused)) static void aoti_add_across_##T(                               \
      const aoti_t_##T* parts, int64_t width, aoti_t_##T* c, int64_t stride, int64_t rows,         \
      int64_t columns, int accumulate) {                                                           \
    for (int64_t r = 0; r < rows; r++, parts += width * AOTI_LANES, c += stride)                   \
      for (int64_t j = 0; j < columns; j++)                                                        \
        c[j] = (accumulate ? c[j] : 0) + aoti_hsum_##T(aoti_load_##T(parts + j * AOTI_LANES));     \
  }
AOTI__ADD_ACROSS(f32) AOTI__ADD_ACROSS(f64)

/* panel[k * width + i] = lines[i * stride + k] for k < kc, i < count; the rest of `columns` becomes zero. Lines may be
 * read up to the next multiple of AOTI_LANES. */
#define AOTI__TRANSPOSE(T)                                                                         \
  AOTI_FN void aoti_transpose_##T(aoti_t_##T* restrict panel, int64_t width,                       \
                                  const aoti_t_##T* lines, int64_t stride, int64_t kc,             \
                                  int64_t count, int64_t columns) {                                \
    for (int64_t k = 0; k < kc; k += AOTI_LANES) {                                                 \
      v##T x[AOTI_LANES];                                                                          \
      _Pragma("GCC unroll 64") for (int i = 0; i < AOTI_LANES; i++)                                \
        x[i] = i < count ? aoti_load_##T(lines + i * stride + k) : (v##T){0};                      \
      AOTI__EXCHANGES(T)                                                                           \
      if (k + AOTI_LANES <= kc) {                                                                  \
        _Pragma("GCC unroll 64") for (int i = 0; i < AOTI_LANES; i++)                              \
          aoti_storen_##T(panel + (k + i) * width, x[i], columns);                                 \
      } else {                                                                                     \
        for (int i = 0; i < kc - k; i++) aoti_storen_##T(panel + (k + i) * width, x[i], columns);  \
      }                                                                                            \
    }                                                                                              \
  }
AOTI__TRANSPOSE(f32) AOTI__TRANSPOSE(f64)

/* Keeps a vector in a register: gcc loads what lies in memory again for each use, and loads are what few rows wait for. */
#if defined(__x86_64__)
#define AOTI_HOLD(x) __asm__("" : "+v"(x))
#elif defined(__aarch64__)
#define AOTI_HOLD(x) __asm__("" : "+w"(x))
#else
#define AOTI_HOLD(x) ((void)0)
#endif

/* Lines and columns of a square of registers change places.
 *
 * aoti_turn(panel, width, x, stride, kc, count): panel[k * width + i] = x[i * stride + k] for k < kc and i < count, zero for
 * the lanes from `count` on. Rows are read where they lie; where each lies on pages of its own, on which the processor's
 * prefetching begins anew, the next rows are asked for meanwhile. Whole vectors are written in rising order: what follows the
 * panel, up to AOTI_LANES - width elements, is lost. A call, with one square for whole panels and for what is left of rows
 * and lines (the last rows again, the last square over the one before): two of them inlined, two squares each, were half of
 * what the compiler did for a product. */
#define AOTI__TURN(T)                                                                              \
  AOTI_FN void aoti__turn_##T(v##T x[AOTI_LANES]) { AOTI__EXCHANGES(T) }                           \
  __attribute__((noinline, unused)) static void aoti_turn_##T(                                     \
      aoti_t_##T* restrict panel, int64_t width, const aoti_t_##T* x, int64_t stride, int64_t kc,  \
      int64_t count) {                                                                             \
    const int isFar = stride * (int64_t)sizeof *x >= 4096;                                         \
    for (int64_t k = 0; k < kc && kc < AOTI_LANES; k++)                                            \
      for (int64_t i = 0; i < AOTI_LANES; i++)                                                     \
        panel[k * width + i] = i < count ? x[i * stride + k] : 0;                                  \
    for (int64_t next = 0; next < kc && kc >= AOTI_LANES; next += AOTI_LANES) {                    \
      const int64_t k = next + AOTI_LANES <= kc ? next : kc - AOTI_LANES;                          \
      const aoti_t_##T* row = x + k;                                                               \
      v##T lines[AOTI_LANES];                                                                      \
      for (int64_t i = 0; i < count && isFar; i++) __builtin_prefetch(row + (i + count) * stride, 0, 2);\
      _Pragma("GCC unroll 64") for (int i = 0; i < AOTI_LANES; i++) {                              \
        lines[i] = aoti_load_##T(row);                                                             \
        row += i + 1 < count ? stride : 0;                                                         \
      }                                                                                            \
      aoti__turn_##T(lines);                                                                       \
      _Pragma("GCC unroll 64") for (int i = 0; i < AOTI_LANES; i++)                                \
        aoti_store_##T(panel + (k + i) * width,                                                    \
                       aoti_select_##T(aoti_firstn_bool(count), lines[i], (v##T){0}));             \
    }                                                                                              \
  }
AOTI__TURN(f32) AOTI__TURN(f64)

/* aoti_lay(panels, width, x, stride, kc, count): panels of `width` columns, whole vectors, one after the other:
 * panel[k * width + j] = x[k * stride + j] for k < kc, j < count, zero beyond. Rows are read once, from end to end, and asked for
 * eight rows ahead. */
#define AOTI__LAY(T)                                                                               \
  AOTI_FN void aoti_lay_##T(aoti_t_##T* restrict panels, const int width, const aoti_t_##T* x,     \
                            int64_t stride, int64_t kc, int64_t count) {                           \
    for (int64_t k = 0; k < kc; k++, x += stride, panels += width) {                               \
      aoti_t_##T* panel = panels;                                                                  \
      int64_t j = 0;                                                                               \
      for (; j + width <= count; j += width, panel += width * kc)                                  \
        _Pragma("GCC unroll 8") for (int v = 0; v < width; v += AOTI_LANES) {                      \
          __builtin_prefetch(x + 8 * stride + j + v, 0, 2);                                        \
          aoti_store_##T(panel + v, aoti_load_##T(x + j + v));                                     \
        }                                                                                          \
      for (int v = 0; j < count && v < width; v += AOTI_LANES)                                     \
        aoti_store_##T(panel + v, j + v < count ? aoti_loadn_##T(x + j + v, count - j - v) : (v##T){0}); \
    }                                                                                              \
  }
AOTI__LAY(f32) AOTI__LAY(f64)
#endif
