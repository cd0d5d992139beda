// What a model's wrapper on at::Tensor (abi_compatible: false) is written with: C++17, PyTorch's own headers, nothing
// of the runtime. Memory, threads, random numbers and messages are PyTorch's; the kernels are those of any other build.
//
// Failures throw c10::Error. A model may be run from many threads at once; one with state (buffers that runs write)
// runs one call at a time.
#pragma once
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/record_function.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

extern "C" {
#include "aoti/model.h"
}

namespace aoti_torch {

using Tensors = std::vector<at::Tensor>;

[[noreturn]] inline void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));
inline void fail(const char* format, ...) {
  char text[768];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  TORCH_CHECK(false, text);
}

// ---- inputs and buffers ----

inline void check_count(const Tensors& inputs, size_t count, const char* model) {
  if (inputs.size() != count) fail("model \"%s\" takes %zu tensors, the host gave %zu", model, count, inputs.size());
}

// Type, rank and place that the model was built for; lazy conjugates and negatives become real memory.
inline at::Tensor input(const at::Tensor& given, const char* name, at::ScalarType type, int64_t rank) {
  if (!given.defined()) fail("input \"%s\" is missing", name);
  if (!given.device().is_cpu()) fail("input \"%s\" is on %s, the model runs on cpu", name, given.device().str().c_str());
  if (given.layout() != at::kStrided) fail("input \"%s\" is not a dense tensor", name);
  if (given.scalar_type() != type)
    fail("input \"%s\" is %s, the model takes %s", name, at::toString(given.scalar_type()), at::toString(type));
  if (given.dim() != rank)
    fail("input \"%s\" has %lld dimensions, the model takes %lld", name, (long long)given.dim(), (long long)rank);
  return given.resolve_conj().resolve_neg();
}

inline at::Tensor empty(at::IntArrayRef sizes, at::IntArrayRef strides, at::ScalarType type) {
  return at::empty_strided(sizes, strides, at::TensorOptions().dtype(type));
}

// The tensor itself where it is laid out so (strides of axes of one element say nothing), else a copy that is.
inline at::Tensor laid_out(const at::Tensor& tensor, at::IntArrayRef strides) {
  bool same = true;
  for (int64_t i = 0; i < tensor.dim() && same; i++) same = tensor.size(i) == 1 || tensor.stride(i) == strides[i];
  if (same || tensor.numel() == 0) return tensor;
  at::Tensor copy = empty(tensor.sizes(), strides, tensor.scalar_type());
  return copy.copy_(tensor);
}

// After a run that wrote to `memory`: into the caller's tensor, which autograd is told of.
inline void write_back(const at::Tensor& given, const at::Tensor& memory) {
  if (!memory.is_same(given)) {
    given.copy_(memory);
  } else if (!given.is_inference()) {
    given.unsafeGetTensorImpl()->bump_version();
  }
}

inline at::Tensor arena(int64_t bytes) { return at::empty({bytes}, at::TensorOptions().dtype(at::kByte)); }

// A tensor in the arena, which must live as long.
inline at::Tensor in_arena(const at::Tensor& arena, int64_t offset, at::IntArrayRef sizes, at::IntArrayRef strides, at::ScalarType type) {
  return at::from_blob((char*)arena.data_ptr() + offset, sizes, strides, at::TensorOptions().dtype(type));
}

inline void copy_bytes(const at::Tensor& to, const at::Tensor& from, int64_t bytes) {
  if (bytes > 0) std::memcpy(to.data_ptr(), from.data_ptr(), (size_t)bytes);
}

inline void check_finite(const at::Tensor& tensor, const char* what) {
  if (!at::isfinite(tensor).all().item<bool>()) fail("%s holds nan or infinity", what);
}

// ---- launches ----

// One call's own: what random numbers are drawn from.
struct Run {
  uint64_t random[3] = {0, 0, 0};
  explicit Run(bool draws) {
    if (!draws) return; // torch.manual_seed makes a run repeatable
    auto* generator = at::get_generator_or_default<at::CPUGeneratorImpl>(std::nullopt, at::detail::getDefaultCPUGenerator());
    std::lock_guard<std::mutex> lock(generator->mutex_);
    random[0] = generator->random64();
  }
};

[[noreturn]] inline void kernel_failed(int32_t error, const char* name) {
  switch (error) {
    case AOTI_BAD_INDEX: fail("index out of range in kernel %s", name);
    case AOTI_BAD_VALUE: fail("a value that the operation does not take, in kernel %s", name);
    case AOTI_DIVISION_BY_ZERO: fail("integer division by zero in kernel %s", name);
    default: fail("error %d in kernel %s", error, name);
  }
}

// Runs a kernel over [0, total) on PyTorch's threads, in pieces that begin at multiples of `grain`.
inline void launch(Run& run, aoti_kernel kernel, std::initializer_list<void*> buffers, std::initializer_list<int64_t> symbols,
                   int64_t total, int64_t grain, int64_t scratch, const char* name) {
  RECORD_FUNCTION(name, c10::ArrayRef<const c10::IValue>{});
  int32_t error = 0;
  grain = std::max<int64_t>(grain, 1);
  const int64_t pieces = total > 0 ? (total - 1) / grain + 1 : 0;
  at::parallel_for(0, pieces, 1, [&](int64_t first, int64_t last) {
    at::Tensor own = scratch > 0 ? arena(scratch) : at::Tensor();
    int64_t kept = 0;
    const aoti_args args = {buffers.begin(), symbols.begin(), own.defined() ? own.data_ptr() : nullptr, &error, run.random,
                            &kept};
    kernel(&args, first * grain, std::min(last * grain, total));
  });
  run.random[2]++;
  if (error) kernel_failed(error, name);
}

// ---- constants ----

// A row of the model's table. Folded ones have no bytes in the file: the model computes them.
struct Constant {
  const char* name; // in the user's module
  at::ScalarType type;
  std::vector<int64_t> sizes, strides;
  uint64_t offset, bytes;
  bool folded;
};

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

// The model's constants, shared by all of its runs. Values are replaced as a whole, so a run keeps those it began with.
class Constants {
 public:
  using Fold = void (*)(Tensors& constants);
  using Values = std::shared_ptr<const Tensors>;

  Constants(std::vector<Constant> table, uint64_t bytes, Fold fold, const void* embedded, const void* symbol)
      : table_(std::move(table)), bytes_(bytes), fold_(fold), embedded_((const char*)embedded), symbol_(symbol) {}

  // Values for one run; folded ones are computed when what they rest on has changed, edits in place among it.
  Values values() {
    std::lock_guard<std::mutex> lock(lock_);
    ensure();
    if (fold_ && changed()) refold();
    return values_;
  }

  // By the names of the user's module; the tensors are the model's own and may be edited in place.
  std::unordered_map<std::string, at::Tensor> named() {
    std::lock_guard<std::mutex> lock(lock_);
    ensure();
    std::unordered_map<std::string, at::Tensor> found;
    for (size_t i = 0; i < table_.size(); i++)
      if (!table_[i].folded) found[table_[i].name] = (*values_)[i];
    return found;
  }

  // Copies new values, or keeps the very tensors (`user_managed`), so that later edits are seen.
  void update(const std::unordered_map<std::string, at::Tensor>& given, bool user_managed) {
    std::lock_guard<std::mutex> lock(lock_);
    ensure();
    Tensors next = *values_;
    for (const auto& [name, tensor] : given) next[find(name)] = fitting(table_[find(name)], tensor, user_managed);
    values_ = std::make_shared<const Tensors>(std::move(next));
    versions_.clear();
  }

  // Opens weights at a path instead of beside the library.
  void load(const std::string& path) {
    std::lock_guard<std::mutex> lock(lock_);
    path_ = path;
    values_ = nullptr;
    ensure();
  }

 private:
  void ensure() {
    if (values_) return;
    c10::InferenceMode outside(false); // its tensors would not tell of edits
    Tensors made;
    std::shared_ptr<Weights> weights;
    if (bytes_ > 0 && !embedded_) weights = std::make_shared<Weights>(path_.empty() ? weights_beside(symbol_) : path_, bytes_);
    for (const Constant& row : table_) made.push_back(row.folded ? at::Tensor() : opened(row, weights));
    values_ = std::make_shared<const Tensors>(std::move(made));
    versions_.clear();
  }

  at::Tensor opened(const Constant& row, const std::shared_ptr<Weights>& weights) const {
    if (row.bytes == 0) return empty(row.sizes, row.strides, row.type);
    if (!embedded_) {
      const auto keep = [weights](void*) {};
      return at::from_blob(weights->start() + row.offset, row.sizes, row.strides, keep, at::TensorOptions().dtype(row.type));
    }
    at::Tensor own = empty(row.sizes, row.strides, row.type); // the library's pages cannot be written to
    std::memcpy(own.data_ptr(), embedded_ + row.offset, row.bytes);
    return own;
  }

  bool changed() {
    std::vector<int64_t> now;
    bool silent = versions_.empty();
    for (size_t i = 0; i < table_.size(); i++) {
      if (table_[i].folded) continue;
      silent = silent || (*values_)[i].is_inference();
      now.push_back((*values_)[i].is_inference() ? 0 : (*values_)[i]._version());
    }
    const bool differs = silent || now != versions_;
    versions_ = std::move(now);
    return differs;
  }

  void refold() {
    c10::InferenceMode outside(false);
    Tensors next = *values_;
    fold_(next);
    values_ = std::make_shared<const Tensors>(std::move(next));
  }

  size_t find(const std::string& name) const {
    for (size_t i = 0; i < table_.size(); i++)
      if (!table_[i].folded && name == table_[i].name) return i;
    fail("the model has no constant \"%s\"", name.c_str());
  }

  static at::Tensor fitting(const Constant& row, const at::Tensor& given, bool user_managed) {
    if (given.scalar_type() != row.type || given.sizes() != at::IntArrayRef(row.sizes))
      fail("constant \"%s\" is %s of %zu dimensions, and the new value has another type or shape", row.name,
           at::toString(row.type), row.sizes.size());
    if (!user_managed) return empty(row.sizes, row.strides, row.type).copy_(given.detach());
    at::Tensor memory = laid_out(given.detach(), row.strides);
    if (memory.data_ptr() != given.data_ptr())
      fail("constant \"%s\" cannot be used in place: its strides are not the model's", row.name);
    return memory;
  }

  std::mutex lock_;
  const std::vector<Constant> table_;
  const uint64_t bytes_;
  const Fold fold_;
  const char* const embedded_;
  const void* const symbol_;
  std::string path_;
  Values values_;
  std::vector<int64_t> versions_;
};

} // namespace aoti_torch
