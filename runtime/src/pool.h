/* Threads that help with kernels. See pool.c for how work is shared out. */
#ifndef AOTI_POOL_H
#define AOTI_POOL_H
#include "base.h"

typedef struct aoti_pool aoti_pool;

typedef struct aoti_work {
  aoti_kernel kernel;
  void* const* p;
  const int64_t* n;
  int32_t* error;
  int64_t total, grain;
  uint64_t scratch; /* bytes for each helper */
  const uint64_t* random;
} aoti_work;

/* threads counts the caller; 0: as many as the process may use. No thread starts before the first parallel launch. */
aoti_pool* aoti_pool_new(int32_t threads);
void aoti_pool_free(aoti_pool* pool); /* joins the helpers; no launch may be under way */
int32_t aoti_pool_threads(const aoti_pool* pool);
/* Runs the work with at most `threads` threads, the caller among them, who uses `scratch`. */
void aoti_pool_run(aoti_pool* pool, const aoti_work* work, int32_t threads, void* scratch);
/* While a run is under way helpers spin a little between launches before they park. */
void aoti_pool_enter(aoti_pool* pool);
void aoti_pool_leave(aoti_pool* pool);
#endif
