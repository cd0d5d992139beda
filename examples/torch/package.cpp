// The packages of ../../dist in PyTorch's own C++ API for AOTInductor: `make package` in this folder, after
// `deno task build`. Nothing here knows who made the packages.
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

#include <unordered_map>

#include "rows.h"

using torch::inductor::AOTIModelPackageLoader;

static at::Tensor one(const std::vector<at::Tensor>& outputs) { return outputs.at(0); }

// The input decides which branch of torch.cond runs.
static void run_cond(AOTIModelPackageLoader& model, const std::string& name, double sign) {
  std::vector<at::Tensor> inputs = {ramp({2, 16}) + sign};
  const auto outputs = model.run(inputs);
  print(name, outputs.at(0));
  print(name + " energy", outputs.at(1));
}

int main(int count, char** words) try {
  const std::string dist = count > 1 ? words[1] : "../../dist";
  AOTIModelPackageLoader mlp(dist + "/mlp/mlp.pt2"), convnet(dist + "/convnet/convnet.pt2");
  AOTIModelPackageLoader condmodel(dist + "/condmodel/condmodel.pt2");

  std::vector<at::Tensor> x = {ramp({2, 64})}, image = {ramp({1, 3, 32, 32})};
  print("mlp", one(mlp.run(x)));
  print("convnet", one(convnet.run(image)));
  run_cond(condmodel, "bright", +1);
  run_cond(condmodel, "dark", -1);

  // Other weights, by their names in the module; the last layer's bias is all that differs.
  const at::Tensor before = one(mlp.run(x));
  std::unordered_map<std::string, at::Tensor> weights = {{"down.bias", at::ones({10})}};
  mlp.load_constants(weights, /*use_inactive=*/false, /*check_full_update=*/false);
  const at::Tensor moved = one(mlp.run(x)) - before;
  std::printf("new bias moves all rows alike: %s\n", (moved[0] - moved[1]).abs().max().item<float>() < 1e-5 ? "yes" : "no");

  try {
    std::vector<at::Tensor> wrong = {ramp({2, 63})};
    mlp.run(wrong);
  } catch (const std::exception& error) {
    std::printf("refused: %s\n", error.what());
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
