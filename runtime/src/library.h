/* An opened model: its constants, its threads, its run contexts. Both doors hand out this object. */
#ifndef AOTI_LIBRARY_H
#define AOTI_LIBRARY_H
#include <pthread.h>
#include <stdatomic.h>

#include "base.h"
#include "pool.h"

/* ---- weights.c: the constants' bytes as they were built ---- */
typedef struct aoti_weights {
  char* data;      /* NULL: not found, see missing */
  uint64_t bytes;
  uint64_t mapped; /* bytes to unmap; 0 when embedded in the library */
  char missing[512];
} aoti_weights;
/* path: NULL looks beside the library and in `folder` (which may be NULL). 1: there is a file and it is unfit. */
int32_t aoti_weights_open(aoti_weights* weights, const aoti_model_desc* desc, const char* path, const char* folder);
void aoti_weights_close(aoti_weights* weights);
/* These bytes were read and will hardly be read again: their pages are given back, to come from the file if they are. */
void aoti_weights_unused(const aoti_weights* weights, uint64_t offset, uint64_t bytes);

/* ---- constants.c: two sets of values, one of them active ---- */
typedef struct aoti_value { /* memory shared by counting: a constant's new value, an alias, a fold area */
  _Atomic int32_t references;
  void* data;
  void (*release)(void* owner); /* of an alias: what to do with the host's handle */
  void* owner;
} aoti_value;

typedef struct aoti_slot {
  void* data;        /* NULL: has no value yet */
  aoti_value* value; /* NULL: in the weights as built */
  int32_t exposed;   /* the host may write to it, unseen */
} aoti_slot;

typedef struct aoti_set {
  aoti_slot* slots; /* NULL: this set does not exist */
  aoti_value* fold;
  _Atomic int32_t folded;
  _Atomic int32_t exposed; /* some slot is: what was folded is worth nothing in the next run */
} aoti_set;

typedef struct aoti_traffic { /* all launches of a kernel */
  const char* name;
  int64_t launches, nanoseconds, bytes;
} aoti_traffic;

typedef struct aoti_library {
  uint32_t magic;
  const aoti_model_desc* desc;
  aoti_pool* pool;
  aoti_weights weights;
  aoti_set sets[2];
  int32_t active;
  int32_t stateful;           /* some constant is mutated by runs: they go one by one */
  pthread_rwlock_t lock;      /* runs read; what changes the active set writes */
  pthread_mutex_t updating;   /* one update at a time; the inactive set is only touched under it */
  pthread_mutex_t folding;
  pthread_mutex_t contexts_lock; /* also of message */
  _Atomic(struct aoti_run*) idle; /* the context that the next run takes, with one exchange */
  struct aoti_run* contexts;  /* more idle ones */
  char message[768];          /* door 2: of the last failed function of the library */
  _Atomic int32_t calls;      /* of door 2, still open */
  _Atomic int32_t profile;    /* runs note the time of each launch */
  _Atomic uint64_t seed, runs; /* of random operators: runs since it was set */
  _Atomic(struct aoti_operator_row*) operators; /* functions of the host for its operators, the newest first */
  aoti_traffic* traffic;      /* under contexts_lock; of models that ask for it */
  uint32_t num_traffic, max_traffic;
} aoti_library;
#define AOTI_LIBRARY_MAGIC 0x6c746f61u

/* `deferred`: without weights the library opens, and a run says which constant has no value. */
int32_t aoti_library_open(const char* weights, const char* folder, int32_t threads, int32_t deferred,
                          aoti_library** library);
void aoti_library_close(aoti_library* library);

/* ---- traffic.c ---- */
void aoti_traffic_add(aoti_library* library, const char* name, int64_t nanoseconds, int64_t bytes);
void aoti_traffic_print(aoti_library* library); /* to stderr, and forgets it */

int32_t aoti_constants_open(aoti_library* library);
void aoti_constants_close(aoti_library* library);
/* Index of a constant by its name or its name in the user's module; -1 and a message. */
int64_t aoti_constant_index(const aoti_library* library, const char* name);

typedef struct aoti_update {
  int64_t index;
  aoti_tensor from;
  void (*release)(void* owner); /* set: an alias and no copy; called when the constant lets go of it */
  void* owner;
} aoti_update;
/* All or nothing; the data is copied (or aliased) before the lock of the active set is taken. Owners of aliases are
 * taken over on success only. */
int32_t aoti_constants_update(aoti_library* library, int32_t inactive, const aoti_update* updates, uint32_t count);
int32_t aoti_constants_swap(aoti_library* library);
int32_t aoti_constants_drop_inactive(aoti_library* library);
int32_t aoti_constants_fold(aoti_library* library, int32_t inactive);
/* Dense copy of a constant. */
int32_t aoti_constants_read(aoti_library* library, int32_t inactive, int64_t index, void* to, uint64_t bytes);
/* For the run that holds the lock: folds its set if that is still to be done, or for this run alone. */
int32_t aoti_run_fold(struct aoti_run* run);
/* The host was given the memory of constant i, which both sets may have; under `updating`. */
void aoti_constant_expose(aoti_library* library, uint32_t i, const void* data);
/* The inactive set, made from the active one when it does not exist; under `updating`. */
aoti_set* aoti_set_inactive(aoti_library* library);
aoti_value* aoti_value_share(aoti_value* value); /* NULL is fine */
void aoti_value_drop(aoti_value* value);
/* Makes the bytes as built privately writable (copy on write). */
int32_t aoti_weights_writable(void* data, uint64_t bytes);
#endif
