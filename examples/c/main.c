/* A model from C, linked like any library: `make run` in this folder, after `deno task build`.
 *
 * The header has the model's own names (mlp_bind_x, MLP_OUTPUT_OUTPUT); everything else is the same for every model.
 * weights.bin is found beside the library. */
#include <stdio.h>
#include <stdlib.h>

#include "mlp.h"

enum { BATCH = 2, FEATURES = 64, CLASSES = 10 };

/* Ends the program with the library's own words when a call failed. */
static void must(int32_t status, uint64_t of) {
  char text[512];
  if (status == 0) return;
  aoti_last_error(of, text, sizeof text);
  fprintf(stderr, "%s\n", text);
  exit(1);
}

int main(void) {
  static float x[BATCH * FEATURES], y[BATCH * CLASSES];
  const int64_t sizes[2] = {BATCH, FEATURES};
  uint64_t library = 0, call = 0;
  aoti_info info;

  for (int i = 0; i < BATCH * FEATURES; i++) x[i] = (float)(i * 7 % 11 - 5) / 8;

  must(aoti_open(NULL, 0, &library), 0); /* all threads of the machine */
  must(aoti_call_new(library, &call), library);

  /* Neither input nor output is copied: the model reads x and writes y. */
  must(mlp_bind_x(call, x, sizes), call);
  must(aoti_call_output(call, MLP_OUTPUT_OUTPUT, y, sizeof y), call);
  must(aoti_call_run(call), call);
  must(aoti_call_output_info(call, MLP_OUTPUT_OUTPUT, &info), call);

  for (int row = 0; row < info.sizes[0]; row++) {
    printf("mlp[%d]:", row);
    for (int i = 0; i < info.sizes[1]; i++) printf(" %.5f", y[row * CLASSES + i]);
    printf("\n");
  }

  /* What does not fit is refused in words, and the call can be used again. */
  const int64_t wrong[2] = {BATCH, FEATURES - 1};
  char text[512];
  if (mlp_bind_x(call, x, wrong) != 0 || aoti_call_run(call) != 0) {
    aoti_last_error(call, text, sizeof text);
    printf("refused: %s\n", text);
  }

  must(aoti_call_free(call), library);
  must(aoti_close(library), library);
  return 0;
}
