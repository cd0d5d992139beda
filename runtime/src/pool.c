/* The pool: launches are slots, helpers join them, pieces are taken from an atomic counter.
 *
 * The caller publishes its work in a slot, wakes helpers and starts on the pieces itself. A helper joins by raising
 * the slot's count while the slot is open, takes pieces until none is left, and leaves. When the caller finds no
 * piece left it closes the slot and waits only for helpers in the midst of a piece: one that the system has not
 * scheduled yet has not joined and is not waited for, so a busy neighbour costs its share and no more (seat.c).
 * Everything about a slot's life is in one word, so joining is one compare-and-swap and nothing is ever freed. */
#include "pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "seat.h"
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
static const int64_t NAP_NS = 300000;   /* asleep at a time: helpers may lose their cores meanwhile */
static const int64_t NOTICE_NS = 10000; /* who has not run for so long, though in a piece, has no core */
static const int64_t ALONE_NS = 100000; /* a launch that long should have been joined */
static const int64_t APART_NS = 5000000; /* between two attempts to move helpers apart */
enum { SEATS = 64 };                    /* helpers whose cores are looked after */

typedef struct slot {
  _Atomic uint32_t state;
  _Atomic int64_t next;
  _Atomic int32_t joined; /* by any helper */
  aoti_work work;
  int64_t share; /* a piece is the rest divided by this */
  uint64_t float_mode;
} __attribute__((aligned(128))) slot;

typedef struct helper {
  aoti_pool* pool;
  aoti_seat seat;
  _Atomic(slot*) inside; /* what it works on, or NULL */
} __attribute__((aligned(128))) helper;

struct aoti_pool {
  slot slots[SLOTS];
  _Atomic uint32_t epoch __attribute__((aligned(128))); /* counts launches: what helpers watch and sleep on */
  _Atomic uint32_t sleepers;
  _Atomic uint32_t high; /* slots ever used: as far as helpers look */
  _Atomic uint32_t runs;
  _Atomic uint32_t stop;
  _Atomic int64_t apart;   /* when helpers were last moved off a caller's core */
  _Atomic int32_t started; /* helpers running; -1: not tried yet */
  int32_t threads;
  pid_t pid;
  pthread_mutex_t starting;
  helper* helpers;
};

/* Takes the next piece: large ones first, small ones at the end, always whole grains. */
static int take_piece(slot* s, int64_t* begin, int64_t* end) {
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
  int64_t begin, end, kept = 0;
  aoti_args args = {s->work.p, s->work.n, scratch, s->work.error, s->work.random, &kept};
  while (take_piece(s, &begin, &end)) s->work.kernel(&args, begin, end);
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

static int32_t start_helpers(aoti_pool* pool) {
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

static int32_t seats(const aoti_pool* pool) {
  int32_t started = atomic_load_explicit(&pool->started, memory_order_acquire);
  return started < SEATS ? started : SEATS;
}

/* Lends the caller's core to helpers inside `s` whose time does not advance. */
static void lend_core(aoti_pool* pool, const slot* s) {
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

/* After a launch that nobody joined: helpers may stand behind the caller, on its core. */
static void move_apart(aoti_pool* pool, int64_t now) {
  int64_t last = atomic_load_explicit(&pool->apart, memory_order_relaxed);
  if (now - last < APART_NS || pool->pid != getpid()) return; /* a forked child has no helpers */
  if (!atomic_compare_exchange_strong(&pool->apart, &last, now)) return;
  for (int32_t i = 0; i < seats(pool); i++)
    if (!atomic_load_explicit(&pool->helpers[i].inside, memory_order_relaxed)) aoti_seat_apart(&pool->helpers[i].seat);
}

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
    if (state & COUNT) lend_core(pool, s);
    state = atomic_load_explicit(&s->state, memory_order_acquire);
    if (state & COUNT) aoti_wait_for(&s->state, state, NAP_NS);
    state = atomic_load_explicit(&s->state, memory_order_acquire);
  }
  atomic_store_explicit(&s->state, 0, memory_order_release);
}

void aoti_pool_run(aoti_pool* pool, const aoti_work* work, int32_t threads, void* scratch) {
  int64_t kept = 0;
  aoti_args args = {work->p, work->n, scratch, work->error, work->random, &kept};
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
  atomic_store_explicit(&s->joined, 0, memory_order_relaxed);
  atomic_store_explicit(&s->state, OPEN | BUSY | ((uint32_t)helpers << LIMIT_SHIFT), memory_order_release);
  atomic_fetch_add(&pool->epoch, 1);
  if (atomic_load(&pool->sleepers)) aoti_wake(&pool->epoch, (int)helpers);
  int64_t start = aoti_now();
  work_on(s, scratch);
  int32_t joined = atomic_load_explicit(&s->joined, memory_order_relaxed);
  close_slot(pool, s);
  if (joined) return;
  int64_t now = aoti_now();
  if (now - start > ALONE_NS) move_apart(pool, now);
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
    for (int32_t i = 0; i < atomic_load(&pool->started); i++) pthread_join(pool->helpers[i].seat.thread, NULL);
  pthread_mutex_destroy(&pool->starting);
  free(pool->helpers);
  free(pool);
}
