/**
 * Reductions of long columns: several rows at a time are read along, and added to a strip of accumulators that stays in
 * the first-level cache. The order in which a column's elements are taken in is one of sizes only.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, int, linear, mul } from "../../ir/expr/mod.ts";
import { type Axis, loadsOf } from "../../ir/loops/mod.ts";
import type { LoopKernel, Stage } from "../../ir/plan/mod.ts";
import type { Stream } from "./ahead.ts";
import type { BodyPrinter } from "./body.ts";
import { reducedOf } from "./columns.ts";
import { identityOf, isArg } from "./reduce.ts";
import { eachSum, loop, type Strip, takeRows } from "./strip_rows.ts";
import { memoryName, vectorType } from "./types.ts";
import { accumulatorsOf, storeColumns } from "./windows.ts";

/** Bytes of all accumulators of a strip: half of a small first-level cache. */
const STRIP = 1 << 14;
/** Columns shorter than this keep their accumulators in registers; where nothing but columns is read, below `FEW`. */
const LONG = 64, FEW = 16;
/** Rows below this may be windows; elements from which on columns are worth a strip early. */
const ROWS = 8, MANY = 1 << 16;

/** True when a stage goes by strips: sums, products, extremes of long columns. */
export function hasStrips(stage: Stage): boolean {
  if (stage.over.length === 0 || stage.vector !== "axes") return false;
  const rows = asInt(stage.over.at(-1)!.extent) ?? LONG, count = sizeOf(stage.over) ?? LONG;
  return rows >= ROWS && (count >= LONG || isPlain(stage)) &&
    stage.items.every((i) => !i.reduce || !isArg(i.reduce));
}

/** True for many elements in columns that are no windows: rows do not overlap. */
export function isPlain({ axes, over, items }: Stage): boolean {
  const lane = axes.at(-1), row = over.at(-1), width = lane && asInt(lane.extent);
  if (
    !row || !lane || width === undefined || (sizeOf(over) ?? 0) < FEW ||
    (sizeOf([...axes, ...over]) ?? 0) < MANY
  ) {
    return false;
  }
  return loadsOf(...reducedOf(items)).every(({ index }) => {
    const [down, along] = [row, lane].map((a) => linear(index[0]!, a.sym.name)?.coef);
    return along === int(0) || down === int(0) || Math.abs((down && asInt(down)) ?? 0) >= width;
  });
}

function sizeOf(axes: readonly Axis[]): number | undefined {
  return asInt(mul(int(1), ...axes.map((a) => a.extent)));
}

/** Where in a worker's scratch strips begin: behind the kernel's locals. */
export function stripsAt(kernel: LoopKernel): number {
  return kernel.locals.reduce((end, l) => Math.max(end, l.offset + l.bytes), 0);
}

/** Bytes of scratch that a kernel takes, strips included. */
export function scratchOf(kernel: LoopKernel): number {
  return stripsAt(kernel) + (kernel.stages.some(hasStrips) ? STRIP : 0);
}

/** A stage inside the loops over its further axes; `at` is where the scratch of strips begins. */
export function printStripsOf(
  stage: Stage,
  n: number,
  at: number,
  printer: BodyPrinter,
  streams: readonly Stream[],
): void {
  const axis = stage.axes.at(-1)!, extent = printer.names.expr(axis.extent), sums = accumulatorsOf(stage, n);
  const bytes = sums.reduce((sum, a) => sum + (a ? bytesOf(a.type) : 0), 0);
  const width = Math.floor(STRIP / bytes / 64) * 64; // a multiple of any number of lanes
  const strip = { stage, n, sums, streams, width };
  let offset = at;
  eachSum(strip, (a, name) => {
    const type = `aoti_t_${memoryName(a.type)}`;
    printer.block.line(`${type}* ${name} = (${type}*)((char*)args->scratch + ${offset});`);
    offset += width * bytesOf(a.type);
  });
  const body = printer.inBlock(() => {
    const { block } = printer;
    block.line(`const int64_t width${n} = AOTI_MIN(${width}, ${extent} - begin${n});`);
    eachSum(strip, (a, name) => {
      const identity = `aoti_set1_${a.type}(${identityOf(a.fn, a.type)})`;
      const text = `aoti_store_${memoryName(a.type)}(${name} + c, ${identity});`;
      block.push(loop("c", "0", `width${n}`, "AOTI_LANES", [{ kind: "line", text }]));
    });
    takeRows(strip, printer);
    printFinish(strip, printer);
  });
  printer.block.push(loop(`begin${n}`, "0", extent, String(width), body.pieces));
}

/** Sums go where they belong, and what is made of them. */
function printFinish(strip: Strip, printer: BodyPrinter): void {
  const { stage, n, sums } = strip, symbol = stage.axes.at(-1)!.sym.name;
  const body = printer.inLoop(symbol, `(begin${n} + c)`, () => {
    eachSum(strip, (a, name) => {
      printer.block.line(
        `const ${vectorType(a.type)} ${a.name} = aoti_load_${memoryName(a.type)}(${name} + c);`,
      );
    });
    storeColumns(stage.items, printer, sums);
  }, { symbol, count: `(width${n} - c)`, partial: true });
  printer.block.push(loop("c", "0", `width${n}`, "AOTI_LANES", body.pieces));
}
