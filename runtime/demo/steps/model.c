/* By hand what codegen emits for control flow, sizes that vary and buffers of every kind:
 *
 *   def forward(self, x, flag, times):               # x: [n, m]
 *     y = torch.cond(flag, lambda x: x * 2, lambda x: x * -1, [x])
 *     for _ in range(times): y = y + 1               # a while_loop
 *     return y.flip(1)                               # by way of a buffer that is allocated in mid-run
 */
#include "aoti/model.h"

void demo_scale(const aoti_args* args, int64_t begin, int64_t end);
void demo_count(const aoti_args* args, int64_t begin, int64_t end);
void demo_more(const aoti_args* args, int64_t begin, int64_t end);
void demo_reverse(const aoti_args* args, int64_t begin, int64_t end);

enum { GRAIN = 1024 };

static const aoti_io_desc inputs[] = {{"x", 6, 2, 0}, {"flag", 11, 0, 0}, {"times", 4, 0, 0}};
static const aoti_io_desc outputs[] = {{"y", 6, 2, 0}};

static int32_t model_run(aoti_run* run) {
  const int64_t n = aoti_input(run, 0)->sizes[0], m = aoti_input(run, 0)->sizes[1];
  const int64_t slot_0 = 0, slot_1 = slot_0 + (n * m * 4 + 63) / 64 * 64;
  char* const arena = aoti_arena(run, slot_1 + 64);
  if (!arena) return 1;
  void* const x = aoti_input_data(run, 0, (const int64_t[]){m, 1});
  if (!x) return 1;
  void* const flag = aoti_input_data(run, 1, (const int64_t[]){0});
  if (!flag) return 1;
  void* const times = aoti_input_data(run, 2, (const int64_t[]){0});
  if (!times) return 1;
  void *const y = arena + slot_0, *const at = arena + slot_1;
  void* const reversed = aoti_output(run, 0, 2, (const int64_t[]){n, m}, (const int64_t[]){m, 1});
  if (!reversed) return 1;
  if (*(const uint8_t*)flag) {
    if (aoti_launch(run, demo_scale, (void* const[]){x, y}, (const int64_t[]){2}, n * m, GRAIN, 0, "twice")) return 1;
  } else {
    if (aoti_launch(run, demo_scale, (void* const[]){x, y}, (const int64_t[]){-1}, n * m, GRAIN, 0, "minus")) return 1;
  }
  *(int64_t*)at = 0;
  while (*(const int64_t*)at < *(const int64_t*)times) {
    if (aoti_launch(run, demo_more, (void* const[]){y}, NULL, n * m, GRAIN, 0, "more")) return 1;
    if (aoti_launch(run, demo_count, (void* const[]){at}, NULL, 1, 1, 0, "count")) return 1;
  }
  void* const late = aoti_late_alloc(run, n * m * 4);
  if (!late) return 1;
  if (aoti_launch(run, demo_scale, (void* const[]){y, late}, (const int64_t[]){1}, n * m, GRAIN, 0, "same")) return 1;
  return aoti_launch(run, demo_reverse, (void* const[]){late, reversed}, (const int64_t[]){m}, n, 1 + GRAIN / (m + 1),
                     m * 4, "reverse");
}

const aoti_model_desc aoti_model = {
    .abi_version = AOTI_MODEL_ABI,
    .name = "steps",
    .num_inputs = 3,
    .num_outputs = 1,
    .inputs = inputs,
    .outputs = outputs,
    .in_spec = "",
    .out_spec = "",
    .describe = "{}",
    .weights_digest = "",
    .run = model_run,
};
