/* Door 1: runs in several threads while constants are replaced, kept in place, swapped, folded, freed and listed.
 * Each result is of one version. usage: concurrency1_test WEIGHTS [SECONDS], weights beside the program */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "aoti/container.h"
#include "check.h"
#include "linear.h"

enum { RUNNERS = 3, VERSIONS = 4 };
static AOTInductorModelContainerHandle model;
static _Atomic int done, runs;

static AtenTensorHandle tensor(int64_t ndim, const int64_t* sizes, const int64_t* strides, float** data) {
  AtenTensorHandle handle;
  CHECK(aoti_rt_empty_strided(ndim, sizes, strides, 6, 0, -1, &handle) == 0);
  CHECK(aoti_rt_get_data_ptr(handle, (void**)data) == 0);
  return handle;
}

static void* runner(void* argument) {
  long batch = 3 + 20 * (long)(intptr_t)argument;
  float *x, *y;
  AtenTensorHandle kept = tensor(2, (int64_t[]){batch, K}, (int64_t[]){K, 1}, &x), in[1], out[1];
  fill_x(x, batch);
  while (!done) {
    CHECK(aoti_rt_new_tensor_handle(kept, in) == 0);
    CHECK(AOTInductorModelContainerRun(model, in, 1, out, 1, NULL, NULL) == 0);
    CHECK(aoti_rt_get_data_ptr(out[0], (void**)&y) == 0);
    int version = 0;
    while (version < VERSIONS && !is_result(y, batch, version)) version++;
    CHECK(version < VERSIONS);
    CHECK(aoti_rt_delete_tensor_object(out[0]) == 0);
    runs++;
  }
  CHECK(aoti_rt_delete_tensor_object(kept) == 0);
  return NULL;
}

/* Both constants of a version become active at once: by one update of the active set, or by a swap. */
static void update(int turn) {
  float *w, *b;
  AtenTensorHandle weight = tensor(2, (int64_t[]){K, N}, (int64_t[]){N, 1}, &w);
  AtenTensorHandle bias = tensor(1, (int64_t[]){N}, (int64_t[]){1}, &b);
  AOTInductorConstantMapEntry pairs[] = {{"fc_weight", weight}, {"fc_bias", bias}};
  fill_weights(w, b, turn % VERSIONS);
  switch (turn % 3) {
    case 0: CHECK(AOTInductorModelContainerUpdateConstantBufferPairs(model, pairs, 2, false, true) == 0); break;
    case 1: CHECK(AOTInductorModelContainerUpdateUserManagedConstantBufferPairs(model, pairs, 2, false, true) == 0); break;
    default:
      CHECK(AOTInductorModelContainerUpdateInactiveConstantBufferPairs(model, pairs, 2) == 0);
      if (turn % 2) CHECK(AOTInductorModelContainerRunConstantFolding(model, true, NULL, NULL) == 0);
      CHECK(AOTInductorModelContainerSwapConstantBuffer(model) == 0);
      if (turn % 4 == 0) CHECK(AOTInductorModelContainerFreeInactiveConstantBuffer(model) == 0);
  }
  CHECK(aoti_rt_delete_tensor_object(weight) == 0 && aoti_rt_delete_tensor_object(bias) == 0);
  if (turn % 5 == 0) {
    const AOTInductorConstantMapEntry* entries;
    size_t count;
    CHECK(AOTInductorModelContainerExtractConstantsMapEntries(model, &entries, &count, false) == 0 && count == 2);
  }
}

int main(int argc, char** argv) {
  pthread_t ids[RUNNERS];
  time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 0);
  int turns = 0;
  CHECK(AOTInductorModelContainerCreateWithDevice(&model, 1, "cpu", NULL) == 0);
  for (intptr_t i = 0; i < RUNNERS; i++) CHECK(pthread_create(&ids[i], NULL, runner, (void*)i) == 0);
  for (; turns < 60 || time(NULL) < end; turns++) {
    int seen = runs;
    update(turns);
    while (runs < seen + 3) nanosleep(&(struct timespec){0, 100000}, NULL); /* let some runs see it */
  }
  done = 1;
  for (int i = 0; i < RUNNERS; i++) CHECK(pthread_join(ids[i], NULL) == 0);
  CHECK(AOTInductorModelContainerDelete(model) == 0);
  printf("%d runs, %d updates\n", runs, turns);
  puts("ok");
  return 0;
}
