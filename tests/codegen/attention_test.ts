/** Attention, compiled: random forms beside the interpreter, edges beside PyTorch. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Target } from "../../src/base/mod.ts";
import { asInt, int } from "../../src/ir/expr/mod.ts";
import type { Value } from "../../src/ir/graph/mod.ts";
import { denseOf, type DenseTensor } from "../../src/ir/scalar/mod.ts";
import { attentionVariants } from "../../src/kernels/mod.ts";
import type { AttentionKernel } from "../../src/ir/plan/mod.ts";
import { attend, type AttentionOptions } from "../../src/ops/attention.ts";
import { calc } from "../../src/ops/calc.ts";
import { matmul } from "../../src/ops/contract.ts";
import { softmax } from "../../src/ops/fold.ts";
import { transpose } from "../../src/ops/views.ts";
import { interpret } from "../../src/ops/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { schedule } from "../../src/schedule/mod.ts";
import { differences } from "../rig/dense.ts";
import { hasCompiler, NativeBench } from "../rig/native_graph.ts";
import { compileKernel, memoryOf, nativeTarget, trespasses } from "../rig/native_kernel.ts";
import { type AttentionForm, attentionForm, AttentionGraph } from "../rig/random_attention.ts";
import { seed } from "../rig/seed.ts";
import { targetsOf } from "../rig/targets.ts";

const graphs = Number(Deno.env.get("AOTI_NATIVE_RUNS") ?? 3), each = 6;
/** Rounding of half types: a unit in the last place of the largest result or two. */
const tolerance = { bf16: 3e-2, f16: 4e-3, f32: 1e-5, f64: 1e-13 } as const;

Deno.test({
  name:
    "attention of any form, size and type gives what the interpreter gives, at every level of the machine",
  ignore: !hasCompiler,
  fn: async () => {
    await using bench = await NativeBench.open({ debug: true });
    const targets = targetsOf(bench.shop.native);
    const forms = fc.sample(attentionForm(), { numRuns: graphs * each, seed });
    for (let n = 0; n < graphs; n++) {
      const model = new AttentionGraph(), own = forms.slice(n * each, (n + 1) * each);
      own.forEach((form, i) => model.add(form, n * each + i));
      const { graph, data } = model, wanted = interpret(graph, data, []);
      const found = await bench.run(graph, data, [], targets[n % targets.length]!);
      const problems = own.flatMap((form, i) => {
        const limit = tolerance[form.dtype as keyof typeof tolerance];
        const text = differences(wanted.outputs[i] as DenseTensor, found.outputs[i]!, limit);
        return text ? [`${JSON.stringify(form)} on ${targets[n % targets.length]!.isa}: ${text}`] : [];
      });
      assertEquals(problems, []);
    }
  },
});

/** Odd sizes: remainders of vectors, tiles and blocks; one row by a size of the run. */
const odd: readonly (readonly [rows: number, columns: number, Partial<AttentionForm>])[] = [
  [17, 201, { depth: 20, values: 7, mask: "bias" }],
  [65, 33, { depth: 17, values: 40, mask: "choice", dtype: "bf16" }],
  [3, 70, { depth: 20, values: 17, mask: "window" }],
  [5, 19, { symbolic: true, mask: "rows", apart: true }],
  [70, 19, { symbolic: true, mask: "causal", by: "hand" }],
];

Deno.test({
  name: "attention touches no memory outside its buffers and scratch",
  ignore: !hasCompiler,
  fn: async () => {
    const target = await nativeTarget(), found: string[] = [];
    for (const [n, [rows, columns, form]] of odd.entries()) {
      const { kernel, graph } = kernelOf({ rows, columns, ...form });
      const sizes = Object.fromEntries(graph.symbols.map(({ sym }, i) => [sym.name, [rows, columns][i]!]));
      const how = n % 2 === 0 ? "guard pages" : "sanitizers";
      found.push(await trespasses(kernel, target!, how, sizes));
    }
    assertEquals(found, odd.map(() => ""));
  },
});

/** One attention by the operator with what it is scheduled as and its inputs. */
function kernelOf(form: Partial<AttentionForm> & Pick<AttentionForm, "rows" | "columns">) {
  const model = new AttentionGraph();
  const common = { by: "operator", dtype: "f32", batch: 2, heads: 2, own: 1, depth: 8, values: 8 } as const;
  const plain = { mask: "none", cap: false, apart: false, symbolic: false, joined: true } as const;
  model.add({ ...common, ...plain, ...form }, 1);
  const { graph, data } = model, [step] = schedule(lower(graph)).steps;
  if (step?.kind !== "launch" || step.kernel.kind !== "attention") {
    throw new RangeError("attention is launched");
  }
  return { kernel: step.kernel, graph, data };
}

Deno.test({
  name: "ways to cut an attention that may be measured give what the interpreter gives, inside its memory",
  ignore: !hasCompiler,
  fn: async () => {
    const target = (await nativeTarget())!, problems: string[] = [];
    const forms = [
      kernelOf({ rows: 70, columns: 129, depth: 20, values: 33, mask: "causal" }),
      kernelOf({ rows: 65, columns: 201, depth: 17, values: 16, mask: "bias" }),
    ];
    const all = attentionVariants(forms[0]!.kernel.nest, target);
    for (const [n, choice] of all.filter((_, n) => n % 3 === 0).entries()) { // of every tile one or two
      const { kernel, graph, data } = forms[n % 2]!, chosen = { ...kernel, choice };
      const wanted = interpret(graph, data, []).outputs[0] as DenseTensor;
      const found = denseOf("f32", wanted.shape, await resultOf(chosen, data, target));
      const text = differences(wanted, found, tolerance.f32);
      if (text) problems.push(`${JSON.stringify(choice)}: ${text}`);
      if (n === 1) assertEquals(await trespasses(chosen, target, "guard pages"), "");
    }
    assertEquals(problems, []);
  },
});

/** What an f32 kernel of known sizes gives for a model's inputs `x0`, `x1`, …. */
async function resultOf(kernel: AttentionKernel, data: readonly DenseTensor[], target: Target) {
  const compiled = await compileKernel(kernel, target), out = kernel.nest.store.buffer.name;
  const memory = new Map(compiled.text.buffers.map(({ name, dtype, shape }) => {
    const size = shape.reduce((n, e) => n * asInt(e)!, 1), given = data[Number(/^x(\d+)$/.exec(name)?.[1])];
    return [name, given ? Float32Array.from(given.data as Float32Array) : memoryOf(dtype, size)];
  }));
  compiled.run({ memory, sizes: {} });
  compiled.close();
  return [...memory.get(out) as Float32Array];
}

const [q, k, v] = [[1, 0.5, -1, 2], [0.5, 1, 2, -1, 1, 1], [1, 2, 3, -4, 5, 6]] as const;
const choice = [1, 0, 1, 0, 0, 0];

/** Pinned by PyTorch 2.6 and 2.13. */
const edges: readonly {
  readonly name: string;
  readonly mask?: readonly number[];
  readonly options?: Partial<AttentionOptions>;
  readonly hand?: boolean;
  readonly key?: number;
  readonly keys?: number;
  readonly wanted: readonly number[];
}[] = [
  { name: "a row that sees nothing", mask: choice, wanted: [3.349916, 4.349916, 0, 0] },
  {
    name: "a row that sees nothing, by hand",
    hand: true,
    mask: choice,
    wanted: [3.4898374, 4.4898372, NaN, NaN],
  },
  { name: "causal, more keys than queries", options: { causal: true }, wanted: [1, 2, 1.0401073, 1.8796781] },
  { name: "a scale", options: { scale: 0.3 }, wanted: [3.0973830, 1.3008723, 2.8642881, 3.1158320] },
  { name: "a key that is nan", key: NaN, wanted: [NaN, NaN, NaN, NaN] },
  { name: "a key that is infinite", key: Infinity, wanted: [NaN, NaN, 1.0401073, 1.8796781] },
  { name: "no keys", keys: 0, wanted: [0, 0, 0, 0] },
  { name: "no keys, by hand", keys: 0, hand: true, wanted: [0, 0, 0, 0] },
];

Deno.test({
  name: "edges of attention are PyTorch's",
  ignore: !hasCompiler,
  fn: async () => {
    const model = new AttentionGraph(), { g } = model, m = calc(g);
    for (const { mask, options, hand, key, keys = 3 } of edges) {
      const input = (rows: number, of: (n: number) => number, dtype: "f32" | "bool" = "f32", columns = 2) =>
        model.input(dtype, [1, 1, rows, columns].map((n) => int(n)), [1, 1, rows, columns], of);
      const [x, y, z] = [
        input(2, (n) => q[n]!),
        input(keys, (n) => (n === 4 && key !== undefined ? key : k[n]!)),
        input(keys, (n) => v[n]!),
      ] as [Value, Value, Value];
      const seen = mask && input(2, (n) => mask[n]!, "bool", 3);
      if (hand) {
        const scores = matmul(g, x, transpose(g, y, -2, -1));
        model.output(matmul(g, softmax(g, seen ? m.where(seen, scores, -Infinity) : scores, 3), z));
      } else {
        const all = { causal: false, grouped: false, ...(seen && { mask: seen }), ...options };
        model.output(attend(g, x, y, z, all).out);
      }
    }
    const { graph, data } = model, wanted = edges.map((e) => denseOf("f32", [1, 1, 2, 2], e.wanted));
    await using bench = await NativeBench.open({ debug: true });
    const found = await bench.run(graph, data, []), said = interpret(graph, data, []);
    const compare = (outputs: readonly unknown[]) =>
      edges.map(({ name }, n) => `${name} ${differences(wanted[n]!, outputs[n] as DenseTensor, 1e-6)}`);
    assertEquals(compare(said.outputs), edges.map(({ name }) => `${name} `));
    assertEquals(compare(found.outputs), edges.map(({ name }) => `${name} `));
  },
});
