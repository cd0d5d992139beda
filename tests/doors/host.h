/* A host of door 1 without PyTorch: what a library exports, found as a loader finds it, and one call. */
#ifndef HOST_H
#define HOST_H
#include <dlfcn.h>

#include "aoti/abi.h"
#include "aoti/container.h"
#include "check.h"

#define FIND(name)                                                      \
  __typeof__(&name) p_##name = (__typeof__(&name))dlsym(library, #name); \
  CHECK(p_##name)

static inline void* load(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) fprintf(stderr, "%s\n", dlerror());
  CHECK(library);
  return library;
}

static inline AOTInductorModelContainerHandle container_new(void* library) {
  FIND(AOTInductorModelContainerCreateWithDevice);
  AOTInductorModelContainerHandle model;
  CHECK(p_AOTInductorModelContainerCreateWithDevice(&model, 1, "cpu", NULL) == 0);
  return model;
}

/* One call of a model of one input, float32 [rows, columns], and one output. */
static inline void run_once(void* library, AOTInductorModelContainerHandle model, int64_t rows, int64_t columns) {
  FIND(AOTInductorModelContainerRun);
  FIND(aoti_rt_empty_strided);
  FIND(aoti_rt_get_data_ptr);
  FIND(aoti_rt_delete_tensor_object);
  AtenTensorHandle in[1], out[1];
  void* data;
  const int64_t sizes[] = {rows, columns}, strides[] = {columns, 1};
  CHECK(p_aoti_rt_empty_strided(2, sizes, strides, 6, 0, -1, in) == 0);
  CHECK(p_aoti_rt_get_data_ptr(in[0], &data) == 0);
  memset(data, 0, (size_t)(rows * columns) * 4);
  CHECK(p_AOTInductorModelContainerRun(model, in, 1, out, 1, NULL, NULL) == 0);
  CHECK(p_aoti_rt_delete_tensor_object(out[0]) == 0);
}
#endif
