/* weights.bin: found, checked, mapped. The pages are shared by all processes until one writes to them. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "library.h"

/* With package_constants_in_so the model's objects define these around the bytes (.incbin). */
extern char aoti_weights_start __attribute__((weak, visibility("hidden")));
extern char aoti_weights_end __attribute__((weak, visibility("hidden")));

static int32_t map_file(aoti_weights* weights, const aoti_model_desc* desc, const char* path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    if (errno == ENOENT) return -1;
    return aoti_error("cannot open the weights of model \"%s\": %s: %s", desc->name, path, strerror(errno));
  }
  struct stat status;
  int32_t bad = 0;
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
    bad = aoti_error("cannot use the weights of model \"%s\": %s is not a file", desc->name, path);
  else if ((uint64_t)status.st_size != desc->weights_bytes)
    bad = aoti_error(
        "the weights do not belong to model \"%s\": %s has %lld bytes, the build wrote %llu (sha256 %.16s)\n"
        "  Put the weights.bin of the same build beside the library.",
        desc->name, path, (long long)status.st_size, (unsigned long long)desc->weights_bytes,
        desc->weights_digest ? desc->weights_digest : "unknown");
  if (!bad) {
    void* data = mmap(NULL, desc->weights_bytes, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED) {
      bad = aoti_error("cannot map the weights of model \"%s\": %s: %s", desc->name, path, strerror(errno));
    } else {
      madvise(data, desc->weights_bytes, MADV_WILLNEED);
      weights->data = data;
      weights->bytes = weights->mapped = desc->weights_bytes;
    }
  }
  close(file);
  return bad;
}

/* "<folder>/<file>" with a folder of `length` characters. */
static int32_t try_beside(aoti_weights* weights, const aoti_model_desc* desc, const char* folder, size_t length,
                          const char* file, size_t file_length, const char* suffix) {
  char path[PATH_MAX];
  if (length + file_length + strlen(suffix) + 2 > sizeof path) return -1;
  snprintf(path, sizeof path, "%.*s/%.*s%s", (int)length, folder, (int)file_length, file, suffix);
  return map_file(weights, desc, path);
}

int32_t aoti_weights_open(aoti_weights* weights, const aoti_model_desc* desc, const char* path, const char* folder) {
  memset(weights, 0, sizeof *weights);
  if (desc->weights_bytes == 0) return 0;
  if (path && *path) {
    int32_t found = map_file(weights, desc, path);
    if (found >= 0) return found;
    snprintf(weights->missing, sizeof weights->missing, "%s does not exist", path);
    return 0;
  }
  if (&aoti_weights_start && &aoti_weights_end > &aoti_weights_start) {
    weights->data = &aoti_weights_start;
    weights->bytes = (uint64_t)(&aoti_weights_end - &aoti_weights_start);
    if (weights->bytes >= desc->weights_bytes) return 0;
    return aoti_error("the weights in the library of model \"%s\" are cut short: %llu of %llu bytes", desc->name,
                      (unsigned long long)weights->bytes, (unsigned long long)desc->weights_bytes);
  }
  if (folder && *folder) {
    int32_t found = try_beside(weights, desc, folder, strlen(folder), "weights", 7, ".bin");
    if (found >= 0) return found;
  }
  Dl_info self;
  const char* library = dladdr(&aoti_model, &self) && self.dli_fname ? self.dli_fname : "./";
  const char* slash = strrchr(library, '/');
  const char* name = slash ? slash + 1 : library;
  const char* dot = strrchr(name, '.');
  const char* home = slash ? library : ".";
  size_t length = slash ? (size_t)(slash - library) : 1;
  int32_t found = try_beside(weights, desc, home, length, name, dot ? (size_t)(dot - name) : strlen(name), ".weights.bin");
  if (found < 0) found = try_beside(weights, desc, home, length, "weights", 7, ".bin");
  if (found >= 0) return found;
  snprintf(weights->missing, sizeof weights->missing, "there is no weights.bin in %.*s", (int)length, home);
  return 0;
}

void aoti_weights_close(aoti_weights* weights) {
  if (weights->mapped) munmap(weights->data, weights->mapped);
  memset(weights, 0, sizeof *weights);
}

void aoti_weights_unused(const aoti_weights* weights, uint64_t offset, uint64_t bytes) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)weights->data + offset, end = first + bytes;
  first = (first + page - 1) / page * page; /* whole pages only: others have a share in the outer ones */
  end = end / page * page;
  if (end > first) madvise((void*)first, end - first, MADV_DONTNEED);
}

int32_t aoti_weights_writable(void* data, uint64_t bytes) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)data / page * page;
  if (bytes == 0 || mprotect((void*)from, (uintptr_t)data + bytes - from, PROT_READ | PROT_WRITE) == 0) return 0;
  return aoti_error("cannot make a constant writable: %s", strerror(errno));
}
