/* A launch that helpers may join: its life is one word, its pieces are taken from an atomic counter. */
#ifndef AOTI_SLOT_H
#define AOTI_SLOT_H
#include "pool.h"
#include "wait.h"

#define OPEN (1u << 31)   /* helpers may join */
#define BUSY (1u << 30)   /* taken by a caller */
#define WAITER (1u << 29) /* the caller sleeps until the count is 0 */
#define COUNT 0x3ffu      /* helpers inside */
#define LIMIT_SHIFT 10    /* most helpers: the next ten bits */

typedef struct slot {
  _Atomic uint32_t state;
  _Atomic int64_t next;
  _Atomic int32_t joined; /* by any helper */
  aoti_work work;
  int64_t share; /* a piece is the rest divided by this */
  uint64_t float_mode;
} __attribute__((aligned(128))) slot;

/* Takes the next piece: large ones first, small ones at the end, always whole grains. */
static inline int take_piece(slot* s, int64_t* begin, int64_t* end) {
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

/* Takes pieces until none is left. */
static inline void work_on(slot* s, void* scratch) {
  int64_t begin, end, kept = 0;
  aoti_args args = {s->work.p, s->work.n, scratch, s->work.error, s->work.random, &kept};
  while (take_piece(s, &begin, &end)) s->work.kernel(&args, begin, end);
}

/* Raises the count while the slot is open and below its limit: 1 if it did. */
static inline int join(slot* s) {
  uint32_t state = atomic_load_explicit(&s->state, memory_order_relaxed);
  while ((state & OPEN) && (state & COUNT) < ((state >> LIMIT_SHIFT) & COUNT))
    if (atomic_compare_exchange_weak_explicit(&s->state, &state, state + 1, memory_order_acquire, memory_order_relaxed))
      return 1;
  return 0;
}

static inline void leave(slot* s) {
  uint32_t before = atomic_fetch_sub_explicit(&s->state, 1, memory_order_acq_rel);
  if ((before & COUNT) == 1 && (before & WAITER)) aoti_wake(&s->state, 1);
}
#endif
