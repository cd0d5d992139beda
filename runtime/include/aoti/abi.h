/* Door 2: the plain C interface of every model library, the same names in each. Standalone, versioned.
 *
 * Only numbers and the caller's buffers cross it. Handles are numbers, never 0. What returns int32_t returns 0 on
 * success and 1 on failure, and then aoti_last_error() has a message. Names and texts are UTF-8, zero-terminated;
 * a function that fills a text buffer returns the text's whole length (call with bytes = 0 to learn it).
 * Element types are c10::ScalarType numbers (float32 6, int64 4, bool 11, bfloat16 15, ...).
 * Sizes and strides are int64, strides in elements.
 *
 * Threads: a library may be used from any number of threads. A call is used by one thread at a time; make one for
 * each thread. */
#ifndef AOTI_ABI_H
#define AOTI_ABI_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AOTI_ABI_VERSION 1u

#ifndef AOTI_API
#define AOTI_API
#endif

#define AOTI_INFO_DIMS 16
typedef struct aoti_info { /* 36 int64 */
  int64_t dtype;           /* -1: None */
  int64_t rank;
  int64_t bytes;           /* of a dense row-major copy */
  int64_t place;           /* of an output: 0 none, 1 the caller's buffer, 2 the call's own memory, 3 an input's memory */
  int64_t sizes[AOTI_INFO_DIMS];
  int64_t strides[AOTI_INFO_DIMS];
} aoti_info;

/* ---- library ---- */
AOTI_API uint32_t aoti_abi_version(void);
/* weights: path of weights.bin, or NULL: in the library or beside it. threads: the caller included; 0: as many
 * as there are processors. */
AOTI_API int32_t aoti_open(const char* weights, int32_t threads, uint64_t* library);
/* Joins the threads. Fails while calls are open. */
AOTI_API int32_t aoti_close(uint64_t library);
/* JSON: inputs, outputs, dims, guards. Needs no library. */
AOTI_API int64_t aoti_describe(char* text, uint64_t bytes);
AOTI_API int32_t aoti_num_inputs(void);
AOTI_API int32_t aoti_num_outputs(void);
AOTI_API int32_t aoti_num_constants(void);
/* of: a call or a library (the message of its last failed function, whichever thread called it), or 0: this
 * thread's last message, as after aoti_open. */
AOTI_API int64_t aoti_last_error(uint64_t of, char* text, uint64_t bytes);

/* ---- calls ---- */
AOTI_API int32_t aoti_call_new(uint64_t library, uint64_t* call);
AOTI_API int32_t aoti_call_free(uint64_t call);
/* Binds input i (all leaves count; numbers are 0-d tensors) until it is bound anew. The memory stays the caller's
 * and must live as long as the call uses it. strides NULL: dense. */
AOTI_API int32_t aoti_call_input(uint64_t call, uint32_t i, const void* data, int32_t dtype, int32_t rank,
                                 const int64_t* sizes, const int64_t* strides);
/* Where output i may be written, if it fits; NULL: the call's own memory. Must not overlap inputs. */
AOTI_API int32_t aoti_call_output(uint64_t call, uint32_t i, void* data, uint64_t bytes);
/* Most threads for this call's runs; 0: the library's. */
AOTI_API int32_t aoti_call_threads(uint64_t call, int32_t threads);
AOTI_API int32_t aoti_call_run(uint64_t call);
/* After a run, until the next. */
AOTI_API int32_t aoti_call_output_info(uint64_t call, uint32_t i, aoti_info* info);
AOTI_API int32_t aoti_call_output_copy(uint64_t call, uint32_t i, void* data, uint64_t bytes); /* dense, row-major */
AOTI_API const void* aoti_call_output_data(uint64_t call, uint32_t i); /* laid out as info says; NULL: none */
/* JSON list of the last run's launches: name, nanoseconds, iterations. Empty unless aoti_profile(library, 1). */
AOTI_API int64_t aoti_call_profile(uint64_t call, char* text, uint64_t bytes);
AOTI_API int32_t aoti_profile(uint64_t library, int32_t on);
/* What random operators draw from; 0 at first. Runs after this are numbered from 0 again: the same seed and the same
 * order of runs give the same numbers in the same library. */
AOTI_API int32_t aoti_seed(uint64_t library, uint64_t seed);

/* ---- operators that the model leaves to its host (docs/custom_operators.md) ---- */
struct aoti_op; /* aoti/op.h */
/* Gives a function for the operator `name` ("mylib::f") of later runs of the library; it is called on the thread of
 * the run with `context`, perhaps on several at once, and returns 0, or another number to fail the run. Arguments that
 * the operator writes to are tensors of `in`, results those of `out`. Not for operators with lists among their
 * arguments, or results whose sizes depend on data. */
typedef int32_t (*aoti_operator)(void* context, const struct aoti_op* op);
AOTI_API int32_t aoti_register_operator(uint64_t library, const char* name, aoti_operator function, void* context);

/* ---- constants ----
 * Two sets: runs read the active one; the other can be filled meanwhile and swapped in. What is not set in the
 * inactive set is as in the active one when its filling began. */
#define AOTI_INACTIVE 1 /* flag: the inactive set */
#define AOTI_BORROW 2   /* flag: use the caller's memory in place, until it is set anew or the library is closed */
AOTI_API int64_t aoti_constant_name(uint32_t i, char* text, uint64_t bytes); /* as in the user's module */
AOTI_API int32_t aoti_constant_info(uint32_t i, aoti_info* info);
AOTI_API int32_t aoti_set_constant(uint64_t library, const char* name, const void* data, int32_t dtype, int32_t rank,
                                   const int64_t* sizes, const int64_t* strides, int32_t flags);
AOTI_API int32_t aoti_get_constant(uint64_t library, const char* name, void* data, uint64_t bytes, int32_t flags);
AOTI_API int32_t aoti_fold_constants(uint64_t library, int32_t flags); /* else the next run does it */
AOTI_API int32_t aoti_swap_constants(uint64_t library);
AOTI_API int32_t aoti_free_inactive(uint64_t library);

#ifdef __cplusplus
}
#endif
#endif
