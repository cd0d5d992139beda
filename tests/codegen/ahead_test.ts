/** Loops over large buffers ask for pages ahead of where they stand; loops over small ones do not. */
import { assert, assertEquals } from "@std/assert";
import { cpuTarget } from "../../src/base/mod.ts";
import { int } from "../../src/ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../src/ir/graph/mod.ts";
import { emit } from "../../src/codegen/mod.ts";
import { kernelText } from "../../src/codegen/kernel_text.ts";
import { Templates } from "../../src/codegen/render.ts";
import { lower } from "../../src/lower/mod.ts";
import { calc } from "../../src/ops/calc.ts";
import { fold, softmax } from "../../src/ops/fold.ts";
import { matmul } from "../../src/ops/contract.ts";
import { transpose } from "../../src/ops/views.ts";
import { schedule } from "../../src/schedule/mod.ts";
import { AttentionGraph } from "../rig/random_attention.ts";

/** What the kernels of a model of one input ask for: buffers, in order, with the cache. */
function asksOf(sizes: readonly number[], of: (g: GraphBuilder, x: Value) => Value): readonly string[] {
  const model = new AttentionGraph();
  model.output(of(model.g, model.input("f32", sizes.map((n) => int(n)), [0], () => 0)));
  return schedule(lower(model.graph)).steps.flatMap((step) => {
    assert(step.kind === "launch");
    const { text, buffers } = kernelText(step.kernel, cpuTarget("x86-64-v4"), new Templates());
    return [...text.matchAll(/__builtin_prefetch\(p(\d+) .*, 0, (\d)\);/g)].map(([, n, level]) => {
      return `${buffers[Number(n)]!.name} L${4 - Number(level)}`;
    });
  });
}

const twice = (g: GraphBuilder, x: Value) => calc(g).mul(x, 2);
const sum = (dims: readonly number[]) => (g: GraphBuilder, x: Value) => g.reduce("sum", x, dims);

Deno.test("what is read and what is written is asked for, where it is large", () => {
  const large = asksOf([4096, 4096], twice);
  assertEquals(large.map((ask) => ask.slice(-2)), ["L1", "L1"]);
  assertEquals(new Set(large).size, 2);
  assertEquals(asksOf([256, 256], twice), []);
});

Deno.test("what is only read is asked for into the second-level cache: in one place for each way to go along it", () => {
  for (
    const [sizes, dims] of [[[4096, 4096], [1]], [[4096, 200], [1]], [[65536, 48], [0]], [[64, 65536], [0]]]
  ) {
    const asks = asksOf(sizes!, sum(dims!));
    assertEquals(asks.length, 1, `${sizes} over ${dims}: ${asks}`);
    assert(asks[0]!.endsWith("L2"), asks[0]);
  }
  assertEquals(asksOf([128, 256], sum([1])), []);
});

Deno.test("of short rows that lie apart, every line is asked for", () => {
  const rows = asksOf([64, 128, 1024], sum([0, 2]));
  assertEquals(rows.map((ask) => ask.slice(-2)), ["L2"]);
  assertEquals(asksOf([8, 32, 1024], sum([0, 2])), []);
});

Deno.test("stages that find a row in the cache do not ask for it again", () => {
  const asks = asksOf([16384, 512], (g, x) => softmax(g, x, 1));
  assertEquals(new Set(asks).size, asks.length);
  assertEquals(asks.length, 2);
});

Deno.test("results that wait for the next row to be read are asked for in each part of a page", () => {
  const asks = asksOf([8192, 1024], (g, x) => softmax(g, x, 1)), counts = Map.groupBy(asks, (ask) => ask);
  assertEquals([...counts.values()].map((same) => same.length), [1, 8]);
});

Deno.test("tiles of a large transpose ask for the lines beside theirs", () => {
  const turn = (g: GraphBuilder, x: Value) => calc(g).add(transpose(g, x, 0, 1), 1);
  assertEquals(asksOf([2048, 1024], turn).map((ask) => ask.slice(-2)), ["L2", "L2", "L2", "L2"]);
  assertEquals(asksOf([32768, 64], turn).map((ask) => ask.slice(-2)), ["L2"]);
  assertEquals(asksOf([256, 256], turn), []);
});

/** The kernel of one row by a constant of `size` rows and columns, beside another constant of `others` floats. */
function rowText(size: number, others: number): string {
  const model = new AttentionGraph(), { g } = model;
  const x = model.input("f32", [int(1), int(size)], [0], () => 0);
  const w = model.input("f32", [int(size), int(size)], [0], () => 0);
  const more = model.input("f32", [int(others)], [0], () => 0);
  model.output(calc(g).add(matmul(g, x, transpose(g, w, 0, 1)), fold(g, "sum", more, { dims: [0] })));
  const plan = schedule(lower({
    ...model.graph,
    inputs: model.graph.inputs.filter(({ value }) => value === x),
    constants: [w, more].map((value, n) => ({
      ...{ value, fqn: `w${n}`, role: "parameter" as const, strides: n === 0 ? [size, 1] : [1] },
      ...{ offset: 0, data: `w${n}` },
    })),
  }));
  const weights = { bytes: 0, places: plan.constants.map(() => ({ offset: 0, bytes: 0 })) };
  const { kernels } = emit(plan, { target: cpuTarget("x86-64-v4"), weights });
  return kernels.find(({ text }) => text.includes("aoti_add_across_f32"))!.text;
}

Deno.test("constants that all fit the last cache go by as four streams, of a larger model as eight that ask ahead", () => {
  const [near, far] = [rowText(512, 16), rowText(512, 1 << 22)];
  assert(near.includes("aoti_add_across_f32(lines, 4,") && !near.includes("__builtin_prefetch"));
  assert(far.includes("aoti_add_across_f32(lines, 8,") && far.includes("__builtin_prefetch"));
});
