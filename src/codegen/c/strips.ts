/**
 * Reductions of long columns: several rows at a time are read along, and added to a strip of accumulators that stays in
 * the first-level cache. A column's elements are taken in from the first row to the last, however wide a strip is.
 *
 * @module
 */
import { bytesOf, type DType } from "../../base/mod.ts";
import { asInt, type Expr, int, mul } from "../../ir/expr/mod.ts";
import { type Axis, scalarsOf } from "../../ir/loops/mod.ts";
import type { LoopKernel, Stage } from "../../ir/plan/mod.ts";
import { type Block, BlockBuilder } from "./block.ts";
import type { BodyPrinter, VectorLoop } from "./body.ts";
import { type Accumulator, accumulatorType, identityOf, isArg, perLane, step } from "./reduce.ts";
import { memoryName, vectorType } from "./types.ts";

/** Bytes of all accumulators of a strip: half of a small first-level cache. */
const STRIP = 1 << 14;
/** Rows read at a time: as many streams of memory, and fewer loads and stores of accumulators. */
const ROWS = 8;
/** Columns shorter than this keep their accumulators in registers. */
const LONG = 64;
/** Bodies beyond this many scalars are work enough row by row. */
const SHORT = 24;

/** True when a stage goes by strips: sums, products, extremes of long columns. */
export function hasStrips(stage: Stage): boolean {
  const count = asInt(mul(int(1), ...stage.over.map((a) => a.extent)));
  return stage.over.length > 0 && stage.vector === "axes" && (count ?? LONG) >= LONG &&
    stage.items.every((i) => i.reduce && !isArg(i.reduce));
}

/** Where the scratch of a kernel's locals ends, and its strips begin. */
export function stripsAt(kernel: LoopKernel): number {
  return kernel.locals.reduce((end, l) => Math.max(end, l.offset + l.bytes), 0);
}

/** Bytes of scratch that the kernel's strips take. */
export function stripBytes(kernel: LoopKernel): number {
  return kernel.stages.some(hasStrips) ? STRIP : 0;
}

/** Columns of a strip: a multiple of any number of lanes. */
function widthOf(types: readonly DType[]): number {
  const bytes = types.reduce((sum, t) => sum + bytesOf(t), 0);
  return Math.max(64, Math.floor(STRIP / bytes / 64) * 64);
}

/** Loops of one stage, inside those over its further axes; `at` is where the strips' scratch begins. */
export function printStripsOf(stage: Stage, n: number, at: number, printer: BodyPrinter): void {
  const axis = stage.axes.at(-1)!, extent = printer.names.expr(axis.extent);
  const types = stage.items.map((i) => accumulatorType(i.value.dtype)), width = widthOf(types);
  let offset = at;
  const strips = stage.items.map((item, k): Accumulator => {
    const name = `strip${n}_${k}`, type = memoryName(types[k]!);
    printer.block.line(`aoti_t_${type}* ${name} = (aoti_t_${type}*)((char*)args->scratch + ${offset});`);
    offset += width * bytesOf(types[k]!);
    return { fn: item.reduce!, name, type: types[k]! };
  });
  const body = printer.inBlock(() => {
    const { block } = printer;
    block.line(`const int64_t width = AOTI_MIN(${width}, ${extent} - begin${n});`);
    strips.forEach(({ fn, name, type }) => {
      const identity = `aoti_set1_${type}(${identityOf(fn, type)})`;
      block.push(loop("c", "width", "AOTI_LANES", [line(`aoti_store_${type}(${name} + c, ${identity});`)]));
    });
    takeRows(stage, n, strips, printer);
    finish(stage, n, strips, axis, printer);
  });
  printer.block.push(loop(`begin${n}`, extent, String(width), body.pieces));
}

function line(text: string) {
  return { kind: "line", text } as const;
}

function loop(index: string, count: string, step: string, body: Block) {
  return { kind: "loop", index, from: "0", count, step, body } as const;
}

/** All rows, some at a time. */
function takeRows(stage: Stage, n: number, strips: readonly Accumulator[], printer: BodyPrinter): void {
  const rows = stage.over.at(-1)!, short = scalarsOf(...stage.items.map((i) => i.value)).length <= SHORT;
  const most = short ? ROWS : 1, few = most > 1;
  around(printer, stage.over.slice(0, -1), `k${n}_`, () => {
    const extent = printer.names.expr(rows.extent), row = `k${n}`;
    const part = takeSome(stage, n, strips, printer, false), whole = takeSome(stage, n, strips, printer, true);
    const body = new BlockBuilder();
    if (few) body.line(`const int64_t rows = AOTI_MIN(${most}, ${extent} - ${row});`);
    else body.line("const int64_t rows = 1;");
    body.line("int64_t c = 0;");
    const wholeRows = few ? `rows == ${most} && ` : "";
    body.push({
      kind: "while",
      condition: `${wholeRows}c + AOTI_LANES <= width`,
      step: "c += AOTI_LANES",
      body: [{ ...loopOfRows(most, whole.strips, whole.body), kind: "group" }],
    });
    body.push({ kind: "while", condition: "c < width", step: "c += AOTI_LANES", body: part.body });
    printer.block.push({ kind: "loop", index: row, from: "0", count: extent, step: String(most), body: body.pieces });
  });
}
