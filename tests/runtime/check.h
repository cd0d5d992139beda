/* Assertions for the runtime's test programs: a program prints what failed and exits 1. */
#ifndef CHECK_H
#define CHECK_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);        \
      exit(1);                                                                       \
    }                                                                                \
  } while (0)

#define CHECK_TEXT(got, want)                                                        \
  do {                                                                               \
    const char *got_ = (got), *want_ = (want);                                       \
    if (!strstr(got_, want_)) {                                                      \
      fprintf(stderr, "%s:%d: \"%s\" does not contain \"%s\"\n", __FILE__, __LINE__, got_, want_); \
      exit(1);                                                                       \
    }                                                                                \
  } while (0)
#endif
