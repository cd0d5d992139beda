/* Opening and closing. */
#include "library.h"

#include <stdlib.h>

#include "run.h"

static int32_t fit_host(const aoti_model_desc* desc) {
  if (desc->abi_version != AOTI_MODEL_ABI)
    return aoti_error("model \"%s\" was generated for version %u of the runtime, this is %u: build it again",
                      desc->name, desc->abi_version, AOTI_MODEL_ABI);
  const char* lacking = aoti_cpu_lacks(desc->cpu_features);
  if (lacking)
    return aoti_error("model \"%s\" was built for a processor with %s, which this one lacks\n"
                      "  Build it with a lower `target`, such as \"x86-64-v3\".",
                      desc->name, lacking);
  return 0;
}

static int32_t needs_weights(const aoti_library* library) {
  if (library->desc->weights_bytes == 0 || library->weights.data) return 0;
  return aoti_error("no weights for model \"%s\": %s", library->desc->name, library->weights.missing);
}

int32_t aoti_library_open(const char* weights, const char* folder, int32_t threads, int32_t deferred,
                          aoti_library** out) {
  *out = NULL;
  const aoti_model_desc* desc = &aoti_model;
  if (fit_host(desc)) return 1;
  aoti_library* library = calloc(1, sizeof *library);
  if (!library) return aoti_error("out of memory");
  library->magic = AOTI_LIBRARY_MAGIC;
  library->desc = desc;
  pthread_rwlockattr_t fair;
  pthread_rwlockattr_init(&fair);
#ifdef __GLIBC__
  pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP); /* updates are not starved */
#endif
  pthread_rwlock_init(&library->lock, &fair);
  pthread_rwlockattr_destroy(&fair);
  pthread_mutex_init(&library->updating, NULL);
  pthread_mutex_init(&library->folding, NULL);
  pthread_mutex_init(&library->contexts_lock, NULL);
  library->pool = aoti_pool_new(threads > 0 ? threads : desc->threads);
  int32_t bad = library->pool ? 0 : aoti_error("out of memory");
  if (!bad) bad = aoti_weights_open(&library->weights, desc, weights, folder);
  if (!bad && !deferred) bad = needs_weights(library);
  if (!bad) bad = aoti_constants_open(library);
  if (bad) {
    aoti_library_close(library);
    return 1;
  }
  *out = library;
  return 0;
}

void aoti_library_close(aoti_library* library) {
  if (!library) return;
  aoti_pool_free(library->pool);
  aoti_traffic_print(library);
  aoti_runs_free(library);
  aoti_operators_free(library);
  aoti_constants_close(library);
  aoti_weights_close(&library->weights);
  pthread_rwlock_destroy(&library->lock);
  pthread_mutex_destroy(&library->updating);
  pthread_mutex_destroy(&library->folding);
  pthread_mutex_destroy(&library->contexts_lock);
  library->magic = 0;
  free(library);
}
