/* A host that computes operators itself: operators LIBRARY. The model is that of tests/doors/operators_test.ts. */
#include "aoti/op.h"
#include "host.h"

static int32_t scale(void* context, const aoti_op* op) {
  const aoti_op_tensor *x = &op->in[0], *y = &op->out[0];
  if (x->dtype != AOTI_FLOAT32 || aoti_op_count(x) != aoti_op_count(y)) return 7;
  for (int64_t i = 0; i < aoti_op_count(x); i++)
    ((float*)y->data)[i] = ((const float*)x->data)[i] * (float)op->floats[0] + (float)(op->ints[0] + op->ints[1]);
  ++*(int*)context;
  return 0;
}

static int32_t write_to(void* context, const aoti_op* op) { /* x += other, in place; other may be None */
  (void)context;
  float* x = op->in[0].data;
  const float* other = op->in[1].data;
  for (int64_t i = 0; i < aoti_op_count(&op->in[0]); i++) x[i] += other ? other[i] : 100;
  return op->texts[0][0] == 'a' ? 0 : 9;
}

static int32_t refuse(void* context, const aoti_op* op) {
  (void)context, (void)op;
  return 3;
}

static void* library;
static uint64_t model, call;

static const char* message(uint64_t of) {
  static char text[768];
  FIND(aoti_last_error);
  p_aoti_last_error(of, text, sizeof text);
  return text;
}

static void check_run(float a, float b) {
  FIND(aoti_call_run);
  FIND(aoti_call_output_data);
  int32_t bad = p_aoti_call_run(call);
  if (bad) fprintf(stderr, "%s\n", message(call));
  CHECK(bad == 0);
  const float* y = p_aoti_call_output_data(call, 0);
  CHECK(y[0] == a && y[1] == b);
}

static void check_failure(const char* part) {
  FIND(aoti_call_run);
  CHECK(p_aoti_call_run(call) == 1);
  if (!strstr(message(call), part)) fprintf(stderr, "%s\n", message(call));
  CHECK(strstr(message(call), part));
}

static void door1_says_so(void) {
  FIND(AOTInductorModelContainerRun);
  FIND(AOTInductorModelContainerDelete);
  FIND(AOTInductorGetLastError);
  FIND(aoti_rt_create_tensor_from_blob);
  AOTInductorModelContainerHandle container = container_new(library);
  float x[2] = {1, 2}, p[1] = {1};
  const int64_t two[] = {2}, one[] = {1};
  AtenTensorHandle in[2], out[1];
  const char* text;
  CHECK(p_aoti_rt_create_tensor_from_blob(x, 1, two, one, 0, 6, 0, -1, &in[0]) == 0);
  CHECK(p_aoti_rt_create_tensor_from_blob(p, 0, NULL, NULL, 0, 6, 0, -1, &in[1]) == 0);
  CHECK(p_AOTInductorModelContainerRun(container, in, 2, out, 1, NULL, NULL) == 1);
  CHECK(p_AOTInductorGetLastError(&text) == 0);
  CHECK(strstr(text, "needs PyTorch as the host"));
  CHECK(p_AOTInductorModelContainerDelete(container) == 0);
}

int main(int count, char** words) {
  CHECK(count == 2);
  library = load(words[1]);
  FIND(aoti_open);
  FIND(aoti_close);
  FIND(aoti_call_new);
  FIND(aoti_call_free);
  FIND(aoti_call_input);
  FIND(aoti_register_operator);
  float x[2] = {1, 2}, p = 1;
  int calls = 0;
  const int64_t sizes[] = {2};
  CHECK(p_aoti_open(NULL, 1, &model) == 0 && p_aoti_call_new(model, &call) == 0);
  CHECK(p_aoti_call_input(call, 0, x, 6, 1, sizes, NULL) == 0 && p_aoti_call_input(call, 1, &p, 6, 0, NULL, NULL) == 0);
  check_failure("operator \"demo::scale\" (node \"a\", net.py:7) needs PyTorch as the host of this library");
  CHECK(p_aoti_register_operator(model, "demo::scale", NULL, NULL) == 1);
  CHECK(p_aoti_register_operator(model, "demo::scale", scale, &calls) == 0);
  check_failure("operator \"demo::write_\" (node \"b\", net.py:7) needs PyTorch");
  CHECK(p_aoti_register_operator(model, "demo::write_", write_to, NULL) == 0);
  calls = 0;
  check_run(2 * 3 + 1 + 2 + 100, 4 * 3 + 1 + 2 + 100); /* (x + x) * 3 + (1 + size), + 100 */
  CHECK(calls == 1 && x[0] == 1);
  p = -1; /* the other branch: + x in place */
  check_run(2 * 3 + 1 + 2 + 1, 4 * 3 + 1 + 2 + 2);
  CHECK(p_aoti_register_operator(model, "demo::scale", refuse, NULL) == 0); /* the newest is taken */
  check_failure("operator \"demo::scale\" (node \"a\", net.py:7) failed: its function returned 3");
  for (int n = 0; n < 1000; n++) CHECK(p_aoti_register_operator(model, "demo::scale", scale, &calls) == 0);
  check_run(10, 17);
  CHECK(p_aoti_call_free(call) == 0 && p_aoti_close(model) == 0);
  door1_says_so();
  puts("ok");
  return 0;
}
