/**
 * The rows of a strip of columns, several at a time.
 *
 * Rows that a strip takes whole come from places far apart, each of which is read from end to end, as processors expect
 * it. Parts of wide rows lie apart anyway: they are taken one beneath the other, and where no cache can hold them, each
 * line is asked for some rows before.
 *
 * @module
 */
import { asInt } from "../../ir/expr/mod.ts";
import { scalarsOf } from "../../ir/loops/mod.ts";
import type { Stage } from "../../ir/plan/mod.ts";
import { ask, askAhead, isHuge, pageOf, type Stream } from "./ahead.ts";
import { type Block, BlockBuilder } from "./block.ts";
import type { BodyPrinter } from "./body.ts";
import { reducedOf } from "./columns.ts";
import { type Accumulator, step } from "./reduce.ts";
import { memoryName, vectorType } from "./types.ts";
import { nest } from "./vector_loop.ts";

/** Rows at a time: as many streams of memory, and fewer loads and stores of accumulators. */
const ROWS = 4;
/** Rows at a time where each line is asked for: as many rows ahead. */
const ASKED = 8;
/** A multiple of the lanes of any vector. */
const LANES = 64;
/** Bodies beyond this many scalars are work enough row by row. */
const SHORT = 24;

/** One strip: its accumulators, in memory as many of each as it is wide. */
export interface Strip {
  readonly stage: Stage;
  readonly n: number;
  readonly sums: readonly (Accumulator | undefined)[];
  readonly width: number;
  /** Large buffers that it reads. */
  readonly streams: readonly Stream[];
}

/** Does `work` for each sum, told where the strip's accumulators are. */
export function eachSum({ sums, n }: Strip, work: (a: Accumulator, name: string) => void): void {
  sums.forEach((a, k) => a && work(a, `strip${n}_${k}`));
}

/** A plain loop. */
export function loop(index: string, from: string, count: string, step: string, body: Block) {
  return { kind: "loop", index, from, count, step, body } as const;
}

/** All rows, some of them at a time. */
export function takeRows(strip: Strip, printer: BodyPrinter): void {
  const { stage, streams, width, n } = strip, columns = asInt(stage.axes.at(-1)!.extent) ?? Infinity;
  nest(printer, stage.over.slice(0, -1), `k${n}_`, () => {
    if (scalarsOf(...reducedOf(stage.items)).length > SHORT) takeNear(strip, printer, 1, []);
    else if (columns <= width) takeFar(strip, printer);
    else {
      const asked = streams.filter((s) => isHuge(s.buffer));
      takeNear(strip, printer, asked.length > 0 ? ASKED : ROWS, asked);
    }
  });
}

/** Rows one beneath the other, `most` at a time. */
function takeNear(strip: Strip, printer: BodyPrinter, most: number, asked: readonly Stream[]): void {
  const { stage, n } = strip, width = `width${n}`, body = new BlockBuilder();
  const extent = printer.names.expr(stage.over.at(-1)!.extent), row = `(k${n} + r)`;
  body.line(`const int64_t rows = AOTI_MIN(${most}, ${extent} - k${n});`);
  body.line(`const int64_t whole = rows == ${most} ? ${width} / AOTI_LANES * AOTI_LANES : 0;`);
  body.push(loop("c", "0", "whole", "AOTI_LANES", takeSome(strip, printer, row, most, asked)));
  body.push(loop("c", "whole", width, "AOTI_LANES", takeSome(strip, printer, row, "rows")));
  printer.block.push(loop(`k${n}`, "0", extent, String(most), body.pieces));
}

/** Rows from places far apart, then those left over. */
function takeFar(strip: Strip, printer: BodyPrinter): void {
  const { stage, n, streams } = strip,
    width = `width${n}`,
    body = new BlockBuilder(),
    page = new BlockBuilder();
  const columns = asInt(stage.axes.at(-1)!.extent),
    rows = stage.over.at(-1)!,
    extent = printer.names.expr(rows.extent),
    row = `(k${n} + r * apart${n})`;
  const asks = printer.inLoop(rows.sym.name, row, () => {
    askAhead(printer, { streams, axis: rows }, stage.axes.at(-1)!, `(begin${n} + page)`);
  });
  if (asks.pieces.length > 0) page.push(loop("r", "0", String(ROWS), "1", asks.pieces));
  const size = Math.min(strip.width, pageOf(streams)),
    whole = `AOTI_MIN(${width}, page + ${size}) - AOTI_LANES + 1`;
  page.push(loop("c", "page", whole, "AOTI_LANES", takeSome(strip, printer, row, ROWS)));
  body.push(loop("page", "0", width, String(size), page.pieces));
  if (columns === undefined || columns % LANES > 0) {
    const left = `${width} / AOTI_LANES * AOTI_LANES`;
    body.push(loop("c", left, width, "AOTI_LANES", takeSome(strip, printer, row, String(ROWS))));
  }
  const { block } = printer;
  block.line(`const int64_t apart${n} = (${extent}) / ${ROWS};`);
  block.push(loop(`k${n}`, "0", `apart${n}`, "1", body.pieces));
  if ((asInt(rows.extent) ?? 1) % ROWS === 0) return;
  const last = takeSome(strip, printer, `(${ROWS} * apart${n} + r)`, `(${extent}) - ${ROWS} * apart${n}`);
  block.push(loop("c", "0", width, "AOTI_LANES", last));
}

/**
 * Takes some rows into one vector of accumulators: a number of them in all lanes, or as many as the text says in those
 * that there are. `row` is where row `r` of them lies; lines of `asked` are asked for `ASKED` rows before.
 */
function takeSome(
  strip: Strip,
  printer: BodyPrinter,
  row: string,
  count: number | string,
  asked: readonly Stream[] = [],
): Block {
  const { stage, n, sums } = strip, [lane, over] = [stage.axes, stage.over].map((a) => a.at(-1)!.sym.name);
  const at = `(begin${n} + c)`, isWhole = typeof count === "number";
  const vector = isWhole
    ? { symbol: lane!, count: "AOTI_LANES", partial: false }
    : { symbol: lane!, count: `(width${n} - c)`, partial: true };
  return printer.inLoop(lane!, at, () => {
    const { block } = printer;
    eachSum(strip, (a, name) => {
      block.line(`${vectorType(a.type)} ${a.name} = aoti_load_${memoryName(a.type)}(${name} + c);`);
    });
    const body = printer.inLoop(over!, row, () => {
      asked.forEach((s) =>
        ask(printer, { ...s, level: "second" }, new Map([[lane!, at], [over!, `(${row} + ${ASKED})`]]))
      );
      stage.items.forEach((item, k) => {
        if (sums[k]) printer.block.line(step(sums[k], printer.emit(item.value), "", undefined));
      });
    });
    if (isWhole) block.line(`_Pragma("GCC unroll ${count}")`);
    block.push(loop("r", "0", String(count), "1", body.pieces));
    eachSum(strip, (a, name) => block.line(`aoti_store_${memoryName(a.type)}(${name} + c, ${a.name});`));
  }, vector).pieces;
}
