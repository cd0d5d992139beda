/* The launches of a run: as JSON, and as ranges of the host's profiler. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "door2.h"

void* aoti_mark_begin(const aoti_run* run, int32_t kind, const char* name) {
  void* range = NULL;
  if (run->marks && run->library->desc->marks & kind && run->marks->start(name, NULL, NULL, 0, &range)) return NULL;
  return range;
}

void aoti_mark_end(const aoti_run* run, void* range) {
  if (range) run->marks->end(range);
}

char* aoti_timings_json(const aoti_run* run) {
  size_t bytes = 3;
  for (uint32_t i = 0; i < run->num_timings; i++) bytes += strlen(run->timings[i].name) + 96;
  char* text = malloc(bytes);
  if (!text) return NULL;
  size_t at = (size_t)snprintf(text, bytes, "[");
  for (uint32_t i = 0; i < run->num_timings; i++) {
    const aoti_timing* row = &run->timings[i];
    at += (size_t)snprintf(text + at, bytes - at, "%s{\"name\":\"%s\",\"ns\":%lld,\"iterations\":%lld}", i ? "," : "",
                           row->name, (long long)row->nanoseconds, (long long)row->total);
  }
  snprintf(text + at, bytes - at, "]");
  return text;
}
