/* The pool by itself: every iteration once, in whole grains, from many callers. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "check.h"
#include "pool.h"

enum { TOTAL = 10007, CALLERS = 4 };

typedef struct caller {
  aoti_pool* pool;
  unsigned char seen[TOTAL];
  int64_t grain;
  int threads;
} caller;

static void mark(const aoti_args* args, int64_t begin, int64_t end) {
  unsigned char* seen = args->p[0];
  CHECK(begin < end && end <= TOTAL && begin % args->n[0] == 0 && (end % args->n[0] == 0 || end == TOTAL));
  CHECK((uintptr_t)args->scratch % 64 == 0);
  memset(args->scratch, (int)begin, 256);
  for (int64_t i = begin; i < end; i++) seen[i]++;
  CHECK(((unsigned char*)args->scratch)[255] == (unsigned char)begin); /* nobody else has this scratch */
}

static void* launches(void* argument) {
  caller* c = argument;
  aoti_block scratch = {0};
  int32_t error = 0;
  CHECK(aoti_block_grow(&scratch, 256) == 0);
  for (int turn = 0; turn < 300; turn++) {
    int64_t n[] = {c->grain + turn % 5};
    void* p[] = {c->seen};
    memset(c->seen, 0, TOTAL);
    aoti_work work = {mark, p, n, &error, TOTAL, n[0], 256, NULL};
    aoti_pool_enter(c->pool);
    aoti_pool_run(c->pool, &work, c->threads, scratch.data);
    aoti_pool_leave(c->pool);
    for (int i = 0; i < TOTAL; i++) CHECK(c->seen[i] == 1);
    if (turn % 100 == 0) usleep(300); /* let helpers park */
  }
  aoti_block_free(&scratch);
  return NULL;
}

static void nothing(const aoti_args* args, int64_t begin, int64_t end) { (void)args, (void)begin, (void)end; }

int main(void) {
  for (int threads = 1; threads <= 8; threads *= 2) {
    aoti_pool* pool = aoti_pool_new(threads);
    CHECK(pool && aoti_pool_threads(pool) == threads);
    static caller callers[CALLERS];
    pthread_t ids[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
      callers[i].pool = pool;
      callers[i].grain = 1 + 50 * i;
      callers[i].threads = i == 3 ? 2 : threads;
      CHECK(pthread_create(&ids[i], NULL, launches, &callers[i]) == 0);
    }
    for (int i = 0; i < CALLERS; i++) CHECK(pthread_join(ids[i], NULL) == 0);
    aoti_pool_free(pool);
  }
  for (int turn = 0; turn < 50; turn++) { /* opened and closed at once, used once or never */
    aoti_pool* pool = aoti_pool_new(0);
    CHECK(pool && aoti_pool_threads(pool) >= 1);
    aoti_work work = {nothing, NULL, NULL, NULL, turn % 3 ? 100 : 0, 1, 0, NULL};
    if (turn % 2) aoti_pool_run(pool, &work, 4, NULL);
    aoti_pool_free(pool);
  }
  puts("ok");
  return 0;
}
