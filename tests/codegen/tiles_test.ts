/**
 * Transposes amid other work, compiled, beside the interpreter: every size of element, sizes on either side of a tile,
 * further axes before, between and behind, sizes of the run, and memory next to what may be touched.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../src/base/mod.ts";
import { int } from "../../src/ir/expr/mod.ts";
import type { Value } from "../../src/ir/graph/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { calc } from "../../src/ops/calc.ts";
import { interpret } from "../../src/ops/mod.ts";
import { permute } from "../../src/ops/views.ts";
import { schedule } from "../../src/schedule/mod.ts";
import type { DenseTensor } from "../../src/ir/scalar/mod.ts";
import { differences } from "../rig/dense.ts";
import { hasCompiler, NativeBench } from "../rig/native_graph.ts";
import { compileKernel, memoryOf, nativeTarget, trespasses } from "../rig/native_kernel.ts";
import { AttentionGraph } from "../rig/random_attention.ts";
import { targetsOf } from "../rig/targets.ts";

interface Case {
  readonly sizes: readonly number[];
  readonly dims: readonly number[];
  /** Its first size is one of the run. */
  readonly symbolic?: boolean;
}

const cases: readonly Case[] = [
  { sizes: [16, 32], dims: [1, 0] },
  { sizes: [17, 35], dims: [1, 0], symbolic: true },
  { sizes: [3, 100], dims: [1, 0] },
  { sizes: [100, 3], dims: [1, 0] },
  { sizes: [2, 5, 40], dims: [0, 2, 1], symbolic: true },
  { sizes: [20, 3, 37], dims: [2, 1, 0] },
  { sizes: [2, 19, 6, 7], dims: [0, 2, 3, 1] },
  { sizes: [300, 530], dims: [1, 0] },
  { sizes: [0, 8], dims: [1, 0] },
];

const whole = (seed: number) => (n: number) => AttentionGraph.spread(seed)(n) * 4;

function input(model: AttentionGraph, dtype: DType, { sizes, symbolic }: Case, seed: number): Value {
  const shape = sizes.map((n, axis) => model.size(n, axis, symbolic === true && axis === 0));
  const value = model.input(dtype, shape, sizes, whole(seed));
  model.settle();
  return value;
}

/** x turned, plus something that is not, plus something else that is; and the first alone. */
function turned(model: AttentionGraph, c: Case, dtype: DType): void {
  const { g } = model, m = calc(g), flip = (x: Value) => permute(g, x, c.dims);
  const base = input(model, dtype, c, 1), x = flip(base), other = c.dims.map((d) => c.sizes[d]!);
  if (dtype === "bool") return model.output(g.pointwise("not", x));
  const plain = model.input(dtype, x.type.shape, other, whole(2));
  const third = model.input(dtype, base.type.shape, c.sizes, whole(3));
  model.output(m.add(m.add(x, plain), flip(third)));
  model.output(g.cast(x, dtype === "f32" ? "i64" : "f32"));
}

const types = ["f32", "f64", "i64", "i32", "i16", "u8", "bool", "bf16", "f16"] as const;

Deno.test({
  name: "transposes of all types and sizes are those of the interpreter, at every level of the machine",
  ignore: !hasCompiler,
  fn: async () => {
    await using bench = await NativeBench.open({ debug: true });
    const targets = targetsOf(bench.shop.native);
    for (const [n, target] of targets.entries()) {
      const model = new AttentionGraph();
      cases.forEach((c, i) => {
        turned(model, c, types[(i + n * 3) % types.length]!);
        turned(model, c, types[(i + n * 3 + 4) % types.length]!);
      });
      const { graph, data } = model, wanted = interpret(graph, data, []);
      const found = await bench.run(graph, data, [], target);
      const problems = wanted.outputs.map((out, k) =>
        differences(out as DenseTensor, found.outputs[k]!, 1e-2)
      );
      assertEquals(problems, wanted.outputs.map(() => ""), target.march);
    }
  },
});

const kernelOf = (sizes: readonly number[], dtype: DType) => {
  const model = new AttentionGraph(), { g } = model;
  model.output(permute(g, model.input(dtype, sizes.map((n) => int(n)), [0], () => 0), [1, 0]));
  const [step] = schedule(lower(model.graph)).steps;
  assert(step?.kind === "launch");
  return step.kernel;
};

Deno.test({
  name: "tiles at the edges touch only memory that is theirs",
  ignore: !hasCompiler,
  fn: async () => {
    const target = await nativeTarget();
    const found = await Promise.all(
      (["u8", "i16", "f32", "f64"] as const).map((dtype) =>
        trespasses(kernelOf([37, 531], dtype), target!, "guard pages")
      ),
    );
    assertEquals(found, found.map(() => ""));
  },
});

Deno.test({
  name: "a large transpose goes past the caches, wherever its memory begins",
  ignore: !hasCompiler,
  fn: async () => {
    const target = (await nativeTarget())!, [rows, columns] = [1500, 1408];
    const compiled = await compileKernel(kernelOf([rows, columns], "f32"), target, ["-O1"]);
    const [from, to] = compiled.text.buffers.toSorted((a) => (a.role === "input" ? -1 : 1)),
      bytes = rows * columns * 4;
    if (target.vectorBytes === 64) assert(compiled.text.text.includes("aoti_put_f32"));
    for (const [a, b] of [[0, 0], [4, 20], [60, 36]] as const) {
      const x = new Float32Array(memoryOf("u8", bytes + 128).buffer as ArrayBuffer, a, rows * columns);
      const y = new Float32Array(memoryOf("u8", bytes + 128).buffer as ArrayBuffer, b, rows * columns);
      x.forEach((_, n) => x[n] = n);
      compiled.run({ memory: new Map([[to!.name, y], [from!.name, x]]), sizes: {} }, 1, 3);
      const wrong = y.findIndex((v, n) => v !== (n % rows) * columns + Math.floor(n / rows));
      assertEquals(wrong, -1, `${a} ${b}`);
    }
    compiled.close();
  },
});
