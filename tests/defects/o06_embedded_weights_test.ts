/** O06: whether weights are in the library is decided by the build, and holds. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ModelBuilder } from "../../src/ops/mod.ts";
import { Model } from "../../src/run/mod.ts";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile();

Deno.test({
  name: "A library with its weights needs no file; one without says which file it misses",
  ignore,
  fn: async () => {
    const model = ({ input, constant, ops }: ModelBuilder) =>
      ops.add(input("x", { shape: [2] }), constant("w", [1, 2]));
    using inside = await bench.build(model, { embed: true });
    assertEquals(inside.numbers(tensor([2], [1, 1])), [[2, 3]]);
    using beside = await bench.build(model);
    assertEquals(beside.numbers(tensor([2], [1, 1])), [[2, 3]]);
    const alone = beside.path.replace("model.so", "alone.so");
    await Deno.copyFile(beside.path, alone);
    await Deno.remove(beside.path.replace("model.so", "weights.bin"));
    const opened = Model.open(alone);
    assert(!opened.ok);
    assertMatch(opened.diagnostics[0]!.message, /^no weights for model "model": .*weights\.bin/);
  },
});
