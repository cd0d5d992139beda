/* What generated code asks of the runtime (model.h), outputs apart. */
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "wait.h"

/* From the block that the run keeps; what does not fit lies alone this time, and the block is larger the next. */
static aoti_temp* temporary(aoti_run* run, uint64_t bytes) {
  aoti_temp* temp = NULL;
  int32_t alone = 0;
  if (bytes <= (uint64_t)INT64_MAX / 2) {
    uint64_t need = (bytes + AOTI_TEMP_HEADER + AOTI_ALIGN - 1) / AOTI_ALIGN * AOTI_ALIGN;
    alone = need > run->late.bytes - run->late_used;
    temp = alone ? aoti_memory(need) : (aoti_temp*)(void*)((char*)run->late.data + run->late_used);
    if (!alone) run->late_used += need;
    run->late_wanted += need;
  }
  if (!temp) {
    aoti_fail(run, "out of memory: %llu bytes for a buffer", (unsigned long long)bytes);
    return NULL;
  }
  temp->alone = alone;
  temp->input = -1;
  temp->next = run->temps;
  run->temps = temp;
  return temp;
}

const aoti_tensor* aoti_input(aoti_run* run, uint32_t i) { return &run->inputs[i]; }

int64_t aoti_input_number(aoti_run* run, uint32_t i) {
  int64_t number;
  memcpy(&number, run->inputs[i].data, sizeof number); /* hosts align nothing */
  return number;
}

static void* laid_out(aoti_run* run, uint32_t i, const int64_t* strides, int64_t write_back) {
  const aoti_tensor* input = &run->inputs[i];
  if (input->data && aoti_same_layout(input->ndim, input->sizes, input->strides, strides)) return input->data;
  int64_t span = aoti_span(input->ndim, input->sizes, strides);
  if (span == 0) return aoti_nothing;
  int64_t item = aoti_dtype_size(input->dtype), bytes;
  if (span < 0 || __builtin_mul_overflow(span, item, &bytes)) {
    aoti_fail(run, "input \"%s\" is too large", run->library->desc->inputs[i].name);
    return NULL;
  }
  aoti_temp* temp = temporary(run, (uint64_t)bytes);
  if (!temp) return NULL;
  temp->input = write_back ? (int64_t)i : -1;
  memcpy(temp->strides, strides, (size_t)input->ndim * sizeof *strides);
  aoti_copy_strided(input->ndim, input->sizes, item, (char*)temp + AOTI_TEMP_HEADER, strides, input->data, input->strides);
  return (char*)temp + AOTI_TEMP_HEADER;
}

void* aoti_input_data(aoti_run* run, uint32_t i, const int64_t* strides) { return laid_out(run, i, strides, 0); }
void* aoti_input_data_mut(aoti_run* run, uint32_t i, const int64_t* strides) { return laid_out(run, i, strides, 1); }

void* aoti_constant(aoti_run* run, uint32_t i) {
  const aoti_constant_desc* desc = &run->library->desc->constants[i];
  if (desc->type == 4) return (char*)aoti_folded(run) + desc->offset;
  if (run->asked) run->asked[i] = 1;
  return run->set->slots[i].data;
}

void* aoti_folded(aoti_run* run) {
  if (run->fold) return run->fold;
  return run->set->fold ? run->set->fold->data : aoti_nothing;
}

void* aoti_arena(aoti_run* run, int64_t bytes) {
  if (bytes < 0) bytes = INT64_MAX;
  if (run->arena_taken && (uint64_t)bytes > run->arena.bytes) /* what was handed out stays valid */
    return aoti_late_alloc(run, bytes);
  run->arena_taken = 1;
  if (aoti_block_grow(&run->arena, (uint64_t)bytes) == 0) return run->arena.data;
  aoti_fail(run, "out of memory: %lld bytes for intermediate values", (long long)bytes);
  return NULL;
}

void* aoti_late_alloc(aoti_run* run, int64_t bytes) {
  aoti_temp* temp = temporary(run, bytes < 0 ? UINT64_MAX : (uint64_t)bytes);
  return temp ? (char*)temp + AOTI_TEMP_HEADER : NULL;
}

static void note_time(aoti_run* run, const char* name, int64_t nanoseconds, int64_t total) {
  if (run->num_timings == run->max_timings) {
    uint32_t more = run->max_timings ? 2 * run->max_timings : 64;
    aoti_timing* grown = realloc(run->timings, more * sizeof *grown);
    if (!grown) return;
    run->timings = grown;
    run->max_timings = more;
  }
  run->timings[run->num_timings++] = (aoti_timing){name, nanoseconds, total};
}

static int32_t kernel_failed(aoti_run* run, const char* name) {
  switch (run->kernel_error) {
    case AOTI_BAD_INDEX: return aoti_fail(run, "index out of range in kernel %s", name);
    case AOTI_BAD_VALUE: return aoti_fail(run, "a value that the operation does not take, in kernel %s", name);
    case AOTI_DIVISION_BY_ZERO: return aoti_fail(run, "integer division by zero in kernel %s", name);
    default: return aoti_fail(run, "error %d in kernel %s", run->kernel_error, name);
  }
}

int32_t aoti_launch(aoti_run* run, aoti_kernel kernel, void* const* p, const int64_t* n, int64_t total, int64_t grain,
                    int64_t scratch, const char* name) {
  if (total <= grain && scratch <= (int64_t)run->scratch.bytes && !run->watched) { /* one piece, nothing else to do */
    int64_t kept = 0;
    const aoti_args args = {p, n, run->scratch.data, &run->kernel_error, run->random, &kept};
    if (total > 0) kernel(&args, 0, total);
    run->random[2]++;
    return run->kernel_error ? kernel_failed(run, name) : 0;
  }
  aoti_pool* pool = run->library->pool;
  int32_t profile = atomic_load_explicit(&run->library->profile, memory_order_relaxed);
  int32_t threads = aoti_pool_threads(pool);
  if (run->threads > 0 && run->threads < threads) threads = run->threads;
  if (scratch > 0 && aoti_block_grow(&run->scratch, (uint64_t)scratch) != 0)
    return aoti_fail(run, "out of memory: %lld bytes of scratch for kernel %s", (long long)scratch, name);
  aoti_work work = {kernel, p, n, &run->kernel_error, total, grain > 0 ? grain : 1, scratch > 0 ? (uint64_t)scratch : 0,
                    run->random};
  int32_t bandwidth = run->library->desc->bandwidth;
  int64_t start = profile | bandwidth ? aoti_now() : 0;
  void* range = aoti_mark_begin(run, 2, name);
  if (!run->in_pool && threads > 1 && total > work.grain) {
    run->in_pool = 1;
    aoti_pool_enter(pool);
  }
  aoti_pool_run(pool, &work, threads, run->scratch.data);
  aoti_mark_end(run, range);
  run->random[2]++;
  int64_t took = profile | bandwidth ? aoti_now() - start : 0;
  if (profile) note_time(run, name, took, total);
  if (bandwidth) aoti_traffic_add(run->library, name, took, run->moves);
  return __atomic_load_n(&run->kernel_error, __ATOMIC_RELAXED) ? kernel_failed(run, name) : 0;
}
