/* Door 1: constants. */
#include <stdlib.h>
#include <string.h>

#include "door1.h"

#define C AOTInductorModelContainerHandle handle
#define MAP AOTInductorConstantMapHandle map
#define PAIRS const AOTInductorConstantMapEntry *pairs, size_t num_pairs

typedef struct alias { /* a handle of the host that a constant keeps */
  int32_t (*drop)(AtenTensorHandle);
  AtenTensorHandle handle;
} alias;

static void release_alias(void* owner) {
  alias* mine = owner;
  mine->drop(mine->handle);
  free(mine);
}

static int32_t keep_alias(const aoti_host* host, AtenTensorHandle handle, aoti_update* update) {
  alias* mine = calloc(1, sizeof *mine);
  if (!mine || host->assign_tensors_out(handle, &mine->handle)) {
    free(mine);
    return aoti_error("the host's tensor cannot be kept");
  }
  mine->drop = host->delete_tensor_object;
  update->release = release_alias;
  update->owner = mine;
  return 0;
}

/* A full update has every parameter; buffers and traced tensors may be left as they are. */
static int32_t check_full(const aoti_update* updates, size_t count) {
  for (uint32_t i = 0; i < aoti_model.num_constants; i++) {
    const aoti_constant_desc* constant = &aoti_model.constants[i];
    size_t at = 0;
    if (constant->type != 1 || constant->bytes == 0) continue;
    while (at < count && updates[at].index != i) at++;
    if (at == count) return aoti_error("constant \"%s\" is missing from a full update", aoti_fqn_of(&aoti_model, constant));
  }
  return 0;
}

static int32_t prepare(const aoti_container* container, const AOTInductorConstantMapEntry* pair, int32_t aliased,
                       aoti_update* update) {
  update->index = aoti_constant_index(container->library, pair->name);
  if (update->index < 0 || aoti_host_tensor(&container->host, pair->handle, "constant", pair->name, &update->from))
    return 1;
  return aliased ? keep_alias(&container->host, pair->handle, update) : 0;
}

static int32_t update(aoti_container* container, PAIRS, int32_t inactive, int32_t full, int32_t aliased) {
  aoti_error_clear();
  aoti_update* updates = calloc(num_pairs + 1, sizeof *updates);
  int32_t bad = updates ? 0 : aoti_error("out of memory");
  for (size_t i = 0; !bad && i < num_pairs; i++) bad = prepare(container, &pairs[i], aliased, &updates[i]);
  if (!bad && full) bad = check_full(updates, num_pairs);
  if (!bad) bad = aoti_constants_update(container->library, inactive, updates, (uint32_t)num_pairs);
  for (size_t i = 0; bad && updates && i < num_pairs; i++)
    if (updates[i].owner) release_alias(updates[i].owner);
  free(updates);
  return bad ? aoti_door1_failed(container) : 0;
}

static int32_t update_map(C, MAP, int32_t inactive, int32_t full, int32_t aliased) {
  size_t count = aoti_map_count(map);
  AOTInductorConstantMapEntry* pairs = calloc(count + 1, sizeof *pairs);
  if (!pairs) return aoti_error("out of memory");
  aoti_map_entries(map, pairs);
  int32_t bad = update(aoti_container_of(handle), pairs, count, inactive, full, aliased);
  free(pairs);
  return bad;
}

#define UPDATE(name, aliased)                                                                                         \
  int32_t AOTInductorModelContainer##name(C, MAP, bool inactive, bool full) {                                         \
    return update_map(handle, map, inactive, full, aliased);                                                          \
  }                                                                                                                   \
  int32_t AOTInductorModelContainer##name##Pairs(C, PAIRS, bool inactive, bool full) {                                \
    return update(aoti_container_of(handle), pairs, num_pairs, inactive, full, aliased);                              \
  }
UPDATE(UpdateConstantBuffer, 0)
UPDATE(UpdateConstantBufferFromCpu, 0)
UPDATE(UpdateUserManagedConstantBuffer, 1)

int32_t AOTInductorModelContainerUpdateInactiveConstantBuffer(C, MAP) { return update_map(handle, map, 1, 1, 0); }
int32_t AOTInductorModelContainerUpdateInactiveConstantBufferPairs(C, PAIRS) {
  return update(aoti_container_of(handle), pairs, num_pairs, 1, 1, 0);
}

static int32_t done(C, int32_t bad) { return bad ? aoti_door1_failed(aoti_container_of(handle)) : 0; }

int32_t AOTInductorModelContainerFreeInactiveConstantBuffer(C) {
  return done(handle, aoti_constants_drop_inactive(aoti_container_of(handle)->library));
}
int32_t AOTInductorModelContainerSwapConstantBuffer(C) {
  return done(handle, aoti_constants_swap(aoti_container_of(handle)->library));
}
int32_t AOTInductorModelContainerRunConstantFolding(C, bool inactive, AOTInductorStreamHandle stream,
                                                    AOTIProxyExecutorHandle proxy) {
  (void)stream, (void)proxy;
  return done(handle, aoti_constants_fold(aoti_container_of(handle)->library, inactive));
}

int32_t AOTInductorModelUpdateConstantsFromBlob(C, const uint8_t* blob) {
  aoti_update* updates = calloc(aoti_model.num_constants + 1, sizeof *updates);
  uint32_t count = 0;
  if (!updates) return aoti_error("out of memory");
  for (uint32_t i = 0; i < aoti_model.num_constants; i++) {
    const aoti_constant_desc* constant = &aoti_model.constants[i];
    if (constant->type == 4) continue;
    aoti_update* row = &updates[count++];
    row->index = i;
    row->from = (aoti_tensor){(void*)(uintptr_t)(blob + constant->offset), constant->dtype, constant->ndim, {0}, {0}};
    memcpy(row->from.sizes, aoti_sizes_of(&aoti_model, constant), (size_t)constant->ndim * sizeof(int64_t));
    memcpy(row->from.strides, aoti_strides_of(&aoti_model, constant), (size_t)constant->ndim * sizeof(int64_t));
  }
  int32_t bad = aoti_constants_update(aoti_container_of(handle)->library, 0, updates, count);
  free(updates);
  return done(handle, bad);
}
