/** Operations and bytes of launches. */
import { assertEquals } from "@std/assert";
import { evaluate, int, sym } from "../../../src/ir/expr/mod.ts";
import { type Graph, GraphBuilder } from "../../../src/ir/graph/mod.ts";
import { rowMajor } from "../../../src/ir/loops/mod.ts";
import { workOf } from "../../../src/ir/plan/mod.ts";
import { lower } from "../../../src/lower/mod.ts";
import { schedule } from "../../../src/schedule/mod.ts";

const rows = sym("s0", { min: 1, max: 64 });

Deno.test("a product counts its multiply-adds and its epilogue, a loop its operations, both each buffer once", () => {
  const g = new GraphBuilder();
  const x = g.input("x", { dtype: "f32", shape: [rows, int(8)] });
  const w = g.input("w", { dtype: "f32", shape: [int(8), int(5)] });
  const product = g.pointwise("exp", g.einsum("mk,kn->mn", x, w));
  const sums = g.reduce("sum", g.pointwise("mul", x, x), [1]);
  const graph: Graph = {
    ...{ name: "work", guards: [], constants: [], fixed: [], effects: [], inSpec: "", outSpec: "" },
    symbols: [{ sym: rows, label: "rows", from: { input: x, axis: 0 } }],
    inputs: [x, w].map((value, leaf) => {
      return { value, leaf, label: value.name, strides: rowMajor(value.type.shape) };
    }),
    nodes: g.nodes,
    outputs: [product, sums].map((value, n) => ({ kind: "tensor", value, label: `y${n}` })),
  };
  const work = schedule(lower(graph)).steps.flatMap((step) => {
    if (step.kind !== "launch") return [];
    const { flops, bytes } = workOf(step.kernel);
    return [{
      kind: step.kernel.kind,
      flops: evaluate(flops, { s0: 10 }),
      bytes: evaluate(bytes, { s0: 10 }),
    }];
  });
  assertEquals(work, [
    { kind: "contraction", flops: 2 * 10 * 5 * 8 + 10 * 5, bytes: 4 * (10 * 8 + 8 * 5 + 10 * 5) },
    { kind: "loops", flops: 10 * 8 * 2, bytes: 4 * (10 * 8 + 10) },
  ]);
});
