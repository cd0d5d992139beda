/* Door 2: constants. */
#include <string.h>

#include "door2.h"

static const aoti_constant_desc* describe(uint32_t i) {
  if (i < aoti_model.num_constants) return &aoti_model.constants[i];
  aoti_error("there is no constant %u: model \"%s\" has %u", i, aoti_model.name, aoti_model.num_constants);
  return NULL;
}

int64_t aoti_constant_name(uint32_t i, char* text, uint64_t bytes) {
  const aoti_constant_desc* constant = describe(i);
  return constant ? aoti_copy_text(aoti_fqn_of(&aoti_model, constant), text, bytes) : -1;
}

int32_t aoti_constant_info(uint32_t i, aoti_info* info) {
  const aoti_constant_desc* constant = describe(i);
  if (!constant) return 1;
  const int64_t *sizes = aoti_sizes_of(&aoti_model, constant), *strides = aoti_strides_of(&aoti_model, constant);
  memset(info, 0, sizeof *info);
  info->dtype = constant->dtype;
  info->rank = constant->ndim;
  info->bytes = aoti_numel(constant->ndim, sizes) * aoti_dtype_size(constant->dtype);
  memcpy(info->sizes, sizes, (size_t)constant->ndim * sizeof(int64_t));
  memcpy(info->strides, strides, (size_t)constant->ndim * sizeof(int64_t));
  return 0;
}

static void keep(void* owner) { (void)owner; } /* borrowed memory stays the caller's */

static int32_t set(aoti_library* library, const char* name, aoti_update* update, int32_t flags) {
  update->index = aoti_constant_index(library, name);
  if (update->index < 0) return 1;
  if (flags & AOTI_BORROW) update->release = keep;
  return aoti_constants_update(library, flags & AOTI_INACTIVE, update, 1);
}

int32_t aoti_set_constant(uint64_t handle, const char* name, const void* data, int32_t dtype, int32_t rank,
                          const int64_t* sizes, const int64_t* strides, int32_t flags) {
  aoti_library* library = aoti_library_of(handle);
  aoti_update update = {0};
  if (!library) return 1;
  int32_t bad = aoti_take_tensor(&update.from, "constant", name, data, dtype, rank, sizes, strides);
  return aoti_library_said(library, bad || set(library, name, &update, flags));
}

int32_t aoti_get_constant(uint64_t handle, const char* name, void* data, uint64_t bytes, int32_t flags) {
  aoti_library* library = aoti_library_of(handle);
  if (!library) return 1;
  int64_t index = aoti_constant_index(library, name);
  return aoti_library_said(
      library, index < 0 || aoti_constants_read(library, flags & AOTI_INACTIVE, index, data, bytes));
}

int32_t aoti_fold_constants(uint64_t handle, int32_t flags) {
  aoti_library* library = aoti_library_of(handle);
  return library ? aoti_library_said(library, aoti_constants_fold(library, flags & AOTI_INACTIVE)) : 1;
}

int32_t aoti_swap_constants(uint64_t handle) {
  aoti_library* library = aoti_library_of(handle);
  return library ? aoti_library_said(library, aoti_constants_swap(library)) : 1;
}

int32_t aoti_free_inactive(uint64_t handle) {
  aoti_library* library = aoti_library_of(handle);
  return library ? aoti_library_said(library, aoti_constants_drop_inactive(library)) : 1;
}
