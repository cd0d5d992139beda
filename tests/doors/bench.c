/* What a call through door 1 costs beyond the same call through door 2, on a model of three small float32 inputs.
 * usage: bench LIBRARY */
#define _GNU_SOURCE
#include <time.h>

#include "host.h"

enum { INPUTS = 3, SIZE = 16, ROUNDS = 25, CALLS = 4000 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int by_value(const void* a, const void* b) {
  double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

/* Median over rounds of nanoseconds per turn of `body`. */
#define TIME(result, body)                                       \
  double result;                                                 \
  {                                                              \
    double found[ROUNDS];                                        \
    for (int round = 0; round < ROUNDS; round++) {               \
      double start = now();                                      \
      for (int turn = 0; turn < CALLS; turn++) body;             \
      found[round] = (now() - start) / CALLS;                    \
    }                                                            \
    qsort(found, ROUNDS, sizeof *found, by_value);               \
    result = found[ROUNDS / 2];                                  \
  }

int main(int argc, char** argv) {
  CHECK(argc == 2);
  void* library = load(argv[1]);
  FIND(aoti_open);
  FIND(aoti_call_new);
  FIND(aoti_call_input);
  FIND(aoti_call_output);
  FIND(aoti_call_run);
  FIND(AOTInductorModelContainerRun);
  FIND(AOTInductorModelContainerDelete);
  FIND(aoti_rt_empty_strided);
  FIND(aoti_rt_new_tensor_handle);
  FIND(aoti_rt_delete_tensor_object);
  FIND(aoti_rt_get_data_ptr);
  const int64_t sizes[] = {SIZE}, strides[] = {1};
  float data[INPUTS][SIZE] = {{0}}, result[SIZE];

  uint64_t lib, call;
  CHECK(p_aoti_open(NULL, 1, &lib) == 0 && p_aoti_call_new(lib, &call) == 0);
  for (uint32_t i = 0; i < INPUTS; i++) CHECK(p_aoti_call_input(call, i, data[i], 6, 1, sizes, strides) == 0);
  CHECK(p_aoti_call_output(call, 0, result, sizeof result) == 0);
  TIME(bound, CHECK(p_aoti_call_run(call) == 0))
  TIME(binding, {
    for (uint32_t i = 0; i < INPUTS; i++) p_aoti_call_input(call, i, data[i], 6, 1, sizes, strides);
    p_aoti_call_output(call, 0, result, sizeof result);
    CHECK(p_aoti_call_run(call) == 0);
  })

  AOTInductorModelContainerHandle model = container_new(library);
  AtenTensorHandle kept[INPUTS], in[INPUTS], out[1];
  for (int i = 0; i < INPUTS; i++) {
    void* where;
    CHECK(p_aoti_rt_empty_strided(1, sizes, strides, 6, 0, -1, &kept[i]) == 0);
    CHECK(p_aoti_rt_get_data_ptr(kept[i], &where) == 0);
    memset(where, 0, sizeof data[0]);
  }
  TIME(door1, {
    for (int i = 0; i < INPUTS; i++) p_aoti_rt_new_tensor_handle(kept[i], &in[i]);
    CHECK(p_AOTInductorModelContainerRun(model, in, INPUTS, out, 1, NULL, NULL) == 0);
    p_aoti_rt_delete_tensor_object(out[0]);
  })
  TIME(handles, { /* what the host does for itself */
    for (int i = 0; i < INPUTS; i++) p_aoti_rt_new_tensor_handle(kept[i], &in[i]);
    for (int i = 0; i < INPUTS; i++) p_aoti_rt_delete_tensor_object(in[i]);
  })
  for (int i = 0; i < INPUTS; i++) p_aoti_rt_delete_tensor_object(kept[i]);
  CHECK(p_AOTInductorModelContainerDelete(model) == 0);
  printf("door 2: %.0f ns with everything bound, %.0f ns with three inputs and the output bound anew\n", bound, binding);
  printf("door 1: %.0f ns, of which making and dropping three input handles takes %.0f ns\n", door1, handles);
  printf("door 1 beyond door 2: %.0f ns\n", door1 - bound);
  puts("ok");
  return 0;
}
