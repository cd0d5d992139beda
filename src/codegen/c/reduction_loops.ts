/**
 * Loops of a reduction: lanes along what is reduced, or along what is kept.
 *
 * @module
 */
import { add, asInt, type Expr, int, mul } from "../../ir/expr/mod.ts";
import { type Axis, scalarsOf } from "../../ir/loops/mod.ts";
import type { Stage } from "../../ir/plan/mod.ts";
import { type Around, inPages } from "./ahead.ts";
import type { BodyPrinter, VectorLoop } from "./body.ts";
import { reducedOf } from "./columns.ts";
import { type Accumulator, across, declare, isArg, step } from "./reduce.ts";
import { vectorType } from "./types.ts";
import { nest, vectorLoop } from "./vector_loop.ts";
import { accumulatorsOf, storeColumns } from "./windows.ts";
import { storeScalar } from "./items.ts";

/** Independent accumulators of a reduction: additions wait for one another otherwise. */
const CHAINS = 4;
/** Bodies beyond this many scalars have work enough to hide latencies. */
const SHORT_BODY = 24;

function chainsOf(stage: Stage, size: number | undefined): number {
  const short = scalarsOf(...reducedOf(stage.items)).length <= SHORT_BODY;
  const plain = stage.items.every((i) => !i.reduce || !isArg(i.reduce));
  return short && plain && (size === undefined || size >= 2 * CHAINS * 16) ? CHAINS : 1;
}

function copyOf(a: Accumulator, u: number): Accumulator {
  return u === 0 ? a : { ...a, name: `${a.name}_${u}` };
}

/** A stage that reduces. */
export function printReduction(stage: Stage, n: number, printer: BodyPrinter, around: Around): void {
  const accumulators = accumulatorsOf(stage, n);
  if (stage.vector === "over") reduceAcross(stage, n, printer, accumulators, around);
  else reduceColumns(stage, n, printer, accumulators);
}

/** Lanes run along the last reduced axis. */
function reduceAcross(
  stage: Stage,
  n: number,
  printer: BodyPrinter,
  accumulators: readonly (Accumulator | undefined)[],
  around: Around,
): void {
  const last = stage.over.at(-1)!, size = asInt(last.extent), chains = chainsOf(stage, size);
  const copies = Array.from({ length: chains }, (_, u) => accumulators.map((a) => a && copyOf(a, u)));
  copies.flat().flatMap((a) => (a ? declare(a) : [])).forEach((line) => printer.block.line(line));
  nest(printer, stage.over.slice(0, -1), `k${n}_`, () => {
    const work = (vector: VectorLoop, copy: number) => {
      const live = vector.partial ? `aoti_firstn_bool(${vector.count})` : undefined;
      takeIn(stage, printer, copies[copy]!, live, true);
    };
    const range = { index: `k${n}`, from: "0", count: printer.names.expr(last.extent) };
    inPages(printer, last, { ...around, axis: stage.over.at(-2) ?? around.axis }, range, (stop) => {
      vectorLoop(printer, last, range.index, undefined, stop, size, work, chains);
    });
  });
  for (const copy of copies.slice(1)) {
    accumulators.forEach((a, k) => a && printer.block.line(step(a, copy[k]!.name, "", undefined)));
  }
  stage.items.forEach((item, k) => {
    if (!item.stored || !accumulators[k]) return;
    const name = `sum${n}_${k}`;
    printer.block.line(`const ${vectorType(item.store.buffer.dtype)} ${name} = ${across(accumulators[k]!)};`);
    storeScalar(printer, item, name);
  });
}

/** Lanes run along the last kept axis; each has accumulators of its own. */
function reduceColumns(
  stage: Stage,
  n: number,
  printer: BodyPrinter,
  accumulators: readonly (Accumulator | undefined)[],
): void {
  const axis = stage.axes.at(-1)!, extent = printer.names.expr(axis.extent), size = asInt(axis.extent);
  vectorLoop(printer, axis, `v${n}`, "0", extent, size, () => {
    accumulators.flatMap((a) => (a ? declare(a) : [])).forEach((line) => printer.block.line(line));
    nest(printer, stage.over, `k${n}_`, () => takeIn(stage, printer, accumulators, undefined, false));
    storeColumns(stage.items, printer, accumulators);
  });
}

function takeIn(
  stage: Stage,
  printer: BodyPrinter,
  accumulators: readonly (Accumulator | undefined)[],
  live: string | undefined,
  across: boolean,
): void {
  stage.items.forEach((item, k) => {
    const a = accumulators[k];
    if (!a && (!item.stored || !across)) return; // beside columns, items are made of whole sums
    const value = printer.emit(item.value);
    if (!a) return printer.storeLanes(item.store.buffer, item.store.index[0]!, value);
    const position = isArg(a.fn) ? positionText(printer, stage.over, across) : "";
    printer.block.line(step(a, value, position, live));
  });
}

/** Position in row-major order of the reduced axes, per lane. */
function positionText(printer: BodyPrinter, over: readonly Axis[], across: boolean): string {
  const position = over.reduce<Expr>((sum, axis) => add(mul(sum, axis.extent), axis.sym), int(0));
  return `aoti_iota_i64(${printer.names.expr(position)}, ${across ? 1 : 0})`;
}
