/* Bytes per second of every kernel, over the life of a library. */
#include <stdio.h>
#include <stdlib.h>

#include "run.h"

static aoti_traffic* row_of(aoti_library* library, const char* name) {
  for (uint32_t i = 0; i < library->num_traffic; i++)
    if (library->traffic[i].name == name) return &library->traffic[i];
  if (library->num_traffic == library->max_traffic) {
    uint32_t more = library->max_traffic ? 2 * library->max_traffic : 32;
    aoti_traffic* grown = realloc(library->traffic, more * sizeof *grown);
    if (!grown) return NULL;
    library->traffic = grown;
    library->max_traffic = more;
  }
  aoti_traffic* row = &library->traffic[library->num_traffic++];
  *row = (aoti_traffic){.name = name};
  return row;
}

void aoti_traffic_add(aoti_library* library, const char* name, int64_t nanoseconds, int64_t bytes) {
  pthread_mutex_lock(&library->contexts_lock);
  aoti_traffic* row = row_of(library, name);
  if (row) {
    row->launches++;
    row->nanoseconds += nanoseconds;
    row->bytes += bytes;
  }
  pthread_mutex_unlock(&library->contexts_lock);
}

void aoti_traffic_print(aoti_library* library) {
  for (uint32_t i = 0; i < library->num_traffic; i++) {
    const aoti_traffic* row = &library->traffic[i];
    double time = (double)(row->nanoseconds > 0 ? row->nanoseconds : 1);
    fprintf(stderr, "aoti: %9.3f GB/s %12.3f ms %8lld launches  %s\n", (double)row->bytes / time, time / 1e6,
            (long long)row->launches, row->name);
  }
  free(library->traffic);
  library->traffic = NULL;
  library->num_traffic = library->max_traffic = 0;
}

void aoti_moves(aoti_run* run, int64_t bytes) { run->moves = bytes; }
