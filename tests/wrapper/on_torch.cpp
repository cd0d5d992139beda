// A C++ program with PyTorch and the library that on_torch_test.ts builds: state, folding, mutated inputs, views.
#include <ATen/ATen.h>

#include <cstdio>

#include "model.h"

static int failures = 0;
#define EXPECT(what) \
  if (!(what)) std::printf("line %d: " #what "\n", __LINE__), failures++

int main() {
  using aoti_models::model;
  at::Tensor x = at::tensor({1.0f, 2.0f}), big = at::zeros({2, 2}).select(1, 0); // a view with strides
  big.copy_(x);

  // Outputs: runs so far, 2 x + 2 w (the second is folded), x + 1 or -x by the sign of its sum, x + 10.
  auto out = model({x.clone()});
  EXPECT(out.size() == 4 && out[0].item<float>() == 1);
  EXPECT(at::equal(out[1], at::tensor({4.0f, 8.0f})));
  EXPECT(model({big})[0].item<float>() == 2);

  // A mutated input: the caller's memory, strides and all, and its version counter.
  at::Tensor given = at::tensor({1.0f, 2.0f}), view = at::zeros({2, 2}).select(1, 0);
  const int64_t version = given._version();
  model({given});
  EXPECT(at::equal(given, at::tensor({11.0f, 12.0f})) && given._version() > version);
  model({view});
  EXPECT(at::equal(view, at::tensor({10.0f, 10.0f})));

  // Constants: an edit in place, new values, values of the user's own.
  auto constants = aoti_models::model_constants();
  EXPECT(constants.size() == 2 && constants.at("steps").item<float>() == 4);
  constants.at("w").mul_(2);
  EXPECT(at::equal(model({x.clone()})[1], at::tensor({6.0f, 12.0f})));
  at::Tensor own = at::zeros({2});
  aoti_models::model_update({{"w", own}});
  own.add_(100);
  EXPECT(at::equal(model({x.clone()})[1], at::tensor({2.0f, 4.0f})));
  aoti_models::model_update({{"w", own}}, /*user_managed=*/true);
  own.zero_().add_(1);
  EXPECT(at::equal(model({x.clone()})[1], at::tensor({4.0f, 6.0f})));

  // Both sides of the condition.
  EXPECT(at::equal(model({x.clone()})[2], x + 1));
  EXPECT(at::equal(model({-x})[2], x));

  for (const auto& wrong : {at::zeros({3}), at::zeros({2}, at::kDouble), at::zeros({2, 1})}) try {
      model({wrong});
      EXPECT(!"refused");
    } catch (const c10::Error& error) {
      std::printf("%s\n", error.what_without_backtrace());
    }
  std::printf(failures ? "failed\n" : "ok\n");
  return failures;
}
