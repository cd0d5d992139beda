/* Helpers are sent to a core, come back from it, and are kept off it: as far as the system lets, and no further. */
#include "seat.h"

#include <unistd.h>

#include "check.h"

static aoti_seat seat;
static _Atomic int turn; /* of the helper: 1 returns, 2 ends */
static _Atomic int returned;

static void* helper(void* argument) {
  aoti_seat_begin(argument);
  while (turn < 2) {
    if (turn != 1) continue;
    returned = aoti_seat_return(argument);
    turn = 0;
  }
  return NULL;
}

static int come_back(void) {
  turn = 1;
  while (turn == 1) usleep(100);
  return returned;
}

static cpu_set_t cores_of(pid_t id) {
  cpu_set_t cores;
  CHECK(sched_getaffinity(id, sizeof cores, &cores) == 0);
  return cores;
}

int main(void) {
  CHECK(pthread_create(&seat.thread, NULL, helper, &seat) == 0);
  while (!seat.id) usleep(100);
  const cpu_set_t all = cores_of(0);
  int64_t ran = aoti_seat_time(&seat);
  CHECK(ran >= 0);
  while (aoti_seat_time(&seat) == ran) usleep(1000); /* it is busy: its time goes on */
  CHECK(come_back() == 0);

  cpu_set_t one, now;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  CHECK(sched_setaffinity(0, sizeof one, &one) == 0); /* this thread: no other core */
  aoti_seat_lend(&seat);
  now = cores_of(seat.id);
  CHECK(CPU_EQUAL(&now, &one));
  aoti_seat_lend(&seat); /* once more: what it had before is not forgotten */
  CHECK(come_back() == 1 && come_back() == 0);
  now = cores_of(seat.id);
  CHECK(CPU_EQUAL(&now, &all));

  aoti_seat_apart(&seat); /* there is no other core: nothing changes */
  now = cores_of(seat.id);
  CHECK(CPU_EQUAL(&now, &all));
  CHECK(sched_setaffinity(0, sizeof all, &all) == 0);
  aoti_seat_apart(&seat);
  now = cores_of(seat.id);
  CHECK(CPU_COUNT(&now) == (CPU_COUNT(&all) > 1 ? CPU_COUNT(&all) - 1 : 1));

  turn = 2;
  CHECK(pthread_join(seat.thread, NULL) == 0);
  puts("ok");
  return 0;
}
