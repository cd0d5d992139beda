/* Door 1: what constants there are, and handles to them. */
#include <stdlib.h>
#include <string.h>

#include "door1.h"

#define C AOTInductorModelContainerHandle handle

int32_t AOTInductorModelContainerGetNumConstants(C, size_t* out) {
  (void)handle;
  *out = aoti_model.num_constants;
  return 0;
}

static const aoti_constant_desc* constant_at(C, size_t i) {
  (void)handle;
  if (i < aoti_model.num_constants) return &aoti_model.constants[i];
  aoti_error("there is no constant %zu of model \"%s\"", i, aoti_model.name);
  return NULL;
}

#define FIELD(which, type, value)                                                                \
  int32_t AOTInductorModelContainerGetConstant##which(C, size_t i, type* out) {                   \
    const aoti_constant_desc* constant = constant_at(handle, i);                                  \
    if (!constant) return 1;                                                                      \
    *out = (value);                                                                               \
    return 0;                                                                                     \
  }
FIELD(Name, const char*, aoti_name_of(&aoti_model, constant))
FIELD(OriginalFQN, const char*, aoti_fqn_of(&aoti_model, constant))
FIELD(FromFolded, bool, constant->type == 4)
FIELD(Type, int32_t, constant->type)
FIELD(Dtype, int32_t, constant->dtype)
FIELD(DataSize, size_t, constant->bytes)

int32_t AOTInductorModelContainerGetConstantsBlobSize(C, uint64_t* out) {
  (void)handle;
  *out = aoti_model.weights_bytes;
  return 0;
}

void aoti_forget_extracted(aoti_container* container, int32_t set) {
  for (size_t i = 0; i < container->num_extracted[set]; i++) {
    container->host.delete_tensor_object(container->extracted[set][i].handle);
    aoti_value_drop(container->held[set][i]);
  }
  free(container->extracted[set]);
  free(container->held[set]);
  container->extracted[set] = NULL;
  container->held[set] = NULL;
  container->num_extracted[set] = 0;
}

/* The host may write through the handle: bytes as built become private pages first. */
static int32_t extract_one(aoti_container* container, const aoti_set* set, uint32_t i, AtenTensorHandle* out) {
  const aoti_constant_desc* constant = &aoti_model.constants[i];
  const aoti_slot* slot = &set->slots[i];
  if (!slot->value && constant->bytes && aoti_weights_writable(slot->data, constant->bytes)) return 1;
  if (container->host.create_tensor_from_blob(slot->data, constant->ndim, aoti_sizes_of(&aoti_model, constant),
                                              aoti_strides_of(&aoti_model, constant), 0,
                                              constant->dtype, 0, -1, out))
    return aoti_error("the host could not make a tensor for constant \"%s\"", aoti_fqn_of(&aoti_model, constant));
  return 0;
}

static int32_t extract(aoti_container* container, int32_t inactive) {
  aoti_library* library = container->library;
  aoti_error_clear();
  pthread_mutex_lock(&library->updating);
  aoti_set* set = inactive ? aoti_set_inactive(library) : &library->sets[library->active];
  int32_t at = inactive ? 1 - library->active : library->active, bad = !set;
  if (!bad) {
    aoti_forget_extracted(container, at);
    container->extracted[at] = calloc(aoti_model.num_constants + 1, sizeof **container->extracted);
    container->held[at] = calloc(aoti_model.num_constants + 1, sizeof **container->held);
    bad = container->extracted[at] && container->held[at] ? 0 : aoti_error("out of memory");
  }
  for (uint32_t i = 0; !bad && i < aoti_model.num_constants; i++) {
    if (aoti_model.constants[i].type == 4 || !set->slots[i].data) continue;
    AOTInductorConstantMapEntry* entry = &container->extracted[at][container->num_extracted[at]];
    entry->name = aoti_fqn_of(&aoti_model, &aoti_model.constants[i]);
    bad = extract_one(container, set, i, &entry->handle);
    if (bad) break;
    container->held[at][container->num_extracted[at]++] = aoti_value_share(set->slots[i].value);
    aoti_constant_expose(library, i, set->slots[i].data);
  }
  pthread_mutex_unlock(&library->updating);
  return bad ? -1 : at;
}

int32_t AOTInductorModelContainerExtractConstantsMapEntries(C, const AOTInductorConstantMapEntry** entries,
                                                            size_t* num_entries, bool inactive) {
  aoti_container* container = aoti_container_of(handle);
  int32_t at = extract(container, inactive);
  if (at < 0) return aoti_door1_failed(container);
  *entries = container->extracted[at];
  *num_entries = container->num_extracted[at];
  return 0;
}

int32_t AOTInductorModelContainerExtractConstantsMap(C, AOTInductorConstantMapHandle map, bool inactive) {
  aoti_container* container = aoti_container_of(handle);
  int32_t at = extract(container, inactive);
  for (size_t i = 0; at >= 0 && i < container->num_extracted[at]; i++)
    if (aoti_map_insert(map, container->extracted[at][i].name, container->extracted[at][i].handle)) at = -1;
  return at < 0 ? aoti_door1_failed(container) : 0;
}
