// Two models in one C++ program, opened at run time: `make run` in this folder, after `deno task build`.
//
// The class in each header owns its library; weights are mapped once, and every thread has a Call of its own.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "condmodel.h"
#include "convnet.h"

using aoti_models::Condmodel;
using aoti_models::Convnet;

static std::vector<float> ramp(size_t count, float scale = 1) {
  std::vector<float> x(count);
  for (size_t i = 0; i < count; i++) x[i] = scale * (float(i * 7 % 11) - 5) / 8;
  return x;
}

static void print(const std::string& name, const aoti_info& info, const std::vector<float>& values) {
  const size_t columns = info.rank > 1 ? size_t(info.sizes[1]) : 1;
  for (size_t row = 0; row < size_t(info.sizes[0]); row++) {
    std::printf("%s[%zu]:", name.c_str(), row);
    for (size_t i = 0; i < columns; i++) std::printf(" %.5f", values[row * columns + i]);
    std::printf("\n");
  }
}

// The input decides which branch of torch.cond runs.
static void run_cond(Condmodel& model, const std::string& name, float sign) {
  std::vector<float> x = ramp(2 * 16);
  for (float& value : x) value += sign;
  Condmodel::Call call(model);
  call.x(x.data(), {2, 16});
  call.run();
  print(name, call.info(0), call.values<float>(0));
  print(name + " energy", call.info(1), call.values<float>(1));
}

// Four threads share the library and its weights, and agree to the last bit.
static bool run_in_threads(Convnet& model, const std::vector<float>& image) {
  std::vector<std::vector<float>> results(4);
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] {
      Convnet::Call call(model);
      call.image(image.data(), {1, 3, 32, 32});
      for (int i = 0; i < 20; i++) call.run();
      result = call.values<float>(0);
    });
  }
  for (auto& thread : threads) thread.join();
  return results[0] == results[1] && results[1] == results[2] && results[2] == results[3];
}

int main(int count, char** words) try {
  const std::string dist = count > 1 ? words[1] : "../../dist";
  Convnet convnet(dist + "/convnet/convnet.so");
  Condmodel condmodel(dist + "/condmodel/condmodel.so", 1);  // small: one thread is fastest

  const std::vector<float> image = ramp(3 * 32 * 32);
  Convnet::Call call(convnet);
  call.image(image.data(), {1, 3, 32, 32});
  call.run();
  print("convnet", call.info(0), call.values<float>(0));
  std::printf("threads agree: %s\n", run_in_threads(convnet, image) ? "yes" : "no");

  run_cond(condmodel, "bright", +1);
  run_cond(condmodel, "dark", -1);

  try {
    Condmodel::Call wrong(condmodel);
    wrong.x(image.data(), {2, 15});
    wrong.run();
  } catch (const std::exception& error) {
    std::printf("refused: %s\n", error.what());
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
