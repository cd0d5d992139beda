/* Runs in several threads while constants change: each result is of one version, never a mixture.
 * usage: concurrency_test WEIGHTS [SECONDS] */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "aoti/abi.h"
#include "check.h"
#include "linear.h"

enum { RUNNERS = 3, VERSIONS = 4 };
static uint64_t lib;
static _Atomic int done, runs;
static time_t end;

static void* runner(void* argument) {
  long batch = 3 + 20 * (long)(intptr_t)argument;
  float* x = malloc(sizeof(float) * K * batch);
  uint64_t call;
  fill_x(x, batch);
  CHECK(aoti_call_new(lib, &call) == 0);
  CHECK(aoti_call_input(call, 0, x, 6, 2, (int64_t[]){batch, K}, NULL) == 0);
  while (!done) {
    CHECK(aoti_call_run(call) == 0);
    int version = 0;
    while (version < VERSIONS && !is_result(aoti_call_output_data(call, 0), batch, version)) version++;
    CHECK(version < VERSIONS);
    runs++;
  }
  CHECK(aoti_call_free(call) == 0);
  free(x);
  return NULL;
}

/* Both constants of a version become active in one swap. */
static void* updater(void* argument) {
  (void)argument;
  float w[K * N], b[N];
  for (int turn = 0; turn < 60 || time(NULL) < end; turn++) {
    fill_weights(w, b, turn % VERSIONS);
    CHECK(aoti_set_constant(lib, "fc.weight", w, 6, 2, (int64_t[]){K, N}, NULL, AOTI_INACTIVE) == 0);
    CHECK(aoti_set_constant(lib, "fc.bias", b, 6, 1, (int64_t[]){N}, NULL, AOTI_INACTIVE) == 0);
    if (turn % 2) CHECK(aoti_fold_constants(lib, AOTI_INACTIVE) == 0);
    CHECK(aoti_swap_constants(lib) == 0);
    if (turn % 7 == 0) CHECK(aoti_free_inactive(lib) == 0);
    int seen = runs;
    while (runs < seen + 3) {} /* let some runs see it */
    CHECK(aoti_set_constant(lib, "fc.bias", b, 6, 1, (int64_t[]){N}, NULL, 0) == 0); /* the same again, in place */
  }
  done = 1;
  return NULL;
}

int main(int argc, char** argv) {
  pthread_t ids[RUNNERS + 1];
  end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 0);
  CHECK(aoti_open(argc > 1 ? argv[1] : NULL, 3, &lib) == 0);
  for (intptr_t i = 0; i < RUNNERS; i++) CHECK(pthread_create(&ids[i], NULL, runner, (void*)i) == 0);
  CHECK(pthread_create(&ids[RUNNERS], NULL, updater, NULL) == 0);
  for (int i = 0; i <= RUNNERS; i++) CHECK(pthread_join(ids[i], NULL) == 0);
  CHECK(aoti_close(lib) == 0);
  puts("ok");
  return 0;
}
