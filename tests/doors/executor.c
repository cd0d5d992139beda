/* A host that has the functions of PyTorch that door 1 asks for, and an executor of its own: executor LIBRARY. The
 * model is that of operators_test.ts. Counts tensors, so that none is left behind. */
#include <stdlib.h>

#include "host.h"

#define EXPORT __attribute__((visibility("default"))) int32_t

typedef struct fake {
  void* data;
  int64_t ndim, sizes[4], strides[4];
  int32_t dtype, owned;
} fake;

static int64_t alive;

static AtenTensorHandle made(fake tensor) {
  fake* at = malloc(sizeof *at);
  *at = tensor;
  alive++;
  return (AtenTensorHandle)at;
}
static fake* of(AtenTensorHandle handle) { return (fake*)handle; }

static fake shaped(int64_t ndim, const int64_t* sizes, const int64_t* strides, int32_t dtype) {
  fake tensor = {.ndim = ndim, .dtype = dtype};
  for (int64_t d = 0; d < ndim; d++) tensor.sizes[d] = sizes[d], tensor.strides[d] = strides[d];
  return tensor;
}

EXPORT aoti_torch_create_tensor_from_blob(void* data, int64_t ndim, const int64_t* sizes, const int64_t* strides,
                                          int64_t offset, int32_t dtype, int32_t device, int32_t index,
                                          AtenTensorHandle* out) {
  fake tensor = shaped(ndim, sizes, strides, dtype);
  tensor.data = data;
  *out = made(tensor);
  return offset != 0 || device != 0 || index > 0;
}
EXPORT aoti_torch_empty_strided(int64_t ndim, const int64_t* sizes, const int64_t* strides, int32_t dtype,
                                int32_t device, int32_t index, AtenTensorHandle* out) {
  fake tensor = shaped(ndim, sizes, strides, dtype);
  tensor.data = calloc(64, 8);
  tensor.owned = 1;
  *out = made(tensor);
  return device != 0 || index > 0;
}
EXPORT aoti_torch_new_uninitialized_tensor(AtenTensorHandle* out) { return *out = made((fake){0}), 0; }
EXPORT aoti_torch_assign_tensors_out(AtenTensorHandle from, AtenTensorHandle* out) { return *out = from, 1; }
EXPORT aoti_torch_delete_tensor_object(AtenTensorHandle handle) {
  if (of(handle)->owned) free(of(handle)->data);
  free(of(handle));
  alive--;
  return 0;
}
EXPORT aoti_torch_get_data_ptr(AtenTensorHandle handle, void** out) { return *out = of(handle)->data, 0; }
EXPORT aoti_torch_get_dim(AtenTensorHandle handle, int64_t* out) { return *out = of(handle)->ndim, 0; }
EXPORT aoti_torch_get_sizes(AtenTensorHandle handle, int64_t** out) { return *out = of(handle)->sizes, 0; }
EXPORT aoti_torch_get_strides(AtenTensorHandle handle, int64_t** out) { return *out = of(handle)->strides, 0; }
EXPORT aoti_torch_get_dtype(AtenTensorHandle handle, int32_t* out) { return *out = of(handle)->dtype, 0; }
EXPORT aoti_torch_get_device_type(AtenTensorHandle handle, int32_t* out) { return (void)handle, *out = 0, 0; }
__attribute__((visibility("default"))) bool aoti_torch_grad_mode_is_enabled(void) { return false; }
__attribute__((visibility("default"))) void aoti_torch_grad_mode_set_enabled(bool on) { (void)on; }
__attribute__((visibility("default"))) const char* torch_exception_get_what(void) { return "bad luck\nat line 1"; }

enum { FINE, FAILS, WRONG_SHAPE, NO_TENSOR };
static int mood;

/* 0: scale(x, 1, 2) into a strided result; 1 and 2: write_(x, None or other), which gives x. */
EXPORT aoti_torch_proxy_executor_call_function(void* executor, int index, int num_ints, int64_t* ints, int num_tensors,
                                               AtenTensorHandle* tensors) {
  CHECK(executor == &mood && index >= 0 && index < 3);
  if (mood == FAILS) return 1;
  fake *x = of(tensors[0]), *result = of(tensors[num_tensors - 1]);
  float* data = x->data;
  CHECK(x->ndim == 1 && x->sizes[0] == 2 && x->strides[0] == 1 && x->dtype == 6);
  if (index == 0) {
    CHECK(num_ints == 2 && num_tensors == 2);
    *result = (fake){calloc(4, 4), 1, {mood == WRONG_SHAPE ? 1 : 2}, {2}, 6, 1};
    if (mood == NO_TENSOR) return free(result->data), result->data = NULL, result->ndim = 99, 0;
    for (int i = 0; i < result->sizes[0]; i++) ((float*)result->data)[2 * i] = data[i] * 3 + (float)(ints[0] + ints[1]);
    return 0;
  }
  CHECK(num_ints == 0 && num_tensors == (index == 1 ? 2 : 3));
  for (int i = 0; i < 2; i++) data[i] += index == 1 ? 100 : ((float*)of(tensors[1])->data)[i];
  *result = (fake){data, 1, {2}, {1}, 6, 0}; /* the same memory */
  return 0;
}

static void* library;

static int32_t call(AOTInductorModelContainerHandle model, float p, void* executor, float y[2]) {
  FIND(AOTInductorModelContainerRun);
  float x[2] = {1, 2};
  const int64_t two[] = {2}, one[] = {1};
  AtenTensorHandle in[2], out[1];
  aoti_torch_create_tensor_from_blob(x, 1, two, one, 0, 6, 0, -1, &in[0]);
  aoti_torch_create_tensor_from_blob(&p, 0, NULL, NULL, 0, 6, 0, -1, &in[1]);
  if (p_AOTInductorModelContainerRun(model, in, 2, out, 1, NULL, executor)) return 1;
  memcpy(y, of(out[0])->data, 2 * sizeof *y);
  CHECK(x[0] == 1 && x[1] == 2);
  return aoti_torch_delete_tensor_object(out[0]);
}

static void check_failure(AOTInductorModelContainerHandle model, int how, const char* part) {
  FIND(AOTInductorGetLastError);
  const char* text;
  float y[2];
  mood = how;
  CHECK(call(model, 1, how == FINE ? NULL : &mood, y) == 1);
  CHECK(p_AOTInductorGetLastError(&text) == 0);
  if (!strstr(text, part)) fprintf(stderr, "%s\n", text);
  CHECK(strstr(text, part) && strstr(text, "operator \"demo::scale\" (node \"a\", net.py:7)"));
  CHECK(alive == 0);
  mood = FINE;
}

int main(int count, char** words) {
  CHECK(count == 2);
  library = load(words[1]);
  FIND(AOTInductorModelContainerDelete);
  AOTInductorModelContainerHandle model = container_new(library);
  float y[2];
  for (int n = 0; n < 10000; n++) {
    CHECK(call(model, 1, &mood, y) == 0 && y[0] == 109 && y[1] == 115);
    CHECK(call(model, -1, &mood, y) == 0 && y[0] == 10 && y[1] == 17);
  }
  CHECK(alive == 0);
  check_failure(model, FAILS, "failed in PyTorch: bad luck");
  check_failure(model, WRONG_SHAPE, "gave float32 [1] as result 0, the model was exported with float32 [2]");
  check_failure(model, NO_TENSOR, "gave what cannot be used");
  check_failure(model, FINE, "the host made no executor");
  CHECK(p_AOTInductorModelContainerDelete(model) == 0);
  puts("ok");
  return 0;
}
