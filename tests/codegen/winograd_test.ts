/** Convolutions in Winograd's tiles: which ones, and their numbers beside direct sums in f64. */
import { assert, assertEquals } from "@std/assert";
import { cpuTarget } from "../../src/base/mod.ts";
import { int, sym } from "../../src/ir/expr/mod.ts";
import { type Graph, GraphBuilder, type GraphConstant, type Value } from "../../src/ir/graph/mod.ts";
import { rowMajor } from "../../src/ir/loops/mod.ts";
import { denseOf, type DenseTensor, elementsOf } from "../../src/ir/scalar/mod.ts";
import { tapTransform } from "../../src/kernels/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { convolve } from "../../src/ops/convolution.ts";
import { packWeights, schedule } from "../../src/schedule/mod.ts";
import { differences } from "../rig/dense.ts";
import { hasCompiler, NativeBench } from "../rig/native_graph.ts";

/** Sizes of a convolution of 3 × 3 taps; what is left out is 1, `pad` too. */
interface Case {
  readonly images: number;
  readonly channels: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  readonly pad?: number;
  readonly stride?: number;
  readonly dilation?: number;
  /** What is convolved is the input's relu, what comes out gets the input of the same shape added. */
  readonly around?: boolean;
  /** The first size is known at run time only. */
  readonly dynamic?: boolean;
}

const cases: readonly Case[] = [
  { images: 1, channels: 48, outputs: 48, height: 28, width: 28 },
  { images: 2, channels: 40, outputs: 33, height: 17, width: 30, pad: 0 },
  { images: 3, channels: 64, outputs: 64, height: 14, width: 13, around: true, dynamic: true },
  { images: 1, channels: 300, outputs: 310, height: 7, width: 7 },
  { images: 1, channels: 36, outputs: 40, height: 33, width: 70, pad: 2 },
  { images: 1, channels: 128, outputs: 100, height: 30, width: 6 },
];

function values(sizes: readonly number[], seed: number): DenseTensor {
  const count = sizes.reduce((a, b) => a * b, 1);
  return denseOf("f32", sizes, Array.from({ length: count }, (_, n) => ((n * seed) % 23) / 8 - 1.25));
}

const imageOf = (c: Case) => [c.images, c.channels, c.height, c.width];
const weightOf = (c: Case) => [c.outputs, c.channels, 3, 3];

function graphOf(c: Case): Graph {
  const g = new GraphBuilder(), images = sym("s0", { min: 1, max: 64 });
  const shape = imageOf(c).map((size, d) => (c.dynamic && d === 0 ? images : int(size)));
  const x = g.input("x", { dtype: "f32", shape });
  const w = g.input("w", { dtype: "f32", shape: weightOf(c).map((size) => int(size)) });
  const [pad, stride, dilation] = [c.pad ?? 1, c.stride ?? 1, c.dilation ?? 1].map((n) => [int(n), int(n)]);
  const image = c.around ? g.pointwise("max", x, g.constant(0, "f32")) : x;
  const steps = { stride: stride!, before: pad!, after: pad!, dilation: dilation!, groups: int(1) };
  const sum = convolve(g, image, w, undefined, steps);
  const out: Value = c.around ? g.pointwise("add", sum, x) : sum;
  const strides = rowMajor(w.type.shape).map((s) => Number((s as { value: bigint | number }).value));
  const constants: GraphConstant[] = [
    { value: w, fqn: "w", role: "parameter", strides, offset: 0, data: "w" },
  ];
  return {
    name: "tiles",
    symbols: c.dynamic ? [{ sym: images, label: "images", from: { input: x, axis: 0 } }] : [],
    inputs: [{ value: x, leaf: 0, label: "x", strides: rowMajor(shape) }],
    ...{ guards: [], fixed: [], effects: [], constants, nodes: g.nodes, inSpec: "", outSpec: "" },
    outputs: [{ kind: "tensor", value: out, label: "y" }],
  };
}

/** The convolution by its definition; the interpreter takes minutes for these sizes. */
function direct(c: Case, image: DenseTensor, weight: DenseTensor): DenseTensor {
  const { images, channels, outputs, height, width, pad = 1, around } = c;
  const [x, w] = [image, weight].map((t) => Float64Array.from(elementsOf(t) as Iterable<number>)) as [
    Float64Array,
    Float64Array,
  ];
  const [down, across] = [height + 2 * pad - 2, width + 2 * pad - 2];
  const out = new Float64Array(images * outputs * down * across);
  const read = (at: number) => (around ? Math.max(0, x[at]!) : x[at]!);
  const line = (to: number, from: number, shift: number, tap: number) => {
    for (let j = Math.max(0, -shift); j < across && j + shift < width; j++) {
      out[to + j]! += tap * read(from + j + shift);
    }
  };
  for (let n = 0; n < images; n++) {
    for (let o = 0; o < outputs; o++) {
      for (let ck = 0; ck < channels * 9; ck++) {
        const channel = Math.floor(ck / 9), ky = Math.floor(ck / 3) % 3 - pad, kx = ck % 3 - pad;
        for (let i = Math.max(0, -ky); i < down && i + ky < height; i++) {
          const from = ((n * channels + channel) * height + i + ky) * width;
          line(((n * outputs + o) * down + i) * across, from, kx, w[o * channels * 9 + ck]!);
        }
      }
    }
  }
  return denseOf("f32", [images, outputs, down, across], around ? out.map((y, at) => y + x[at]!) : out);
}

function tileOf(c: Case, level: "x86-64-v2" | "x86-64-v4", winograd = true): number | undefined {
  const { plan } = packWeights({ plan: schedule(lower(graphOf(c))) }, cpuTarget(level), { winograd });
  const kernels = plan.steps.flatMap((s) => (s.kind === "launch" ? [s.kernel] : []));
  return kernels.flatMap((k) => (k.kind === "contraction" && k.winograd ? [k.winograd] : []))[0];
}

Deno.test("large tiles for large images, small ones for small ones, none where they do not pay", () => {
  assertEquals(cases.map((c) => tileOf(c, "x86-64-v4")), [4, 4, 4, 2, 4, 4]);
  const [first] = cases as [Case];
  const not = [{ channels: 3 }, { stride: 2 }, { dilation: 2 }, { height: 1 }];
  assertEquals(not.map((change) => tileOf({ ...first, ...change }, "x86-64-v4")), not.map(() => undefined));
  assertEquals([tileOf(first, "x86-64-v2"), tileOf(first, "x86-64-v4", false)], [undefined, undefined]);
});

Deno.test("transformed taps and values give the sums of taps: F(2, 3) and F(4, 3) along one axis", () => {
  const points: Record<2 | 4, readonly number[]> = { 2: [0, 1, -1], 4: [0, 1, -1, 0.5, -2] };
  for (const tile of [2, 4] as const) {
    // The factors of taps 1, x, x² at a point are those of the polynomial, but for a scale that is the same for all.
    tapTransform(tile).slice(0, -1).forEach(([one, x, square], n) => {
      assert(
        Math.abs(x! - one! * points[tile][n]!) < 1e-15 && Math.abs(square! - x! * points[tile][n]!) < 1e-15,
      );
    });
    assertEquals(tapTransform(tile).at(-1), [0, 0, 1]);
  }
});

for (const c of cases) {
  const { images, channels, height, width, pad = 1 } = c;
  const name = `tiles of ${images}×${channels}×${height}×${width}, border ${pad}, are direct sums`;
  Deno.test({
    name,
    ignore: !hasCompiler,
    async fn() {
      const graph = graphOf(c), inputs = [values(imageOf(c), 37)], constants = [values(weightOf(c), 53)];
      await using bench = await NativeBench.open();
      const wanted = direct(c, inputs[0]!, constants[0]!), found = await bench.run(graph, inputs, constants);
      assertEquals(differences(wanted, found.outputs[0]!, 1e-5), "");
    },
  });
}
