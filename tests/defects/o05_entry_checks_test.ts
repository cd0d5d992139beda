/** O05: type, rank, sizes and relations of sizes are checked on every entry, in the user's words. */
import { assertEquals } from "@std/assert";
import { type Expr, int, mul, sym } from "../../src/ir/expr/mod.ts";
import type { TensorType } from "../../src/ir/graph/mod.ts";
import { coreGraph, hasCompiler, leaves, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "What does not fit is refused by name",
  ignore,
  fn: async () => {
    const batch = sym("batch", { min: 2, max: 8 });
    const f32 = (...shape: Expr[]): TensorType => ({ dtype: "f32", shape });
    const types = { a: f32(batch, int(3)), b: f32(batch), c: f32(mul(2, batch)) };
    using m = await bench.buildGraph(coreGraph(types, (g, a, b, c) => {
      const first = g.remap(c, [batch], ([i]) => [i!]);
      return leaves(g.pointwise("add", g.pointwise("add", g.reduce("sum", a, [1]), b), first));
    }));
    const zeros = (shape: number[], dtype: "f32" | "i64" = "f32") =>
      tensor(shape, Array(shape.reduce((x, y) => x * y, 1)).fill(0), dtype);
    assertEquals(m.numbers(zeros([2, 3]), zeros([2]), zeros([4])), [[0, 0]]);
    const bad = (a: number[], b: number[], c: number[]) => m.failure(zeros(a), zeros(b), zeros(c));
    assertEquals(
      m.failure(zeros([2, 3], "i64"), zeros([2]), zeros([4])),
      'input "a" is int64, the model takes float32',
    );
    assertEquals(bad([2], [2], [4]), 'input "a" has 1 dimensions [2], the model takes 2');
    assertEquals(bad([2, 4], [2], [4]), 'dimension 1 of input "a": 4 is not 3');
    assertEquals(bad([1, 3], [1], [2]), 'dim "batch" of input "a": 1 is not in 2..8');
    assertEquals(bad([9, 3], [9], [18]), 'dim "batch" of input "a": 9 is not in 2..8');
    assertEquals(bad([2, 3], [3], [4]), 'dimension 0 of input "b": 3 is not 2 (batch)');
    assertEquals(bad([2, 3], [2], [5]), 'dimension 0 of input "c": 5 is not 4 (2*batch)');
  },
});
