/* Door 2 on the linear demo: usage: door2_test WEIGHTS */
#include "aoti/abi.h"
#include "check.h"
#include "linear.h"

static uint64_t lib, call;
static float w[K * N], b[N], x[4096 * K], y[4096 * N];

static const char* last(uint64_t of) {
  static char text[1024];
  aoti_last_error(of, text, sizeof text);
  return text;
}

static int bind(long batch) {
  int64_t sizes[] = {batch, K};
  return aoti_call_input(call, 0, x, 6, 2, sizes, NULL);
}

static void runs_and_reports(void) {
  aoti_info info;
  CHECK(aoti_call_output_info(call, 0, &info) == 1);
  CHECK_TEXT(last(0), "no outputs yet");
  CHECK(aoti_call_run(call) == 1);
  CHECK_TEXT(last(call), "input \"x\" is not bound");
  for (long batch = 1; batch <= 4096; batch = batch * 3 + 1) {
    CHECK(bind(batch) == 0 && aoti_call_run(call) == 0);
    CHECK(aoti_call_output_info(call, 0, &info) == 0);
    CHECK(info.dtype == 6 && info.rank == 2 && info.bytes == batch * N * 4 && info.place == 2);
    CHECK(info.sizes[0] == batch && info.sizes[1] == N && info.strides[0] == N && info.strides[1] == 1);
    CHECK(aoti_call_output_copy(call, 0, y, sizeof y) == 0 && is_result(y, batch, 0));
    CHECK(is_result(aoti_call_output_data(call, 0), batch, 0));
  }
  CHECK(aoti_call_output_copy(call, 0, y, 4) == 1);
  CHECK_TEXT(last(0), "the buffer 4");
}

static void writes_into_the_callers_buffer_when_it_fits(void) {
  aoti_info info;
  CHECK(bind(8) == 0 && aoti_call_output(call, 0, y, 8 * N * 4) == 0);
  memset(y, 0, sizeof y);
  CHECK(aoti_call_run(call) == 0 && is_result(y, 8, 0));
  CHECK(aoti_call_output_info(call, 0, &info) == 0 && info.place == 1);
  CHECK(bind(9) == 0 && aoti_call_run(call) == 0);
  CHECK(aoti_call_output_info(call, 0, &info) == 0 && info.place == 2);
  CHECK(aoti_call_output(call, 0, NULL, 0) == 0);
}

static void takes_any_strides(void) {
  static float turned[K * 10];
  for (long i = 0; i < 10; i++)
    for (int k = 0; k < K; k++) turned[k * 10 + i] = x_at(i, k);
  int64_t sizes[] = {10, K}, strides[] = {1, 10};
  CHECK(aoti_call_input(call, 0, turned, 6, 2, sizes, strides) == 0 && aoti_call_run(call) == 0);
  CHECK(is_result(aoti_call_output_data(call, 0), 10, 0));
}

static void says_what_is_wrong_with_inputs(void) {
  int64_t sizes[] = {5000, K, 1}, wide[] = {2, 65};
  CHECK(aoti_call_input(call, 0, x, 6, 2, sizes, NULL) == 0 && aoti_call_run(call) == 1);
  CHECK_TEXT(last(call), "dim \"batch\" of input \"x\": 5000 is not in 1..4096");
  CHECK(aoti_call_input(call, 0, x, 6, 2, wide, NULL) == 0 && aoti_call_run(call) == 1);
  CHECK_TEXT(last(call), "dimension 1 is 65, the model takes 64");
  CHECK(aoti_call_input(call, 0, x, 7, 2, wide, NULL) == 0 && aoti_call_run(call) == 1);
  CHECK_TEXT(last(call), "input \"x\" is float64, the model takes float32");
  CHECK(aoti_call_input(call, 0, x, 6, 3, sizes, NULL) == 0 && aoti_call_run(call) == 1);
  CHECK_TEXT(last(call), "has 3 dimensions [5000, 64, 1], the model takes 2");
  CHECK(aoti_call_input(call, 0, NULL, 6, 2, (int64_t[]){2, K}, NULL) == 0 && aoti_call_run(call) == 1);
  CHECK_TEXT(last(call), "has no data");
  CHECK(aoti_call_input(call, 0, x, 99, 2, wide, NULL) == 1);
  CHECK_TEXT(last(0), "99 is not an element type");
  CHECK(aoti_call_input(call, 0, x, 6, 17, wide, NULL) == 1);
  CHECK(aoti_call_input(call, 1, x, 6, 2, wide, NULL) == 1);
  CHECK_TEXT(last(0), "there is no input 1");
}

static void updates_constants(void) {
  int64_t w_sizes[] = {K, N}, b_sizes[] = {N};
  static float turned[N * K], got[K * N];
  int64_t turned_strides[] = {1, K};
  CHECK(bind(20) == 0);
  fill_weights(w, b, 1);
  for (int k = 0; k < K; k++)
    for (int j = 0; j < N; j++) turned[j * K + k] = w[k * N + j];
  CHECK(aoti_set_constant(lib, "fc.weight", turned, 6, 2, w_sizes, turned_strides, AOTI_INACTIVE) == 0);
  CHECK(aoti_set_constant(lib, "fc_bias", b, 6, 1, b_sizes, NULL, AOTI_INACTIVE) == 0);
  CHECK(aoti_call_run(call) == 0 && is_result(aoti_call_output_data(call, 0), 20, 0));
  CHECK(aoti_fold_constants(lib, AOTI_INACTIVE) == 0 && aoti_swap_constants(lib) == 0);
  CHECK(aoti_call_run(call) == 0 && is_result(aoti_call_output_data(call, 0), 20, 1));
  CHECK(aoti_get_constant(lib, "fc.weight", got, sizeof got, 0) == 0 && memcmp(got, w, sizeof w) == 0);
  CHECK(aoti_get_constant(lib, "folded_0", got, sizeof got, 0) == 0 && memcmp(got, turned, sizeof w) == 0);
  CHECK(aoti_swap_constants(lib) == 0);
  CHECK(aoti_call_run(call) == 0 && is_result(aoti_call_output_data(call, 0), 20, 0));
  CHECK(aoti_free_inactive(lib) == 0 && aoti_swap_constants(lib) == 1);

  fill_weights(w, b, 2); /* in place */
  CHECK(aoti_set_constant(lib, "fc.weight", w, 6, 2, w_sizes, NULL, 0) == 0);
  CHECK(aoti_set_constant(lib, "fc.bias", b, 6, 1, b_sizes, NULL, AOTI_BORROW) == 0);
  CHECK(aoti_call_run(call) == 0 && is_result(aoti_call_output_data(call, 0), 20, 2));
  b[3] += 100;
  CHECK(aoti_call_run(call) == 0);
  CHECK(((const float*)aoti_call_output_data(call, 0))[3] > 50);
  static float kept[K * N];
  fill_weights(kept, b, 1);
  CHECK(aoti_set_constant(lib, "fc.weight", kept, 6, 2, w_sizes, NULL, AOTI_BORROW) == 0);
  CHECK(aoti_call_run(call) == 0 && is_result(aoti_call_output_data(call, 0), 20, 1));
  fill_weights(kept, b, 3); /* what was folded from it does not stay behind */
  CHECK(aoti_call_run(call) == 0 && is_result(aoti_call_output_data(call, 0), 20, 3));
  CHECK(aoti_set_constant(lib, "fc.weight", kept, 6, 2, w_sizes, NULL, 0) == 0);
  CHECK(aoti_set_constant(lib, "fc.bias", b, 6, 1, b_sizes, NULL, 0) == 0);
  CHECK(aoti_call_run(call) == 0); /* copies again: folded once more, and no longer in each run */

  CHECK(aoti_set_constant(lib, "fc.nothing", w, 6, 2, w_sizes, NULL, 0) == 1);
  CHECK_TEXT(last(0), "has no constant \"fc.nothing\"");
  CHECK_TEXT(last(lib), "has no constant \"fc.nothing\"");
  CHECK(aoti_set_constant(lib, "fc.bias", w, 6, 2, w_sizes, NULL, 0) == 1);
  CHECK_TEXT(last(0), "has the shape [32], the new value [64, 32]");
  CHECK(aoti_set_constant(lib, "fc.bias", w, 7, 1, b_sizes, NULL, 0) == 1);
  CHECK(aoti_set_constant(lib, "folded_0", w, 6, 2, w_sizes, NULL, 0) == 1);
  CHECK(aoti_set_constant(lib, "fc.weight", w, 6, 2, w_sizes, turned_strides, AOTI_BORROW) == 1);
  CHECK_TEXT(last(0), "must have the strides [32, 1]");
}

static void profiles(void) {
  char text[512];
  CHECK(aoti_call_profile(call, text, sizeof text) == 2);
  CHECK(aoti_profile(lib, 1) == 0 && aoti_call_run(call) == 0);
  CHECK(aoti_call_profile(call, text, sizeof text) > 20);
  CHECK_TEXT(text, "[{\"name\":\"linear\",\"ns\":");
  CHECK_TEXT(text, "\"iterations\":20}]");
}

int main(int argc, char** argv) {
  const char* weights = argc > 1 ? argv[1] : "weights.bin";
  char text[64];
  CHECK(aoti_abi_version() == AOTI_ABI_VERSION);
  CHECK(aoti_num_inputs() == 1 && aoti_num_outputs() == 1 && aoti_num_constants() == 3);
  CHECK(aoti_constant_name(1, text, sizeof text) == 7 && strcmp(text, "fc.bias") == 0);
  CHECK(aoti_describe(text, 8) > 100 && strcmp(text, "{\"name\"") == 0);
  CHECK(aoti_open("/nowhere/weights.bin", 2, &lib) == 1 && lib == 0);
  CHECK_TEXT(last(0), "no weights for model \"linear\": /nowhere/weights.bin does not exist");
  CHECK(aoti_open(argv[0], 2, &lib) == 1);
  CHECK_TEXT(last(0), "do not belong to model \"linear\"");
  fill_x(x, 4096);
  for (int threads = 0; threads < 5; threads++) {
    CHECK(aoti_open(weights, threads, &lib) == 0);
    CHECK(aoti_call_new(lib, &call) == 0 && aoti_close(lib) == 1);
    CHECK(aoti_call_threads(call, threads == 4 ? 2 : 0) == 0);
    runs_and_reports();
    writes_into_the_callers_buffer_when_it_fits();
    takes_any_strides();
    says_what_is_wrong_with_inputs();
    updates_constants();
    profiles();
    CHECK(aoti_call_free(call) == 0 && aoti_close(lib) == 0);
  }
  puts("ok");
  return 0;
}
