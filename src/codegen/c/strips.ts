/**
 * Reductions of long columns: several rows at a time are read along, and added to a strip of accumulators that stays in
 * the first-level cache. A column's elements are taken in from the first row to the last, however wide a strip is.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, int, mul } from "../../ir/expr/mod.ts";
import { scalarsOf } from "../../ir/loops/mod.ts";
import type { LoopKernel, Stage } from "../../ir/plan/mod.ts";
import { type Block, BlockBuilder } from "./block.ts";
import type { BodyPrinter } from "./body.ts";
import { reducedOf } from "./columns.ts";
import { type Accumulator, identityOf, isArg, step } from "./reduce.ts";
import { memoryName, vectorType } from "./types.ts";
import { nest } from "./vector_loop.ts";
import { accumulatorsOf, storeColumns } from "./windows.ts";

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
  const rows = asInt(stage.over.at(-1)?.extent ?? int(0)) ?? LONG;
  const count = asInt(mul(int(1), ...stage.over.map((a) => a.extent))) ?? LONG;
  return stage.over.length > 0 && stage.vector === "axes" && rows >= ROWS && count >= LONG &&
    stage.items.every((i) => !i.reduce || !isArg(i.reduce));
}

/** Where in a worker's scratch strips begin: behind the kernel's locals. */
export function stripsAt(kernel: LoopKernel): number {
  return kernel.locals.reduce((end, l) => Math.max(end, l.offset + l.bytes), 0);
}

/** Bytes of scratch that a kernel takes, strips included. */
export function scratchOf(kernel: LoopKernel): number {
  return stripsAt(kernel) + (kernel.stages.some(hasStrips) ? STRIP : 0);
}

/** One strip: its accumulators in memory, and the lanes of a vector of it. */
interface Strip {
  readonly stage: Stage;
  readonly n: number;
  readonly sums: readonly (Accumulator | undefined)[];
}

/** A stage inside the loops over its further axes; `at` is where the scratch of strips begins. */
export function printStripsOf(stage: Stage, n: number, at: number, printer: BodyPrinter): void {
  const axis = stage.axes.at(-1)!, extent = printer.names.expr(axis.extent), sums = accumulatorsOf(stage, n);
  const bytes = sums.reduce((sum, a) => sum + (a ? bytesOf(a.type) : 0), 0);
  const width = Math.floor(STRIP / bytes / 64) * 64; // a multiple of any number of lanes
  const strip = { stage, n, sums };
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

function eachSum({ sums, n }: Strip, work: (a: Accumulator, name: string) => void): void {
  sums.forEach((a, k) => a && work(a, `strip${n}_${k}`));
}

function loop(index: string, from: string, count: string, step: string, body: Block) {
  return { kind: "loop", index, from, count, step, body } as const;
}

/** All rows, some of them at a time. */
function takeRows(strip: Strip, printer: BodyPrinter): void {
  const { stage, n } = strip,
    rows = stage.over.at(-1)!,
    row = `k${n}`,
    extent = printer.names.expr(rows.extent);
  const most = scalarsOf(...reducedOf(stage.items)).length <= SHORT ? ROWS : 1;
  nest(printer, stage.over.slice(0, -1), `k${n}_`, () => {
    const body = new BlockBuilder();
    body.line(`const int64_t rows = AOTI_MIN(${most}, ${extent} - ${row});`);
    body.line("int64_t c = 0;");
    const whole = { kind: "choice", condition: `rows == ${most}`, otherwise: [] } as const;
    body.push({
      ...whole,
      then: [vectors(strip, "c + AOTI_LANES <= ", takeSome(strip, printer, String(most)))],
    });
    body.push(vectors(strip, "c < ", takeSome(strip, printer, undefined)));
    printer.block.push(loop(row, "0", extent, String(most), body.pieces));
  });
}

function vectors({ n }: Strip, condition: string, body: Block) {
  return { kind: "while", condition: `${condition}width${n}`, step: "c += AOTI_LANES", body } as const;
}

/** Takes some rows into one vector of accumulators: `most` of them in all lanes, or as many as there are of either. */
function takeSome(strip: Strip, printer: BodyPrinter, most: string | undefined): Block {
  const { stage, n, sums } = strip, symbol = stage.axes.at(-1)!.sym.name;
  const vector = most
    ? { symbol, count: "AOTI_LANES", partial: false }
    : { symbol, count: `(width${n} - c)`, partial: true };
  return printer.inLoop(symbol, `(begin${n} + c)`, () => {
    const { block } = printer;
    eachSum(strip, (a, name) => {
      block.line(`${vectorType(a.type)} ${a.name} = aoti_load_${memoryName(a.type)}(${name} + c);`);
    });
    const body = printer.inLoop(stage.over.at(-1)!.sym.name, `(k${n} + r)`, () => {
      stage.items.forEach((item, k) => {
        if (sums[k]) printer.block.line(step(sums[k], printer.emit(item.value), "", undefined));
      });
    });
    if (most) block.line(`_Pragma("GCC unroll ${most}")`);
    block.push(loop("r", "0", most ?? "rows", "1", body.pieces));
    eachSum(strip, (a, name) => block.line(`aoti_store_${memoryName(a.type)}(${name} + c, ${a.name});`));
  }, vector).pieces;
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
