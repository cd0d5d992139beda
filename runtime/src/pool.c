/* The pool: launches are slots, helpers join them, pieces are taken from an atomic counter.
 *
 * The caller publishes its work in a slot, wakes helpers and starts on the pieces itself. A helper joins by raising
 * the slot's count while the slot is open, takes pieces until none is left, and leaves. When the caller finds no
 * piece left it closes the slot and waits only for helpers in the midst of a piece: one that the system has not
 * scheduled yet has not joined and is not waited for, so a busy neighbour costs its share and no more (seat.c).
 * Everything about a slot's life is in one word, so joining is one compare-and-swap and nothing is ever freed. */
#include "pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "helpers.h"
#include "slot.h"
#include "wait.h"

static const int64_t JOIN_NS = 20000;   /* the caller, before it sleeps until helpers are out */
static const int64_t NAP_NS = 300000;   /* asleep at a time: helpers may lose their cores meanwhile */
static const int64_t ALONE_NS = 100000; /* a launch that long should have been joined */
enum { MAX_THREADS = 1024 };

static slot* reserve(aoti_pool* pool) {
  for (uint32_t i = 0; i < SLOTS; i++) {
    uint32_t none = 0;
    if (!atomic_compare_exchange_strong_explicit(&pool->slots[i].state, &none, BUSY, memory_order_acquire,
                                                 memory_order_relaxed))
      continue;
    uint32_t high = atomic_load(&pool->high);
    while (high < i + 1 && !atomic_compare_exchange_weak(&pool->high, &high, i + 1)) {}
    return &pool->slots[i];
  }
  return NULL;
}

/* No helper may join any more; waits for those inside. */
static void close_slot(aoti_pool* pool, slot* s) {
  uint32_t state = atomic_fetch_and_explicit(&s->state, ~OPEN, memory_order_acq_rel) & ~OPEN;
  int64_t start = 0;
  while (state & COUNT) {
    for (int i = 0; i < 32 && (state & COUNT); i++) {
      aoti_pause();
      state = atomic_load_explicit(&s->state, memory_order_acquire);
    }
    if (!(state & COUNT)) break;
    int64_t now = aoti_now();
    if (!start) start = now;
    if (now - start < JOIN_NS) continue;
    state = atomic_fetch_or_explicit(&s->state, WAITER, memory_order_acq_rel) | WAITER;
    if (state & COUNT) aoti_helpers_lend(pool, s);
    state = atomic_load_explicit(&s->state, memory_order_acquire);
    if (state & COUNT) aoti_wait_for(&s->state, state, NAP_NS);
    state = atomic_load_explicit(&s->state, memory_order_acquire);
  }
  atomic_store_explicit(&s->state, 0, memory_order_release);
}

/* Helpers that `work` has pieces for, beside the caller. */
static int64_t helpers_for(aoti_pool* pool, const aoti_work* work, int32_t threads) {
  int64_t pieces = (work->total + work->grain - 1) / work->grain;
  int64_t helpers = threads - 1 < pieces - 1 ? threads - 1 : pieces - 1;
  if (helpers <= 0) return 0;
  int32_t started = aoti_helpers_start(pool);
  return helpers > started ? started : helpers;
}

/* Publishes the work for as many helpers, and wakes them. */
static void open_slot(aoti_pool* pool, slot* s, const aoti_work* work, int64_t helpers) {
  s->work = *work;
  s->share = 2 * (helpers + 1);
  s->float_mode = aoti_float_mode();
  atomic_store_explicit(&s->next, 0, memory_order_relaxed);
  atomic_store_explicit(&s->joined, 0, memory_order_relaxed);
  atomic_store_explicit(&s->state, OPEN | BUSY | ((uint32_t)helpers << LIMIT_SHIFT), memory_order_release);
  atomic_fetch_add(&pool->epoch, 1);
  if (atomic_load(&pool->sleepers)) aoti_wake(&pool->epoch, (int)helpers);
}

void aoti_pool_run(aoti_pool* pool, const aoti_work* work, int32_t threads, void* scratch) {
  int64_t kept = 0;
  aoti_args args = {work->p, work->n, scratch, work->error, work->random, &kept};
  if (work->total <= 0) return;
  int64_t helpers = helpers_for(pool, work, threads);
  slot* s = helpers > 0 ? reserve(pool) : NULL;
  if (!s) {
    work->kernel(&args, 0, work->total);
    return;
  }
  open_slot(pool, s, work, helpers);
  int64_t start = aoti_now();
  work_on(s, scratch);
  int32_t joined = atomic_load_explicit(&s->joined, memory_order_relaxed);
  close_slot(pool, s);
  if (joined) return;
  int64_t now = aoti_now();
  if (now - start > ALONE_NS) aoti_helpers_apart(pool, now);
}

void aoti_pool_enter(aoti_pool* pool) { atomic_fetch_add_explicit(&pool->runs, 1, memory_order_relaxed); }
void aoti_pool_leave(aoti_pool* pool) { atomic_fetch_sub_explicit(&pool->runs, 1, memory_order_relaxed); }
int32_t aoti_pool_threads(const aoti_pool* pool) { return pool->threads; }

static int32_t cpus(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (int32_t)count : 1;
}

aoti_pool* aoti_pool_new(int32_t threads) {
  void* memory = NULL;
  if (posix_memalign(&memory, 128, sizeof(aoti_pool)) != 0) return NULL;
  aoti_pool* pool = memory;
  __builtin_memset(pool, 0, sizeof *pool);
  pool->threads = threads > 0 ? threads : cpus();
  if (pool->threads > MAX_THREADS) pool->threads = MAX_THREADS;
  atomic_init(&pool->started, -1);
  pthread_mutex_init(&pool->starting, NULL);
  return pool;
}

void aoti_pool_free(aoti_pool* pool) {
  if (!pool) return;
  atomic_store(&pool->stop, 1);
  atomic_fetch_add(&pool->epoch, 1);
  aoti_wake(&pool->epoch, INT_MAX);
  aoti_helpers_join(pool);
  pthread_mutex_destroy(&pool->starting);
  free(pool->helpers);
  free(pool);
}
