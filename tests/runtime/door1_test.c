/* Door 1 on the linear demo with our own tensors: usage: door1_test WEIGHTS (which must lie beside the program). */
#include "aoti/container.h"
#include "check.h"
#include "linear.h"

static AOTInductorModelContainerHandle model;

static const char* last(void) {
  const char* text;
  CHECK(AOTInductorGetLastError(&text) == 0);
  return text;
}

static AtenTensorHandle tensor(int64_t ndim, const int64_t* sizes, const int64_t* strides, float** data) {
  AtenTensorHandle handle;
  CHECK(aoti_rt_empty_strided(ndim, sizes, strides, aoti_rt_dtype_float32(), aoti_rt_device_type_cpu(), -1, &handle) == 0);
  CHECK(aoti_rt_get_data_ptr(handle, (void**)data) == 0);
  return handle;
}

static AtenTensorHandle new_x(long batch) {
  float* data;
  AtenTensorHandle x = tensor(2, (int64_t[]){batch, K}, (int64_t[]){K, 1}, &data);
  fill_x(data, batch);
  return x;
}

static int run(AtenTensorHandle x, AtenTensorHandle* y) {
  AtenTensorHandle in[1] = {x}, out[1] = {NULL};
  int bad = AOTInductorModelContainerRun(model, in, 1, out, 1, NULL, NULL);
  CHECK(in[0] == NULL && (bad == 0) == (out[0] != NULL));
  *y = out[0];
  return bad;
}

static int gives(long batch, int version) {
  AtenTensorHandle y;
  void* data;
  int64_t *sizes, dims;
  CHECK(run(new_x(batch), &y) == 0);
  CHECK(aoti_rt_get_data_ptr(y, &data) == 0 && aoti_rt_get_sizes(y, &sizes) == 0 && aoti_rt_get_dim(y, &dims) == 0);
  CHECK(dims == 2 && sizes[0] == batch && sizes[1] == N);
  int same = is_result(data, batch, version);
  CHECK(aoti_rt_delete_tensor_object(y) == 0);
  return same;
}

static void runs_and_says_what_is_wrong(void) {
  AtenTensorHandle y, in[2] = {new_x(2), new_x(2)}, out[2] = {NULL, NULL};
  CHECK(gives(1, 0) && gives(100, 0));
  CHECK(run(new_x(5000), &y) == 1);
  CHECK_TEXT(last(), "dim \"batch\" of input \"x\": 5000 is not in 1..4096");
  CHECK(AOTInductorModelContainerRun(model, in, 2, out, 1, NULL, NULL) == 1 && !in[0] && !in[1]);
  CHECK_TEXT(last(), "takes 1 tensors, the host gave 2");
  in[0] = new_x(2);
  CHECK(AOTInductorModelContainerRun(model, in, 1, out, 2, NULL, NULL) == 1 && !in[0]);
  CHECK_TEXT(last(), "has 1 outputs, the host takes 2");
  CHECK(run(NULL, &y) == 1);
  CHECK_TEXT(last(), "input \"x\" is no tensor");
  CHECK(gives(3, 0) && *last() == 0);
}

static void lists(void) {
  size_t n;
  const char *text, *out_spec;
  int32_t number;
  bool folded;
  uint64_t bytes;
  CHECK(AOTInductorModelContainerGetNumInputs(model, &n) == 0 && n == 1);
  CHECK(AOTInductorModelContainerGetNumOutputs(model, &n) == 0 && n == 1);
  CHECK(AOTInductorModelContainerGetInputName(model, 0, &text) == 0 && strcmp(text, "x") == 0);
  CHECK(AOTInductorModelContainerGetOutputName(model, 0, &text) == 0 && strcmp(text, "y") == 0);
  CHECK(AOTInductorModelContainerGetOutputName(model, 1, &text) == 1);
  CHECK(AOTInductorModelContainerGetCallSpec(model, &text, &out_spec) == 0);
  CHECK_TEXT(text, "builtins.tuple");
  CHECK(AOTInductorModelContainerGetNumConstants(model, &n) == 0 && n == 3);
  CHECK(AOTInductorModelContainerGetConstantName(model, 0, &text) == 0 && strcmp(text, "fc_weight") == 0);
  CHECK(AOTInductorModelContainerGetConstantOriginalFQN(model, 0, &text) == 0 && strcmp(text, "fc.weight") == 0);
  CHECK(AOTInductorModelContainerGetConstantType(model, 2, &number) == 0 && number == 4);
  CHECK(AOTInductorModelContainerGetConstantDtype(model, 2, &number) == 0 && number == 6);
  CHECK(AOTInductorModelContainerGetConstantFromFolded(model, 2, &folded) == 0 && folded);
  CHECK(AOTInductorModelContainerGetConstantDataSize(model, 1, &n) == 0 && n == N * 4);
  CHECK(AOTInductorModelContainerGetConstantsBlobSize(model, &bytes) == 0 && bytes == (K * N + N) * 4);
  CHECK(AOTInductorModelContainerGetConstantName(model, 3, &text) == 1);
}

static void updates(void) {
  float *w, *b;
  AtenTensorHandle weight = tensor(2, (int64_t[]){K, N}, (int64_t[]){N, 1}, &w);
  AtenTensorHandle bias = tensor(1, (int64_t[]){N}, (int64_t[]){1}, &b);
  AOTInductorConstantMapEntry pairs[] = {{"fc_weight", weight}, {"fc_bias", bias}};
  fill_weights(w, b, 1);
  CHECK(AOTInductorModelContainerUpdateConstantBufferPairs(model, pairs, 2, false, true) == 0 && gives(5, 1));
  fill_weights(w, b, 2);
  CHECK(gives(5, 1)); /* it was copied */
  CHECK(AOTInductorModelContainerUpdateInactiveConstantBufferPairs(model, pairs, 2) == 0 && gives(5, 1));
  CHECK(AOTInductorModelContainerRunConstantFolding(model, true, NULL, NULL) == 0);
  CHECK(AOTInductorModelContainerSwapConstantBuffer(model) == 0 && gives(5, 2));
  CHECK(AOTInductorModelContainerFreeInactiveConstantBuffer(model) == 0);
  CHECK(AOTInductorModelContainerSwapConstantBuffer(model) == 1);
  CHECK(AOTInductorModelContainerUpdateConstantBufferPairs(model, pairs, 1, false, true) == 1);
  CHECK_TEXT(last(), "\"fc.bias\" is missing from a full update");
  CHECK(AOTInductorModelContainerUpdateConstantBufferPairs(model, pairs, 1, false, false) == 0);
  pairs[0].name = "nothing";
  CHECK(AOTInductorModelContainerUpdateUserManagedConstantBufferPairs(model, pairs, 2, false, false) == 1);
  CHECK_TEXT(last(), "has no constant \"nothing\"");

  pairs[0].name = "fc_weight"; /* kept in place, also after the caller let go of its handles */
  CHECK(AOTInductorModelContainerUpdateUserManagedConstantBufferPairs(model, pairs, 2, false, true) == 0);
  CHECK(aoti_rt_delete_tensor_object(weight) == 0 && aoti_rt_delete_tensor_object(bias) == 0);
  CHECK(gives(5, 2));
  for (int j = 0; j < N; j++) b[j] += 1;
  CHECK(!gives(5, 2));
  for (int j = 0; j < N; j++) b[j] -= 1;
  CHECK(gives(5, 2));
  fill_weights(w, b, 3); /* the weight is folded: each run does that anew */
  CHECK(gives(5, 3) && gives(300, 3));
  fill_weights(w, b, 2);
  CHECK(gives(5, 2));

  const AOTInductorConstantMapEntry* entries;
  size_t count;
  float* data;
  CHECK(AOTInductorModelContainerExtractConstantsMapEntries(model, &entries, &count, false) == 0 && count == 2);
  CHECK(strcmp(entries[1].name, "fc.bias") == 0 && aoti_rt_get_data_ptr(entries[1].handle, (void**)&data) == 0);
  CHECK(data == b);

  static float blob[K * N + N];
  fill_weights(blob, blob + K * N, 3);
  CHECK(AOTInductorModelUpdateConstantsFromBlob(model, (const uint8_t*)blob) == 0 && gives(7, 3));
  CHECK(data[0] == bias_at(0, 2)); /* what was extracted stays readable */
  CHECK(AOTInductorModelContainerExtractConstantsMapEntries(model, &entries, &count, false) == 0 && count == 2);
  CHECK(aoti_rt_get_data_ptr(entries[0].handle, (void**)&w) == 0 && gives(7, 3));
  CHECK(aoti_rt_get_data_ptr(entries[1].handle, (void**)&b) == 0);
  fill_weights(w, b, 1); /* and what is written there is seen */
  CHECK(gives(7, 1));
}

static void fails_clearly(void) {
  CHECK(AOTInductorModelContainerCreateWithDevice(&model, 0, "cpu", NULL) == 1);
  CHECK_TEXT(last(), "num_models is 0");
  CHECK(AOTInductorModelContainerCreateWithDevice(&model, 1, "cuda:0", NULL) == 1);
  CHECK_TEXT(last(), "built for the device \"cpu\", the host asks for \"cuda:0\"");
  CHECK(AOTInductorModelContainerCreate(&model, 1, false, NULL) == 1);
}

static void bare_model(void) {
  AOTInductorModelHandle bare;
  size_t n;
  AtenTensorHandle in[1] = {new_x(4)}, out[1];
  void* data;
  CHECK(AOTInductorModelCreateV2(&bare, NULL, 0) == 0 && AOTInductorModelGetNumOutputs(bare, &n) == 0 && n == 1);
  CHECK(AOTInductorModelRun(bare, in, out) == 0 && aoti_rt_get_data_ptr(out[0], &data) == 0 && is_result(data, 4, 0));
  CHECK(aoti_rt_delete_tensor_object(out[0]) == 0 && AOTInductorModelDelete(bare) == 0);
}

int main(void) {
  fails_clearly();
  for (int device = 0; device < 2; device++) {
    CHECK(AOTInductorModelContainerCreateWithDevice(&model, 3, device ? "cpu:0" : "cpu", NULL) == 0);
    lists();
    runs_and_says_what_is_wrong();
    updates();
    CHECK(AOTInductorModelContainerDelete(model) == 0);
  }
  bare_model();
  puts("ok");
  return 0;
}
