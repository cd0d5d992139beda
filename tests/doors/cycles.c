/* A library loaded, run through door 1 and unloaded, again and again: nothing grows.
 * usage: cycles LIBRARY CYCLES, of a model that takes float32 [512, 64] */
#define _GNU_SOURCE
#include <dirent.h>

#include "host.h"

typedef struct state { long pages, threads, maps, files; } state;

static long entries(const char* path) {
  DIR* folder = opendir(path);
  long count = 0;
  CHECK(folder);
  while (readdir(folder)) count++;
  closedir(folder);
  return count - 2; /* without . and .. */
}

static state look(void) {
  state now = {0, entries("/proc/self/task"), 0, entries("/proc/self/fd")};
  FILE* file = fopen("/proc/self/statm", "r");
  CHECK(file && fscanf(file, "%*d %ld", &now.pages) == 1);
  fclose(file);
  file = fopen("/proc/self/maps", "r");
  CHECK(file);
  for (int c; (c = fgetc(file)) != EOF;) now.maps += c == '\n';
  fclose(file);
  return now;
}

static long most_threads;

static void cycle(const char* path) {
  void* library = load(path);
  FIND(AOTInductorModelContainerDelete);
  AOTInductorModelContainerHandle model = container_new(library);
  run_once(library, model, 512, 64);
  long threads = entries("/proc/self/task");
  if (threads > most_threads) most_threads = threads;
  CHECK(p_AOTInductorModelContainerDelete(model) == 0);
  CHECK(dlclose(library) == 0);
  CHECK(!dlopen(path, RTLD_NOW | RTLD_NOLOAD)); /* it really went */
}

int main(int argc, char** argv) {
  CHECK(argc == 3);
  int cycles = atoi(argv[2]);
  CHECK(setenv("AOTI_NUM_THREADS", "3", 1) == 0);
  for (int i = 0; i < cycles / 10 + 5; i++) cycle(argv[1]); /* the allocator finds its size */
  state before = look();
  for (int i = 0; i < cycles; i++) cycle(argv[1]);
  state after = look();
  printf("%d cycles: resident %ld to %ld pages, threads %ld to %ld (%ld during a cycle), mappings %ld to %ld, files %ld to %ld\n", cycles,
         before.pages, after.pages, before.threads, after.threads, most_threads, before.maps, after.maps, before.files, after.files);
  CHECK(most_threads == before.threads + 2); /* helpers came and went */
  CHECK(after.threads == before.threads && after.files == before.files);
  CHECK(after.maps <= before.maps + 2);
  CHECK(after.pages <= before.pages + 64); /* 256 KiB */
  puts("ok");
  return 0;
}
