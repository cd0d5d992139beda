/** O12: loops with conditions on sizes, without iterations, with results apart from their operands. */
import { assert, assertEquals } from "@std/assert";
import { type Expr, int, sym } from "../../src/ir/expr/mod.ts";
import type { TensorType } from "../../src/ir/graph/mod.ts";
import { coreGraph, hasCompiler, leaves, region, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "A loop that does not run gives copies; one that runs allocates nothing",
  ignore,
  fn: async () => {
    const n = sym("n", { min: 0, max: 9 }), f32 = (...shape: Expr[]): TensorType => ({ dtype: "f32", shape });
    const types = { x: f32(int(2)), k: { dtype: "i64", shape: [] } as TensorType, row: f32(n) };
    const made = coreGraph(types, (g, x, k, row) => {
      const condition = region(g, "test", [x, k, row], (b, _, i) => {
        const limit = b.cast(b.iota([], () => n), "i64"); // a size as data
        return [b.pointwise("lt", i!, limit)];
      });
      const body = region(g, "body", [x, k, row], (b, y, i) => [
        b.pointwise("add", y!, y!),
        b.pointwise("add", i!, b.constant(1n, "i64")),
      ]);
      const [y, i] = g.control({ kind: "while", carried: 2 }, [x, k, row], [condition, body], [
        x.type,
        k.type,
      ]);
      return leaves(x, y!, i!);
    });
    using m = await bench.buildGraph(made);
    const run = (start: number, size: number) =>
      m.numbers(tensor([2], [1, 2]), tensor([], [start], "i64"), tensor([size], Array(size).fill(0)));
    assertEquals(run(0, 0), [[1, 2], [1, 2], [0]]);
    assertEquals(run(0, 3), [[1, 2], [8, 16], [3]]);
    assertEquals(run(5, 3), [[1, 2], [1, 2], [5]]);
    const loop = m.modelText.slice(
      m.modelText.indexOf("for (;;)"),
      m.modelText.indexOf("static const aoti_io_desc"),
    );
    assert(loop.length > 0 && !/alloc|aoti_arena|aoti_output\(/.test(loop.slice(0, loop.indexOf("\n  }\n"))));
  },
});
