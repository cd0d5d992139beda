/* Seats of helpers on a machine that others use too.
 *
 * The system shares cores fairly and has no idea who waits for whom. Two things go wrong: a helper that is woken may be
 * put behind its own caller on one core, and then never helps; and one that lost its core in the midst of a piece stands
 * in a queue for milliseconds, while its caller's core is idle. So a caller that was not joined moves helpers off its
 * core, and one that waits for a helper without a core lends its own. Where the system refuses, all goes on as before. */
#include "seat.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { OWN, LENDING, LENT };

void aoti_seat_begin(aoti_seat* mine) { atomic_store(&mine->id, (pid_t)syscall(SYS_gettid)); }

int64_t aoti_seat_time(const aoti_seat* seat) {
  clockid_t clock;
  struct timespec t;
  if (pthread_getcpuclockid(seat->thread, &clock) != 0 || clock_gettime(clock, &t) != 0) return -1;
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void aoti_seat_lend(aoti_seat* seat) {
  int32_t own = OWN;
  if (!atomic_compare_exchange_strong(&seat->lent, &own, LENDING)) return; /* another caller's, not yet returned */
  pid_t id = atomic_load(&seat->id);
  int cpu = sched_getcpu(), sent = 0;
  if (id && cpu >= 0 && cpu < CPU_SETSIZE && sched_getaffinity(id, sizeof seat->before, &seat->before) == 0) {
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(cpu, &here);
    sent = sched_setaffinity(id, sizeof here, &here) == 0;
  }
  atomic_store_explicit(&seat->lent, sent ? LENT : OWN, memory_order_release);
}

int aoti_seat_return(aoti_seat* mine) {
  if (atomic_load_explicit(&mine->lent, memory_order_acquire) != LENT) return 0;
  sched_setaffinity(0, sizeof mine->before, &mine->before);
  atomic_store_explicit(&mine->lent, OWN, memory_order_release);
  return 1;
}

void aoti_seat_apart(aoti_seat* seat) {
  pid_t id = atomic_load(&seat->id);
  int cpu = sched_getcpu();
  cpu_set_t others;
  if (!id || cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof others, &others) != 0) return;
  CPU_CLR(cpu, &others);
  if (CPU_COUNT(&others) > 0) sched_setaffinity(id, sizeof others, &others);
}
