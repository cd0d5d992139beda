/* Door 1: operators that PyTorch computes, called by the executor that its loader made from the `.json` beside the
 * library. Tensors are lent for the call; what the operator gives is copied to where the model wants it. */
#include <stdlib.h>
#include <string.h>

#include "door1.h"

typedef struct results { /* handles that the executor filled in */
  aoti_parked head;      /* first: it may be parked */
  const aoti_host* host;
  int32_t count;
  AtenTensorHandle handles[];
} results;

static void drop_results(aoti_parked* parked) {
  results* mine = (results*)parked;
  for (int32_t i = 0; i < mine->count; i++) mine->host->delete_tensor_object(mine->handles[i]);
  free(mine);
}

static int32_t look_at(aoti_run* run, const aoti_host_op* op, const results* from, int32_t n, aoti_tensor* tensor) {
  if (aoti_host_tensor(from->host, from->handles[n], "result of", op->name, tensor) == 0) return 0;
  return aoti_host_failed(run, op, "gave what cannot be used: %s", aoti_error_text());
}

/* Each result that the model wants, in order; `out` begins with the first. */
static int32_t copy(aoti_run* run, const results* from, const aoti_op_tensor* out, int32_t first) {
  const aoti_host_op* op = from->head.op;
  for (int32_t n = 0; n < op->num_results; n++) {
    aoti_tensor tensor;
    if (op->results[n] < 0) continue;
    if (look_at(run, op, from, n, &tensor) || aoti_host_result(run, op, n, &tensor, &out[op->results[n] - first]))
      return 1;
  }
  return 0;
}

static int32_t take_results(aoti_run* run, aoti_parked* parked, const aoti_op_tensor* out, int32_t count) {
  (void)count;
  return copy(run, (const results*)parked, out, parked->op->num_writes);
}

/* Keeps the results and says their sizes. */
static int32_t park(aoti_run* run, results* made, int64_t* sizes) {
  const aoti_host_op* op = made->head.op;
  for (int32_t i = 0; i < op->num_sizes; i++) {
    int32_t axis = op->sizes[i][1];
    aoti_tensor tensor;
    if (look_at(run, op, made, op->sizes[i][0], &tensor)) return 1;
    if (axis >= tensor.ndim) return aoti_host_failed(run, op, "gave a result of %d dimensions", tensor.ndim);
    sizes[i] = tensor.sizes[axis];
  }
  sizes[op->num_sizes] = (int64_t)(intptr_t)made;
  made->head.next = run->parked;
  run->parked = &made->head;
  return 0;
}

static results* new_results(const aoti_host* host, const aoti_host_op* op) {
  results* made = calloc(1, sizeof *made + (size_t)op->num_results * sizeof(AtenTensorHandle));
  if (!made) return NULL;
  made->head = (aoti_parked){NULL, op, take_results, drop_results};
  made->host = host;
  for (; made->count < op->num_results; made->count++)
    if (host->new_uninitialized_tensor(&made->handles[made->count])) {
      drop_results(&made->head);
      return NULL;
    }
  return made;
}

/* Handles of arguments, then those of results; returns how many of them are arguments, -1 on failure. */
static int32_t lend(const aoti_host* host, const aoti_host_op* op, const aoti_op_tensor* in, AtenTensorHandle* handles) {
  int32_t count = 0;
  for (int32_t i = 0; i < op->num_in; i++) {
    int64_t strides[AOTI_MAX_DIMS];
    if (!in[i].data) continue; /* None */
    aoti_contiguous(in[i].rank, in[i].sizes, strides);
    if (host->create_tensor_from_blob(in[i].data, in[i].rank, in[i].sizes, strides, 0, in[i].dtype, 0, -1,
                                      &handles[count])) {
      while (count > 0) host->delete_tensor_object(handles[--count]);
      return -1;
    }
    count++;
  }
  return count;
}

static int32_t failed(aoti_run* run, const aoti_host* host, const aoti_host_op* op) {
  const char* said = host->last_exception ? host->last_exception() : NULL;
  if (!said || !*said) return aoti_host_failed(run, op, "failed in PyTorch, which says on stderr why");
  return aoti_host_failed(run, op, "failed in PyTorch: %.*s", (int)strcspn(said, "\n"), said);
}

static int32_t call(aoti_run* run, const aoti_host_op* op, const aoti_op_tensor* in, const int64_t* ints,
                    results* made) {
  const aoti_frame* frame = run->door;
  const aoti_host* host = made->host;
  AtenTensorHandle* handles = calloc((size_t)(op->num_in + op->num_results) + 1, sizeof *handles);
  int32_t count = handles ? lend(host, op, in, handles) : -1;
  if (count < 0) {
    free(handles);
    return aoti_host_failed(run, op, "could not be given its tensors");
  }
  memcpy(handles + count, made->handles, (size_t)op->num_results * sizeof *handles);
  int32_t bad = host->call_executor(frame->executor, op->index, op->num_ints, (int64_t*)(uintptr_t)ints,
                                    count + op->num_results, handles);
  for (int32_t i = 0; i < count; i++) host->delete_tensor_object(handles[i]);
  free(handles);
  return bad ? failed(run, host, op) : 0;
}

int32_t aoti_door1_operator(aoti_run* run, const aoti_host_op* op, const aoti_op_tensor* in, const int64_t* ints,
                            const aoti_op_tensor* out) {
  const aoti_frame* frame = run->door;
  const aoti_host* host = &frame->container->host;
  if (!host->call_executor || !host->new_uninitialized_tensor)
    return aoti_host_failed(run, op, "cannot be called: the PyTorch in this process has no executor for it");
  if (!frame->executor)
    return aoti_host_failed(run, op, "cannot be called: the host made no executor, since the library was opened "
                                     "without the .json that its package has beside it");
  results* made = new_results(host, op);
  if (!made) return aoti_host_failed(run, op, "could not be given tensors for its results");
  int32_t bad = call(run, op, in, ints, made);
  if (!bad && op->num_sizes) {
    bad = park(run, made, out[op->num_writes].data);
    if (!bad) return 0; /* parked */
  } else if (!bad)
    bad = copy(run, made, out, 0);
  drop_results(&made->head);
  return bad;
}
