/** Products with constant operands, packed when constants are loaded, beside the interpreter. */
import { assert, assertEquals } from "@std/assert";
import { cpuTarget, type DType } from "../../src/base/mod.ts";
import { type Expr, int, le, sub, type Sym, sym } from "../../src/ir/expr/mod.ts";
import { type Graph, GraphBuilder, type GraphConstant, type Value } from "../../src/ir/graph/mod.ts";
import { rowMajor } from "../../src/ir/loops/mod.ts";
import { denseOf, type DenseTensor } from "../../src/ir/scalar/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { interpret } from "../../src/ops/mod.ts";
import { packWeights, schedule } from "../../src/schedule/mod.ts";
import { differences } from "../rig/dense.ts";
import { hasCompiler, NativeBench } from "../rig/native_graph.ts";

/** A product of an input with a weight. */
interface Case {
  readonly spec: string;
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly dtype?: DType;
}

const cases: readonly Case[] = [
  { spec: "mk,kn->mn", x: [21, 33], weight: [33, 40] },
  { spec: "mk,nk->mn", x: [30, 37], weight: [65, 37] },
  { spec: "nk,mk->nm", x: [49, 64], weight: [130, 64] },
  { spec: "bmk,bkn->bmn", x: [3, 17, 40], weight: [3, 40, 19] },
  { spec: "bmk,kn->bmn", x: [2, 19, 400], weight: [400, 18], dtype: "f64" },
  { spec: "mk,nk->mn", x: [4, 64], weight: [48, 64] },
  { spec: "bcyx,oc->boyx", x: [2, 24, 7, 9], weight: [33, 24] },
  { spec: "mk,nk->mn", x: [20, 48], weight: [40, 48], dtype: "bf16" },
  { spec: "mk,kn->mn", x: [31, 775], weight: [775, 37], dtype: "bf16" },
  { spec: "bcyx,oc->boyx", x: [2, 25, 7, 9], weight: [33, 25], dtype: "bf16" },
];

function values(dtype: DType, sizes: readonly number[], seed: number): DenseTensor {
  const count = sizes.reduce((a, b) => a * b, 1);
  return denseOf(dtype, sizes, Array.from({ length: count }, (_, n) => ((n * seed) % 23) / 4 - 2));
}

/** All cases as one graph; the first dim of `x` has a size of its own when `rows` is given. */
function graphOf(list: readonly Case[], rows?: Sym) {
  const g = new GraphBuilder(), constants: GraphConstant[] = [], outputs: Value[] = [];
  const inputs = list.map(({ spec, x, weight, dtype = "f32" }, n) => {
    const shape = x.map((size, d) => (rows && d === 0 ? rows : int(size))), label = `x${n}`;
    const value = g.input(label, { dtype, shape });
    const w = g.input(`w${n}`, { dtype, shape: weight.map((size) => int(size)) });
    const strides = rowMajor(w.type.shape).map((s) => Number((s as { value: bigint | number }).value));
    constants.push({ value: w, fqn: `w${n}`, role: "parameter", strides, offset: 0, data: `w${n}` });
    outputs.push(
      g.pointwise("add", g.einsum(spec, value, w), g.constant(1, dtype)),
      g.einsum(spec, value, w),
    );
    return { value, leaf: n, label, strides: rowMajor(shape) };
  });
  const symbols = rows ? [{ sym: rows, label: "rows", from: { input: inputs[0]!.value, axis: 0 } }] : [];
  const graph: Graph = {
    ...{ name: "packed", symbols, guards: [], inputs, constants, fixed: [], nodes: g.nodes, effects: [] },
    outputs: outputs.map((value, n) => ({ kind: "tensor", value, label: `y${n}` })),
    ...{ inSpec: "", outSpec: "" },
  };
  return graph;
}

async function check(graph: Graph, list: readonly Case[], rows?: number): Promise<void> {
  const inputs = list.map(({ x, dtype }) => values(dtype ?? "f32", rows ? [rows, ...x.slice(1)] : x, 37));
  const constants = list.map(({ weight, dtype }) => values(dtype ?? "f32", weight, 53));
  await using bench = await NativeBench.open({ debug: true });
  const wanted = interpret(graph, inputs, constants), found = await bench.run(graph, inputs, constants);
  const problems = wanted.outputs.map((out, n) => differences(out as DenseTensor, found.outputs[n]!, 1e-2));
  assertEquals(problems, wanted.outputs.map(() => ""));
}

const it = (name: string, fn: () => Promise<void>) => Deno.test({ name, ignore: !hasCompiler, fn });

it("products with packed weights are those of the interpreter", () => check(graphOf(cases), cases));
it("products of any number of rows with packed weights are those of the interpreter", async () => {
  const one = cases.slice(1, 2);
  for (const rows of [3, 50]) await check(graphOf(one, sym("s0", { min: 1, max: 4096 })), one, rows);
});

Deno.test("a weight that is read the same way twice is packed once, one of few rows is not", () => {
  const packed = (list: readonly Case[]) => {
    const { plan, fold } = packWeights({ plan: schedule(lower(graphOf(list))) }, cpuTarget("x86-64-v3"));
    assert(!fold || fold.steps.length === fold.outputs.length);
    return plan.constants.filter(({ constant }) => constant.role === "folded").length;
  };
  assertEquals(packed(cases.slice(0, 1)), 1);
  assertEquals(packed(cases.slice(5, 6)), 0);
});

/** A product with a scale and a shift that follow from a constant, and with one that follows from an input too. */
function scaledGraph(): Graph {
  const g = new GraphBuilder(),
    f32 = (sizes: readonly number[]) => {
      return { dtype: "f32", shape: sizes.map((n) => int(n)) } as const;
    };
  const x = g.input("x", f32([40, 33])), w = g.input("w", f32([50, 33])), v = g.input("v", f32([50]));
  const one = g.constant(1, "f32"), positive = g.pointwise("add", g.pointwise("abs", v), one);
  const scaled = g.pointwise("mul", g.einsum("mk,nk->mn", x, w), g.pointwise("rsqrt", positive));
  const shifted = g.pointwise("add", scaled, g.pointwise("log", positive));
  const mixed = g.reduce("sum", x, [1]), column = g.remap(mixed, [int(40), int(50)], ([m]) => [m!]);
  const constants = [w, v].map((value): GraphConstant => {
    const strides = rowMajor(value.type.shape).map((s) => Number((s as { value: bigint | number }).value));
    const { name } = value;
    return { value, fqn: name, role: "parameter", strides, offset: 0, data: name };
  });
  const output = g.pointwise("add", shifted, g.pointwise("mul", column, v));
  return {
    ...{ name: "scaled", symbols: [], guards: [], constants, fixed: [], nodes: g.nodes, effects: [] },
    inputs: [{ value: x, leaf: 0, label: "x", strides: rowMajor(x.type.shape) }],
    outputs: [{ kind: "tensor", value: output, label: "y" }],
    ...{ inSpec: "", outSpec: "" },
  };
}

Deno.test("what an epilogue makes of constants alone is made when they are loaded", () => {
  const { plan } = packWeights({ plan: schedule(lower(scaledGraph())) }, cpuTarget("x86-64-v3"));
  const folded = plan.constants.filter(({ constant }) => constant.role === "folded");
  // The scale, and the weight in panels; the logarithm is long enough to be a kernel of its own.
  assertEquals(folded.map(({ buffer }) => buffer.shape.length), [1, 3]);
});
it("products with such epilogues are those of the interpreter", async () => {
  const data = [values("f32", [40, 33], 37)],
    weights = [values("f32", [50, 33], 53), values("f32", [50], 11)];
  await using bench = await NativeBench.open({ debug: true });
  const graph = scaledGraph(), found = await bench.run(graph, data, weights);
  const wanted = interpret(graph, data, weights).outputs[0] as DenseTensor;
  assertEquals(differences(wanted, found.outputs[0]!, 1e-3), "");
});

Deno.test("a constant beneath a border is read where it lies: nothing is packed of what is not there", () => {
  const g = new GraphBuilder(),
    f32 = (...sizes: number[]) => {
      return { dtype: "f32", shape: sizes.map((n) => int(n)) } as const;
    };
  const image = g.input("image", f32(1, 9, 8, 32)), x = g.input("x", f32(8));
  const valid = ([, y]: readonly Expr[]) => le(int(1), y!);
  const across = ([n, y, c, z]: readonly Expr[]) => [n!, sub(y!, int(1)), z!, c!];
  const moved = g.remap(image, f32(1, 9, 32, 8).shape, across, { valid, fill: 0 });
  const sum = g.reduce("sum", g.pointwise("mul", moved, x), [1]);
  const strides = rowMajor(image.type.shape).map((s) => Number((s as { value: bigint | number }).value));
  const constant = {
    value: image,
    fqn: "image",
    role: "parameter",
    strides,
    offset: 0,
    data: "image",
  } as const;
  const graph: Graph = {
    ...{
      name: "border",
      symbols: [],
      guards: [],
      constants: [constant],
      fixed: [],
      nodes: g.nodes,
      effects: [],
    },
    inputs: [{ value: x, leaf: 0, label: "x", strides: rowMajor(x.type.shape) }],
    outputs: [{ kind: "tensor", value: sum, label: "y" }],
    ...{ inSpec: "", outSpec: "" },
  };
  const { plan } = packWeights({ plan: schedule(lower(graph)) }, cpuTarget("x86-64-v3"));
  assertEquals(plan.constants.filter(({ constant }) => constant.role === "folded").length, 0);
});
