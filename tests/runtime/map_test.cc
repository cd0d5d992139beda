// std::unordered_map through door 1: read by updates, filled by ExtractConstantsMap. weights.bin lies beside.
#include <string>
#include <unordered_map>

#include "aoti/container.h"
extern "C" {
#include "check.h"
}
#include "linear.h"

using Map = std::unordered_map<std::string, AtenTensorHandle>;

int main() {
  AOTInductorModelContainerHandle model;
  CHECK(AOTInductorModelContainerCreateWithDevice(&model, 1, "cpu", nullptr) == 0);
  Map map;
  for (int i = 0; i < 40; i++) map["some_other_constant_" + std::to_string(i)] = nullptr; // many buckets, long names
  auto handle = reinterpret_cast<AOTInductorConstantMapHandle>(&map);
  CHECK(AOTInductorModelContainerExtractConstantsMap(model, handle, false) == 0);
  CHECK(AOTInductorModelContainerExtractConstantsMap(model, handle, false) == 0); // replaces
  CHECK(map.size() == 42 && map.count("fc.weight") && map.count("fc.bias") && map.count("some_other_constant_7"));
  size_t walked = 0;
  for (auto& [name, tensor] : map) walked += !name.empty();
  CHECK(walked == 42);
  float* b;
  CHECK(aoti_rt_get_data_ptr(map.at("fc.bias"), reinterpret_cast<void**>(&b)) == 0);
  for (int j = 0; j < N; j++) CHECK(b[j] == bias_at(j, 0));
  for (int i = 0; i < 200; i++) map["more_" + std::to_string(i)] = nullptr; // it grows and rehashes as its own
  CHECK(map.size() == 242 && map.count("fc.weight") && map.erase("fc.weight") == 1 && map.size() == 241);

  Map empty; // one bucket
  handle = reinterpret_cast<AOTInductorConstantMapHandle>(&empty);
  CHECK(AOTInductorModelContainerExtractConstantsMap(model, handle, false) == 0);
  CHECK(empty.size() == 2 && empty.find("fc.bias") != empty.end());

  AtenTensorHandle fresh; // and back
  CHECK(aoti_rt_clone(empty["fc.bias"], &fresh) == 0);
  Map update{{"fc_bias", fresh}};
  handle = reinterpret_cast<AOTInductorConstantMapHandle>(&update);
  CHECK(AOTInductorModelContainerUpdateConstantBuffer(model, handle, false, false) == 0);
  CHECK(AOTInductorModelContainerUpdateConstantBuffer(model, handle, false, true) == 1);
  CHECK(aoti_rt_delete_tensor_object(fresh) == 0);
  CHECK(AOTInductorModelContainerDelete(model) == 0);
  puts("ok");
}
