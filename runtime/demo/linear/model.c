/* By hand what codegen emits: y = relu(x @ w + b), x of any batch in 1..4096, w kept transposed. */
#include "aoti/model.h"

enum { K = 64, N = 32 };

void demo_transpose(const aoti_args* args, int64_t begin, int64_t end);
void demo_linear(const aoti_args* args, int64_t begin, int64_t end);

static const char names[] = "fc_weight\0" "fc.weight\0" "fc_bias\0" "fc.bias\0" "folded_0";
static const int64_t shapes[] = {K, N, N, 1, /* */ N, 1, /* */ N, K, K, 1}; /* sizes, strides */

static const aoti_constant_desc constants[] = { /* name, fqn, dtype, ndim, type, mutated, shape, offset, bytes */
    {0, 10, 6, 2, 1, 0, 0, 0, K * N * 4},
    {20, 28, 6, 1, 1, 0, 4, K * N * 4, N * 4},
    {36, 36, 6, 2, 4, 0, 6, 0, K * N * 4},
};

static const aoti_io_desc inputs[] = {{"x", 6, 2, 0}};
static const aoti_io_desc outputs[] = {{"y", 6, 2, 0}};

static int32_t fold(aoti_run* run) {
  void* const p[] = {aoti_constant(run, 0), aoti_folded(run)};
  return aoti_launch(run, demo_transpose, p, NULL, N, 8, 0, "transpose");
}

static int32_t model_run(aoti_run* run) {
  const aoti_tensor* x = aoti_input(run, 0);
  const int64_t batch = x->sizes[0];
  if (batch < 1 || batch > 4096)
    return aoti_fail(run, "dim \"batch\" of input \"x\": %lld is not in 1..4096", (long long)batch);
  if (x->sizes[1] != K)
    return aoti_fail(run, "input \"x\": dimension 1 is %lld, the model takes %d", (long long)x->sizes[1], K);
  const int64_t x_strides[] = {K, 1}, y_sizes[] = {batch, N}, y_strides[] = {N, 1};
  float* data = aoti_input_data(run, 0, x_strides);
  float* y = aoti_output(run, 0, 2, y_sizes, y_strides);
  if (!data || !y) return 1;
  void* const p[] = {data, aoti_constant(run, 2), aoti_constant(run, 1), y};
  return aoti_launch(run, demo_linear, p, NULL, batch, 4, K * 4, "linear");
}

const aoti_model_desc aoti_model = {
    .abi_version = AOTI_MODEL_ABI,
    .name = "linear",
    .num_inputs = 1,
    .num_outputs = 1,
    .num_constants = 3,
    .inputs = inputs,
    .outputs = outputs,
    .constants = constants,
    .constant_names = names,
    .constant_shapes = shapes,
    .in_spec =
        "[1, {\"type\": \"builtins.tuple\", \"context\": \"null\", \"children_spec\": [{\"type\": \"builtins.tuple\", "
        "\"context\": \"null\", \"children_spec\": [{\"type\": null, \"context\": null, \"children_spec\": []}]}, "
        "{\"type\": \"builtins.dict\", \"context\": \"[]\", \"children_spec\": []}]}]",
    .out_spec = "[1, {\"type\": null, \"context\": null, \"children_spec\": []}]",
    .describe = "{\"name\":\"linear\",\"inputs\":[{\"name\":\"x\",\"dtype\":\"float32\",\"shape\":[\"batch\",64]}],"
                "\"outputs\":[{\"name\":\"y\",\"dtype\":\"float32\",\"shape\":[\"batch\",32]}],"
                "\"dims\":{\"batch\":{\"min\":1,\"max\":4096}}}",
    .weights_bytes = K * N * 4 + N * 4,
    .fold_bytes = K * N * 4,
    .weights_digest = "",
    .run = model_run,
    .fold = fold,
};
