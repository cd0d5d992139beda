/* Time of a run on door 2, nanoseconds: minimum and median; and what the process then has in memory, KiB.
 * usage: run LIBRARY THREADS MILLISECONDS INPUT...
 * An input is its c10 element type, sizes and first value: 6:32,64 or 11 or 4=10 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aoti/abi.h"

enum { MAX_RUNS = 1 << 20 };

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_size(const void* a, const void* b) {
  int64_t x = *(const int64_t*)a, y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

static void* handle;
static void* symbol(const char* name) {
  void* found = dlsym(handle, name);
  if (!found) fprintf(stderr, "no %s\n", name), exit(1);
  return found;
}

static void must(int32_t bad, uint64_t of) {
  char text[1024];
  if (!bad) return;
  ((int64_t(*)(uint64_t, char*, uint64_t))symbol("aoti_last_error"))(of, text, sizeof text);
  fprintf(stderr, "%s\n", text);
  exit(1);
}

static void bind_input(uint64_t call, uint32_t i, const char* text) {
  int64_t sizes[16], count = 1;
  int32_t rank = 0, dtype = (int32_t)strtol(text, (char**)&text, 10);
  for (; *text && *text != '=' && rank < 16; count *= sizes[rank++]) sizes[rank] = strtoll(text + 1, (char**)&text, 10);
  char* data = aligned_alloc(64, (size_t)(count * 8 + 64) / 64 * 64);
  memset(data, 0, (size_t)count * 8);
  if (dtype == 6)
    for (int64_t k = 0; k < count; k++) ((float*)(void*)data)[k] = (float)(k * 7 % 23 - 11) / 16;
  if (*text == '=') data[0] = (char)atoi(text + 1), data[1] = (char)(dtype == 4 ? atoi(text + 1) >> 8 : 0);
  must(((int32_t(*)(uint64_t, uint32_t, const void*, int32_t, int32_t, const int64_t*, const int64_t*))symbol(
           "aoti_call_input"))(call, i, data, dtype, rank, sizes, NULL),
       call);
}

static long resident(void) {
  char line[256];
  long kib = 0;
  FILE* status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status)) sscanf(line, "VmRSS: %ld", &kib);
  if (status) fclose(status);
  return kib;
}

int main(int argc, char** argv) {
  if (argc < 4) return fprintf(stderr, "usage: run LIBRARY THREADS MILLISECONDS INPUT...\n"), 2;
  handle = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!handle) return fprintf(stderr, "%s\n", dlerror()), 1;
  uint64_t library, call;
  must(((int32_t(*)(const char*, int32_t, uint64_t*))symbol("aoti_open"))(NULL, atoi(argv[2]), &library), 0);
  must(((int32_t(*)(uint64_t, uint64_t*))symbol("aoti_call_new"))(library, &call), library);
  for (int i = 4; i < argc; i++) bind_input(call, (uint32_t)i - 4, argv[i]);
  int32_t (*run)(uint64_t) = (int32_t(*)(uint64_t))symbol("aoti_call_run");
  static int64_t times[MAX_RUNS];
  for (int i = 0; i < 3; i++) must(run(call), call);
  /* clocks cost as much as a tiny run: several runs between two readings */
  int64_t before = now();
  must(run(call), call);
  int64_t each = now() - before, batch = each > 20000 ? 1 : 20000 / (each + 1) + 1, count = 0;
  for (int64_t end = now() + atoll(argv[3]) * 1000000; count < MAX_RUNS && (count < 3 || now() < end); count++) {
    before = now();
    for (int64_t i = 0; i < batch; i++) run(call);
    times[count] = (now() - before) / batch;
  }
  qsort(times, (size_t)count, sizeof *times, by_size);
  printf("%lld %lld %ld\n", (long long)times[0], (long long)times[count / 2], resident());
  return 0;
}
