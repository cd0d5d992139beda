/* Door 2: a call, its bindings, its results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "door2.h"

aoti_call* aoti_call_of(uint64_t handle) {
  aoti_call* call = (aoti_call*)(uintptr_t)handle;
  if (call && call->magic == AOTI_CALL_MAGIC) return call;
  aoti_error("not a call handle, or one that was freed");
  return NULL;
}

int32_t aoti_call_new(uint64_t handle, uint64_t* out) {
  *out = 0;
  aoti_library* library = aoti_library_of(handle);
  if (!library) return 1;
  const aoti_model_desc* desc = library->desc;
  aoti_call* call = calloc(1, sizeof *call);
  if (call) {
    call->inputs = calloc(desc->num_inputs + 1, sizeof *call->inputs);
    call->outputs = calloc(desc->num_outputs + 1, sizeof *call->outputs);
  }
  if (!call || !call->inputs || !call->outputs) {
    if (call) free(call->inputs), free(call->outputs);
    free(call);
    return aoti_error("out of memory");
  }
  for (uint32_t i = 0; i < desc->num_inputs; i++) call->inputs[i].dtype = -1;
  call->magic = AOTI_CALL_MAGIC;
  call->library = library;
  atomic_fetch_add(&library->calls, 1);
  *out = (uint64_t)(uintptr_t)call;
  return 0;
}

int32_t aoti_call_free(uint64_t handle) {
  aoti_call* call = aoti_call_of(handle);
  if (!call) return 1;
  if (atomic_load(&call->busy)) return aoti_error("cannot free a call that is running");
  for (uint32_t i = 0; i < call->library->desc->num_outputs; i++) aoti_block_free(&call->outputs[i].own);
  atomic_fetch_sub(&call->library->calls, 1);
  call->magic = 0;
  free(call->inputs);
  free(call->outputs);
  free(call->profile);
  free(call);
  return 0;
}

int32_t aoti_take_tensor(aoti_tensor* tensor, const char* what, const char* name, const void* data, int32_t dtype,
                         int32_t rank, const int64_t* sizes, const int64_t* strides) {
  if (aoti_dtype_size(dtype) == 0) return aoti_error("%s \"%s\": %d is not an element type", what, name, dtype);
  if (rank < 0 || rank > AOTI_MAX_DIMS)
    return aoti_error("%s \"%s\": %d dimensions, at most %d are possible", what, name, rank, AOTI_MAX_DIMS);
  tensor->data = (void*)(uintptr_t)data;
  tensor->dtype = dtype;
  tensor->ndim = rank;
  if (rank) memcpy(tensor->sizes, sizes, (size_t)rank * sizeof *sizes);
  for (int32_t d = 0; d < rank; d++)
    if (sizes[d] < 0)
      return aoti_error("%s \"%s\": size %lld of dimension %d is negative", what, name, (long long)sizes[d], d);
  if (strides && rank)
    memcpy(tensor->strides, strides, (size_t)rank * sizeof *strides);
  else
    aoti_contiguous(rank, tensor->sizes, tensor->strides);
  return 0;
}

int32_t aoti_call_input(uint64_t handle, uint32_t i, const void* data, int32_t dtype, int32_t rank,
                        const int64_t* sizes, const int64_t* strides) {
  aoti_call* call = aoti_call_of(handle);
  if (!call) return 1;
  const aoti_model_desc* desc = call->library->desc;
  if (i >= desc->num_inputs)
    return aoti_error("there is no input %u: model \"%s\" has %u", i, desc->name, desc->num_inputs);
  aoti_tensor tensor;
  if (aoti_take_tensor(&tensor, "input", desc->inputs[i].name, data, dtype, rank, sizes, strides)) return 1;
  call->inputs[i] = tensor;
  return 0;
}

int32_t aoti_call_output(uint64_t handle, uint32_t i, void* data, uint64_t bytes) {
  aoti_call* call = aoti_call_of(handle);
  if (!call) return 1;
  const aoti_model_desc* desc = call->library->desc;
  if (i >= desc->num_outputs)
    return aoti_error("there is no output %u: model \"%s\" has %u", i, desc->name, desc->num_outputs);
  call->outputs[i].caller = data;
  call->outputs[i].caller_bytes = data ? bytes : 0;
  return 0;
}

int32_t aoti_call_threads(uint64_t handle, int32_t threads) {
  aoti_call* call = aoti_call_of(handle);
  if (!call) return 1;
  call->threads = threads;
  return 0;
}

static int32_t make_buffer(aoti_run* run, uint32_t i, uint64_t bytes) {
  aoti_out* out = &run->outputs[i];
  if (out->caller && bytes <= out->caller_bytes) {
    out->tensor.data = out->caller;
    return 0;
  }
  if (aoti_block_grow(&out->own, bytes))
    return aoti_fail(run, "out of memory: %llu bytes for output \"%s\"", (unsigned long long)bytes,
                     run->library->desc->outputs[i].name);
  out->tensor.data = out->own.data;
  return 0;
}

/* An output that is an input or another output: its data may be wanted in a buffer of its own. */
static void settle(aoti_call* call, uint32_t i) {
  aoti_out* out = &call->outputs[i];
  if (out->state != AOTI_OUT_INPUT && out->state != AOTI_OUT_OUTPUT) return;
  aoti_tensor from = out->state == AOTI_OUT_INPUT ? call->inputs[out->of] : call->outputs[out->of].tensor;
  int64_t item = aoti_dtype_size(from.dtype);
  out->tensor = from;
  if (!out->caller || (uint64_t)(aoti_numel(from.ndim, from.sizes) * item) > out->caller_bytes) return;
  aoti_contiguous(from.ndim, from.sizes, out->tensor.strides);
  out->tensor.data = out->caller;
  aoti_copy_strided(from.ndim, from.sizes, item, out->caller, out->tensor.strides, from.data, from.strides);
}

static int32_t run_bound(aoti_call* call) {
  const aoti_model_desc* desc = call->library->desc;
  for (uint32_t i = 0; i < desc->num_inputs; i++)
    if (desc->inputs[i].kind <= 1 && call->inputs[i].dtype < 0)
      return aoti_error("input \"%s\" is not bound", desc->inputs[i].name);
  aoti_run* run = aoti_run_take(call->library);
  if (!run) return 1;
  for (uint32_t i = 0; i < desc->num_outputs; i++) call->outputs[i].state = AOTI_OUT_NONE;
  run->inputs = call->inputs;
  run->outputs = call->outputs;
  run->make = make_buffer;
  run->threads = call->threads;
  int32_t bad = aoti_run_model(run);
  for (uint32_t i = 0; !bad && i < desc->num_outputs; i++) settle(call, i);
  free(call->profile);
  call->profile = run->num_timings ? aoti_timings_json(run) : NULL;
  aoti_run_give(run);
  return bad;
}

int32_t aoti_call_run(uint64_t handle) {
  aoti_call* call = aoti_call_of(handle);
  if (!call) return 1;
  if (atomic_exchange_explicit(&call->busy, 1, memory_order_acquire)) return aoti_error("this call is running already: make one call for each thread");
  int32_t bad = run_bound(call);
  call->ran = !bad;
  aoti_copy_text(bad ? aoti_error_text() : "", call->message, sizeof call->message);
  atomic_store_explicit(&call->busy, 0, memory_order_release);
  return bad;
}

static aoti_out* result(aoti_call* call, uint32_t i) {
  const aoti_model_desc* desc = call->library->desc;
  if (i >= desc->num_outputs)
    aoti_error("there is no output %u: model \"%s\" has %u", i, desc->name, desc->num_outputs);
  else if (!call->ran)
    aoti_error("there are no outputs yet: the call has not run, or failed");
  else
    return &call->outputs[i];
  return NULL;
}

static int64_t place_of(const aoti_out* out) {
  if (out->state == AOTI_OUT_NONE) return 0;
  if (out->caller && out->tensor.data == out->caller) return 1;
  return out->state == AOTI_OUT_INPUT ? 3 : 2;
}

int32_t aoti_call_output_info(uint64_t handle, uint32_t i, aoti_info* info) {
  aoti_call* call = aoti_call_of(handle);
  aoti_out* out = call ? result(call, i) : NULL;
  if (!out) return 1;
  const aoti_tensor* tensor = &out->tensor;
  memset(info, 0, sizeof *info);
  info->dtype = -1;
  info->place = place_of(out);
  if (!info->place) return 0;
  info->dtype = tensor->dtype;
  info->rank = tensor->ndim;
  info->bytes = aoti_numel(tensor->ndim, tensor->sizes) * aoti_dtype_size(tensor->dtype);
  memcpy(info->sizes, tensor->sizes, (size_t)tensor->ndim * sizeof(int64_t));
  memcpy(info->strides, tensor->strides, (size_t)tensor->ndim * sizeof(int64_t));
  return 0;
}

int32_t aoti_call_output_copy(uint64_t handle, uint32_t i, void* data, uint64_t bytes) {
  aoti_info info;
  if (aoti_call_output_info(handle, i, &info)) return 1;
  if (info.place == 0) return aoti_error("output %u is None", i);
  if (bytes < (uint64_t)info.bytes)
    return aoti_error("output %u has %lld bytes, the buffer %llu", i, (long long)info.bytes, (unsigned long long)bytes);
  const aoti_tensor* tensor = &aoti_call_of(handle)->outputs[i].tensor;
  int64_t dense[AOTI_MAX_DIMS];
  aoti_contiguous(tensor->ndim, tensor->sizes, dense);
  aoti_copy_strided(tensor->ndim, tensor->sizes, aoti_dtype_size(tensor->dtype), data, dense, tensor->data,
                    tensor->strides);
  return 0;
}

const void* aoti_call_output_data(uint64_t handle, uint32_t i) {
  aoti_call* call = aoti_call_of(handle);
  aoti_out* out = call ? result(call, i) : NULL;
  return out && out->state != AOTI_OUT_NONE ? out->tensor.data : NULL;
}

int64_t aoti_call_profile(uint64_t handle, char* text, uint64_t bytes) {
  aoti_call* call = aoti_call_of(handle);
  return call ? aoti_copy_text(call->profile ? call->profile : "[]", text, bytes) : -1;
}
