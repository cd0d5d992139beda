/* Where a helper runs, when others want the cores too. See seat.c. */
#ifndef AOTI_SEAT_H
#define AOTI_SEAT_H
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct aoti_seat {
  pthread_t thread;
  _Atomic pid_t id;     /* of the thread; 0: it has not begun */
  _Atomic int32_t lent; /* whether it was sent to its caller's core */
  cpu_set_t before;     /* the cores that it had then */
} aoti_seat;

void aoti_seat_begin(aoti_seat* mine); /* by the helper itself */
/* Nanoseconds for which its thread has run until now; -1: not known. */
int64_t aoti_seat_time(const aoti_seat* seat);
/* Sends it to the core that the caller runs on, and is about to leave. */
void aoti_seat_lend(aoti_seat* seat);
/* By the helper itself: 1 if it was sent; then it may go where it might before. */
int aoti_seat_return(aoti_seat* mine);
/* Keeps it off the core that the caller runs on, if the caller may use others. */
void aoti_seat_apart(aoti_seat* seat);
#endif
