/* The bytes of a tensor as elements of another type. */
#ifndef AOTI_ROUTINE_REINTERPRET_H
#define AOTI_ROUTINE_REINTERPRET_H
#include "aoti/kernel/routine/element.h"

static void aoti_reinterpret(const void* from, void* to, int64_t begin, int64_t end) {
  if (end > begin) memcpy((char*)to + begin, (const char*)from + begin, (size_t)(end - begin));
}
#endif
