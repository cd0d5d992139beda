/* Finds the tensor functions of the process. Python loads libtorch with local scope, and we are not linked against
 * it (a NEEDED entry would tie the library to one release), so the global scope alone will not do: we look for a
 * loaded object with that name and open it once more without loading it. */
#include "host.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

typedef struct search {
  const char *prefix, *symbol;
  void *opened, *found;
} search;

static int look_into(struct dl_phdr_info* info, size_t size, void* argument) {
  (void)size;
  search* s = argument;
  const char* slash = info->dlpi_name ? strrchr(info->dlpi_name, '/') : NULL;
  const char* name = slash ? slash + 1 : info->dlpi_name;
  if (!name || strncmp(name, s->prefix, strlen(s->prefix)) != 0) return 0;
  void* opened = dlopen(info->dlpi_name, RTLD_NOW | RTLD_NOLOAD);
  if (!opened) return 0;
  s->found = dlsym(opened, s->symbol);
  if (s->found) s->opened = opened;
  if (!s->found) dlclose(opened);
  return s->found != NULL;
}

void* aoti_host_find(const char* library, const char* symbol, void** opened) {
  search s = {library, symbol, NULL, dlsym(RTLD_DEFAULT, symbol)};
  if (!s.found) dl_iterate_phdr(look_into, &s);
  *opened = s.opened;
  return s.found;
}

static void use_ours(aoti_host* host) {
  *host = (aoti_host){
      .ours = 1,
      .empty_strided = aoti_rt_empty_strided,
      .create_tensor_from_blob = aoti_rt_create_tensor_from_blob,
      .assign_tensors_out = aoti_rt_assign_tensors_out,
      .delete_tensor_object = aoti_rt_delete_tensor_object,
      .get_data_ptr = aoti_rt_get_data_ptr,
      .get_dim = aoti_rt_get_dim,
      .get_sizes = aoti_rt_get_sizes,
      .get_strides = aoti_rt_get_strides,
      .get_dtype = aoti_rt_get_dtype,
      .get_device_type = aoti_rt_get_device_type,
      .grad_mode_is_enabled = aoti_rt_grad_mode_is_enabled,
      .grad_mode_set_enabled = aoti_rt_grad_mode_set_enabled,
  };
}

int32_t aoti_host_open(aoti_host* host) {
  memset(host, 0, sizeof *host);
  if (!aoti_host_find("libtorch_cpu", "aoti_torch_empty_strided", &host->torch)) {
    use_ours(host);
    return 0;
  }
  void* from = host->torch ? host->torch : RTLD_DEFAULT;
#define OPTIONAL(field, symbol) *(void**)&host->field = dlsym(from, symbol)
#define REQUIRED(field)                                                                                   \
  OPTIONAL(field, "aoti_torch_" #field);                                                                  \
  if (!host->field) {                                                                                     \
    aoti_host_close(host);                                                                                \
    return aoti_error("the PyTorch in this process has no aoti_torch_%s: 2.6 or newer is needed", #field); \
  }
  REQUIRED(empty_strided)
  REQUIRED(create_tensor_from_blob)
  REQUIRED(assign_tensors_out)
  REQUIRED(delete_tensor_object)
  REQUIRED(get_data_ptr)
  REQUIRED(get_dim)
  REQUIRED(get_sizes)
  REQUIRED(get_strides)
  REQUIRED(get_dtype)
  REQUIRED(get_device_type)
  REQUIRED(grad_mode_is_enabled)
  REQUIRED(grad_mode_set_enabled)
  OPTIONAL(abi_version, "aoti_torch_abi_version");
  OPTIONAL(get_num_threads, "torch_get_num_threads");
  OPTIONAL(last_exception, "torch_exception_get_what");
  OPTIONAL(new_uninitialized_tensor, "aoti_torch_new_uninitialized_tensor");
  OPTIONAL(call_executor, "aoti_torch_proxy_executor_call_function");
  OPTIONAL(marks.start, "aoti_record_function_start");
  OPTIONAL(marks.end, "aoti_record_function_end");
  if (!host->marks.end) host->marks.start = NULL;
  return 0;
}

void aoti_host_close(aoti_host* host) {
  if (host->torch) dlclose(host->torch);
  host->torch = NULL;
}

int32_t aoti_host_tensor(const aoti_host* host, AtenTensorHandle handle, const char* what, const char* name,
                         aoti_tensor* out) {
  int64_t ndim, *sizes, *strides;
  int32_t device;
  if (!handle) return aoti_error("%s \"%s\" is no tensor", what, name);
  if (host->get_device_type(handle, &device) || host->get_dim(handle, &ndim) || host->get_sizes(handle, &sizes) ||
      host->get_strides(handle, &strides) || host->get_dtype(handle, &out->dtype) ||
      host->get_data_ptr(handle, &out->data))
    return aoti_error("%s \"%s\" is a tensor that cannot be read in place (not strided?)", what, name);
  if (device != 0) return aoti_error("%s \"%s\" is not on the CPU, where this model runs", what, name);
  if (ndim > AOTI_MAX_DIMS)
    return aoti_error("%s \"%s\" has %lld dimensions, at most %d are possible", what, name, (long long)ndim,
                      AOTI_MAX_DIMS);
  out->ndim = (int32_t)ndim;
  if (ndim) memcpy(out->sizes, sizes, (size_t)ndim * sizeof *sizes);
  if (ndim) memcpy(out->strides, strides, (size_t)ndim * sizeof *strides);
  return 0;
}
