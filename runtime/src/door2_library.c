/* Door 2: opening, describing, messages. */
#include "door2.h"

aoti_library* aoti_library_of(uint64_t handle) {
  aoti_library* library = (aoti_library*)(uintptr_t)handle;
  if (library && library->magic == AOTI_LIBRARY_MAGIC) return library;
  aoti_error("not a library handle, or one that was closed");
  return NULL;
}

int32_t aoti_library_said(aoti_library* library, int32_t bad) {
  if (!bad) return 0;
  pthread_mutex_lock(&library->contexts_lock);
  aoti_copy_text(aoti_error_text(), library->message, sizeof library->message);
  pthread_mutex_unlock(&library->contexts_lock);
  return bad;
}

uint32_t aoti_abi_version(void) { return AOTI_ABI_VERSION; }

int32_t aoti_open(const char* weights, int32_t threads, uint64_t* out) {
  aoti_library* library;
  *out = 0;
  if (aoti_library_open(weights, NULL, threads, 0, &library)) return 1;
  *out = (uint64_t)(uintptr_t)library;
  return 0;
}

int32_t aoti_close(uint64_t handle) {
  aoti_library* library = aoti_library_of(handle);
  if (!library) return 1;
  int32_t calls = atomic_load(&library->calls);
  if (calls)
    return aoti_library_said(
        library, aoti_error("cannot close model \"%s\": %d calls are still open", library->desc->name, calls));
  aoti_library_close(library);
  return 0;
}

int64_t aoti_describe(char* text, uint64_t bytes) {
  return aoti_copy_text(aoti_model.describe ? aoti_model.describe : "{}", text, bytes);
}

int32_t aoti_num_inputs(void) { return (int32_t)aoti_model.num_inputs; }
int32_t aoti_num_outputs(void) { return (int32_t)aoti_model.num_outputs; }
int32_t aoti_num_constants(void) { return (int32_t)aoti_model.num_constants; }

int64_t aoti_last_error(uint64_t of, char* text, uint64_t bytes) {
  const uint32_t* magic = (const uint32_t*)(uintptr_t)of;
  if (magic && *magic == AOTI_CALL_MAGIC)
    return aoti_copy_text(((const aoti_call*)(const void*)magic)->message, text, bytes);
  if (!magic || *magic != AOTI_LIBRARY_MAGIC) return aoti_copy_text(aoti_error_text(), text, bytes);
  aoti_library* library = (aoti_library*)(uintptr_t)of;
  pthread_mutex_lock(&library->contexts_lock);
  int64_t length = aoti_copy_text(library->message, text, bytes);
  pthread_mutex_unlock(&library->contexts_lock);
  return length;
}

int32_t aoti_seed(uint64_t handle, uint64_t seed) {
  aoti_library* library = aoti_library_of(handle);
  if (!library) return 1;
  atomic_store(&library->seed, seed);
  atomic_store(&library->runs, 0);
  return 0;
}

int32_t aoti_profile(uint64_t handle, int32_t on) {
  aoti_library* library = aoti_library_of(handle);
  if (!library) return 1;
  atomic_store(&library->profile, on);
  return 0;
}
