/* What a generated model and the runtime know of each other. Standalone C; no allocation inside kernels.
 *
 * 2: names and shapes of constants are places in tables of the model. Before, additive all: AOTI_BAD_INDEX and friends; `cpu_features` at the end of aoti_model_desc (NULL: not checked);
 * pieces of a launch are whole multiples of its grain; weights inside the library (AOTI_EMBED_WEIGHTS below);
 * the runtime checks dtype and rank of each input of kind 0 and 1 before `run`; `random` and `kept` at the end of aoti_args; `threads`, `bandwidth`, `marks` at the end of
 * aoti_model_desc; aoti_check_finite, aoti_show, aoti_moves; aoti_host_call, aoti_host_take. */
#ifndef AOTI_MODEL_H
#define AOTI_MODEL_H
#include <stddef.h>
#include <stdint.h>

#include "aoti/op.h"

/* A kernel's arguments: pointers in the plan's order, then integers (sizes, strides, offsets in elements). */
typedef struct aoti_args {
  void* const* p;       /* buffers, inputs, outputs, constants */
  const int64_t* n;     /* symbol values that the kernel reads */
  void* scratch;        /* this worker's scratch, at least the bytes asked for at launch; 64-byte aligned */
  int32_t* error;       /* a kernel that finds a bad index stores a nonzero code here and goes on safely */
  const uint64_t* random; /* what random numbers are drawn from: the library's seed, this run's number, this launch's */
  int64_t* kept;        /* the kernel's to note what this worker's scratch holds; 0 at a worker's first piece of a launch */
} aoti_args;

/* Codes for args->error, written as *args->error = AOTI_BAD_INDEX. */
enum { AOTI_BAD_INDEX = 1, AOTI_BAD_VALUE = 2, AOTI_DIVISION_BY_ZERO = 3 };

/* Does [begin, end) of the kernel's parallel iterations. */
typedef void (*aoti_kernel)(const aoti_args* args, int64_t begin, int64_t end);

#define AOTI_MAX_DIMS 16

/* A tensor as a host hands it over or takes it: strides in elements, data includes the storage offset. */
typedef struct aoti_tensor {
  void* data;
  int32_t dtype;        /* c10::ScalarType number */
  int32_t ndim;
  int64_t sizes[AOTI_MAX_DIMS];
  int64_t strides[AOTI_MAX_DIMS];
} aoti_tensor;

typedef struct aoti_run aoti_run; /* one call: opaque to the generated code */

typedef struct aoti_io_desc {       /* an input or output leaf, in the order of the flattened call */
  const char* name;
  int32_t dtype;        /* -1: a None output */
  int32_t ndim;
  int32_t kind;         /* 0 tensor, 1 scalar handed as 0-d tensor, 2 None, 3 input that the model does not take (python constant) */
} aoti_io_desc;

typedef struct aoti_constant_desc {
  int32_t name;              /* where it begins in constant_names: a C identifier */
  int32_t fqn;               /* likewise: the name in the user's module */
  int32_t dtype, ndim;
  int32_t type;              /* 1 parameter, 2 buffer, 3 tensor constant, 4 folded */
  int32_t mutated;           /* 1: runs write to it (a buffer with state): private copy-on-write pages */
  int32_t shape;             /* where they begin in constant_shapes: sizes, then strides as the export laid it out, elements */
  uint64_t offset, bytes;    /* in weights.bin (64-byte aligned); folded ones: in the fold area */
} aoti_constant_desc;

typedef struct aoti_model_desc {
  uint32_t abi_version;      /* AOTI_MODEL_ABI */
  const char* name;
  uint32_t num_inputs, num_outputs, num_constants;
  const aoti_io_desc* inputs;
  const aoti_io_desc* outputs;
  const aoti_constant_desc* constants;
  const char* in_spec;       /* treespec JSON of the call, "" when unknown */
  const char* out_spec;
  const char* describe;      /* JSON for door 2: names, dtypes, symbolic shapes, dims, guards */
  uint64_t weights_bytes;    /* size of weights.bin */
  uint64_t fold_bytes;       /* bytes of constants derived at load (packed weights and the like) */
  const char* weights_digest;/* sha256 of weights.bin, for messages */
  int32_t (*run)(aoti_run* run);
  int32_t (*fold)(aoti_run* run); /* computes derived constants; NULL when there are none */
  const char* cpu_features;  /* what kernels were compiled for, as gcc names it: "avx2,fma"; NULL: not checked */
  int32_t threads;           /* of a run unless the host says otherwise; 0: one for each processor */
  int32_t bandwidth;         /* 1: launches are timed, and bytes per second printed when the library is closed */
  int32_t marks;             /* named ranges for the host's profiler: 1 for each run, 2 for each kernel, 3 both */
  const char* constant_names;    /* texts one after the other, each with its 0: no pointers that the loader must relocate */
  const int64_t* constant_shapes;/* likewise; what several constants have is there once */
} aoti_model_desc;
#define AOTI_MODEL_ABI 2u

extern const aoti_model_desc aoti_model; /* defined by the generated model.c */

/* ---- services of the runtime for `run` and `fold`; all return 0 on success and leave a message otherwise ---- */

/* Input i as the host gave it (tensor inputs only). */
const aoti_tensor* aoti_input(aoti_run* run, uint32_t i);
int64_t aoti_input_number(aoti_run* run, uint32_t i); /* the value of a 0-d int64 */
/* Pointer to input i's data laid out with exactly `strides` (elements): the host's own memory when it matches,
 * else a copy that lives as long as the run. Sizes are those of the input. NULL: out of memory. */
void* aoti_input_data(aoti_run* run, uint32_t i, const int64_t* strides);
/* Data of input i with `write_back`: as above, but a copy is written back to the host's memory when the run succeeds. */
void* aoti_input_data_mut(aoti_run* run, uint32_t i, const int64_t* strides);
/* Constant i (active set), or its derived form: pointer to its storage as laid out in the descriptor. */
void* aoti_constant(aoti_run* run, uint32_t i);
/* Derived constants area of this run's constant set, `fold_bytes` long. */
void* aoti_folded(aoti_run* run);
/* The run's arena, at least `bytes`, 64-byte aligned, kept between runs. NULL: out of memory. Asked for again, it is
 * the same memory; if more is asked for than it has, other memory, and the first stays valid until the end. */
void* aoti_arena(aoti_run* run, int64_t bytes);
/* Memory for a buffer whose size is only known in mid-run; freed at the end of the run. */
void* aoti_late_alloc(aoti_run* run, int64_t bytes);
/* Announces output i and returns where to write it (the host's buffer when it fits, else fresh). NULL: failed. Of no
 * dimensions, sizes and strides may be NULL. */
void* aoti_output(aoti_run* run, uint32_t i, int32_t ndim, const int64_t* sizes, const int64_t* strides);
/* Output i is the unchanged input j (the same handle goes back to a PyTorch host). */
int32_t aoti_output_is_input(aoti_run* run, uint32_t i, uint32_t j);
/* Output i shares the storage of output j. */
int32_t aoti_output_is_output(aoti_run* run, uint32_t i, uint32_t j);
/* Runs kernel over [0, total) in pieces of at least `grain`, on the pool; `scratch` bytes per worker. Pieces begin at
 * multiples of `grain` and none is empty; how many there are is not said. Total 0 is fine. One launch at a time per run. */
int32_t aoti_launch(aoti_run* run, aoti_kernel kernel, void* const* p, const int64_t* n, int64_t total, int64_t grain,
                    int64_t scratch, const char* name);
/* Leaves a printf-style message for the host and returns 1. */
int32_t aoti_fail(aoti_run* run, const char* format, ...) __attribute__((format(printf, 2, 3)));

/* Fails the run when a float or complex tensor holds nan or infinity; `what` says which tensor it is. */
int32_t aoti_check_finite(aoti_run* run, const void* data, int32_t dtype, int32_t ndim, const int64_t* sizes,
                          const int64_t* strides, const char* what);
/* Shows a tensor: 1 saves it as AOTI_VALUES/<what>.npy, 2 prints statistics, 3 prints `what` alone (a kernel). */
void aoti_show(aoti_run* run, int32_t how, const void* data, int32_t dtype, int32_t ndim, const int64_t* sizes,
               const int64_t* strides, const char* what);
/* The next launch touches this many bytes. */
void aoti_moves(aoti_run* run, int64_t bytes);

/* An operator that the host computes, and how a call of it hands over. */
typedef struct aoti_host_op {
  const char* name;            /* "mylib::f" */
  const char* where;           /* node and line of the user's model, for messages */
  int32_t index;               /* of its node in the list that the host's executor was made from */
  int32_t num_in, num_ints, num_writes, num_results, num_sizes;
  int32_t lists;               /* 1: some arguments are lists, laid out one item after the other */
  const int32_t* writes;       /* arguments that the operator writes to; the first outputs are what becomes of them */
  const int32_t* results;      /* the output that each tensor it gives becomes, -1: none (it is an argument) */
  const int32_t (*sizes)[2];   /* result and axis of each size that only the call knows */
  const double* floats;
  const char* const* texts;
} aoti_host_op;
/* Calls it with tensors `in` (NULL data: None), dense and row-major; `numbers` are its ints and bools, `ints` its ints
 * alone. `in` is changed. With sizes that were not known, the last output gets them and a ticket for aoti_host_take. */
int32_t aoti_host_call(aoti_run* run, const aoti_host_op* op, aoti_op_tensor* in, const int64_t* numbers,
                       const int64_t* ints, const aoti_op_tensor* out);
/* Copies the results of the call with this ticket, of the sizes that it said. */
int32_t aoti_host_take(aoti_run* run, int64_t ticket, const aoti_op_tensor* out, int32_t count);

/* package_constants_in_so: an assembler file with
 *   .section .rodata; .balign 4096; .global aoti_weights_start, aoti_weights_end; .hidden (both)
 *   aoti_weights_start: .incbin "weights.bin"; aoti_weights_end:
 * linked into the library; without it weights.bin is looked for beside the library. */
#endif
