/**
 * Windows of few elements (pooling, depthwise convolution), compiled, beside the interpreter: odd sizes, strides,
 * dilation, padding beyond the kernel, rows narrower than a vector, nothing at all.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { int, le } from "../../src/ir/expr/mod.ts";
import {
  type Graph,
  GraphBuilder,
  type GraphInput,
  type GraphOutput,
  type Value,
} from "../../src/ir/graph/mod.ts";
import { rowMajor } from "../../src/ir/loops/mod.ts";
import type { DType } from "../../src/base/mod.ts";
import { denseOf, type DenseTensor } from "../../src/ir/scalar/mod.ts";
import { convolve } from "../../src/ops/convolution.ts";
import { interpret } from "../../src/ops/mod.ts";
import { regular, slide, type Steps } from "../../src/ops/sliding.ts";
import { differences } from "../rig/dense.ts";
import { hasCompiler, NativeBench } from "../rig/native_graph.ts";

type Pair = readonly [number, number];
interface Case {
  readonly size: Pair;
  readonly kernel: Pair;
  readonly stride?: Pair;
  readonly pad?: Pair;
  readonly dilation?: Pair;
  readonly channels?: number;
}

/** Sizes on either side of a vector, and windows that hang over every border. */
const cases: readonly Case[] = [
  { size: [7, 7], kernel: [3, 3], pad: [1, 1] },
  { size: [5, 37], kernel: [3, 3], pad: [1, 1] },
  { size: [33, 16], kernel: [3, 5], pad: [1, 2] },
  { size: [29, 35], kernel: [3, 3], stride: [2, 2], pad: [1, 1] },
  { size: [40, 66], kernel: [3, 3], stride: [2, 2], pad: [0, 1] },
  { size: [9, 50], kernel: [2, 2], stride: [3, 3] },
  { size: [11, 31], kernel: [3, 3], dilation: [2, 2], pad: [2, 2] },
  { size: [6, 19], kernel: [1, 3], pad: [1, 4] },
  { size: [3, 2], kernel: [3, 3], pad: [3, 3] },
  { size: [20, 20], kernel: [7, 7], pad: [3, 3], channels: 2 },
  { size: [12, 90], kernel: [9, 9], pad: [4, 4], channels: 1 },
  { size: [0, 8], kernel: [1, 1], channels: 2 },
  { size: [8, 8], kernel: [3, 3], pad: [1, 1], channels: 0 },
];

/** The graph under construction: inputs with contents, outputs. */
class Model {
  readonly g = new GraphBuilder();
  readonly inputs: GraphInput[] = [];
  readonly data: DenseTensor[] = [];
  readonly outputs: GraphOutput[] = [];

  input(dtype: DType, sizes: readonly number[]): Value {
    const shape = sizes.map((n) => int(n)), leaf = this.inputs.length, label = `x${leaf}`;
    const value = this.g.input(label, { dtype, shape });
    this.inputs.push({ value, leaf, label, strides: rowMajor(shape) });
    const count = sizes.reduce((a, b) => a * b, 1);
    this.data.push(
      denseOf(
        dtype,
        sizes,
        Array.from(
          { length: count },
          (_, n) => dtype === "i64" ? BigInt(n * 37 % 101) : (n * 37 % 101) / 4 - 12,
        ),
      ),
    );
    return value;
  }

  output(value: Value): void {
    this.outputs.push({ kind: "tensor", value, label: `y${this.outputs.length}` });
  }

  graph(): Graph {
    const { inputs, outputs, g } = this;
    const plain = { symbols: [], guards: [], constants: [], fixed: [], effects: [], inSpec: "", outSpec: "" };
    return { name: "windows", inputs, outputs, nodes: g.nodes, ...plain };
  }
}

function pool(model: Model, c: Case, dtype: DType, fn: "max" | "sum" | "argmax"): void {
  const x = model.input(dtype, [c.channels ?? 3, ...c.size]);
  const windows = ([0, 1] as const).map((d) => {
    const pad = int(c.pad?.[d] ?? 0);
    const steps: Steps = {
      kernel: int(c.kernel[d]),
      stride: int(c.stride?.[d] ?? 1),
      before: pad,
      after: pad,
      dilation: int(c.dilation?.[d] ?? 1),
    };
    return regular(x.type.shape[1 + d]!, steps);
  });
  const cut = slide(model.g, x, windows, fn === "sum" ? 0 : -Infinity);
  const flat = model.g.reduce(fn, cut, [3, 4]);
  model.output(flat);
}

function convolution(model: Model, c: Case, kind: "depthwise" | "dense"): void {
  const channels = c.channels ?? 3, { g } = model, groups = kind === "dense" ? 1 : channels;
  const x = model.input("f32", [2, channels, ...c.size]);
  const w = model.input("f32", [kind === "dense" ? 21 : channels, channels / groups, ...c.kernel]);
  const list = (p: Pair | undefined, otherwise: number) => (p ?? [otherwise, otherwise]).map((n) => int(n));
  const [before, stride, dilation] = [list(c.pad, 0), list(c.stride, 1), list(c.dilation, 1)];
  const out = convolve(g, x, w, undefined, {
    stride,
    before,
    after: before,
    dilation,
    groups: int(channels),
  });
  model.output(g.pointwise("max", out, g.constant(0, "f32")));
}

async function check(build: (model: Model) => void): Promise<void> {
  const model = new Model();
  build(model);
  const graph = model.graph();
  await using bench = await NativeBench.open({ debug: true });
  const wanted = interpret(graph, model.data, []), found = await bench.run(graph, model.data, []);
  const problems = wanted.outputs.map((out, n) => {
    return differences(out as DenseTensor, found.outputs[n]!, 1e-5);
  });
  assertEquals(problems, wanted.outputs.map(() => ""));
}

const it = (name: string, build: (model: Model) => void) =>
  Deno.test({ name, ignore: !hasCompiler, fn: () => check(build) });

it("maxima of windows are those of the interpreter", (m) => cases.forEach((c) => pool(m, c, "f32", "max")));
it("sums of windows of several types are those of the interpreter", (m) => {
  cases.slice(0, 5).forEach((c) => (["f64", "bf16", "i32"] as const).forEach((t) => pool(m, c, t, "sum")));
});
it("positions of maxima in windows are those of the interpreter", (m) => {
  cases.filter((c) => !c.pad).forEach((c) => pool(m, c, "f32", "argmax"));
});
it("depthwise convolutions are those of the interpreter", (m) => {
  cases.filter((c) => c.channels !== 0).forEach((c) => convolution(m, c, "depthwise"));
});
it("sums that are stored, and what is made of them beside, are those of the interpreter", (m) => {
  const { g } = m;
  for (const [rows, columns] of [[70, 300], [3, 17], [9, 5]] as const) {
    for (const dtype of ["f32", "bf16"] as const) {
      const x = m.input(dtype, [rows, columns]), sum = g.reduce("sum", x, [0]);
      const shifted = g.pointwise("add", sum, m.input(dtype, [columns]));
      m.output(g.pointwise("mul", shifted, g.pointwise("max", sum, g.constant(1, dtype))));
      if (rows > 3) m.output(sum);
    }
  }
});
it("indices into computed values that sums of columns make are those of the interpreter", (m) => {
  const { g } = m, size = int(7), sum = g.reduce("sum", m.input("i64", [4, 19]), [0]);
  const halves = g.pointwise("mul", g.cast(g.iota([size], ([i]) => i!), "f32"), g.constant(0.5, "f32"));
  const at = { value: g.pointwise("mod", sum, g.constant(7n, "i64")), size, wrap: true };
  m.output(g.lookup(halves, [int(19)], [at], (_, [x]) => [x!]));
  m.output(sum);
});
it("a mask on columns' results that are in registers is that of the interpreter", (m) => {
  const { g } = m, size = int(19), least = g.reduce("min", m.input("f32", [3, 19]), [0]);
  m.output(g.remap(least, [size], ([i]) => [i!], { valid: ([i]) => le(i!, 2), fill: 0 }));
});
it("convolutions are those of the interpreter", (m) => {
  cases.filter((c) => c.channels !== 0).forEach((c) => convolution(m, c, "dense"));
});
it("columns of many rows are reduced as the interpreter does", (m) => {
  for (
    const [rows, columns] of [
      [70, 300],
      [65, 128],
      [130, 17],
      [0, 200],
      [129, 1000],
      [67, 4200],
      [20, 4201],
      [19, 4000],
    ] as const
  ) {
    for (const dtype of ["f32", "f64", "i64"] as const) {
      m.output(m.g.reduce("max", m.input(dtype, [rows + 1, columns]), [0]));
      m.output(m.g.reduce("sum", m.input(dtype, [rows, columns]), [0]));
    }
  }
});
