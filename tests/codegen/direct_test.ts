/** Convolutions straight from the image: which ones, and their numbers beside sums by the definition. */
import { assert, assertEquals } from "@std/assert";
import { cpuTarget, type Target } from "../../src/base/mod.ts";
import { int, sym } from "../../src/ir/expr/mod.ts";
import { type Graph, GraphBuilder, type GraphConstant, type Value } from "../../src/ir/graph/mod.ts";
import { rowMajor } from "../../src/ir/loops/mod.ts";
import type { ContractionKernel } from "../../src/ir/plan/mod.ts";
import { denseOf, type DenseTensor, elementsOf } from "../../src/ir/scalar/mod.ts";
import { planDirect } from "../../src/kernels/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { convolve } from "../../src/ops/convolution.ts";
import { packWeights, schedule } from "../../src/schedule/mod.ts";
import { differences } from "../rig/dense.ts";
import { hasCompiler, NativeBench } from "../rig/native_graph.ts";
import { nativeTarget, trespasses } from "../rig/native_kernel.ts";
import { targetsOf } from "../rig/targets.ts";

/** Sizes of a convolution along one axis to three; what is left out is 1, `pad` 0. */
interface Case {
  readonly images: number;
  readonly channels: number;
  readonly outputs: number;
  readonly image: readonly number[];
  readonly taps: readonly number[];
  readonly stride?: readonly number[];
  readonly dilation?: readonly number[];
  readonly before?: readonly number[];
  readonly after?: readonly number[];
  readonly groups?: number;
  /** The first size is known at run time only. */
  readonly dynamic?: boolean;
  /** Channels are side by side in memory. */
  readonly last?: boolean;
}

const base = { images: 2, channels: 32, outputs: 64, image: [17, 16], taps: [3, 3] };
const same = { before: [1, 1], after: [1, 1] };
const cases: readonly Case[] = [
  { ...base, ...same, stride: [2, 2] },
  { ...base, ...same, stride: [2, 2], dynamic: true },
  { ...base, ...same, stride: [2, 2], groups: 2 },
  { ...base, ...same, stride: [3, 2], image: [23, 41], outputs: 72 },
  { ...base, stride: [1, 3], image: [9, 38], outputs: 40 },
  { ...base, before: [4, 4], after: [4, 4], dilation: [4, 4] },
  { ...base, before: [7, 6], after: [5, 8], stride: [2, 2] },
  { ...base, channels: 1, images: 3, before: [3, 3], after: [3, 3], taps: [7, 7], image: [29, 31] },
  { ...base, channels: 3, before: [2, 2], after: [2, 2], taps: [5, 5], stride: [2, 2], image: [33, 35] },
  { ...base, ...same, stride: [2, 2], last: true },
  { ...base, taps: [1, 1], channels: 96, stride: [2, 2], image: [27, 25] },
  { ...base, taps: [3, 1], before: [1, 0], after: [1, 0], stride: [2, 2] },
  { ...base, image: [70], taps: [5], before: [2], after: [2], stride: [2] },
  { ...base, outputs: 40, image: [50], taps: [9], before: [4], after: [4] },
  {
    ...{ ...base, channels: 12, image: [5, 9, 11], taps: [3, 3, 3], stride: [2, 1, 2] },
    ...{ before: [1, 1, 1], after: [2, 1, 1], dynamic: true },
  },
];

const sizesOf = (c: Case) => [c.images, c.channels, ...c.image];
const tapsOf = (c: Case) => [c.outputs, c.channels / (c.groups ?? 1), ...c.taps];
type Option = "stride" | "dilation" | "before" | "after";
const along = (c: Case, of: Option, otherwise: number) => c.image.map((_, d) => c[of]?.[d] ?? otherwise);

function values(sizes: readonly number[], seed: number): DenseTensor {
  const count = sizes.reduce((a, b) => a * b, 1);
  return denseOf("f32", sizes, Array.from({ length: count }, (_, n) => ((n * seed) % 23) / 8 - 1.25));
}

/** A case's nodes, with `n` in their names. */
function add(g: GraphBuilder, c: Case, n: number) {
  const images = sym(`s${n}`, { min: 1, max: 64 });
  const shape = sizesOf(c).map((size, d) => (c.dynamic && d === 0 ? images : int(size)));
  const x = g.input(`x${n}`, { dtype: "f32", shape });
  const w = g.input(`w${n}`, { dtype: "f32", shape: tapsOf(c).map((size) => int(size)) });
  const numbers = (of: Option, otherwise: number) => along(c, of, otherwise).map((n) => int(n));
  const out: Value = convolve(g, x, w, undefined, {
    ...{ stride: numbers("stride", 1), dilation: numbers("dilation", 1), groups: int(c.groups ?? 1) },
    ...{ before: numbers("before", 0), after: numbers("after", 0) },
  });
  const [first, channels, ...space] = shape, inner = rowMajor([first!, ...space, channels!]);
  const strides = c.last ? [inner[0]!, inner.at(-1)!, ...inner.slice(1, -1)] : rowMajor(shape);
  const weights = rowMajor(w.type.shape).map((s) => Number((s as { value: bigint | number }).value));
  const y = g.pointwise("max", out, g.constant(0.5, "f32"));
  return { images, x, w, y, strides, weights };
}

function graphOf(cases: readonly Case[]): Graph {
  const g = new GraphBuilder(), all = cases.map((c, n) => ({ ...add(g, c, n), c, label: `x${n}` }));
  return {
    name: "direct",
    symbols: all.flatMap(({ c, images, x }) =>
      c.dynamic ? [{ sym: images, label: images.name, from: { input: x, axis: 0 } }] : []
    ),
    inputs: all.map(({ x, strides, label }, leaf) => ({ value: x, leaf, label, strides })),
    constants: all.map(({ w, weights }): GraphConstant => {
      return {
        value: w,
        fqn: w.name,
        role: "parameter",
        strides: weights,
        offset: 0,
        data: w.name,
      };
    }),
    ...{ guards: [], fixed: [], effects: [], nodes: g.nodes, inSpec: "", outSpec: "" },
    outputs: all.map(({ y }, n) => ({ kind: "tensor", value: y, label: `y${n}` })),
  };
}

type Taps = readonly number[];

/** Positions of the image by output and tap, along an axis counted from the last; -1 on the border. */
function positions(c: Case, fromEnd: number): readonly Taps[] {
  const d = c.image.length - fromEnd;
  if (d < 0) return [[0]];
  const [stride, dilation] = (["stride", "dilation"] as const).map((of) => along(c, of, 1)[d]!);
  const [before, after] = (["before", "after"] as const).map((of) => along(c, of, 0)[d]!);
  const [size, taps] = [c.image[d]!, c.taps[d]!];
  const outputs = Math.floor((size + before! + after! - dilation! * (taps - 1) - 1) / stride!) + 1;
  return Array.from({ length: outputs }, (_, at) =>
    Array.from({ length: taps }, (_, tap) => {
      const from = at * stride! + tap * dilation! - before!;
      return from < size ? Math.max(-1, from) : -1;
    }));
}

/** The convolution by its definition. */
function defined(c: Case, image: DenseTensor, weight: DenseTensor): DenseTensor {
  const [x, w] = [image, weight].map((t) => Float64Array.from(elementsOf(t) as Iterable<number>)) as [
    Float64Array,
    Float64Array,
  ];
  const [planes, rows, columns] = [positions(c, 3), positions(c, 2), positions(c, 1)], groups = c.groups ?? 1;
  const [per, wide] = [c.channels / groups, c.outputs / groups];
  const [depth, height, width] = [c.image.at(-3) ?? 1, c.image.at(-2) ?? 1, c.image.at(-1)!];
  const [deep, down, across] = [planes[0]!.length, rows[0]!.length, columns[0]!.length];
  const out: number[] = [];
  const sum = (from: number, to: number, plane: Taps, row: Taps, column: Taps) => {
    let sum = 0;
    for (let t = 0; t < per * deep * down; t++) {
      const [k, d, i] = [Math.floor(t / down / deep), Math.floor(t / down) % deep, t % down];
      if (plane[d]! < 0 || row[i]! < 0) continue;
      const line = (((from + k) * depth + plane[d]!) * height + row[i]!) * width;
      const taps = (to * per * deep * down + t) * across;
      for (let j = 0; j < across; j++) if (column[j]! >= 0) sum += x[line + column[j]!]! * w[taps + j]!;
    }
    return Math.max(sum, 0.5);
  };
  for (let n = 0; n < c.images; n++) {
    for (let o = 0; o < c.outputs; o++) {
      const from = n * c.channels + Math.floor(o / wide) * per;
      for (const plane of planes) {
        for (const row of rows) for (const column of columns) out.push(sum(from, o, plane, row, column));
      }
    }
  }
  const space = [planes, rows, columns].slice(-c.image.length).map(({ length }) => length);
  return denseOf("f32", [c.images, c.outputs, ...space], out);
}

const [wide, narrow] = [cpuTarget("x86-64-v4"), cpuTarget("x86-64-v2")];

function kernelOf(c: Case, target: Target): ContractionKernel {
  const { plan } = packWeights({ plan: schedule(lower(graphOf([c]))) }, target, {
    winograd: false,
  });
  const kernels = plan.steps.flatMap((s) => (s.kind === "launch" ? [s.kernel] : []));
  return kernels.find((k) => k.kind === "contraction")!;
}

Deno.test("what packing costs more than: strides, borders, few columns; not matrices, nor narrow machines", () => {
  assertEquals(cases.map((c) => kernelOf(c, wide).direct !== undefined), cases.map(() => true));
  const [first] = cases as [Case];
  const not = [{ taps: [1, 1], stride: [1, 1], before: [0, 0], after: [0, 0] }, { outputs: 3 }];
  assertEquals(not.map((change) => kernelOf({ ...first, ...change }, wide).direct), [
    undefined,
    undefined,
  ]);
  assertEquals(kernelOf(first, narrow).direct, undefined);
});

Deno.test("spans and bands hold every output once, with the taps that are inside", () => {
  for (const c of cases) {
    const { nest, direct } = kernelOf(c, wide);
    const { image, spans, bands } = planDirect(nest, wide, { kind: "direct", ...direct! })!;
    const marks = (inside: readonly (readonly boolean[])[]) =>
      inside.map((taps) => taps.map(Number).join(""));
    const columns = spans.flatMap(({ count, taps }) =>
      Array.from({ length: count }, (_, p) => taps.map((t) => Number(p >= t.first && p < t.last)).join(""))
    );
    assertEquals(columns, marks(image.columns.inside));
    const rows = image.rows.inside.map((taps, y) => {
      const band = bands.find(({ end }) => y < end)!;
      return taps.map((_, t) => Number(t >= band.taps.first && t < band.taps.last)).join("");
    });
    assertEquals(rows, marks(image.rows.inside));
    assert(spans.every(({ count }) => count <= direct!.mr));
  }
});

Deno.test({
  name: "nothing beyond the image, the panels and the strip of sums is touched",
  ignore: !hasCompiler,
  async fn() {
    for (const c of cases.filter(({ dynamic }) => !dynamic).slice(1, 6)) {
      for (const target of targetsOf((await nativeTarget())!).filter((it) => it.vectorBytes >= 32)) {
        const kernel = kernelOf(c, target);
        if (!kernel.direct) continue;
        const how = target.vectorBytes === 32 ? "sanitizers" : "guard pages";
        assertEquals(await trespasses(kernel, target, how), "");
      }
    }
  },
});

/** Random convolutions; which of them go straight from the image is up to costs. */
function randomCases(seed: number, count: number): readonly Case[] {
  let state = seed;
  const pick = (from: number, to: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return from + Math.floor((state / 2 ** 32) * (to - from + 1));
  };
  return Array.from({ length: count }, (): Case => {
    const dims = [1, 2, 2, 3][pick(0, 3)]!, groups = pick(0, 3) === 0 ? 2 : 1;
    const each = (from: number, to: number) => Array.from({ length: dims }, () => pick(from, to));
    const taps = each(1, 5), dilation = each(1, 2);
    const image = each(4, dims === 3 ? 8 : 30).map((size, d) => size + taps[d]! * dilation[d]!);
    const around = { stride: each(1, 3), before: each(0, 3), after: each(0, 7), dilation };
    const [channels, outputs] = [groups * pick(1, 20), groups * pick(8, 50)];
    return {
      ...{ images: pick(1, 2), channels, outputs, image, taps, groups, ...around },
      ...{ dynamic: pick(0, 3) === 0, last: pick(0, 3) === 0 },
    };
  });
}

Deno.test({
  name: "convolutions straight from the image are sums by the definition",
  ignore: !hasCompiler,
  async fn(t) {
    await using bench = await NativeBench.open();
    const all = [...cases, ...randomCases(11, 8)], graph = graphOf(all);
    const inputs = all.map((c) => values(sizesOf(c), 37)), constants = all.map((c) => values(tapsOf(c), 53));
    const wanted = all.map((c, n) => defined(c, inputs[n]!, constants[n]!));
    for (const target of targetsOf(bench.shop.native).filter((it) => it.vectorBytes >= 32)) {
      await t.step(target.isa, async () => {
        const { outputs } = await bench.run(graph, inputs, constants, target);
        all.forEach((c, n) => {
          assertEquals([c, differences(wanted[n]!, outputs[n]!, 1e-5)], [c, ""]);
        });
      });
    }
  },
});
