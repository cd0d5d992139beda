/* Runs a model that is linked into this program: every thread on a call of its own, inputs in blocks of exactly
 * their size, outputs first in the call's own memory and then in blocks of exactly theirs.
 * usage: drive WEIGHTS|- INPUTS OUTPUTS THREADS RUNS SHIFT
 * INPUTS: int64 count; for each int64 dtype, item size, rank, sizes, strides, bytes; then the bytes, padded to 8.
 * OUTPUTS: for each int64 dtype (-1: None), rank, sizes, bytes; then the bytes, dense and padded to 8; after the
 * outputs, the inputs as the run left them (bytes only). SHIFT: elements by which inputs miss their alignment. */
#include <pthread.h>

#include "aoti/abi.h"
#include "check.h"

typedef struct input {
  int64_t dtype, item, rank, sizes[16], strides[16], bytes;
  char* data;
} input;

static uint64_t library;
static input* given;
static int64_t count, runs, shift;
static const char* outputs_path;

static int64_t number(FILE* file) {
  int64_t value;
  CHECK(fread(&value, 8, 1, file) == 1);
  return value;
}

static void read_inputs(const char* path) {
  FILE* file = fopen(path, "rb");
  CHECK(file);
  count = number(file);
  given = calloc((size_t)count + 1, sizeof *given);
  for (input* at = given; at < given + count; at++) {
    at->dtype = number(file);
    at->item = number(file);
    at->rank = number(file);
    CHECK(at->rank <= 16);
    for (int64_t d = 0; d < at->rank; d++) at->sizes[d] = number(file);
    for (int64_t d = 0; d < at->rank; d++) at->strides[d] = number(file);
    at->bytes = number(file);
    at->data = malloc((size_t)at->bytes + 8);
    size_t padded = (size_t)(at->bytes + 7) / 8 * 8;
    CHECK(fread(at->data, 1, padded, file) == padded);
  }
  fclose(file);
}

static void bind_inputs(uint64_t call, char** blocks) {
  for (int64_t i = 0; i < count; i++) {
    const input* in = &given[i];
    if (in->dtype < 0) continue;
    char* data = blocks[i] + shift * in->item;
    memcpy(data, in->data, (size_t)in->bytes);
    CHECK(aoti_call_input(call, (uint32_t)i, data, (int32_t)in->dtype, (int32_t)in->rank, in->sizes, in->strides) == 0);
  }
}

static void padded_write(FILE* file, const void* data, int64_t bytes) {
  static const char nothing[8];
  if (bytes) CHECK(fwrite(data, 1, (size_t)bytes, file) == (size_t)bytes);
  if (bytes % 8) CHECK(fwrite(nothing, 1, (size_t)(8 - bytes % 8), file) == (size_t)(8 - bytes % 8));
}

static void write_results(uint64_t call, char** blocks) {
  FILE* file = fopen(outputs_path, "wb");
  CHECK(file);
  for (int32_t i = 0; i < aoti_num_outputs(); i++) {
    aoti_info info;
    CHECK(aoti_call_output_info(call, (uint32_t)i, &info) == 0);
    CHECK(fwrite(&info.dtype, 8, 1, file) == 1);
    if (info.dtype < 0) continue;
    char* dense = malloc((size_t)info.bytes + 1);
    CHECK(aoti_call_output_copy(call, (uint32_t)i, dense, (uint64_t)info.bytes) == 0);
    CHECK(fwrite(&info.rank, 8, 1, file) == 1);
    CHECK(fwrite(info.sizes, 8, (size_t)info.rank, file) == (size_t)info.rank);
    CHECK(fwrite(&info.bytes, 8, 1, file) == 1);
    padded_write(file, dense, info.bytes);
    free(dense);
  }
  for (int64_t i = 0; i < count; i++) padded_write(file, blocks[i] + shift * given[i].item, given[i].bytes);
  CHECK(fclose(file) == 0);
}

static void run_once(uint64_t call) {
  if (aoti_call_run(call) == 0) return;
  char text[1024];
  aoti_last_error(call, text, sizeof text);
  fprintf(stderr, "refused: %s\n", text);
  exit(3);
}

static void* worker(void* argument) {
  int is_first = argument == NULL, num_outputs = aoti_num_outputs();
  uint64_t call;
  char** blocks = calloc((size_t)count + 1, sizeof *blocks);
  void **own = calloc((size_t)num_outputs + 1, sizeof *own), **first = calloc((size_t)num_outputs + 1, sizeof *first);
  for (int64_t i = 0; i < count; i++) blocks[i] = malloc((size_t)(given[i].bytes + shift * given[i].item));
  CHECK(aoti_call_new(library, &call) == 0);
  for (int64_t run = 0; run < runs; run++) {
    bind_inputs(call, blocks);
    run_once(call);
    if (run == 0 && is_first) write_results(call, blocks);
    for (int32_t i = 0; i < num_outputs; i++) {
      aoti_info info;
      CHECK(aoti_call_output_info(call, (uint32_t)i, &info) == 0);
      if (info.dtype < 0) continue;
      void* dense = malloc((size_t)info.bytes + 1);
      CHECK(aoti_call_output_copy(call, (uint32_t)i, dense, (uint64_t)info.bytes) == 0);
      if (run == 0) {
        first[i] = dense;
        own[i] = malloc((size_t)info.bytes + !info.bytes);
        CHECK(aoti_call_output(call, (uint32_t)i, own[i], (uint64_t)info.bytes) == 0);
      } else {
        CHECK(memcmp(dense, first[i], (size_t)info.bytes) == 0);
        free(dense);
      }
    }
  }
  CHECK(aoti_call_free(call) == 0);
  for (int64_t i = 0; i < count; i++) free(blocks[i]);
  for (int32_t i = 0; i < num_outputs; i++) free(own[i]), free(first[i]);
  free(blocks), free(own), free(first);
  return NULL;
}

int main(int argc, char** argv) {
  CHECK(argc == 7);
  read_inputs(argv[2]);
  outputs_path = argv[3];
  intptr_t threads = atoi(argv[4]);
  runs = atoi(argv[5]);
  shift = atoi(argv[6]);
  if (aoti_open(strcmp(argv[1], "-") ? argv[1] : NULL, 3, &library)) {
    char text[1024];
    aoti_last_error(0, text, sizeof text);
    fprintf(stderr, "cannot open: %s\n", text);
    return 1;
  }
  CHECK(count == aoti_num_inputs());
  pthread_t* ids = calloc((size_t)threads, sizeof *ids);
  for (intptr_t i = 1; i < threads; i++) CHECK(pthread_create(&ids[i], NULL, worker, (void*)i) == 0);
  worker(NULL);
  for (intptr_t i = 1; i < threads; i++) CHECK(pthread_join(ids[i], NULL) == 0);
  CHECK(aoti_close(library) == 0);
  for (int64_t i = 0; i < count; i++) free(given[i].data);
  free(given), free(ids);
  puts("ok");
  return 0;
}
