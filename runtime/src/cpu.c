/* Does this processor have what the kernels were compiled for? */
#include <string.h>

#include "run.h"

#if defined(__x86_64__)
static int has(const char* name, size_t length) {
#define ASK(feature) if (length == sizeof feature - 1 && !memcmp(name, feature, length)) return __builtin_cpu_supports(feature) != 0
  ASK("sse4.1"); ASK("sse4.2"); ASK("popcnt"); ASK("avx"); ASK("avx2"); ASK("fma"); ASK("bmi"); ASK("bmi2");
  ASK("avx512f"); ASK("avx512dq"); ASK("avx512bw"); ASK("avx512vl"); ASK("avx512cd"); ASK("avx512vnni");
#undef ASK
  return 1; /* not ours to judge */
}
#else
static int has(const char* name, size_t length) { return (void)name, (void)length, 1; }
#endif

const char* aoti_cpu_lacks(const char* features) {
  static char name[16];
  if (!features) return NULL;
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
  for (const char* at = features; *at;) {
    size_t length = strcspn(at, ",");
    if (length && !has(at, length)) {
      memcpy(name, at, length < sizeof name ? length : sizeof name - 1); /* the same bytes whoever writes them */
      return name;
    }
    at += length + (at[length] == ',');
  }
  return NULL;
}
