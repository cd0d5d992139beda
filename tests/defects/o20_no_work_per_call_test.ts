/** O20: a run of fixed sizes makes nothing: one arena, pointers into it, launches. */
import { assert, assertEquals } from "@std/assert";
import { hasCompiler, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile();

Deno.test({
  name: "The code of a run has one arena and no tensor objects",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, constant, ops }) => {
      let x = input("x", { shape: [16, 16] });
      for (let n = 0; n < 3; n++) {
        x = ops.transpose(
          ops.softmax(ops.mm(x, constant(`w${n}`, Array(256).fill(1 / 16), { shape: [16, 16] })), 1),
          0,
          1,
        );
      }
      return x;
    });
    const run = m.modelText.slice(
      m.modelText.indexOf("run_model"),
      m.modelText.indexOf("static const char constant_names"),
    );
    assertEquals((run.match(/aoti_arena\(/g) ?? []).length, 1);
    assertEquals((run.match(/aoti_late_alloc|aoti_torch|handle/g) ?? []).length, 0);
    assertEquals((run.match(/aoti_output\(/g) ?? []).length, 1);
    assert(/arena \+ slot_\d+/.test(run));
  },
});
