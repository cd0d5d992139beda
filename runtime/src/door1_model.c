/* Door 1: the bare model of some C++ hosts. A container can do it all. */
#include <stdlib.h>

#include "door1.h"

#define M ((AOTInductorModelContainerHandle)model)

int32_t AOTInductorModelCreateV2(AOTInductorModelHandle* out, const AOTInductorConstantMapEntry* pairs,
                                 size_t num_pairs) {
  AOTInductorModelContainerHandle container;
  if (AOTInductorModelContainerCreate(&container, 1, true, NULL)) return 1;
  if (num_pairs &&
      AOTInductorModelContainerUpdateUserManagedConstantBufferPairs(container, pairs, num_pairs, false, false)) {
    AOTInductorModelContainerDelete(container);
    return 1;
  }
  *out = (AOTInductorModelHandle)container;
  return 0;
}

int32_t AOTInductorModelCreate(AOTInductorModelHandle* out, AOTInductorConstantMapHandle map) {
  size_t count = map ? aoti_map_count(map) : 0;
  AOTInductorConstantMapEntry* pairs = calloc(count + 1, sizeof *pairs);
  if (!pairs) return aoti_error("out of memory");
  if (map) aoti_map_entries(map, pairs);
  int32_t bad = AOTInductorModelCreateV2(out, pairs, count);
  free(pairs);
  return bad;
}

int32_t AOTInductorModelRun(AOTInductorModelHandle model, AtenTensorHandle* inputs, AtenTensorHandle* outputs) {
  return AOTInductorModelContainerRun(M, inputs, aoti_container_of(M)->tensors, outputs, aoti_model.num_outputs, NULL,
                                      NULL);
}

int32_t AOTInductorModelDelete(AOTInductorModelHandle model) { return AOTInductorModelContainerDelete(M); }

int32_t AOTInductorModelGetNumOutputs(AOTInductorModelHandle model, size_t* out) {
  return AOTInductorModelContainerGetNumOutputs(M, out);
}

int32_t AOTInductorModelUpdateConstantsMap(AOTInductorModelHandle model, AOTInductorConstantMapHandle map) {
  return AOTInductorModelContainerUpdateUserManagedConstantBuffer(M, map, false, false);
}

int32_t AOTInductorModelUpdateConstantsMapV2(AOTInductorModelHandle model, const AOTInductorConstantMapEntry* pairs,
                                             int32_t num_pairs) {
  return AOTInductorModelContainerUpdateUserManagedConstantBufferPairs(M, pairs, (size_t)num_pairs, false, false);
}
