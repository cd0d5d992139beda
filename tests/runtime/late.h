/* Loads that take their time, for the whole runtime: between two of them others surely come in. */
#include <stdatomic.h>
#include <unistd.h>
static inline void late(void) { usleep(50); }
#undef atomic_load
#define atomic_load(word) (late(), atomic_load_explicit(word, memory_order_seq_cst))
