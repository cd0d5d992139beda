/* Door 1: life of a container, and what it says of itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "door1.h"

static int32_t check_device(const char* device) {
  if (!device || strcmp(device, "cpu") == 0 || strncmp(device, "cpu:", 4) == 0) return 0;
  return aoti_error("model \"%s\" was built for the device \"cpu\", the host asks for \"%s\"", aoti_model.name, device);
}

/* As many threads as the host uses, else as the environment says, else as there are processors. */
static int32_t threads_of(const aoti_host* host) {
  uint32_t count;
  const char* ours = getenv("AOTI_NUM_THREADS");
  if (ours && atoi(ours) > 0) return atoi(ours);
  if (host->get_num_threads && host->get_num_threads(&count) == 0 && count > 0) return (int32_t)count;
  const char* openmp = getenv("OMP_NUM_THREADS");
  return openmp && atoi(openmp) > 0 ? atoi(openmp) : 0;
}

static int32_t open_model(aoti_container* container, size_t num_models, const char* device, const char* folder) {
  if (num_models == 0) return aoti_error("model \"%s\": num_models is 0", aoti_model.name);
  if (check_device(device)) return 1;
  for (uint32_t i = 0; i < aoti_model.num_inputs; i++) {
    container->tensors += aoti_model.inputs[i].kind == 0;
    container->numbers += aoti_model.inputs[i].kind == 1;
  }
  return aoti_library_open(NULL, folder, threads_of(&container->host), 1, &container->library);
}

static int32_t container_open(aoti_container** out, size_t num_models, const char* device, const char* folder) {
  aoti_container* container = calloc(1, sizeof *container);
  if (!container) return aoti_error("out of memory");
  if (aoti_host_open(&container->host) == 0 && open_model(container, num_models, device, folder) == 0) {
    *out = container;
    return 0;
  }
  aoti_door1_failed(container);
  aoti_container_close(container);
  return 1;
}

void aoti_container_close(aoti_container* container) {
  aoti_forget_extracted(container, 0);
  aoti_forget_extracted(container, 1);
  aoti_library_close(container->library);
  aoti_host_close(&container->host);
  free(container);
}

int32_t aoti_door1_failed(const aoti_container* container) {
  if (!container->host.ours) fprintf(stderr, "aoti: %s\n", aoti_error_text());
  return 1;
}

int32_t aoti_door1_run_failed(const aoti_container* container) {
  const uint64_t asks = 0x020d000000000000u; /* 2.13 */
  const aoti_host* host = &container->host;
  return host->abi_version && host->abi_version() >= asks ? 1 : aoti_door1_failed(container);
}

int32_t AOTInductorModelContainerCreateWithDevice(AOTInductorModelContainerHandle* out, size_t num_models,
                                                  const char* device, const char* folder) {
  aoti_container* container = NULL;
  aoti_error_clear();
  int32_t bad = container_open(&container, num_models, device, folder);
  *out = (AOTInductorModelContainerHandle)container;
  return bad;
}

int32_t AOTInductorModelContainerCreate(AOTInductorModelContainerHandle* out, size_t num_models, bool is_cpu,
                                        const char* folder) {
  return AOTInductorModelContainerCreateWithDevice(out, num_models, is_cpu ? "cpu" : "cuda", folder);
}

int32_t AOTInductorModelContainerDelete(AOTInductorModelContainerHandle handle) {
  if (handle) aoti_container_close(aoti_container_of(handle));
  return 0;
}

int32_t AOTInductorGetLastError(const char** message) {
  *message = aoti_error_text();
  return 0;
}

int32_t AOTInductorModelContainerGetNumInputs(AOTInductorModelContainerHandle handle, size_t* out) {
  *out = aoti_container_of(handle)->tensors;
  return 0;
}

int32_t AOTInductorModelContainerGetInputName(AOTInductorModelContainerHandle handle, size_t i, const char** out) {
  (void)handle;
  for (uint32_t leaf = 0; leaf < aoti_model.num_inputs; leaf++) {
    if (aoti_model.inputs[leaf].kind != 0 || i-- != 0) continue;
    *out = aoti_model.inputs[leaf].name;
    return 0;
  }
  return aoti_error("there is no such input of model \"%s\"", aoti_model.name);
}

int32_t AOTInductorModelContainerGetNumOutputs(AOTInductorModelContainerHandle handle, size_t* out) {
  (void)handle;
  *out = aoti_model.num_outputs;
  return 0;
}

int32_t AOTInductorModelContainerGetOutputName(AOTInductorModelContainerHandle handle, size_t i, const char** out) {
  (void)handle;
  if (i >= aoti_model.num_outputs) return aoti_error("there is no output %zu of model \"%s\"", i, aoti_model.name);
  *out = aoti_model.outputs[i].name;
  return 0;
}

int32_t AOTInductorModelContainerGetCallSpec(AOTInductorModelContainerHandle handle, const char** in_spec,
                                             const char** out_spec) {
  (void)handle;
  *in_spec = aoti_model.in_spec ? aoti_model.in_spec : "";
  *out_spec = aoti_model.out_spec ? aoti_model.out_spec : "";
  return 0;
}
