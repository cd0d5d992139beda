/* The threads of a pool that help: what they are and do (helpers.c), and the pool as they see it. */
#ifndef AOTI_HELPERS_H
#define AOTI_HELPERS_H
#include "seat.h"
#include "slot.h"

enum { SLOTS = 64 }; /* launches with helpers at the same time; more run alone */

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

/* Starts the helpers unless they are there: how many there are. */
int32_t aoti_helpers_start(aoti_pool* pool);
/* At the pool's end, which they have been told of. */
void aoti_helpers_join(aoti_pool* pool);
/* Lends the caller's core to helpers inside `s` whose time does not advance. */
void aoti_helpers_lend(aoti_pool* pool, const slot* s);
/* After a launch that nobody joined: helpers may stand behind the caller, on its core. */
void aoti_helpers_apart(aoti_pool* pool, int64_t now);
#endif
