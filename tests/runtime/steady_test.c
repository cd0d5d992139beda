/* After the first run of each shape, runs allocate nothing, map nothing and (after the second) fault nothing in: on the steps demo, with
 * sizes that vary, branches, loops, copies of inputs, buffers of mid-run, scratch and threads.
 * The linker sends every allocation of the runtime to the counters here. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "aoti/abi.h"
#include "aoti/container.h"
#include "check.h"

enum { MALLOC, MAP, SHAPES = 5, RUNS = 100, HELPERS = 2 };

static pthread_t caller;
static int counted[2];                 /* of the thread that runs */
static _Atomic int of_helpers;         /* a helper's scratch grows with the largest launch that it joined */

static void count(int what) {
  if (pthread_equal(pthread_self(), caller))
    counted[what]++;
  else
    of_helpers++;
}

#define WRAPPED(what, type, name, parameters, arguments) \
  type __real_##name parameters;                         \
  type __wrap_##name parameters;                         \
  type __wrap_##name parameters {                        \
    count(what);                                         \
    return __real_##name arguments;                      \
  }
WRAPPED(MALLOC, void*, malloc, (size_t bytes), (bytes))
WRAPPED(MALLOC, void*, calloc, (size_t n, size_t bytes), (n, bytes))
WRAPPED(MALLOC, void*, realloc, (void* old, size_t bytes), (old, bytes))
WRAPPED(MALLOC, int, posix_memalign, (void** data, size_t align, size_t bytes), (data, align, bytes))
WRAPPED(MAP, void*, mmap, (void* at, size_t bytes, int rights, int flags, int file, off_t offset),
        (at, bytes, rights, flags, file, offset))
WRAPPED(MAP, int, munmap, (void* at, size_t bytes), (at, bytes))
WRAPPED(MAP, int, madvise, (void* at, size_t bytes, int advice), (at, bytes, advice))
void __real_free(void* data);
void __wrap_free(void* data);
void __wrap_free(void* data) {
  if (data) count(MALLOC);
  __real_free(data);
}

typedef struct shape {
  int64_t n, m;
  int transposed;
  uint8_t flag;
  int64_t times;
} shape;
static const shape shapes[SHAPES] = {{1, 1, 0, 1, 0}, {7, 300, 0, 0, 3}, {300, 1000, 0, 1, 2}, {200, 900, 1, 0, 1}, {0, 5, 0, 1, 1}};
static float x[300 * 1000], y[300 * 1000];

static long faults(void) {
  struct rusage usage;
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt;
}

static void bind(uint64_t call, const shape* s, int own_buffer) {
  const int64_t strides[] = {s->transposed ? 1 : s->m, s->transposed ? s->n : 1};
  CHECK(aoti_call_input(call, 0, x, 6, 2, (int64_t[]){s->n, s->m}, strides) == 0);
  CHECK(aoti_call_input(call, 1, &s->flag, 11, 0, NULL, NULL) == 0);
  CHECK(aoti_call_input(call, 2, &s->times, 4, 0, NULL, NULL) == 0);
  CHECK(aoti_call_output(call, 0, own_buffer ? NULL : y, sizeof y) == 0);
}

static void check(const shape* s, const float* got) {
  for (int64_t i = 0; i < s->n; i++)
    for (int64_t j = 0; j < s->m; j++) {
      int64_t k = s->m - 1 - j;
      float from = x[s->transposed ? i + k * s->n : i * s->m + k];
      CHECK(got[i * s->m + j] == (s->flag ? 2 * from : -from) + (float)s->times);
    }
}

static void door2(int threads, int own_buffer) {
  uint64_t library, call;
  CHECK(aoti_open(NULL, threads, &library) == 0 && aoti_call_new(library, &call) == 0);
  long faulted = 0;
  for (int turn = 0; turn < RUNS; turn++) {
    if (turn == SHAPES) counted[MALLOC] = counted[MAP] = 0;
    if (turn == 2 * SHAPES) faulted = faults(); /* what the first round asked for in mid-run the second touches first */
    const shape* s = &shapes[turn % SHAPES];
    bind(call, s, own_buffer);
    CHECK(aoti_call_run(call) == 0);
    if (turn < 2 * SHAPES) check(s, own_buffer ? aoti_call_output_data(call, 0) : y);
  }
  CHECK(counted[MALLOC] == 0 && counted[MAP] == 0);
  CHECK(faults() - faulted < RUNS); /* the arena of the largest shape alone has 300 pages */
  CHECK(of_helpers <= 2 * HELPERS * SHAPES);
  CHECK(aoti_call_free(call) == 0 && aoti_close(library) == 0);
  of_helpers = 0;
}

static AtenTensorHandle tensor(int64_t ndim, const int64_t* sizes, int32_t dtype, const void* data, size_t bytes) {
  AtenTensorHandle handle;
  void* to;
  int64_t strides[2] = {ndim ? sizes[1] : 1, 1};
  CHECK(aoti_rt_empty_strided(ndim, sizes, strides, dtype, aoti_rt_device_type_cpu(), -1, &handle) == 0);
  CHECK(aoti_rt_get_data_ptr(handle, &to) == 0);
  memcpy(to, data, bytes);
  return handle;
}

/* Outputs are fresh tensors by the interface; beyond them a run allocates nothing. */
static void door1(void) {
  AOTInductorModelContainerHandle model;
  CHECK(AOTInductorModelContainerCreateWithDevice(&model, 1, "cpu", NULL) == 0);
  const shape* s = &shapes[1];
  const int64_t sizes[] = {s->n, s->m};
  for (int turn = 0; turn < 10; turn++) {
    counted[MALLOC] = counted[MAP] = 0;
    AtenTensorHandle spare = tensor(2, sizes, 6, x, 0), out[1] = {NULL};
    int making = counted[MALLOC];
    CHECK(aoti_rt_delete_tensor_object(spare) == 0);
    int dropping = counted[MALLOC] - making;
    AtenTensorHandle in[] = {tensor(2, sizes, 6, x, (size_t)(s->n * s->m) * 4), tensor(0, NULL, 11, &s->flag, 1),
                             tensor(0, NULL, 4, &s->times, 8)};
    counted[MALLOC] = 0;
    CHECK(AOTInductorModelContainerRun(model, in, 3, out, 1, NULL, NULL) == 0 && !in[0]);
    if (turn) CHECK(counted[MALLOC] == making + 3 * dropping && counted[MAP] == 0); /* the output; the inputs */
    void* data;
    CHECK(aoti_rt_get_data_ptr(out[0], &data) == 0);
    check(s, data);
    CHECK(aoti_rt_delete_tensor_object(out[0]) == 0);
  }
  CHECK(AOTInductorModelContainerDelete(model) == 0);
}

int main(void) {
  caller = pthread_self();
  for (int64_t i = 0; i < 300 * 1000; i++) x[i] = (float)(i % 1001 - 500);
  for (int threads = 1; threads <= 1 + HELPERS; threads += HELPERS)
    for (int own_buffer = 0; own_buffer < 2; own_buffer++) door2(threads, own_buffer);
  door1();
  puts("ok");
  return 0;
}
