// A model's constants on at::Tensor: opened, replaced, edited in place, folded anew.
#pragma once
#include <c10/core/InferenceMode.h>

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "aoti/torch/tensors.h"
#include "aoti/torch/weights.h"

namespace aoti_torch {

// A row of the model's table. Folded ones have no bytes in the file: the model computes them.
struct Constant {
  const char* name; // in the user's module
  at::ScalarType type;
  std::vector<int64_t> sizes, strides;
  uint64_t offset, bytes;
  bool folded;
};

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
