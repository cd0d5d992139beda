/* Outputs: announced by generated code, given memory by the door. */
#include <string.h>

#include "run.h"

void* aoti_output(aoti_run* run, uint32_t i, int32_t ndim, const int64_t* sizes, const int64_t* strides) {
  const aoti_io_desc* desc = &run->library->desc->outputs[i];
  aoti_out* out = &run->outputs[i];
  int64_t span = ndim <= AOTI_MAX_DIMS ? aoti_span(ndim, sizes, strides) : -1, bytes;
  if (span < 0 || __builtin_mul_overflow(span, aoti_dtype_size(desc->dtype), &bytes)) {
    char shape[256];
    aoti_fail(run, "output \"%s\" cannot have the shape %s", desc->name,
              aoti_shape_text(ndim <= AOTI_MAX_DIMS ? ndim : 0, sizes, shape, sizeof shape));
    return NULL;
  }
  out->tensor.dtype = desc->dtype;
  out->tensor.ndim = ndim;
  if (ndim) memcpy(out->tensor.sizes, sizes, (size_t)ndim * sizeof *sizes);
  if (ndim) memcpy(out->tensor.strides, strides, (size_t)ndim * sizeof *strides);
  out->tensor.data = NULL;
  if (run->make(run, i, (uint64_t)bytes) != 0) return NULL;
  out->state = AOTI_OUT_FRESH;
  return out->tensor.data && bytes ? out->tensor.data : aoti_nothing;
}

int32_t aoti_output_is_input(aoti_run* run, uint32_t i, uint32_t j) {
  run->outputs[i].state = AOTI_OUT_INPUT;
  run->outputs[i].of = j;
  run->outputs[i].tensor = run->inputs[j];
  return 0;
}

int32_t aoti_output_is_output(aoti_run* run, uint32_t i, uint32_t j) {
  if (run->outputs[j].state == AOTI_OUT_INPUT) return aoti_output_is_input(run, i, run->outputs[j].of);
  if (run->outputs[j].state == AOTI_OUT_OUTPUT) j = run->outputs[j].of;
  run->outputs[i].state = AOTI_OUT_OUTPUT;
  run->outputs[i].of = j;
  run->outputs[i].tensor = run->outputs[j].tensor;
  return 0;
}
