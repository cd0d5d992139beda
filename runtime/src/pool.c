/* The pool: launches are slots, helpers join them, pieces are taken from an atomic counter.
 *
 * The caller publishes its work in a slot, wakes helpers and starts on the pieces itself. A helper joins by raising
 * the slot's count while the slot is open, takes pieces until none is left, and leaves. When the caller finds no
 * piece left it closes the slot and waits only for helpers in the midst of a piece: one that the system has not
 * scheduled yet has not joined and is not waited for, so a busy neighbour costs its share and no more.
 * Everything about a slot's life is in one word, so joining is one compare-and-swap and nothing is ever freed. */
#define _GNU_SOURCE
#include "pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "wait.h"

#define OPEN (1u << 31)   /* helpers may join */
#define BUSY (1u << 30)   /* taken by a caller */
#define WAITER (1u << 29) /* the caller sleeps until the count is 0 */
#define COUNT 0x3ffu      /* helpers inside */
#define LIMIT_SHIFT 10    /* most helpers: the next ten bits */
#define MAX_THREADS 1024

enum { SLOTS = 64 };                    /* launches with helpers at the same time; more run alone */
static const int64_t SPIN_NS = 50000;   /* between the launches of a run */
static const int64_t LINGER_NS = 5000;  /* after the last run */
static const int64_t JOIN_NS = 20000;   /* the caller, before it sleeps until helpers are out */

typedef struct slot {
  _Atomic uint32_t state;
  _Atomic int64_t next;
  aoti_work work;
  int64_t share; /* a piece is the rest divided by this */
  uint64_t float_mode;
} __attribute__((aligned(128))) slot;

struct aoti_pool {
  slot slots[SLOTS];
  _Atomic uint32_t epoch __attribute__((aligned(128))); /* counts launches: what helpers watch and sleep on */
  _Atomic uint32_t sleepers;
  _Atomic uint32_t high; /* slots ever used: as far as helpers look */
  _Atomic uint32_t runs;
  _Atomic uint32_t stop;
  _Atomic int32_t started; /* helpers running; -1: not tried yet */
  int32_t threads;
  pid_t pid;
  pthread_mutex_t starting;
  pthread_t* helpers;
};

/* Takes the next piece: large ones first, small ones at the end, always whole grains. */
static int take(slot* s, int64_t* begin, int64_t* end) {
  int64_t at = atomic_load_explicit(&s->next, memory_order_relaxed);
  for (;;) {
    int64_t left = s->work.total - at, grain = s->work.grain;
    if (left <= 0) return 0;
    int64_t size = left / s->share;
    size -= size % grain;
    if (size < grain) size = grain;
    if (size > left) size = left;
    if (atomic_compare_exchange_weak_explicit(&s->next, &at, at + size, memory_order_relaxed, memory_order_relaxed)) {
      *begin = at, *end = at + size;
      return 1;
    }
  }
}

static void work_on(slot* s, void* scratch) {
  aoti_args args = {s->work.p, s->work.n, scratch, s->work.error, s->work.random};
  int64_t begin, end;
  while (take(s, &begin, &end)) s->work.kernel(&args, begin, end);
}

static int join(slot* s) {
  uint32_t state = atomic_load_explicit(&s->state, memory_order_relaxed);
  while ((state & OPEN) && (state & COUNT) < ((state >> LIMIT_SHIFT) & COUNT))
    if (atomic_compare_exchange_weak_explicit(&s->state, &state, state + 1, memory_order_acquire, memory_order_relaxed))
      return 1;
  return 0;
}

static void leave(slot* s) {
  uint32_t before = atomic_fetch_sub_explicit(&s->state, 1, memory_order_acq_rel);
  if ((before & COUNT) == 1 && (before & WAITER)) aoti_wake(&s->state, 1);
}

static int help(aoti_pool* pool, aoti_block* scratch) {
  uint32_t high = atomic_load_explicit(&pool->high, memory_order_acquire);
  int helped = 0;
  for (uint32_t i = 0; i < high; i++) {
    slot* s = &pool->slots[i];
    if (!join(s)) continue;
    if (aoti_block_grow(scratch, s->work.scratch) == 0) { /* without memory: the others do it */
      aoti_set_float_mode(s->float_mode);
      work_on(s, scratch->data);
    }
    atomic_fetch_and_explicit(&s->state, ~OPEN, memory_order_relaxed); /* nothing left: nobody else need join */
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

static void* helper(void* argument) {
  aoti_pool* pool = argument;
  aoti_block scratch = {0};
  while (!atomic_load(&pool->stop)) {
    uint32_t epoch = atomic_load(&pool->epoch); /* before looking: a launch after this changes it */
    if (help(pool, &scratch) || spin(pool, epoch)) continue;
    atomic_fetch_add(&pool->sleepers, 1);
    aoti_wait(&pool->epoch, epoch);
    atomic_fetch_sub(&pool->sleepers, 1);
  }
  aoti_block_free(&scratch);
  return NULL;
}

static int32_t start_helpers(aoti_pool* pool) {
  int32_t started = atomic_load_explicit(&pool->started, memory_order_acquire);
  if (started >= 0) return started;
  pthread_mutex_lock(&pool->starting);
  started = atomic_load(&pool->started);
  if (started < 0) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the host's signals are the host's */
    pool->helpers = calloc((size_t)pool->threads, sizeof *pool->helpers);
    pool->pid = getpid();
    for (started = 0; pool->helpers && started < pool->threads - 1; started++) {
      if (pthread_create(&pool->helpers[started], NULL, helper, pool) != 0) break; /* fewer will do */
#ifdef __linux__
      pthread_setname_np(pool->helpers[started], "aoti");
#endif
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    atomic_store_explicit(&pool->started, started, memory_order_release);
  }
  pthread_mutex_unlock(&pool->starting);
  return started;
}

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

static void close_slot(slot* s) {
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
    if (state & COUNT) aoti_wait(&s->state, state);
    state = atomic_load_explicit(&s->state, memory_order_acquire);
  }
  atomic_store_explicit(&s->state, 0, memory_order_release);
}

void aoti_pool_run(aoti_pool* pool, const aoti_work* work, int32_t threads, void* scratch) {
  aoti_args args = {work->p, work->n, scratch, work->error, work->random};
  if (work->total <= 0) return;
  int64_t pieces = (work->total + work->grain - 1) / work->grain;
  int64_t helpers = threads - 1 < pieces - 1 ? threads - 1 : pieces - 1;
  if (helpers > 0) {
    int32_t started = start_helpers(pool);
    if (helpers > started) helpers = started;
  }
  slot* s = helpers > 0 ? reserve(pool) : NULL;
  if (!s) {
    work->kernel(&args, 0, work->total);
    return;
  }
  s->work = *work;
  s->share = 2 * (helpers + 1);
  s->float_mode = aoti_float_mode();
  atomic_store_explicit(&s->next, 0, memory_order_relaxed);
  atomic_store_explicit(&s->state, OPEN | BUSY | ((uint32_t)helpers << LIMIT_SHIFT), memory_order_release);
  atomic_fetch_add(&pool->epoch, 1);
  if (atomic_load(&pool->sleepers)) aoti_wake(&pool->epoch, (int)helpers);
  work_on(s, scratch);
  close_slot(s);
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
  if (pool->pid == getpid()) /* a forked child has no helpers */
    for (int32_t i = 0; i < atomic_load(&pool->started); i++) pthread_join(pool->helpers[i], NULL);
  pthread_mutex_destroy(&pool->starting);
  free(pool->helpers);
  free(pool);
}
