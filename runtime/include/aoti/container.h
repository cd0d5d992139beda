/* Door 1: the container interface of AOTInductor libraries, as PyTorch's own loaders call it.
 *
 * For hosts in C or C++ without PyTorch: make tensors with aoti/shim.h. Handles given as inputs are taken over, also
 * on failure; outputs are new handles that the caller deletes. Functions return 0 on success; on failure 1, and
 * AOTInductorGetLastError() has the message. Any number of runs may be under way at once. */
#ifndef AOTI_CONTAINER_H
#define AOTI_CONTAINER_H
#include <stddef.h>
#include "aoti/shim.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct AOTInductorModelContainerOpaque* AOTInductorModelContainerHandle;
typedef struct AOTInductorModelOpaque* AOTInductorModelHandle;
typedef struct AOTInductorStreamOpaque* AOTInductorStreamHandle;
typedef struct AOTInductorConstantMap* AOTInductorConstantMapHandle; /* std::unordered_map<std::string, handle>* */
typedef struct AOTIProxyExecutorOpaque* AOTIProxyExecutorHandle;
struct AOTInductorConstantMapEntry {
  const char* name;
  AtenTensorHandle handle;
};
typedef struct AOTInductorConstantMapEntry AOTInductorConstantMapEntry;

#define AOTI_CONTAINER(name) AOTI_API int32_t AOTInductorModelContainer##name
#define AOTI_C AOTInductorModelContainerHandle container
#define AOTI_MAP AOTInductorConstantMapHandle map
#define AOTI_PAIRS const AOTInductorConstantMapEntry *pairs, size_t num_pairs

/* ---- life and runs ---- */
AOTI_CONTAINER(Create)(AOTInductorModelContainerHandle* out, size_t num_models, bool is_cpu, const char* folder);
AOTI_CONTAINER(CreateWithDevice)(AOTInductorModelContainerHandle* out, size_t num_models, const char* device,
                                 const char* folder);
AOTI_CONTAINER(Delete)(AOTI_C);
AOTI_CONTAINER(Run)(AOTI_C, AtenTensorHandle* inputs, size_t num_inputs, AtenTensorHandle* outputs, size_t num_outputs,
                    AOTInductorStreamHandle stream, AOTIProxyExecutorHandle proxy);
AOTI_CONTAINER(RunSingleThreaded)(AOTI_C, AtenTensorHandle* inputs, size_t num_inputs, AtenTensorHandle* outputs,
                                  size_t num_outputs, AOTInductorStreamHandle stream, AOTIProxyExecutorHandle proxy);
AOTI_API int32_t AOTInductorGetLastError(const char** message); /* of this thread; "" when there is none */

/* ---- what it takes and gives ---- */
AOTI_CONTAINER(GetNumInputs)(AOTI_C, size_t* out);
AOTI_CONTAINER(GetInputName)(AOTI_C, size_t i, const char** out);
AOTI_CONTAINER(GetNumOutputs)(AOTI_C, size_t* out);
AOTI_CONTAINER(GetOutputName)(AOTI_C, size_t i, const char** out);
AOTI_CONTAINER(GetCallSpec)(AOTI_C, const char** in_spec, const char** out_spec);

/* ---- constants ---- */
AOTI_CONTAINER(GetNumConstants)(AOTI_C, size_t* out);
AOTI_CONTAINER(GetConstantName)(AOTI_C, size_t i, const char** out);
AOTI_CONTAINER(GetConstantOriginalFQN)(AOTI_C, size_t i, const char** out);
AOTI_CONTAINER(GetConstantFromFolded)(AOTI_C, size_t i, bool* out);
AOTI_CONTAINER(GetConstantType)(AOTI_C, size_t i, int32_t* out);
AOTI_CONTAINER(GetConstantDtype)(AOTI_C, size_t i, int32_t* out);
AOTI_CONTAINER(GetConstantDataSize)(AOTI_C, size_t i, size_t* out);
AOTI_CONTAINER(GetConstantsBlobSize)(AOTI_C, uint64_t* out);
AOTI_CONTAINER(UpdateConstantBuffer)(AOTI_C, AOTI_MAP, bool use_inactive, bool validate_full_update);
AOTI_CONTAINER(UpdateConstantBufferPairs)(AOTI_C, AOTI_PAIRS, bool use_inactive, bool validate_full_update);
AOTI_CONTAINER(UpdateConstantBufferFromCpu)(AOTI_C, AOTI_MAP, bool use_inactive, bool validate_full_update);
AOTI_CONTAINER(UpdateConstantBufferFromCpuPairs)(AOTI_C, AOTI_PAIRS, bool use_inactive, bool validate_full_update);
AOTI_CONTAINER(UpdateUserManagedConstantBuffer)(AOTI_C, AOTI_MAP, bool use_inactive, bool validate_full_update);
AOTI_CONTAINER(UpdateUserManagedConstantBufferPairs)(AOTI_C, AOTI_PAIRS, bool use_inactive, bool validate_full_update);
AOTI_CONTAINER(UpdateInactiveConstantBuffer)(AOTI_C, AOTI_MAP);
AOTI_CONTAINER(UpdateInactiveConstantBufferPairs)(AOTI_C, AOTI_PAIRS);
AOTI_CONTAINER(FreeInactiveConstantBuffer)(AOTI_C);
AOTI_CONTAINER(SwapConstantBuffer)(AOTI_C);
AOTI_CONTAINER(RunConstantFolding)(AOTI_C, bool use_inactive, AOTInductorStreamHandle stream,
                                   AOTIProxyExecutorHandle proxy);
/* The container owns the handles, until the next extraction of the same set. */
AOTI_CONTAINER(ExtractConstantsMap)(AOTI_C, AOTI_MAP, bool use_inactive);
AOTI_CONTAINER(ExtractConstantsMapEntries)(AOTI_C, const AOTInductorConstantMapEntry** entries, size_t* num_entries,
                                           bool use_inactive);
AOTI_API int32_t AOTInductorModelUpdateConstantsFromBlob(AOTI_C, const uint8_t* blob);

/* ---- the bare model: here the same as a container ---- */
AOTI_API int32_t AOTInductorModelCreate(AOTInductorModelHandle* out, AOTI_MAP);
AOTI_API int32_t AOTInductorModelCreateV2(AOTInductorModelHandle* out, AOTI_PAIRS);
AOTI_API int32_t AOTInductorModelRun(AOTInductorModelHandle model, AtenTensorHandle* inputs, AtenTensorHandle* outputs);
AOTI_API int32_t AOTInductorModelDelete(AOTInductorModelHandle model);
AOTI_API int32_t AOTInductorModelGetNumOutputs(AOTInductorModelHandle model, size_t* out);
AOTI_API int32_t AOTInductorModelUpdateConstantsMap(AOTInductorModelHandle model, AOTI_MAP);
AOTI_API int32_t AOTInductorModelUpdateConstantsMapV2(AOTInductorModelHandle model,
                                                      const AOTInductorConstantMapEntry* pairs, int32_t num_pairs);

#undef AOTI_CONTAINER
#undef AOTI_C
#undef AOTI_MAP
#undef AOTI_PAIRS
#ifdef __cplusplus
}
#endif
#endif
