/* The last message of each thread. A pthread key and not _Thread_local: that would need ld.so as a library. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

enum { TEXT_BYTES = 1024 };

static pthread_once_t text_once = PTHREAD_ONCE_INIT;
static pthread_key_t text_key;
static int have_text_key;

static void make_text_key(void) { have_text_key = pthread_key_create(&text_key, free) == 0; } /* libc's free outlives this library */

__attribute__((destructor)) static void forget_text_key(void) {
  if (!have_text_key) return;
  free(pthread_getspecific(text_key));
  pthread_key_delete(text_key);
}

static char* text(int make) {
  pthread_once(&text_once, make_text_key);
  if (!have_text_key) return NULL;
  char* mine = pthread_getspecific(text_key);
  if (mine || !make) return mine;
  mine = calloc(1, TEXT_BYTES);
  if (mine && pthread_setspecific(text_key, mine) != 0) {
    free(mine);
    mine = NULL;
  }
  return mine;
}

int32_t aoti_error(const char* format, ...) {
  char* mine = text(1);
  if (!mine) return 1;
  char fresh[TEXT_BYTES]; /* the arguments may point into the old message */
  va_list list;
  va_start(list, format);
  vsnprintf(fresh, sizeof fresh, format, list);
  va_end(list);
  memcpy(mine, fresh, sizeof fresh);
  return 1;
}

const char* aoti_error_text(void) {
  const char* mine = text(0);
  return mine ? mine : "";
}

void aoti_error_clear(void) {
  char* mine = text(0);
  if (mine) mine[0] = 0;
}

int64_t aoti_copy_text(const char* from, char* buffer, uint64_t bytes) {
  size_t length = strlen(from);
  if (buffer && bytes) {
    size_t fits = length < bytes ? length : bytes - 1;
    memcpy(buffer, from, fits);
    buffer[fits] = 0;
  }
  return (int64_t)length;
}
