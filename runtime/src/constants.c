/* Values of constants: two sets, shared by counting, changed only as a whole.
 *
 * A set is a row of pointers. The first points into the weights as built; an update makes new memory (or an alias
 * of the host's) and then exchanges pointers, so a run never sees half an update. The inactive set begins as a copy
 * of the active row: what is not updated is shared. */
#include <stdlib.h>
#include <string.h>

#include "run.h"

static aoti_value* new_value(uint64_t bytes) {
  aoti_value* value = calloc(1, sizeof *value);
  if (!value) return NULL;
  atomic_init(&value->references, 1);
  if (!bytes || (value->data = aoti_memory(bytes))) return value;
  free(value);
  return NULL;
}

aoti_value* aoti_value_share(aoti_value* value) {
  if (value) atomic_fetch_add_explicit(&value->references, 1, memory_order_relaxed);
  return value;
}

void aoti_value_drop(aoti_value* value) {
  if (!value || atomic_fetch_sub_explicit(&value->references, 1, memory_order_acq_rel) != 1) return;
  if (value->release)
    value->release(value->owner);
  else
    free(value->data);
  free(value);
}

static void drop_set(aoti_library* library, aoti_set* set) {
  if (!set->slots) return;
  for (uint32_t i = 0; i < library->desc->num_constants; i++) aoti_value_drop(set->slots[i].value);
  aoti_value_drop(set->fold);
  free(set->slots);
  set->slots = NULL;
  set->fold = NULL;
  atomic_store(&set->folded, 0);
  atomic_store(&set->exposed, 0);
}

void aoti_constant_expose(aoti_library* library, uint32_t i, const void* data) {
  for (aoti_set* set = library->sets; set < library->sets + 2; set++) {
    if (!set->slots || set->slots[i].data != data) continue;
    set->slots[i].exposed = 1;
    atomic_store_explicit(&set->exposed, 1, memory_order_release);
  }
}

/* A buffer with state: written to by runs, so private to this library object. */
static int32_t make_private(aoti_library* library, aoti_slot* slot, uint64_t bytes) {
  if (library->weights.mapped) return aoti_weights_writable(slot->data, bytes);
  aoti_value* value = new_value(bytes); /* in the library itself: shared by all who opened it */
  if (!value) return aoti_error("out of memory");
  memcpy(value->data, slot->data, bytes);
  slot->value = value;
  slot->data = value->data;
  return 0;
}

int32_t aoti_constants_open(aoti_library* library) {
  const aoti_model_desc* desc = library->desc;
  aoti_set* set = &library->sets[0];
  set->slots = calloc(desc->num_constants + 1, sizeof *set->slots);
  if (!set->slots) return aoti_error("out of memory");
  for (uint32_t i = 0; i < desc->num_constants; i++) {
    const aoti_constant_desc* constant = &desc->constants[i];
    if (constant->mutated) library->stateful = 1;
    if (constant->type == 4) continue;
    if (constant->bytes == 0) {
      set->slots[i].data = aoti_nothing;
      continue;
    }
    if (!library->weights.data) continue;
    if (constant->offset + constant->bytes > library->weights.bytes)
      return aoti_error("constant \"%s\" lies outside the weights", aoti_fqn_of(desc, constant));
    set->slots[i].data = library->weights.data + constant->offset;
    if (constant->mutated && make_private(library, &set->slots[i], constant->bytes)) return 1;
  }
  return 0;
}

void aoti_constants_close(aoti_library* library) {
  drop_set(library, &library->sets[0]);
  drop_set(library, &library->sets[1]);
}

int64_t aoti_constant_index(const aoti_library* library, const char* name) {
  const aoti_model_desc* desc = library->desc;
  for (uint32_t i = 0; i < desc->num_constants; i++)
    if (strcmp(aoti_fqn_of(desc, &desc->constants[i]), name) == 0) return i;
  for (uint32_t i = 0; i < desc->num_constants; i++)
    if (strcmp(aoti_name_of(desc, &desc->constants[i]), name) == 0) return i;
  aoti_error("model \"%s\" has no constant \"%s\"", desc->name, name);
  return -1;
}

aoti_set* aoti_set_inactive(aoti_library* library) {
  aoti_set* from = &library->sets[library->active];
  aoti_set* set = &library->sets[1 - library->active];
  uint32_t count = library->desc->num_constants;
  if (set->slots) return set;
  set->slots = calloc(count + 1, sizeof *set->slots);
  if (!set->slots) {
    aoti_error("out of memory");
    return NULL;
  }
  for (uint32_t i = 0; i < count; i++) {
    set->slots[i] = from->slots[i];
    aoti_value_share(set->slots[i].value);
  }
  pthread_mutex_lock(&library->folding);
  int32_t folded = atomic_load(&from->folded);
  if (folded) set->fold = aoti_value_share(from->fold);
  atomic_store(&set->folded, folded);
  atomic_store(&set->exposed, atomic_load(&from->exposed));
  pthread_mutex_unlock(&library->folding);
  return set;
}

static int32_t check_update(const aoti_library* library, const aoti_update* update) {
  const aoti_constant_desc* want = &library->desc->constants[update->index];
  const char* fqn = aoti_fqn_of(library->desc, want);
  const int64_t *sizes = aoti_sizes_of(library->desc, want), *strides = aoti_strides_of(library->desc, want);
  const aoti_tensor* from = &update->from;
  char have[256], need[256];
  if (want->type == 4) return aoti_error("constant \"%s\" is computed from others and cannot be set", fqn);
  if (from->dtype != want->dtype)
    return aoti_error("constant \"%s\" is %s, the new value is %s", fqn, aoti_dtype_name(want->dtype),
                      aoti_dtype_name(from->dtype));
  if (from->ndim != want->ndim || memcmp(from->sizes, sizes, (size_t)want->ndim * sizeof *sizes) != 0)
    return aoti_error("constant \"%s\" has the shape %s, the new value %s", fqn,
                      aoti_shape_text(want->ndim, sizes, need, sizeof need),
                      aoti_shape_text(from->ndim, from->sizes, have, sizeof have));
  if (!from->data && want->bytes) return aoti_error("constant \"%s\": the new value has no data", fqn);
  if (update->release && !aoti_same_layout(want->ndim, sizes, from->strides, strides))
    return aoti_error("constant \"%s\": to be used in place the tensor must have the strides %s, it has %s", fqn,
                      aoti_shape_text(want->ndim, strides, need, sizeof need),
                      aoti_shape_text(from->ndim, from->strides, have, sizeof have));
  return 0;
}

static aoti_value* value_of(const aoti_library* library, const aoti_update* update) {
  const aoti_constant_desc* want = &library->desc->constants[update->index];
  aoti_value* value = new_value(update->release ? 0 : want->bytes);
  if (!value) {
    aoti_error("out of memory for constant \"%s\"", aoti_fqn_of(library->desc, want));
    return NULL;
  }
  if (update->release) {
    value->data = update->from.data;
    value->owner = update->owner;
    value->release = update->release;
  } else if (want->bytes) {
    aoti_copy_strided(want->ndim, aoti_sizes_of(library->desc, want), aoti_dtype_size(want->dtype), value->data,
                      aoti_strides_of(library->desc, want),
                      update->from.data, update->from.strides);
  }
  return value;
}

/* Undoes value_of without letting go of the host's handles. */
static void forget(aoti_value** values, const aoti_update* updates, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (updates[i].release)
      free(values[i]);
    else
      aoti_value_drop(values[i]);
  }
  free(values);
}

static void exchange(aoti_library* library, aoti_set* set, aoti_value** values, const aoti_update* updates,
                     uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    aoti_slot* slot = &set->slots[updates[i].index];
    aoti_value* old = slot->value;
    slot->value = values[i];
    slot->data = values[i]->data ? values[i]->data : aoti_nothing;
    slot->exposed = updates[i].release != NULL;
    values[i] = old;
  }
  int32_t exposed = 0;
  for (uint32_t i = 0; i < library->desc->num_constants; i++) exposed |= set->slots[i].exposed;
  atomic_store_explicit(&set->exposed, exposed, memory_order_release);
  pthread_mutex_lock(&library->folding);
  atomic_store(&set->folded, 0); /* the area is dropped when it is computed anew: it may be shared */
  pthread_mutex_unlock(&library->folding);
}

int32_t aoti_constants_update(aoti_library* library, int32_t inactive, const aoti_update* updates, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (check_update(library, &updates[i])) return 1;
  aoti_value** values = calloc(count + 1, sizeof *values);
  if (!values) return aoti_error("out of memory");
  for (uint32_t i = 0; i < count; i++)
    if (!(values[i] = value_of(library, &updates[i]))) {
      forget(values, updates, i);
      return 1;
    }
  pthread_mutex_lock(&library->updating);
  aoti_set* set = inactive ? aoti_set_inactive(library) : &library->sets[library->active];
  if (!set) {
    pthread_mutex_unlock(&library->updating);
    forget(values, updates, count);
    return 1;
  }
  if (!inactive) pthread_rwlock_wrlock(&library->lock);
  exchange(library, set, values, updates, count);
  if (!inactive) pthread_rwlock_unlock(&library->lock);
  pthread_mutex_unlock(&library->updating);
  for (uint32_t i = 0; i < count; i++) aoti_value_drop(values[i]); /* the old ones */
  free(values);
  return 0;
}

int32_t aoti_constants_swap(aoti_library* library) {
  pthread_mutex_lock(&library->updating);
  int32_t exists = library->sets[1 - library->active].slots != NULL;
  if (exists) {
    pthread_rwlock_wrlock(&library->lock);
    library->active = 1 - library->active;
    pthread_rwlock_unlock(&library->lock);
  }
  pthread_mutex_unlock(&library->updating);
  return exists ? 0 : aoti_error("there are no inactive constants to swap in: update them first");
}

int32_t aoti_constants_drop_inactive(aoti_library* library) {
  pthread_mutex_lock(&library->updating);
  drop_set(library, &library->sets[1 - library->active]);
  pthread_mutex_unlock(&library->updating);
  return 0;
}

int32_t aoti_constants_read(aoti_library* library, int32_t inactive, int64_t index, void* to, uint64_t bytes) {
  const aoti_constant_desc* desc = &library->desc->constants[index];
  const char* fqn = aoti_fqn_of(library->desc, desc);
  const int64_t *sizes = aoti_sizes_of(library->desc, desc), *strides = aoti_strides_of(library->desc, desc);
  int64_t item = aoti_dtype_size(desc->dtype), dense[AOTI_MAX_DIMS];
  uint64_t need = (uint64_t)(aoti_numel(desc->ndim, sizes) * item);
  if (bytes < need)
    return aoti_error("constant \"%s\" has %llu bytes, the buffer %llu", fqn, (unsigned long long)need,
                      (unsigned long long)bytes);
  int32_t bad = 0;
  aoti_contiguous(desc->ndim, sizes, dense);
  pthread_mutex_lock(&library->updating);
  pthread_rwlock_rdlock(&library->lock);
  aoti_set* set = inactive ? aoti_set_inactive(library) : &library->sets[library->active];
  void* data = NULL;
  if (set && desc->type != 4) data = set->slots[index].data;
  if (set && desc->type == 4 && atomic_load(&set->folded)) data = (char*)set->fold->data + desc->offset;
  if (data && need)
    aoti_copy_strided(desc->ndim, sizes, item, to, dense, data, strides);
  else if (need)
    bad = aoti_error("constant \"%s\" has no value yet", fqn);
  pthread_rwlock_unlock(&library->lock);
  pthread_mutex_unlock(&library->updating);
  return bad;
}
