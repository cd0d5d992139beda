/* Derived constants (packed weights and the like): computed once per set, at the first run or when asked. Where the
 * host can write to constants in place (aliases of its tensors, extracted ones) nothing tells when it did: then each
 * run computes its own. */
#include <stdlib.h>

#include "run.h"

/* Do runs write to these bytes, under whatever name? Pages with state must not go. */
static int32_t has_state(const aoti_library* library, const aoti_constant_desc* constant) {
  for (uint32_t i = 0; library->stateful && i < library->desc->num_constants; i++) {
    const aoti_constant_desc* other = &library->desc->constants[i];
    if (other->mutated && other->offset < constant->offset + constant->bytes &&
        constant->offset < other->offset + other->bytes)
      return 1;
  }
  return 0;
}

/* What was packed is not read in runs: its bytes as built need not stay in memory beside it. Neighbours are given back
 * together, so that small ones count too. */
static void give_back(const aoti_library* library, const aoti_set* set, const uint8_t* asked) {
  uint64_t from = 0, end = 0;
  for (uint32_t i = 0; i < library->desc->num_constants; i++) {
    const aoti_constant_desc* constant = &library->desc->constants[i];
    if (!asked[i] || set->slots[i].data != library->weights.data + constant->offset) continue;
    if (has_state(library, constant)) continue;
    if (constant->offset < end || constant->offset - end >= AOTI_ALIGN) {
      aoti_weights_unused(&library->weights, from, end - from);
      from = constant->offset;
    }
    end = constant->offset + constant->bytes;
  }
  aoti_weights_unused(&library->weights, from, end - from);
}

static int32_t compute(aoti_library* library, aoti_set* set, aoti_run* run) {
  aoti_value* area = calloc(1, sizeof *area);
  if (area) atomic_init(&area->references, 1);
  if (!area || !(area->data = aoti_memory(library->desc->fold_bytes))) {
    free(area);
    return aoti_fail(run, "out of memory: %llu bytes for derived constants",
                     (unsigned long long)library->desc->fold_bytes);
  }
  aoti_value* old = set->fold;
  aoti_set* outer = run->set;
  set->fold = area;
  run->set = set;
  run->arena_taken = 0;
  run->asked = calloc(library->desc->num_constants + 1, 1);
  int32_t bad = library->desc->fold(run) || run->failed;
  aoti_run_release(run, 0);
  if (!bad && run->asked) give_back(library, set, run->asked);
  free(run->asked);
  run->asked = NULL;
  run->set = outer;
  aoti_value_drop(old);
  if (bad) return aoti_fail(run, "the derived constants of model \"%s\" could not be computed", library->desc->name);
  return 0;
}

static int32_t set_ready(aoti_library* library, aoti_set* set, aoti_run* run) {
  if (!library->desc->fold || atomic_load_explicit(&set->folded, memory_order_acquire)) return 0;
  pthread_mutex_lock(&library->folding);
  int32_t bad = atomic_load(&set->folded) ? 0 : compute(library, set, run);
  if (!bad) atomic_store_explicit(&set->folded, 1, memory_order_release);
  pthread_mutex_unlock(&library->folding);
  return bad;
}

int32_t aoti_run_fold(aoti_run* run) {
  const aoti_model_desc* desc = run->library->desc;
  run->fold = NULL;
  if (!desc->fold) return 0;
  if (!atomic_load_explicit(&run->set->exposed, memory_order_acquire)) return set_ready(run->library, run->set, run);
  if (aoti_block_grow(&run->own_fold, desc->fold_bytes))
    return aoti_fail(run, "out of memory: %llu bytes for derived constants", (unsigned long long)desc->fold_bytes);
  run->fold = run->own_fold.data;
  run->arena_taken = 0;
  int32_t bad = desc->fold(run) || run->failed;
  aoti_run_release(run, 0);
  return bad;
}

int32_t aoti_constants_fold(aoti_library* library, int32_t inactive) {
  aoti_run* run = aoti_run_take(library);
  if (!run) return 1;
  pthread_mutex_lock(&library->updating);
  pthread_rwlock_rdlock(&library->lock);
  aoti_set* set = inactive ? aoti_set_inactive(library) : &library->sets[library->active];
  run->set = set;
  int32_t bad = !set || set_ready(library, set, run);
  aoti_run_leave_pool(run);
  pthread_rwlock_unlock(&library->lock);
  pthread_mutex_unlock(&library->updating);
  if (bad && run->failed) aoti_error("%s", run->message);
  aoti_run_give(run);
  return bad;
}
