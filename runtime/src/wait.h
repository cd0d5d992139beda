/* Waiting on a 32-bit word, and being kind while spinning. */
#ifndef AOTI_WAIT_H
#define AOTI_WAIT_H
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
/* Sleeps while *word == value; may wake for no reason. */
static inline void aoti_wait(_Atomic uint32_t* word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static inline void aoti_wait_for(_Atomic uint32_t* word, uint32_t value, int64_t nanoseconds) {
  struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &limit, NULL, 0);
}
static inline void aoti_wake(_Atomic uint32_t* word, int count) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}
#else
static inline void aoti_wait(_Atomic uint32_t* word, uint32_t value) {
  struct timespec nap = {0, 50000};
  if (atomic_load(word) == value) nanosleep(&nap, NULL);
}
static inline void aoti_wait_for(_Atomic uint32_t* word, uint32_t value, int64_t nanoseconds) {
  (void)nanoseconds;
  aoti_wait(word, value);
}
static inline void aoti_wake(_Atomic uint32_t* word, int count) { (void)word, (void)count; }
#endif

static inline void aoti_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static inline int64_t aoti_now(void) { /* nanoseconds */
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Rounding and denormal mode, so that a result does not depend on the thread that computed it. */
static inline uint64_t aoti_float_mode(void) {
#if defined(__x86_64__)
  return __builtin_ia32_stmxcsr() & ~0x3fu; /* without the sticky exception flags */
#elif defined(__aarch64__)
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
#else
  return 0;
#endif
}
static inline void aoti_set_float_mode(uint64_t mode) {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr((uint32_t)mode);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" ::"r"(mode));
#else
  (void)mode;
#endif
}
#endif
