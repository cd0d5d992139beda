/** Large reductions to few elements are made of pieces that cores share; others are left as they are. */
import { assertEquals } from "@std/assert";
import { int } from "../../src/ir/expr/mod.ts";
import type { ReduceFn } from "../../src/ir/scalar/mod.ts";
import type { DenseTensor } from "../../src/ir/scalar/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { interpret } from "../../src/ops/mod.ts";
import { schedule } from "../../src/schedule/mod.ts";
import { differences } from "../rig/dense.ts";
import { hasCompiler, NativeBench } from "../rig/native_graph.ts";
import { AttentionGraph } from "../rig/random_attention.ts";

interface Case {
  readonly sizes: readonly number[];
  readonly dims: readonly number[];
  readonly fn?: ReduceFn;
  readonly launches: number;
}

const cases: readonly Case[] = [
  { sizes: [512, 600], dims: [0, 1], launches: 2 },
  { sizes: [2048, 70], dims: [0], fn: "max", launches: 2 },
  { sizes: [2, 1024, 90], dims: [1], launches: 2 },
  { sizes: [512, 600], dims: [0], fn: "argmax", launches: 1 }, // a position is of the whole
  { sizes: [521, 600], dims: [0, 1], launches: 1 }, // a prime falls into no pieces
  { sizes: [512, 600], dims: [1], launches: 1 }, // as many rows as cores want
  { sizes: [60, 60], dims: [0, 1], launches: 1 },
  { sizes: [24, 8200], dims: [0], launches: 1 }, // columns of few rows fall into pieces themselves
  { sizes: [24, 8200], dims: [0], fn: "argmax", launches: 1 }, // and then a position is still of the whole
];

function modelOf(some: readonly Case[]): AttentionGraph {
  const model = new AttentionGraph();
  some.forEach(({ sizes, dims, fn = "sum" }, n) => {
    const x = model.input("f32", sizes.map((s) => int(s)), sizes, AttentionGraph.spread(n));
    model.output(model.g.reduce(fn, x, dims));
  });
  return model;
}

Deno.test("reductions fall into pieces where these are large and cores would be idle", () => {
  const found = cases.map((c) => schedule(lower(modelOf([c]).graph)).steps.length);
  assertEquals(found, cases.map((c) => c.launches));
});

Deno.test({
  name: "reductions in pieces are those of the interpreter",
  ignore: !hasCompiler,
  fn: async () => {
    await using bench = await NativeBench.open({ debug: true });
    const { graph, data } = modelOf(cases), wanted = interpret(graph, data, []);
    const found = await bench.run(graph, data, []);
    const problems = wanted.outputs.map((out, n) => {
      return differences(out as DenseTensor, found.outputs[n]!, 1e-5);
    });
    assertEquals(problems, cases.map(() => ""));
  },
});
