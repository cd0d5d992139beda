/** O13: branches share memory with each other, and with what is dead before them. */
import { assert } from "@std/assert";
import type { ModelBuilder, Tensor } from "../../src/ops/mod.ts";
import { hasCompiler, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile();

Deno.test({
  name: "The arena of a branch costs nothing beside what ran before it",
  ignore,
  fn: async () => {
    const side = 64, bytes = 4 * side * side;
    const chain = (ops: ModelBuilder["ops"], x: Tensor) => {
      for (let n = 0; n < 3; n++) x = ops.mm(ops.softmax(x, 1), x);
      return x;
    };
    const before = await bench.build(({ input, ops }) => chain(ops, input("x", { shape: [side, side] })));
    before[Symbol.dispose]();
    using m = await bench.build(({ input, ops, cond }) => {
      const x = input("x", { shape: [side, side] }), p = input("p", { shape: [], dtype: "bool" });
      const y = chain(ops, x);
      return cond(p, () => chain(ops, y), () => chain(ops, chain(ops, y)));
    });
    assert(Number(m.arena) <= Number(before.arena) + 2 * bytes + 1024, `${m.arena} beside ${before.arena}`);
  },
});
