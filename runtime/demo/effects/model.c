/* By hand what codegen emits for a model with effects: it changes its input and a buffer, looks things up,
 * returns an input, the same value twice, a number and None.
 *
 *   def forward(self, x, flag, i):       # flag is a Python constant
 *     x.add_(1)
 *     self.total.add_(x.sum())
 *     total = self.total.clone()
 *     return x, total, None, x.numel(), total, self.table[i]
 */
#include "aoti/model.h"

void demo_add_one(const aoti_args* args, int64_t begin, int64_t end);
void demo_sum(const aoti_args* args, int64_t begin, int64_t end);
void demo_lookup(const aoti_args* args, int64_t begin, int64_t end);

static const char names[] = "total\0" "state.total\0" "table";
static const int64_t shapes[] = {1, 1, /* */ 4, 1}; /* sizes, strides */

static const aoti_constant_desc constants[] = { /* name, fqn, dtype, ndim, type, mutated, shape, offset, bytes */
    {0, 6, 6, 1, 2, 1, 0, 0, 4},
    {18, 18, 6, 1, 3, 0, 2, 64, 16},
};

static const aoti_io_desc inputs[] = {{"x", 6, 2, 0}, {"flag", -1, 0, 3}, {"i", 4, 0, 1}};
static const aoti_io_desc outputs[] = {{"x", 6, 2, 0},     {"total", 6, 1, 0}, {"none", -1, 0, 2},
                                       {"count", 4, 0, 1}, {"again", 6, 1, 0}, {"looked_up", 6, 0, 0}};

static int32_t model_run(aoti_run* run) {
  const aoti_tensor* x = aoti_input(run, 0);
  const int64_t rows = x->sizes[0], columns = x->sizes[1], count = rows * columns;
  const int64_t dense[] = {columns, 1}, one[] = {1}, none[] = {0}, n[] = {count};
  float* data = aoti_input_data_mut(run, 0, dense);
  int64_t* index = aoti_input_data(run, 2, none);
  float* sum = aoti_late_alloc(run, 4);
  if (!data || !index || !sum) return 1;

  void* const add_one[] = {data};
  if (aoti_launch(run, demo_add_one, add_one, NULL, count, 16, 0, "add_one")) return 1;

  float* total = aoti_output(run, 1, 1, one, one);
  int64_t* numel = aoti_output(run, 3, 0, NULL, NULL);
  float* found = aoti_output(run, 5, 0, none, none);
  if (!total || !numel || !found) return 1;
  void* const add_up[] = {data, aoti_constant(run, 0), total};
  if (aoti_launch(run, demo_sum, add_up, n, 1, 1, 0, "sum")) return 1;
  *numel = count;

  void* const lookup[] = {aoti_constant(run, 1), index, found};
  if (aoti_launch(run, demo_lookup, lookup, NULL, 1, 1, 0, "lookup")) return 1;
  return aoti_output_is_input(run, 0, 0) || aoti_output_is_output(run, 4, 1);
}

#define LEAF "{\"type\": null, \"context\": null, \"children_spec\": []}"

const aoti_model_desc aoti_model = {
    .abi_version = AOTI_MODEL_ABI,
    .name = "effects",
    .num_inputs = 3,
    .num_outputs = 6,
    .num_constants = 2,
    .inputs = inputs,
    .outputs = outputs,
    .constants = constants,
    .constant_names = names,
    .constant_shapes = shapes,
    .in_spec = "[1, {\"type\": \"builtins.tuple\", \"context\": \"null\", \"children_spec\": [{\"type\": "
               "\"builtins.tuple\", \"context\": \"null\", \"children_spec\": [" LEAF ", " LEAF ", " LEAF "]}, {\"type\": "
               "\"builtins.dict\", \"context\": \"[]\", \"children_spec\": []}]}]",
    .out_spec = "[1, {\"type\": \"builtins.tuple\", \"context\": \"null\", \"children_spec\": [" LEAF ", " LEAF ", " LEAF
                ", " LEAF ", " LEAF ", " LEAF "]}]",
    .describe = "{\"name\":\"effects\"}",
    .weights_bytes = 80,
    .run = model_run,
};
