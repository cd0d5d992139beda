/* The runtime that tensor handles belong to: the process's libtorch, or our own (aoti/shim.h). */
#ifndef AOTI_HOST_H
#define AOTI_HOST_H
#include "run.h"
#include "shim.h"

typedef struct aoti_host {
  void* torch;  /* what dlopen gave for the host's library, or NULL */
  int32_t ours; /* no PyTorch in this process */
  int32_t (*empty_strided)(int64_t, const int64_t*, const int64_t*, int32_t, int32_t, int32_t, AtenTensorHandle*);
  int32_t (*create_tensor_from_blob)(void*, int64_t, const int64_t*, const int64_t*, int64_t, int32_t, int32_t, int32_t,
                                     AtenTensorHandle*);
  int32_t (*assign_tensors_out)(AtenTensorHandle, AtenTensorHandle*); /* another handle to the same tensor */
  int32_t (*delete_tensor_object)(AtenTensorHandle);
  int32_t (*get_data_ptr)(AtenTensorHandle, void**);
  int32_t (*get_dim)(AtenTensorHandle, int64_t*);
  int32_t (*get_sizes)(AtenTensorHandle, int64_t**);
  int32_t (*get_strides)(AtenTensorHandle, int64_t**);
  int32_t (*get_dtype)(AtenTensorHandle, int32_t*);
  int32_t (*get_device_type)(AtenTensorHandle, int32_t*);
  bool (*grad_mode_is_enabled)(void);
  void (*grad_mode_set_enabled)(bool);
  /* Newer hosts only, else NULL: */
  uint64_t (*abi_version)(void);
  int32_t (*get_num_threads)(uint32_t*);
  const char* (*last_exception)(void);
  /* PyTorch only: */
  int32_t (*new_uninitialized_tensor)(AtenTensorHandle*);
  int32_t (*call_executor)(void* executor, int index, int num_ints, int64_t* ints, int num_tensors,
                           AtenTensorHandle* tensors);
  aoti_marks marks; /* both or none */
} aoti_host;

int32_t aoti_host_open(aoti_host* host); /* 1 and a message when the host's PyTorch lacks something */
void aoti_host_close(aoti_host* host);
/* A symbol of a library of this process whose file name begins so ("libstdc++"), or of the global scope. */
void* aoti_host_find(const char* library, const char* symbol, void** opened);
/* What a handle stands for. `what` and `name` are for the message. */
int32_t aoti_host_tensor(const aoti_host* host, AtenTensorHandle handle, const char* what, const char* name,
                         aoti_tensor* out);
#endif
