/* What the files of door 1 share. */
#ifndef AOTI_DOOR1_H
#define AOTI_DOOR1_H
#include "host.h"
#include "run.h"
#include "aoti/container.h"

typedef struct aoti_container {
  aoti_library* library;
  aoti_host host;
  uint32_t tensors;  /* inputs of kind 0 */
  uint32_t numbers;  /* inputs of kind 1: some hosts hand them over as 0-d tensors, PyTorch's does not */
  AOTInductorConstantMapEntry* extracted[2]; /* of each set: handles that the host borrows */
  aoti_value** held[2]; /* what they point to */
  size_t num_extracted[2];
} aoti_container;

typedef struct aoti_frame { /* one run's arrays, in one block that the context keeps */
  const aoti_container* container;
  AOTIProxyExecutorHandle executor; /* of the host, or NULL */
  AtenTensorHandle* handles;        /* of inputs, by leaf; NULL for leaves that are not passed */
  aoti_tensor* inputs;
  aoti_out* outputs;
} aoti_frame;

/* ---- door1_operator.c: an operator called by the host's executor ---- */
int32_t aoti_door1_operator(aoti_run* run, const aoti_host_op* op, const aoti_op_tensor* in, const int64_t* ints,
                            const aoti_op_tensor* out);

static inline aoti_container* aoti_container_of(AOTInductorModelContainerHandle handle) {
  return (aoti_container*)handle;
}
void aoti_container_close(aoti_container* container);
void aoti_forget_extracted(aoti_container* container, int32_t set);
/* Says a failure aloud to a host that throws without asking for the message; both return 1. PyTorch asks after a
 * failed run, in newer releases, and never otherwise. */
int32_t aoti_door1_failed(const aoti_container* container);
int32_t aoti_door1_run_failed(const aoti_container* container);

/* ---- cxx_map.c: std::unordered_map<std::string, AtenTensorHandle> of libstdc++ ---- */
size_t aoti_map_count(AOTInductorConstantMapHandle map);
void aoti_map_entries(AOTInductorConstantMapHandle map, AOTInductorConstantMapEntry* entries);
int32_t aoti_map_insert(AOTInductorConstantMapHandle map, const char* name, AtenTensorHandle handle);
#endif
