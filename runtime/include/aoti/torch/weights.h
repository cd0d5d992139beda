// The file of a model's weights: see constants.h.
#pragma once
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "aoti/torch/tensors.h"

namespace aoti_torch {

// weights.bin as private memory: pages are read when touched, and copied when written to.
class Weights {
 public:
  Weights(const std::string& path, uint64_t bytes) : bytes_(bytes) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) fail("cannot open the weights at %s: %s", path.c_str(), std::strerror(errno));
    struct stat about;
    const bool fits = ::fstat(file, &about) == 0 && (uint64_t)about.st_size == bytes;
    if (fits) start_ = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    ::close(file);
    if (!fits) fail("the weights at %s are not this build's: they must have %llu bytes", path.c_str(), (unsigned long long)bytes);
    if (start_ == MAP_FAILED) fail("cannot map the weights at %s: %s", path.c_str(), std::strerror(errno));
  }
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;
  ~Weights() { ::munmap(start_, bytes_); }
  char* start() const { return (char*)start_; }

 private:
  void* start_ = nullptr;
  uint64_t bytes_;
};

// Beside the library: its own name with .weights.bin for what follows the dot, or weights.bin.
inline std::string weights_beside(const void* symbol) {
  Dl_info about;
  if (!::dladdr(symbol, &about) || !about.dli_fname) fail("cannot tell where the library lies: name its weights");
  const std::string library = about.dli_fname, folder = library.substr(0, library.find_last_of('/') + 1);
  const std::string name = library.substr(folder.size()), own = folder + name.substr(0, name.find_last_of('.')) + ".weights.bin";
  return ::access(own.c_str(), R_OK) == 0 ? own : folder + "weights.bin";
}

} // namespace aoti_torch
