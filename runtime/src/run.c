/* Run contexts and the course of a run. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs at the same time: contexts on a list. */
static aoti_run* further(aoti_library* library) {
  pthread_mutex_lock(&library->contexts_lock);
  aoti_run* run = library->contexts;
  if (run) library->contexts = run->next;
  pthread_mutex_unlock(&library->contexts_lock);
  return run ? run : calloc(1, sizeof *run);
}

static void put_aside(aoti_library* library, aoti_run* run) {
  pthread_mutex_lock(&library->contexts_lock);
  run->next = library->contexts;
  library->contexts = run;
  pthread_mutex_unlock(&library->contexts_lock);
}

aoti_run* aoti_run_take(aoti_library* library) {
  aoti_run* run = atomic_exchange_explicit(&library->idle, NULL, memory_order_acquire);
  if (!run) run = further(library);
  if (!run) {
    aoti_error("out of memory");
    return NULL;
  }
  run->library = library;
  run->failed = run->kernel_error = run->arena_taken = run->threads = 0;
  run->num_timings = 0;
  run->fold = NULL;
  run->operator_of_host = NULL;
  run->in_pool = 0;
  run->watched = library->desc->bandwidth | atomic_load_explicit(&library->profile, memory_order_relaxed);
  run->message[0] = 0;
  return run;
}

void aoti_run_give(aoti_run* run) {
  aoti_library* library = run->library;
  run = atomic_exchange_explicit(&library->idle, run, memory_order_acq_rel); /* used last: its memory is warm */
  if (run) put_aside(library, run);
}

void aoti_runs_free(aoti_library* library) {
  aoti_run* idle = atomic_exchange(&library->idle, NULL);
  if (idle) put_aside(library, idle);
  for (aoti_run *run = library->contexts, *next; run; run = next) {
    next = run->next;
    aoti_block_free(&run->arena);
    aoti_block_free(&run->scratch);
    aoti_block_free(&run->frame);
    aoti_block_free(&run->own_fold);
    aoti_block_free(&run->late);
    free(run->timings);
    free(run);
  }
  library->contexts = NULL;
}

void aoti_run_release(aoti_run* run, int32_t write_back) {
  for (aoti_temp *temp = run->temps, *next; temp; temp = next) {
    next = temp->next;
    if (write_back && temp->input >= 0) {
      const aoti_tensor* input = &run->inputs[temp->input];
      aoti_copy_strided(input->ndim, input->sizes, aoti_dtype_size(input->dtype), input->data, input->strides,
                        (char*)temp + AOTI_TEMP_HEADER, temp->strides);
    }
    if (temp->alone) free(temp);
  }
  if (run->late_wanted > run->late.bytes) aoti_block_grow(&run->late, run->late_wanted); /* or not: then as before */
  run->temps = NULL;
  run->late_used = run->late_wanted = 0;
  aoti_parked_free(run);
}

/* What generated code may rely on: every tensor leaf is there, with the type and rank that the model was built for. */
static int32_t check_inputs(aoti_run* run) {
  const aoti_model_desc* desc = run->library->desc;
  for (uint32_t i = 0; i < desc->num_inputs; i++) {
    const aoti_io_desc* want = &desc->inputs[i];
    const aoti_tensor* got = &run->inputs[i];
    if (want->kind > 1) continue;
    if (got->dtype != want->dtype)
      return aoti_fail(run, "input \"%s\" is %s, the model takes %s", want->name, aoti_dtype_name(got->dtype),
                       aoti_dtype_name(want->dtype));
    if (got->ndim != want->ndim) {
      char shape[256];
      return aoti_fail(run, "input \"%s\" has %d dimensions %s, the model takes %d", want->name, got->ndim,
                       aoti_shape_text(got->ndim, got->sizes, shape, sizeof shape), want->ndim);
    }
    if (!got->data && aoti_numel(got->ndim, got->sizes) != 0)
      return aoti_fail(run, "input \"%s\" has no data", want->name);
  }
  return 0;
}

static int32_t check_constants(aoti_run* run) {
  aoti_library* library = run->library;
  if (library->weights.data || library->desc->weights_bytes == 0) return 0;
  for (uint32_t i = 0; i < library->desc->num_constants; i++) {
    const aoti_constant_desc* constant = &library->desc->constants[i];
    if (constant->type != 4 && !run->set->slots[i].data)
      return aoti_fail(run, "constant \"%s\" has no value: %s, and none was loaded", aoti_fqn_of(library->desc, constant),
                       library->weights.missing);
  }
  return 0;
}

void aoti_run_leave_pool(aoti_run* run) {
  if (run->in_pool) aoti_pool_leave(run->library->pool);
  run->in_pool = 0;
}

int32_t aoti_run_model(aoti_run* run) {
  aoti_library* library = run->library;
  if (library->stateful)
    pthread_rwlock_wrlock(&library->lock);
  else
    pthread_rwlock_rdlock(&library->lock);
  run->set = &library->sets[library->active];
  int32_t bad = check_inputs(run) || check_constants(run) || aoti_run_fold(run);
  run->arena_taken = 0;
  run->random[0] = atomic_load(&library->seed);
  run->random[1] = atomic_fetch_add_explicit(&library->runs, 1, memory_order_relaxed);
  run->random[2] = 0;
  if (!bad) bad = library->desc->run(run) || run->failed;
  aoti_run_leave_pool(run);
  pthread_rwlock_unlock(&library->lock);
  if (bad && !run->failed) aoti_fail(run, "model \"%s\" failed", library->desc->name);
  if (bad) aoti_error("%s", run->message);
  aoti_run_release(run, !bad);
  return bad;
}

int32_t aoti_fail(aoti_run* run, const char* format, ...) {
  if (run->failed) return 1; /* the first message says most */
  run->failed = 1;
  va_list list;
  va_start(list, format);
  vsnprintf(run->message, sizeof run->message, format, list);
  va_end(list);
  return 1;
}
