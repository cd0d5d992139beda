/* Helpers: they look for open slots, take pieces there, watch a while for another launch, and sleep.
 *
 * They start with the first parallel launch. Where others use the cores too, callers move them (seat.c). */
#include "helpers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

static const int64_t SPIN_NS = 50000;    /* between the launches of a run */
static const int64_t LINGER_NS = 5000;   /* after the last run */
static const int64_t NOTICE_NS = 10000;  /* who has not run for so long, though in a piece, has no core */
static const int64_t APART_NS = 5000000; /* between two attempts to move helpers apart */
enum { SEATS = 64 };                     /* helpers whose cores are looked after */

/* One look at the slots: 1 if there was something to do. */
static int help(helper* self, aoti_block* scratch) {
  aoti_pool* pool = self->pool;
  uint32_t high = atomic_load_explicit(&pool->high, memory_order_acquire);
  int helped = 0;
  for (uint32_t i = 0; i < high; i++) {
    slot* s = &pool->slots[i];
    if (!join(s)) continue;
    atomic_store_explicit(&self->inside, s, memory_order_relaxed);
    atomic_store_explicit(&s->joined, 1, memory_order_relaxed);
    if (aoti_block_grow(scratch, s->work.scratch) == 0) { /* without memory: the others do it */
      aoti_set_float_mode(s->float_mode);
      work_on(s, scratch->data);
    }
    atomic_fetch_and_explicit(&s->state, ~OPEN, memory_order_relaxed); /* nothing left: nobody else need join */
    atomic_store_explicit(&self->inside, NULL, memory_order_relaxed);
    leave(s);
    helped = 1;
  }
  return helped;
}

/* Watches for another launch for a while. */
static int spin(aoti_pool* pool, uint32_t epoch) {
  int64_t start = 0;
  for (;;) {
    for (int i = 0; i < 32; i++) {
      if (atomic_load_explicit(&pool->epoch, memory_order_acquire) != epoch) return 1;
      aoti_pause();
    }
    int64_t now = aoti_now();
    if (!start) start = now;
    if (now - start > (atomic_load_explicit(&pool->runs, memory_order_relaxed) ? SPIN_NS : LINGER_NS)) return 0;
  }
}

static void* helper_main(void* argument) {
  helper* self = argument;
  aoti_pool* pool = self->pool;
  aoti_block scratch = {0};
  aoti_seat_begin(&self->seat);
  for (;;) {
    uint32_t epoch = atomic_load(&pool->epoch); /* before looking: a launch or the end after this changes it */
    if (atomic_load(&pool->stop)) break;
    int helped = help(self, &scratch);
    if (!aoti_seat_return(&self->seat) && (helped || spin(pool, epoch))) continue; /* a core that was lent is left */
    atomic_fetch_add(&pool->sleepers, 1);
    aoti_wait(&pool->epoch, epoch);
    atomic_fetch_sub(&pool->sleepers, 1);
  }
  aoti_block_free(&scratch);
  return NULL;
}

static helper* new_helpers(int32_t count) {
  void* memory = NULL;
  size_t bytes = (size_t)count * sizeof(helper);
  if (posix_memalign(&memory, 128, bytes) != 0) return NULL;
  return __builtin_memset(memory, 0, bytes);
}

int32_t aoti_helpers_start(aoti_pool* pool) {
  int32_t started = atomic_load_explicit(&pool->started, memory_order_acquire);
  if (started >= 0) return started;
  pthread_mutex_lock(&pool->starting);
  started = atomic_load(&pool->started);
  if (started < 0) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the host's signals are the host's */
    pool->helpers = new_helpers(pool->threads);
    pool->pid = getpid();
    for (started = 0; pool->helpers && started < pool->threads - 1; started++) {
      helper* h = &pool->helpers[started];
      h->pool = pool;
      if (pthread_create(&h->seat.thread, NULL, helper_main, h) != 0) break; /* fewer will do */
#ifdef __linux__
      pthread_setname_np(h->seat.thread, "aoti");
#endif
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    atomic_store_explicit(&pool->started, started, memory_order_release);
  }
  pthread_mutex_unlock(&pool->starting);
  return started;
}

void aoti_helpers_join(aoti_pool* pool) {
  if (pool->pid != getpid()) return; /* a forked child has no helpers */
  for (int32_t i = 0; i < atomic_load(&pool->started); i++) pthread_join(pool->helpers[i].seat.thread, NULL);
}

/* Helpers whose cores are looked after. */
static int32_t seats(const aoti_pool* pool) {
  int32_t started = atomic_load_explicit(&pool->started, memory_order_acquire);
  return started < SEATS ? started : SEATS;
}

void aoti_helpers_lend(aoti_pool* pool, const slot* s) {
  int64_t ran[SEATS];
  const int32_t count = seats(pool);
  for (int32_t i = 0; i < count; i++) {
    const helper* h = &pool->helpers[i];
    ran[i] = atomic_load_explicit(&h->inside, memory_order_relaxed) == s ? aoti_seat_time(&h->seat) : -1;
  }
  for (int64_t start = aoti_now(); aoti_now() - start < NOTICE_NS;) aoti_pause();
  for (int32_t i = 0; i < count; i++) {
    helper* h = &pool->helpers[i];
    if (ran[i] < 0 || atomic_load_explicit(&h->inside, memory_order_relaxed) != s) continue;
    if (aoti_seat_time(&h->seat) == ran[i]) aoti_seat_lend(&h->seat);
  }
}

void aoti_helpers_apart(aoti_pool* pool, int64_t now) {
  int64_t last = atomic_load_explicit(&pool->apart, memory_order_relaxed);
  if (now - last < APART_NS || pool->pid != getpid()) return; /* a forked child has no helpers */
  if (!atomic_compare_exchange_strong(&pool->apart, &last, now)) return;
  for (int32_t i = 0; i < seats(pool); i++)
    if (!atomic_load_explicit(&pool->helpers[i].inside, memory_order_relaxed)) aoti_seat_apart(&pool->helpers[i].seat);
}
