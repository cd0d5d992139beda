/**
 * The loop over a kernel's outer iterations, which are called rows here.
 *
 * Stages of a row wait for one another: a sum is known when its last vectors have gone through all additions, and what
 * divides by it begins only then. So the first stage of the next row stands before the last stage of a row (software
 * pipelining), and either computes while the other waits.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, int, mul } from "../../ir/expr/mod.ts";
import { type Axis, loadsOf } from "../../ir/loops/mod.ts";
import type { LoopKernel, Stage } from "../../ir/plan/mod.ts";
import { isLarge } from "./ahead.ts";
import { Names } from "./arguments.ts";
import { type Block, BlockBuilder, type Piece } from "./block.ts";
import type { KernelContext } from "./kernel_context.ts";
import { vectorType } from "./types.ts";

/** Prints stage `n` of a kernel in a row whose outer axes have `names`. */
export type PrintStage = (stage: Stage, n: number, block: BlockBuilder, names: Names) => void;

/** The parallel range counts outer iterations. */
export function printRows(
  kernel: LoopKernel,
  context: KernelContext,
  root: BlockBuilder,
  names: Names,
  print: PrintStage,
): void {
  const inner = new Names(context.args, names), decoded = new BlockBuilder(), registers = new BlockBuilder();
  kernel.outer.forEach((axis, n) => inner.set(axis.sym.name, `o${n}`));
  decodeRow(kernel.outer, names).forEach((line) => decoded.line(line));
  kernel.locals.filter((l) => l.kind === "register").forEach((l, n) => {
    registers.line(`${vectorType(l.buffer.dtype)} r${n} = {0};`);
  });
  const stages = kernel.stages.map((stage, n): Piece => {
    const block = new BlockBuilder();
    print(stage, n, block, inner);
    return { kind: "group", body: block.pieces };
  });
  if (canOverlap(kernel)) {
    registers.pieces.forEach((piece) => root.push(piece));
    return root.push(overlapped(kernel, context, decoded.pieces, stages));
  }
  const body = [...decoded.pieces, ...registers.pieces, ...stages];
  root.push({ kind: "loop", index: "row", from: "begin", count: "end", step: "1", body });
}

/** True where the first stage sums along rows into registers, and the last one maps: then nothing but those registers is between them. */
export function canOverlap({ outer, stages, locals }: LoopKernel): boolean {
  const first = stages[0]!, last = stages.at(-1)!;
  const registers = new Set(locals.filter((l) => l.kind === "register").map((l) => l.buffer.name));
  return outer.length > 0 && stages.length > 1 &&
    first.vector === "over" && first.axes.length === 0 &&
    first.items.every((i) => !i.stored || registers.has(i.store.buffer.name)) &&
    last.vector === "axes" && last.over.length === 0 && isAtHand(first, last);
}

/** Bytes of a row that stays in the first-level cache while the next one is read, and a row of results is written. */
const NEAR = 1 << 13;

/**
 * True where the last stage reads nothing that the first one read, or what is still near: short rows that come from caches. Out
 * of memory, processors that prefetch lose their way when a row is read again after the next one has been.
 */
function isAtHand(first: Stage, last: Stage): boolean {
  const read = new Set(loadsOf(...first.items.map((i) => i.value)).map((l) => l.buffer.name));
  const again = loadsOf(...last.items.map((i) => i.value)).map((l) => l.buffer);
  const elements = asInt(mul(int(1), ...first.over.map((a) => a.extent))) ?? Infinity;
  return again.filter((b) => read.has(b.name)).every((b) => {
    return !isLarge(b) && elements * bytesOf(b.dtype) <= NEAR;
  });
}

/** Each step begins with the first stage of a row, then ends the row before, then goes on with its own. */
function overlapped(
  kernel: LoopKernel,
  context: KernelContext,
  decoded: Block,
  stages: readonly Piece[],
): Piece {
  const written = new Set(kernel.stages[0]!.items.filter((i) => i.stored).map((i) => i.store.buffer.name));
  const read = loadsOf(...kernel.stages.at(-1)!.items.map((i) => i.value)).map((l) => l.buffer);
  const kept = [...new Map(read.filter((b) => written.has(b.name)).map((b) => [b.name, b])).values()]
    .map((b) => ({ type: vectorType(b.dtype), name: context.locals.get(b.name)!.name }));
  const step = new BlockBuilder(), before = new BlockBuilder();
  kept.forEach(({ type, name }) => {
    step.line(`const ${type} ${name}_before = ${name};`);
    before.line(`const ${type} ${name} = ${name}_before;`);
  });
  const inRow = (condition: string, row: string, pieces: Block) => {
    const block = new BlockBuilder();
    block.line(`const int64_t row = ${row};`);
    [...decoded, ...pieces].forEach((piece) => block.push(piece));
    step.push({ kind: "choice", condition, then: block.pieces, otherwise: [] });
  };
  inRow("next < end", "next", stages.slice(0, 1));
  inRow("next > begin", "next - 1", [...before.pieces, ...stages.slice(-1)]);
  if (stages.length > 2) inRow("next < end", "next", stages.slice(1, -1));
  return { kind: "loop", index: "next", from: "begin", count: "end + 1", step: "1", body: step.pieces };
}

function decodeRow(outer: readonly Axis[], names: Names): readonly string[] {
  if (outer.length === 0) return [];
  if (outer.length === 1) return ["const int64_t o0 = row;"];
  const lines = ["int64_t rest = row;"];
  for (let n = outer.length - 1; n > 0; n--) {
    const extent = names.expr(outer[n]!.extent);
    lines.push(`const int64_t o${n} = rest % (${extent}); rest /= (${extent});`);
  }
  return [...lines, "const int64_t o0 = rest;"];
}
