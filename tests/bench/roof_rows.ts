/**
 * Large products, streams over 64 MB and attention, each alone on one core, with its share of what the core can do:
 *
 *     deno run -A tests/bench/roof_rows.ts [WORD…] [--out=FILE.jsonl]
 *
 * Words choose rows by their names. Lines go to `zoo.ts --lines=FILE` for the page.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { printTable } from "../../src/cli/format.ts";
import { bytesOf, type Target } from "../../src/base/mod.ts";
import { asInt, int } from "../../src/ir/expr/mod.ts";
import type { Graph, GraphBuilder, Value } from "../../src/ir/graph/mod.ts";
import { numel } from "../../src/ir/loops/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { attend } from "../../src/ops/attention.ts";
import { calc } from "../../src/ops/calc.ts";
import { matmul } from "../../src/ops/contract.ts";
import { fold, softmax, variance } from "../../src/ops/fold.ts";
import { transpose } from "../../src/ops/views.ts";
import type { Roof } from "../../src/run/mod.ts";
import { schedule } from "../../src/schedule/mod.ts";
import { compileKernel, nativeTarget } from "../rig/native_kernel.ts";
import { AttentionGraph } from "../rig/random_attention.ts";
import type { RoofRow } from "./lines.ts";
import { pinThis } from "./machine.ts";
import { lineMemoryOf } from "./memory.ts";
import { roof } from "./roof.ts";
import { roofTable } from "./tables.ts";

/** A computation with what it counts as. */
interface Row {
  readonly name: string;
  /** Sizes of its f32 inputs. */
  readonly inputs: readonly (readonly number[])[];
  /** Operations of its multiply-adds; without them its inputs and outputs count, in bytes. */
  readonly flop?: number;
  readonly of: (g: GraphBuilder, ...x: readonly Value[]) => Value;
}

/** 64 MB of f32. */
const wide = [16384, 1024] as const, heads = [1, 1, 1024, 64] as const;

const rows: readonly Row[] = [
  ...[256, 512, 1024, 2048].map((n): Row => {
    return {
      name: `matmul ${n}`,
      inputs: [[n, n], [n, n]],
      flop: 2 * n ** 3,
      of: (g, a, b) => matmul(g, a!, b!),
    };
  }),
  ...[256, 512, 1024, 2048].map((n): Row => ({
    name: `linear ${n}`,
    inputs: [[n, n], [n, n]],
    flop: 2 * n ** 3,
    of: (g, a, b) => matmul(g, a!, transpose(g, b!, 0, 1)),
  })),
  {
    name: "attention T=1024 d=64",
    inputs: [heads, heads, heads],
    flop: 4 * 1024 * 1024 * 64,
    of: (g, q, k, v) => attend(g, q!, k!, v!, { causal: false, grouped: false }).out,
  },
  { name: "x * 2 + 1, 64 MB", inputs: [wide], of: (g, x) => calc(g).add(calc(g).mul(x!, 2), 1) },
  { name: "a + b, 64 MB", inputs: [wide, wide], of: (g, a, b) => calc(g).add(a!, b!) },
  { name: "sigmoid(a) * tanh(b), 64 MB", inputs: [wide, wide], of: gate },
  { name: "sum of everything, 64 MB", inputs: [wide], of: (g, x) => fold(g, "sum", x!, { dims: [0, 1] }) },
  { name: "sum of rows, 64 MB", inputs: [wide], of: (g, x) => fold(g, "sum", x!, { dims: [1] }) },
  { name: "sum of columns, 64 MB", inputs: [wide], of: (g, x) => fold(g, "sum", x!, { dims: [0] }) },
  { name: "max of columns, 64 MB", inputs: [wide], of: (g, x) => fold(g, "max", x!, { dims: [0] }) },
  { name: "softmax of rows, 64 MB", inputs: [wide], of: (g, x) => softmax(g, x!, 1) },
  { name: "layer norm of rows, 64 MB", inputs: [wide], of: norm },
  { name: "transpose, 64 MB", inputs: [[4096, 4096]], of: (g, x) => calc(g).add(transpose(g, x!, 0, 1), 1) },
];

function gate(g: GraphBuilder, a?: Value, b?: Value): Value {
  const m = calc(g), one = m.add(m.exp(m.neg(a!)), 1);
  return m.mul(m.div(1, one), m.tanh(b!));
}

function norm(g: GraphBuilder, x?: Value): Value {
  const m = calc(g),
    { variance: v, gap } = variance(g, x!, { dims: [1], keep: true }, { kind: "int", expr: int(0) });
  return m.mul(gap, m.rsqrt(m.add(v, 1e-5)));
}

if (import.meta.main) await main(Deno.args);

async function main(args: string[]): Promise<void> {
  const words = parseArgs(args, { string: ["_", "out"] }), target = await nativeTarget();
  if (!target) throw new Error("Cannot measure: there is no C compiler");
  await pinThis(1);
  const timed: { readonly row: Row; readonly ms: number; readonly bytes: number }[] = [];
  let top = await roof(target);
  for (const row of rows.filter(({ name }) => words._.every((word) => name.includes(String(word))))) {
    timed.push({ row, ...await timeRow(row, target) });
    top = higher(top, await roof(target)); // other processes lower it for a moment
  }
  const found = timed.map(({ row, ...time }) => shareOf(row, time, top));
  const lines = found.map((line) => `${JSON.stringify(line)}\n`).join("");
  if (words.out) await Deno.writeTextFile(String(words.out), lines);
  console.log(`roof ${top.gflops.toFixed(0)} GFLOP/s, ${top.gbps.toFixed(1)} GB/s`);
  const { head, rows: cells } = roofTable(found);
  console.log(printTable(head, cells, new Set([1, 2, 3, 4])));
}

function higher(a: Roof, b: Roof): Roof {
  return { gflops: Math.max(a.gflops, b.gflops), gbps: Math.max(a.gbps, b.gbps) };
}

/** Milliseconds and bytes of a row as it would be in a model: every launch that it is planned as. */
async function timeRow(row: Row, target: Target): Promise<{ readonly ms: number; readonly bytes: number }> {
  const model = new AttentionGraph(), { g } = model;
  const inputs = row.inputs.map((sizes) => model.input("f32", sizes.map((n) => int(n)), [0], () => 0));
  const out = row.of(g, ...inputs), memory = new Map<string, ReturnType<typeof lineMemoryOf>>();
  model.output(out);
  let ms = 0;
  for (const kernel of kernelsOf(model.graph)) {
    const compiled = await compileKernel(kernel, target);
    for (const { name, dtype, shape } of compiled.text.buffers) {
      if (!memory.has(name)) memory.set(name, filled(lineMemoryOf(dtype, asInt(numel(shape))!)));
    }
    const run = (repeat: number) => compiled.run({ memory, sizes: {} }, repeat);
    ms += run(Math.max(5, Math.min(300, Math.round(500 / run(1)))));
    compiled.close();
  }
  return { ms, bytes: [...inputs, out].reduce((sum, x) => sum + bytesIn(x), 0) };
}

function kernelsOf(graph: Graph) {
  return schedule(lower(graph)).steps.map((step) => {
    if (step.kind === "launch") return step.kernel;
    throw new Error(`Cannot time a step of kind ${step.kind}`);
  });
}

function bytesIn({ type }: Value): number {
  return asInt(numel(type.shape))! * bytesOf(type.dtype);
}

function filled<T extends { length: number }>(array: T): T {
  if (array instanceof Float32Array) {
    for (let n = 0; n < array.length; n++) array[n] = ((n * 7919) % 23) / 8 - 1.25;
  }
  return array;
}

function shareOf({ name, flop = 0 }: Row, { ms, bytes }: { ms: number; bytes: number }, top: Roof): RoofRow {
  const gflops = flop / ms / 1e6, gbps = bytes / ms / 1e6;
  const [unit, of_roof] = flop > 0
    ? ["compute" as const, gflops / top.gflops]
    : ["memory" as const, gbps / top.gbps];
  return { roof_row: name, unit, ms, gflops, gbps, of_roof };
}
