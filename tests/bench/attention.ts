/**
 * GFLOP/s of generated attention on one core, beside the roof of the same run (decoding: GB/s of keys and values):
 * `deno run -A tests/bench/attention.ts`. What a causal mask skips counts for nothing.
 *
 * @module
 */
import { bytesOf, type DType } from "../../src/base/mod.ts";
import { asInt, int } from "../../src/ir/expr/mod.ts";
import { numel } from "../../src/ir/loops/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { attend } from "../../src/ops/attention.ts";
import { transpose } from "../../src/ops/views.ts";
import { schedule } from "../../src/schedule/mod.ts";
import { compileKernel, nativeTarget } from "../rig/native_kernel.ts";
import { AttentionGraph } from "../rig/random_attention.ts";
import { lineMemoryOf } from "./memory.ts";
import { roof } from "./roof.ts";

interface Row {
  readonly name: string;
  readonly heads: number;
  readonly own?: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly dtype?: DType;
  readonly mask?: "causal" | "bool" | "bias";
  /** Heads lie behind rows. */
  readonly apart?: boolean;
}

const rows: readonly Row[] = [
  { name: "T=1024 d=64", heads: 1, rows: 1024, columns: 1024, depth: 64 },
  { name: "T=1024 d=64 bool mask", heads: 1, rows: 1024, columns: 1024, depth: 64, mask: "bool" },
  { name: "T=1024 d=64 bias", heads: 1, rows: 1024, columns: 1024, depth: 64, mask: "bias" },
  { name: "12 heads T=512 d=64", heads: 12, rows: 512, columns: 512, depth: 64 },
  { name: "12 heads T=512 d=64 apart", heads: 12, rows: 512, columns: 512, depth: 64, apart: true },
  { name: "12 heads T=512 d=64 causal", heads: 12, rows: 512, columns: 512, depth: 64, mask: "causal" },
  { name: "12 heads T=512 d=64 bf16", heads: 12, rows: 512, columns: 512, depth: 64, dtype: "bf16" },
  { name: "8 heads T=512 d=128", heads: 8, rows: 512, columns: 512, depth: 128 },
  {
    name: "6 heads T=128 d=64 causal",
    heads: 6,
    rows: 128,
    columns: 128,
    depth: 64,
    mask: "causal",
    apart: true,
  },
  { name: "12 heads T=197 d=64", heads: 12, rows: 197, columns: 197, depth: 64, apart: true },
  { name: "3 heads T=49 d=32", heads: 3, rows: 49, columns: 49, depth: 32, apart: true },
  { name: "decode 8 heads T=4096 d=64", heads: 8, rows: 1, columns: 4096, depth: 64 },
  { name: "decode 32:8 heads T=1024 d=128", heads: 32, own: 8, rows: 1, columns: 1024, depth: 128 },
  { name: "decode 8 heads T=4096 d=64 bf16", heads: 8, rows: 1, columns: 4096, depth: 64, dtype: "bf16" },
];

const target = await nativeTarget();
if (!target) throw new Error("no C compiler here");

/** The kernel of a row's attention. */
function kernelOf({ heads, own = heads, rows, columns, depth, dtype = "f32", mask, apart }: Row) {
  const model = new AttentionGraph(), { g } = model;
  const operand = (h: number, length: number) => {
    const sizes = apart ? [1, length, h, depth] : [1, h, length, depth];
    const x = model.input(dtype, sizes.map((n) => int(n)), sizes.map(() => 0), () => 0);
    return apart ? transpose(g, x, 1, 2) : x;
  };
  const [q, k, v] = [operand(heads, rows), operand(own, columns), operand(own, columns)];
  const seen = mask === "bool" || mask === "bias"
    ? model.input(mask === "bool" ? "bool" : dtype, [int(rows), int(columns)], [0, 0], () => 0)
    : undefined;
  const options = { causal: mask === "causal", grouped: own !== heads, ...(seen && { mask: seen }) };
  const out = attend(g, q, k, v, options).out;
  model.output(apart ? transpose(g, out, 1, 2) : out);
  const [step, ...others] = schedule(lower(model.graph)).steps;
  if (step?.kind !== "launch" || step.kernel.kind !== "attention" || others.length > 0) {
    throw new Error("not one attention");
  }
  return step.kernel;
}

const { gflops: top } = await roof(target);
console.log(`roof ${top.toFixed(0)} GFLOP/s`);
for (const row of rows.filter(({ name }) => Deno.args.every((word) => name.includes(word)))) {
  const kernel = await compileKernel(kernelOf(row), target);
  const memory = new Map(kernel.text.buffers.map((b) => {
    const array = lineMemoryOf(b.dtype, asInt(numel(b.shape))!);
    for (let n = 0; n < array.length; n++) array[n] = b.dtype === "bool" ? 1 : ((n * 7919) % 23) / 8 - 1.25;
    return [b.name, array] as const;
  }));
  const { heads, own = heads, rows, columns, depth, mask } = row;
  const pairs = mask === "causal" ? rows * (rows + 1) / 2 : rows * columns;
  const flop = 4 * heads * pairs * depth;
  const repeat = Math.max(30, Math.min(2000, Math.round(2e10 / flop))), pieces = rows === 1 ? 1 : heads;
  const ms = kernel.run({ memory, sizes: {} }, repeat, pieces);
  const bytes = 2 * own * columns * depth * bytesOf(row.dtype ?? "f32");
  const speed = flop / ms / 1e6, share = `${(100 * speed / top).toFixed(0)} % of roof`;
  console.log(
    row.name.padEnd(32),
    `${ms.toFixed(3).padStart(8)} ms`,
    rows === 1
      ? `${(bytes / ms / 1e6).toFixed(1)} GB/s`
      : `${speed.toFixed(0).padStart(4)} GFLOP/s  ${share}`,
  );
  if (Deno.env.get("AOTI_TEXT")) console.log(kernel.text.text);
  kernel.close();
}
