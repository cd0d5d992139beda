/* Operators that the model leaves to its host: by a function that was registered, else through the door of the run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "door2.h"

struct aoti_operator_row {
  struct aoti_operator_row* next;
  aoti_operator function;
  void* context;
  char name[];
};
typedef struct aoti_operator_row row;

int32_t aoti_host_failed(aoti_run* run, const aoti_host_op* op, const char* format, ...) {
  char text[512];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  return aoti_fail(run, "operator \"%s\" (%s) %s", op->name, op->where, text);
}

int32_t aoti_register_operator(uint64_t handle, const char* name, aoti_operator function, void* context) {
  aoti_library* library = aoti_library_of(handle);
  if (!library) return 1;
  if (!name || !function) return aoti_library_said(library, aoti_error("an operator needs a name and a function"));
  size_t length = strlen(name) + 1;
  row* made = malloc(sizeof *made + length);
  if (!made) return aoti_library_said(library, aoti_error("out of memory"));
  made->function = function;
  made->context = context;
  memcpy(made->name, name, length);
  made->next = atomic_load(&library->operators); /* rows are never taken out while the library is open */
  while (!atomic_compare_exchange_weak(&library->operators, &made->next, made)) continue;
  return 0;
}

void aoti_operators_free(aoti_library* library) {
  for (row *at = atomic_load(&library->operators), *next; at; at = next) {
    next = at->next;
    free(at);
  }
}

static const row* registered(aoti_library* library, const char* name) {
  const row* at = atomic_load(&library->operators);
  while (at && strcmp(at->name, name) != 0) at = at->next;
  return at;
}

static int32_t call_function(aoti_run* run, const aoti_host_op* op, const row* found, const aoti_op_tensor* in,
                             const int64_t* numbers, const aoti_op_tensor* out) {
  if (op->lists || op->num_sizes)
    return aoti_host_failed(run, op, "has %s: only PyTorch can call it, not a registered function",
                            op->lists ? "lists among its arguments" : "results whose sizes depend on data");
  aoti_op view = {in, out + op->num_writes, numbers, op->floats, op->texts};
  int32_t bad = found->function(found->context, &view);
  return bad ? aoti_host_failed(run, op, "failed: its function returned %d", bad) : 0;
}

int32_t aoti_host_call(aoti_run* run, const aoti_host_op* op, aoti_op_tensor* in, const int64_t* numbers,
                       const int64_t* ints, const aoti_op_tensor* out) {
  for (int32_t k = 0; k < op->num_writes; k++) {
    aoti_op_tensor* argument = &in[op->writes[k]];
    memcpy(out[k].data, argument->data, (size_t)(aoti_op_count(argument) * aoti_dtype_size(argument->dtype)));
    argument->data = out[k].data;
  }
  aoti_library* library = run->library;
  const row* found = registered(library, op->name);
  if (!found && !run->operator_of_host)
    return aoti_host_failed(run, op,
                            "needs PyTorch as the host of this library, and there is none: open its package with "
                            "PyTorch, or register a function for it (aoti_register_operator)");
  aoti_pool_leave(library->pool); /* helpers need not wait for the next launch */
  int32_t bad = found ? call_function(run, op, found, in, numbers, out) : run->operator_of_host(run, op, in, ints, out);
  aoti_pool_enter(library->pool);
  return bad;
}

int32_t aoti_host_result(aoti_run* run, const aoti_host_op* op, int32_t n, const aoti_tensor* result,
                         const aoti_op_tensor* out) {
  int32_t same = result->dtype == out->dtype && result->ndim == out->rank;
  for (int32_t d = 0; same && d < out->rank; d++) same = result->sizes[d] == out->sizes[d];
  if (!same) {
    char got[256], want[256];
    return aoti_host_failed(run, op, "gave %s %s as result %d, the model was exported with %s %s",
                            aoti_dtype_name(result->dtype),
                            aoti_shape_text(result->ndim, result->sizes, got, sizeof got), n,
                            aoti_dtype_name(out->dtype), aoti_shape_text(out->rank, out->sizes, want, sizeof want));
  }
  int64_t dense[AOTI_MAX_DIMS];
  aoti_contiguous(out->rank, out->sizes, dense);
  aoti_copy_strided(out->rank, out->sizes, aoti_dtype_size(out->dtype), out->data, dense, result->data,
                    result->strides);
  return 0;
}

int32_t aoti_host_take(aoti_run* run, int64_t ticket, const aoti_op_tensor* out, int32_t count) {
  for (aoti_parked** at = &run->parked; *at; at = &(*at)->next) {
    aoti_parked* parked = *at;
    if ((int64_t)(intptr_t)parked != ticket) continue;
    *at = parked->next;
    int32_t bad = parked->take(run, parked, out, count);
    parked->drop(parked);
    return bad;
  }
  return aoti_fail(run, "results of an operator of the host were taken twice");
}

void aoti_parked_free(aoti_run* run) {
  for (aoti_parked *parked = run->parked, *next; parked; parked = next) {
    next = parked->next;
    parked->drop(parked);
  }
  run->parked = NULL;
}
