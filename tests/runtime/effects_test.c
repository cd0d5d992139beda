/* The effects demo through both doors; weights.bin lies beside the program. */
#include "aoti/abi.h"
#include "aoti/container.h"
#include "check.h"

static float first_total(void) { return 10; } /* what weights.bin holds */

static void door2(void) {
  uint64_t lib, call;
  char text[256];
  aoti_info info;
  float x[6], back[6], one;
  int64_t index = 2, count, sizes[] = {2, 3};
  CHECK(aoti_open(NULL, 2, &lib) == 0 && aoti_call_new(lib, &call) == 0);
  CHECK(aoti_call_input(call, 0, x, 6, 2, sizes, NULL) == 0 && aoti_call_input(call, 2, &index, 4, 0, NULL, NULL) == 0);
  float total = first_total();
  for (int turn = 0; turn < 3; turn++) {
    for (int i = 0; i < 6; i++) x[i] = (float)i;
    CHECK(aoti_call_run(call) == 0);
    total += 15 + 6;
    for (int i = 0; i < 6; i++) CHECK(x[i] == (float)i + 1);
    CHECK(aoti_call_output_info(call, 0, &info) == 0 && info.place == 3);
    CHECK(aoti_call_output_data(call, 0) == x);
    CHECK(aoti_call_output_copy(call, 1, &one, 4) == 0 && one == total);
    CHECK(aoti_call_output_info(call, 2, &info) == 0 && info.dtype == -1 && info.place == 0);
    CHECK(aoti_call_output_data(call, 2) == NULL && aoti_call_output_copy(call, 2, &one, 4) == 1);
    CHECK(aoti_call_output_copy(call, 3, &count, 8) == 0 && count == 6);
    CHECK(aoti_call_output_copy(call, 4, &one, 4) == 0 && one == total);
    CHECK(aoti_call_output_copy(call, 5, &one, 4) == 0 && one == 3);
  }
  CHECK(aoti_get_constant(lib, "state.total", &one, 4, 0) == 0 && one == total);

  /* a transposed input is changed in its own memory; outputs that are inputs are copied when a buffer asks for it */
  int64_t strides[] = {1, 2};
  for (int i = 0; i < 6; i++) x[i] = (float)i;
  CHECK(aoti_call_input(call, 0, x, 6, 2, sizes, strides) == 0 && aoti_call_output(call, 0, back, sizeof back) == 0);
  CHECK(aoti_call_run(call) == 0);
  for (int i = 0; i < 6; i++) CHECK(x[i] == (float)i + 1);
  for (int i = 0; i < 6; i++) CHECK(back[i] == x[i / 3 + i % 3 * 2]);
  CHECK(aoti_call_output_info(call, 0, &info) == 0 && info.place == 1 && info.strides[0] == 3);

  index = 4;
  CHECK(aoti_call_run(call) == 1 && aoti_last_error(call, text, sizeof text) > 0);
  CHECK_TEXT(text, "index out of range in kernel lookup");
  CHECK(aoti_call_output_info(call, 0, &info) == 1);
  index = 0;
  CHECK(aoti_call_run(call) == 0);
  int64_t none[] = {0, 3}; /* no elements at all */
  CHECK(aoti_call_input(call, 0, NULL, 6, 2, none, NULL) == 0 && aoti_call_run(call) == 0);
  CHECK(aoti_call_output_copy(call, 3, &count, 8) == 0 && count == 0);

  one = 1;
  CHECK(aoti_set_constant(lib, "state.total", &one, 6, 1, (int64_t[]){1}, NULL, 0) == 0 && aoti_call_run(call) == 0);
  CHECK(aoti_call_output_copy(call, 1, &one, 4) == 0 && one == 1);
  CHECK(aoti_call_free(call) == 0 && aoti_close(lib) == 0);
}

static void door1(void) {
  AOTInductorModelContainerHandle model;
  AtenTensorHandle in[2], out[6], mine;
  int64_t count;
  void *data, *same;
  float one, *x;
  for (int again = 0; again < 2; again++) { /* each container begins with the state as built */
    CHECK(AOTInductorModelContainerCreateWithDevice(&model, 1, "cpu", NULL) == 0);
    CHECK(aoti_rt_empty_strided(2, (int64_t[]){2, 3}, (int64_t[]){1, 2}, 6, 0, -1, &in[0]) == 0);
    CHECK(aoti_rt_new_tensor_handle(in[0], &mine) == 0 && aoti_rt_scalar_to_tensor_int64(1, &in[1]) == 0);
    CHECK(aoti_rt_zero_(in[0]) == 0 && aoti_rt_get_data_ptr(in[0], (void**)&x) == 0);
    memset(out, 0, sizeof out);
    CHECK(AOTInductorModelContainerRun(model, in, 2, out, 6, NULL, NULL) == 0);
    for (int i = 0; i < 6; i++) CHECK(x[i] == 1);
    CHECK(aoti_rt_get_data_ptr(out[0], &data) == 0 && data == x && out[0] != mine);
    CHECK(aoti_rt_item_float32(out[1], &one) == 0 && one == first_total() + 6);
    CHECK(out[2] == NULL);
    CHECK(aoti_rt_item_int64(out[3], &count) == 0 && count == 6);
    CHECK(aoti_rt_get_data_ptr(out[1], &data) == 0 && aoti_rt_get_data_ptr(out[4], &same) == 0 && data == same);
    CHECK(aoti_rt_item_float32(out[5], &one) == 0 && one == 2);
    for (int i = 0; i < 6; i++) CHECK(aoti_rt_delete_tensor_object(out[i]) == 0);
    in[0] = mine;
    CHECK(aoti_rt_scalar_to_tensor_int64(-1, &in[1]) == 0);
    CHECK(AOTInductorModelContainerRun(model, in, 2, out, 6, NULL, NULL) == 1); /* nothing leaks: see the sanitizer */
    const AOTInductorConstantMapEntry* entries;
    size_t entry_count;
    CHECK(AOTInductorModelContainerExtractConstantsMapEntries(model, &entries, &entry_count, false) == 0);
    CHECK(aoti_rt_zero_(entries[1].handle) == 0); /* the table as built: writable for us, and only for us */
    CHECK(AOTInductorModelContainerDelete(model) == 0);
  }
}

int main(void) {
  door2();
  door1();
  puts("ok");
  return 0;
}
