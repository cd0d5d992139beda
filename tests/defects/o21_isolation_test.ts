/** O21: no code of the model runs while it is built, so none can end the build; checking runs are processes of their own. */
import { assertMatch } from "@std/assert";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile();

Deno.test({
  name: "A model that would fail in every run builds",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, ops }) => {
      const x = input("x", { shape: [2] });
      return ops.index_select(x, 0, ops.to(ops.full([1], 7), "int64")); // out of range, always
    }, { flags: { max_autotune: true, freezing: true } });
    assertMatch(m.failure(tensor([2], [1, 2])), /index out of range/);
  },
});

// Workers that outlive a crash of what they run: tests/run/run_test.ts.
