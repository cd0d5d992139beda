/* What folding has read is given back to the system, and nothing else. The weights here are pages without a file: given
 * back, they read as zeros. The page size is that of the machine. */
#include <sys/mman.h>
#include <unistd.h>

#include "aoti/abi.h"
#include "check.h"
#include "linear.h"
#include "run.h"

enum { PACKED, BESIDE, STATE, VIEW_OF_STATE, OTHER, SMALL, COUNT };

static int32_t fold(aoti_run* run) {
  int sum = 0;
  for (uint32_t i = 0; i < COUNT; i++)
    if (i != OTHER) sum += *(const char*)aoti_constant(run, i);
  *(int*)aoti_folded(run) = sum;
  return 0;
}

static int kept(const aoti_library* library, int i) {
  const aoti_constant_desc* constant = &library->desc->constants[i];
  const char* data = library->weights.data + constant->offset;
  uint64_t ones = 0;
  for (uint64_t k = 0; k < constant->bytes; k++) ones += data[k] == 1;
  return ones == constant->bytes ? 1 : ones ? -1 : 0;
}

static void pages_that_were_packed(void) {
  const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  static const int64_t none[2];
#define ROW(name, mutated, offset, bytes) {0, 0, 1, 1, 1, mutated, 0, offset, bytes}
  const aoti_constant_desc constants[COUNT] = {
      ROW("packed", 0, 0, 2 * page - 64),      ROW("beside", 0, 2 * page - 64, page + 64),
      ROW("state", 1, 3 * page, 2 * page),     ROW("view_of_state", 0, 4 * page, 2 * page),
      ROW("other", 0, 6 * page, page + 64),    ROW("small", 0, 7 * page + 64, 256),
  };
  const aoti_model_desc desc = {.name = "pages", .num_constants = COUNT, .constants = constants, .constant_names = "", .constant_shapes = none, .fold_bytes = 64, .fold = fold};
  aoti_library library = {.desc = &desc};
  pthread_rwlock_init(&library.lock, NULL);
  pthread_mutex_init(&library.updating, NULL);
  pthread_mutex_init(&library.folding, NULL);
  pthread_mutex_init(&library.contexts_lock, NULL);
  library.weights.bytes = library.weights.mapped = 8 * page;
  library.weights.data = mmap(NULL, 8 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(library.weights.data != MAP_FAILED);
  memset(library.weights.data, 1, 8 * page);
  CHECK(aoti_constants_open(&library) == 0 && aoti_constants_fold(&library, 0) == 0);
  CHECK(*(int*)library.sets[0].fold->data == COUNT - 1);
  CHECK(kept(&library, PACKED) == 0 && kept(&library, BESIDE) == 0); /* the page that they share, too */
  CHECK(kept(&library, STATE) == 1 && kept(&library, VIEW_OF_STATE) == 1);
  CHECK(kept(&library, OTHER) == 1 && kept(&library, SMALL) == 1);
  aoti_runs_free(&library);
  aoti_constants_close(&library);
  aoti_weights_close(&library.weights);
}

/* From a file they come back: values can be read, and folded anew, after they were given back. */
static void come_back(const char* weights) {
  uint64_t library, call;
  float x[3 * K], y[3 * N], w[K * N], b[N];
  fill_x(x, 3);
  CHECK(aoti_open(weights, 1, &library) == 0 && aoti_call_new(library, &call) == 0);
  CHECK(aoti_call_input(call, 0, x, 6, 2, (int64_t[]){3, K}, NULL) == 0);
  CHECK(aoti_call_output(call, 0, y, sizeof y) == 0);
  for (int turn = 0; turn < 3; turn++) {
    CHECK(aoti_call_run(call) == 0 && is_result(y, 3, 0));
    fill_weights(w, b, 0);
    float read[K * N];
    CHECK(aoti_get_constant(library, "fc.weight", read, sizeof read, 0) == 0 && memcmp(read, w, sizeof w) == 0);
    CHECK(aoti_set_constant(library, "fc.bias", b, 6, 1, (int64_t[]){N}, NULL, 0) == 0); /* folded anew */
  }
  CHECK(aoti_call_free(call) == 0 && aoti_close(library) == 0);
}

int main(int argc, char** argv) {
  pages_that_were_packed();
  come_back(argc > 1 ? argv[1] : NULL);
  puts("ok");
  return 0;
}
