/* Squares of registers turned over: AOTI_LANES vectors, the lanes of one become one lane of each. Macros alone, for they cost
 * nothing where they are not used. Include after vec.h; up to 16 lanes. */
#ifndef AOTI_KERNEL_EXCHANGE_H
#define AOTI_KERNEL_EXCHANGE_H

#if AOTI_LANES == 1
#define AOTI__EACH_LANE(F, s) F(s, 0)
#elif AOTI_LANES == 2
#define AOTI__EACH_LANE(F, s) F(s, 0), F(s, 1)
#elif AOTI_LANES == 4
#define AOTI__EACH_LANE(F, s) F(s, 0), F(s, 1), F(s, 2), F(s, 3)
#elif AOTI_LANES == 8
#define AOTI__EACH_LANE(F, s) F(s, 0), F(s, 1), F(s, 2), F(s, 3), F(s, 4), F(s, 5), F(s, 6), F(s, 7)
#elif AOTI_LANES == 16
#define AOTI__EACH_LANE(F, s)                                                                      \
  F(s, 0), F(s, 1), F(s, 2), F(s, 3), F(s, 4), F(s, 5), F(s, 6), F(s, 7), F(s, 8), F(s, 9),        \
  F(s, 10), F(s, 11), F(s, 12), F(s, 13), F(s, 14), F(s, 15)
#endif

/* Step s exchanges, between lines i and i + s, the lanes with and without bit s. */
#define AOTI__LOW(s, l) (((l) & (s)) ? (l) - (s) + AOTI_LANES : (l))
#define AOTI__HIGH(s, l) (((l) & (s)) ? (l) + AOTI_LANES : (l) + (s))
/* A round lays the lanes of lines i and i + half side by side: single instructions where a line is one narrow register. */
#define AOTI__FIRST(s, l) ((l) / 2 + ((l) & 1) * AOTI_LANES)
#define AOTI__SECOND_HALF(s, l) ((l) / 2 + AOTI_LANES / 2 + ((l) & 1) * AOTI_LANES)
#if defined(AOTI__EACH_LANE) && (defined(__clang__) || __GNUC__ >= 12)
#define AOTI__EXCHANGE(T, s, LINES)                                                                \
  if (s < LINES) {                                                                                 \
    _Pragma("GCC unroll 64") for (int i = 0; i < LINES; i++) {                                     \
      if (i & s) continue;                                                                         \
      v##T a = x[i], b = x[i + s];                                                                 \
      x[i] = __builtin_shufflevector(a, b, AOTI__EACH_LANE(AOTI__LOW, (s % AOTI_LANES)));          \
      x[i + s] = __builtin_shufflevector(a, b, AOTI__EACH_LANE(AOTI__HIGH, (s % AOTI_LANES)));     \
    }                                                                                              \
  }
#define AOTI__EXCHANGES_OF(T, LINES)                                                               \
  AOTI__EXCHANGE(T, 1, LINES) AOTI__EXCHANGE(T, 2, LINES)                                          \
  AOTI__EXCHANGE(T, 4, LINES) AOTI__EXCHANGE(T, 8, LINES)
#define AOTI__ROUND(T, s)                                                                          \
  if (s < AOTI_LANES) {                                                                            \
    v##T y[AOTI_LANES];                                                                            \
    _Pragma("GCC unroll 64") for (int i = 0; i < AOTI_LANES / 2; i++) {                            \
      v##T a = x[i], b = x[i + AOTI_LANES / 2];                                                    \
      y[2 * i] = __builtin_shufflevector(a, b, AOTI__EACH_LANE(AOTI__FIRST, 0));                   \
      y[2 * i + 1] = __builtin_shufflevector(a, b, AOTI__EACH_LANE(AOTI__SECOND_HALF, 0));         \
    }                                                                                              \
    _Pragma("GCC unroll 64") for (int i = 0; i < AOTI_LANES; i++) x[i] = y[i];                     \
  }
#define AOTI__ROUNDS(T) AOTI__ROUND(T, 1) AOTI__ROUND(T, 2) AOTI__ROUND(T, 4) AOTI__ROUND(T, 8)
#else
#define AOTI__EXCHANGES_OF(T, LINES)                                                               \
  for (int at = 0; at < AOTI_LANES; at += LINES)                                                   \
    for (int i = 0; i < LINES; i++)                                                                \
      for (int j = 0; j < i; j++) {                                                                \
        aoti_t_##T t = x[i][at + j];                                                               \
        x[i][at + j] = x[j][at + i];                                                               \
        x[j][at + i] = t;                                                                          \
      }
#define AOTI__ROUNDS AOTI__EXCHANGES
#endif
/* All lanes one square; AOTI__EXCHANGES_OF turns squares of LINES lines side by side. */
#define AOTI__EXCHANGES(T) AOTI__EXCHANGES_OF(T, AOTI_LANES)
#endif
