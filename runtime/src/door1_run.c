/* Door 1: a run. Handles of inputs are ours from the first line on; outputs are made by the host's runtime, so
 * kernels write straight into what the host keeps. */
#include <stdlib.h>
#include <string.h>

#include "door1.h"

typedef aoti_frame frame;

static int32_t make_tensor(aoti_run* run, uint32_t i, uint64_t bytes) {
  (void)bytes;
  const aoti_host* host = &((const frame*)run->door)->container->host;
  aoti_out* out = &run->outputs[i];
  if (out->handle) host->delete_tensor_object(out->handle); /* announced twice */
  out->handle = NULL;
  AtenTensorHandle handle;
  if (host->empty_strided(out->tensor.ndim, out->tensor.sizes, out->tensor.strides, out->tensor.dtype, 0, -1, &handle))
    return aoti_fail(run, "the host could not make a tensor for output \"%s\"", aoti_model.outputs[i].name);
  out->handle = handle;
  return host->get_data_ptr(handle, &out->tensor.data);
}

static int32_t set_up(frame* f, aoti_run* run, AtenTensorHandle* given, size_t num_given) {
  const aoti_container* c = f->container;
  uint32_t with_numbers = num_given != c->tensors, at = 0;
  if (num_given != c->tensors && num_given != c->tensors + c->numbers)
    return c->numbers
               ? aoti_error("model \"%s\" takes %u tensors and %u numbers as 0-d tensors, the host gave %zu tensors",
                            aoti_model.name, c->tensors, c->numbers, num_given)
               : aoti_error("model \"%s\" takes %u tensors, the host gave %zu", aoti_model.name, c->tensors, num_given);
  for (uint32_t i = 0; i < aoti_model.num_inputs; i++) {
    const aoti_io_desc* leaf = &aoti_model.inputs[i];
    if (leaf->kind > 1) continue;
    if (leaf->kind == 1 && !with_numbers)
      return aoti_error("input \"%s\" is a number, and this host passes tensors only: give it as a 0-d tensor, "
                        "torch.tensor(value)", leaf->name);
    f->handles[i] = given[at++];
    if (aoti_host_tensor(&c->host, f->handles[i], "input", leaf->name, &f->inputs[i])) return 1;
  }
  run->inputs = f->inputs;
  run->outputs = f->outputs;
  run->make = make_tensor;
  run->door = f;
  run->operator_of_host = c->host.ours ? NULL : aoti_door1_operator;
  return 0;
}

static int32_t hand_over(const frame* f, uint32_t i, AtenTensorHandle* to) {
  const aoti_host* host = &f->container->host;
  aoti_out* out = &f->outputs[i];
  switch (out->state) {
    case AOTI_OUT_FRESH: *to = out->handle; return 0; /* may still be shared by a later output */
    case AOTI_OUT_INPUT: return host->assign_tensors_out(f->handles[out->of], to);
    case AOTI_OUT_OUTPUT: return host->assign_tensors_out(f->outputs[out->of].handle, to);
    default: return 0; /* None: the slot stays as it is */
  }
}

static int32_t hand_over_all(const frame* f, AtenTensorHandle* to) {
  uint32_t count = aoti_model.num_outputs, done = 0;
  int32_t bad = 0;
  for (; !bad && done < count; done++) bad = hand_over(f, done, &to[done]);
  if (bad) { /* take back what was shared; fresh ones are dropped by the caller */
    for (uint32_t i = 0; i + 1 < done; i++) {
      if (f->outputs[i].state > AOTI_OUT_FRESH) f->container->host.delete_tensor_object(to[i]);
      if (f->outputs[i].state != AOTI_OUT_NONE) to[i] = NULL;
    }
    return aoti_error("the host could not share a tensor");
  }
  return 0;
}

static int32_t run_frame(frame* f, aoti_run* run, AtenTensorHandle* given, size_t num_given, AtenTensorHandle* to) {
  const aoti_host* host = &f->container->host;
  if (set_up(f, run, given, num_given)) return 1;
  bool grad = host->grad_mode_is_enabled();
  if (grad) host->grad_mode_set_enabled(false);
  run->marks = host->marks.start ? &host->marks : NULL;
  run->watched |= run->marks && aoti_model.marks;
  void* range = aoti_mark_begin(run, 1, aoti_model.name);
  int32_t bad = aoti_run_model(run);
  aoti_mark_end(run, range);
  if (grad) host->grad_mode_set_enabled(true);
  if (!bad) bad = hand_over_all(f, to);
  for (uint32_t i = 0; bad && i < aoti_model.num_outputs; i++)
    if (f->outputs[i].handle) host->delete_tensor_object(f->outputs[i].handle);
  return bad;
}

static int32_t run_with_context(const aoti_container* container, AtenTensorHandle* given, size_t num_given,
                                AtenTensorHandle* to, size_t num_to, AOTIProxyExecutorHandle executor) {
  uint32_t ins = aoti_model.num_inputs, outs = aoti_model.num_outputs;
  if (num_to != outs)
    return aoti_error("model \"%s\" has %u outputs, the host takes %zu", aoti_model.name, outs, num_to);
  aoti_run* run = aoti_run_take(container->library);
  if (!run) return 1;
  uint64_t bytes = outs * sizeof(aoti_out) + ins * (sizeof(aoti_tensor) + sizeof(AtenTensorHandle));
  int32_t bad;
  if (aoti_block_grow(&run->frame, bytes)) {
    bad = aoti_error("out of memory");
  } else {
    memset(run->frame.data, 0, bytes);
    frame f = {.container = container, .executor = executor, .outputs = run->frame.data};
    f.inputs = (aoti_tensor*)(f.outputs + outs);
    f.handles = (AtenTensorHandle*)(f.inputs + ins);
    bad = run_frame(&f, run, given, num_given, to);
  }
  aoti_run_give(run);
  return bad;
}

int32_t AOTInductorModelContainerRun(AOTInductorModelContainerHandle handle, AtenTensorHandle* inputs,
                                     size_t num_inputs, AtenTensorHandle* outputs, size_t num_outputs,
                                     AOTInductorStreamHandle stream, AOTIProxyExecutorHandle proxy) {
  (void)stream;
  const aoti_container* container = aoti_container_of(handle);
  aoti_error_clear();
  int32_t bad = run_with_context(container, inputs, num_inputs, outputs, num_outputs, proxy);
  for (size_t i = 0; i < num_inputs; i++) {
    container->host.delete_tensor_object(inputs[i]);
    inputs[i] = NULL;
  }
  return bad ? aoti_door1_run_failed(container) : 0;
}

int32_t AOTInductorModelContainerRunSingleThreaded(AOTInductorModelContainerHandle handle, AtenTensorHandle* inputs,
                                                   size_t num_inputs, AtenTensorHandle* outputs, size_t num_outputs,
                                                   AOTInductorStreamHandle stream, AOTIProxyExecutorHandle proxy) {
  return AOTInductorModelContainerRun(handle, inputs, num_inputs, outputs, num_outputs, stream, proxy);
}
