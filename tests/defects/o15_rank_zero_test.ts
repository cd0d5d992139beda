/** O15: tensors without dims as inputs, constants, results in between and outputs. */
import { assert, assertEquals } from "@std/assert";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "Everything without dims",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, constant, ops, cond }) => {
      const x = input("x", { shape: [] }), w = constant("w", 3);
      const [y] = cond(ops.gt(x, 0), () => ops.mul(x, w), () => w);
      return [y!, ops.sort(ops.reshape(y!, [1]))[0]!, ops.cumsum(ops.add(y!, w), 0)];
    });
    assertEquals(m.numbers(tensor([], [2])), [[6], [6], [9]]);
    assertEquals(m.numbers(tensor([], [-2])), [[3], [3], [6]]);
    assert(!/\{\s*\}/.test(m.modelText));
  },
});
