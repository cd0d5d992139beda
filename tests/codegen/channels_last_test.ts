/**
 * Networks around depthwise convolutions, whose images lie with channels last, compiled beside the interpreter: channels
 * that fill no vector, rows of few positions, strides, batches, residuals, scales per channel, images that may not move.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { int } from "../../src/ir/expr/mod.ts";
import { type Graph, GraphBuilder, type GraphConstant, type Value } from "../../src/ir/graph/mod.ts";
import { rowMajor } from "../../src/ir/loops/mod.ts";
import { denseOf, type DenseTensor } from "../../src/ir/scalar/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { convolve } from "../../src/ops/convolution.ts";
import { interpret } from "../../src/ops/mod.ts";
import { schedule } from "../../src/schedule/mod.ts";
import { differences } from "../rig/dense.ts";
import { hasCompiler, NativeBench } from "../rig/native_graph.ts";

/** An inverted residual over an image of `size`, `images` of them. */
interface Case {
  readonly images?: number;
  readonly size: readonly [number, number];
  /** Channels of the image, and of what is between. */
  readonly channels: number;
  readonly inner: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly dilation?: number;
  /** A factor for each channel of an image, from the means of what is between. */
  readonly isScaled?: boolean;
  /** The image in between is read in another order too, and so stays as it is. */
  readonly isTurned?: boolean;
}

const cases: readonly Case[] = [
  { size: [9, 14], channels: 16, inner: 48 },
  { size: [7, 7], channels: 24, inner: 40 },
  { size: [23, 19], channels: 19, inner: 33, stride: 2 },
  { size: [12, 12], channels: 20, inner: 16, kernel: 5 },
  { size: [16, 11], channels: 16, inner: 32, dilation: 2 },
  { size: [8, 15], channels: 17, inner: 64, isScaled: true },
  { images: 3, size: [9, 8], channels: 16, inner: 32 },
  { size: [8, 9], channels: 16, inner: 32, isTurned: true },
];

function graphOf(list: readonly Case[]) {
  const g = new GraphBuilder(), inputs: Value[] = [], constants: Value[] = [], outputs: Value[] = [];
  const f32 = (sizes: readonly number[]) => ({ dtype: "f32", shape: sizes.map((n) => int(n)) }) as const;
  const weight = (...sizes: number[]) => {
    constants.push(g.input(`w${constants.length}`, f32(sizes)));
    return constants.at(-1)!;
  };
  const conv = (x: Value, w: Value, groups = 1, kernel = 1, stride = 1, dilation = 1) => {
    const before = [1, 1].map(() => int((dilation * (kernel - 1)) / 2)),
      twice = (n: number) => [int(n), int(n)];
    const options = {
      stride: twice(stride),
      before,
      after: before,
      dilation: twice(dilation),
      groups: int(groups),
    };
    return g.pointwise("max", convolve(g, x, w, undefined, options), g.constant(-1, "f32"));
  };
  for (
    const { images = 1, size, channels, inner, kernel = 3, stride, dilation, isScaled, isTurned } of list
  ) {
    const x = g.input(`x${inputs.length}`, f32([images, 3, ...size]));
    inputs.push(x);
    const first = conv(x, weight(channels, 3, 3, 3), 1, 3), wide = conv(first, weight(inner, channels, 1, 1));
    const deep = conv(wide, weight(inner, 1, kernel, kernel), inner, kernel, stride, dilation);
    const means = g.reduce("sum", deep, [2, 3]);
    const factor = g.remap(means, deep.type.shape, ([n, c]) => [n!, c!]);
    const narrow = conv(isScaled ? g.pointwise("mul", deep, factor) : deep, weight(channels, inner, 1, 1));
    outputs.push(stride ? narrow : g.pointwise("add", narrow, first));
    if (isTurned) outputs.push(g.reduce("sum", wide, [3]));
  }
  const of = (value: Value) => rowMajor(value.type.shape);
  const graph: Graph = {
    ...{
      name: "channels",
      symbols: [],
      guards: [],
      fixed: [],
      nodes: g.nodes,
      effects: [],
      inSpec: "",
      outSpec: "",
    },
    inputs: inputs.map((value, leaf) => ({ value, leaf, label: `x${leaf}`, strides: of(value) })),
    constants: constants.map((value): GraphConstant => {
      const strides = of(value).map((s) => Number((s as { value: bigint | number }).value)), { name } = value;
      return { value, fqn: name, role: "parameter", strides, offset: 0, data: name };
    }),
    outputs: outputs.map((value, n) => ({ kind: "tensor", value, label: `y${n}` })),
  };
  return graph;
}

function values({ type: { shape } }: Value, seed: number): DenseTensor {
  const sizes = shape.map((s) => Number((s as { value: bigint | number }).value));
  const count = sizes.reduce((a, b) => a * b, 1);
  return denseOf("f32", sizes, Array.from({ length: count }, (_, n) => ((n * seed) % 23) / 8 - 1.25));
}

Deno.test({
  name: "networks of depthwise convolutions are those of the interpreter",
  ignore: !hasCompiler,
  fn: async () => {
    const graph = graphOf(cases);
    const inputs = graph.inputs.map((i) => values(i.value, 37)),
      constants = graph.constants.map((c) => values(c.value, 53));
    await using bench = await NativeBench.open({ debug: true });
    const wanted = interpret(graph, inputs, constants), found = await bench.run(graph, inputs, constants);
    const problems = wanted.outputs.map((out, n) => differences(out as DenseTensor, found.outputs[n]!, 1e-3));
    assertEquals(problems, wanted.outputs.map(() => ""));
  },
});

/** Names of buffers with channels last that the kernels of a case store. */
function laidBy(it: Case, layouts = true): number {
  const { steps } = schedule(lower(graphOf([it])), { layouts });
  const kernels = steps.flatMap((s) => (s.kind === "launch" ? [s.kernel] : []));
  return kernels.filter((k) => k.kind === "contraction" && k.nest.store.buffer.name.endsWith("_last")).length;
}

Deno.test("images lie with channels last where all that touch them can take them so", () => {
  assert(laidBy(cases[0]!) >= 2);
  assert(laidBy({ ...cases[0]!, isScaled: true }) >= 2);
  assertEquals(laidBy({ ...cases[0]!, inner: 8, channels: 8 }), 0); // too few for a vector
  assertEquals(laidBy(cases[0]!, false), 0);
});
