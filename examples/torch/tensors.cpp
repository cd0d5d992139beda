// Models whose wrapper is C++ on at::Tensor (`abi_compatible: false`), linked like any library: `make tensors` in this
// folder, after `deno task aoti build --config examples/torch/aoti.config.ts` in the project's.
#include "condmodel.h"
#include "mlp.h"
#include "rows.h"

using aoti_models::condmodel;
using aoti_models::mlp;

// The input decides which branch of torch.cond runs.
static void run_cond(const std::string& name, double sign) {
  const auto outputs = condmodel({ramp({2, 16}) + sign});
  print(name, outputs.at(0));
  print(name + " energy", outputs.at(1));
}

int main() try {
  const std::vector<at::Tensor> x = {ramp({2, 64})};
  const at::Tensor before = mlp(x).at(0);
  print("mlp", before);
  run_cond("bright", +1);
  run_cond("dark", -1);

  // Parameters are tensors of this process: what is edited in place, the next run sees.
  aoti_models::mlp_constants().at("down.bias").add_(1);
  std::printf("new bias moves every output by one: %s\n", at::allclose(mlp(x).at(0), before + 1) ? "yes" : "no");

  try {
    mlp({ramp({2, 63})});
  } catch (const c10::Error& error) {
    std::printf("refused: %s\n", error.what_without_backtrace());
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
