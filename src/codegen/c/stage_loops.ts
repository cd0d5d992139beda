/**
 * Loops of a stage: its serial axes, then lanes along its vector axis.
 *
 * @module
 */
import { asInt } from "../../ir/expr/mod.ts";
import type { Stage } from "../../ir/plan/mod.ts";
import { type Around, inPages } from "./ahead.ts";
import type { BodyPrinter } from "./body.ts";
import { windowOf } from "./columns.ts";
import { printItems } from "./items.ts";
import { hasStrips, isPlain, printStripsOf } from "./strips.ts";
import { nest, vectorLoop } from "./vector_loop.ts";
import { printWindow } from "./windows.ts";
import { printReduction } from "./reduction_loops.ts";
import { storeScalar } from "./items.ts";

/** One stage: loops over its other axes, then lanes along its vector axis; `scratch` is where free scratch begins. */
export function printStage(
  stage: Stage,
  n: number,
  printer: BodyPrinter,
  around: Around,
  scratch: number,
): void {
  const serial = stage.vector === "axes" ? stage.axes.slice(0, -1) : stage.axes;
  const window = stage.over.length > 0 && stage.vector === "axes" && !isPlain(stage)
    ? windowOf(stage)
    : undefined;
  if (window) return printWindow(stage, n, printer, window);
  const inside = { ...around, axis: serial.at(-1) ?? around.axis };
  nest(printer, serial, `a${n}_`, () => {
    if (hasStrips(stage)) printStripsOf(stage, n, scratch, printer, around.streams);
    else if (stage.over.length > 0) printReduction(stage, n, printer, inside);
    else if (stage.vector === "none") {
      stage.items.forEach((item) => storeScalar(printer, item, printer.emit(item.value)));
    } else {
      mapLoop(printer, stage, inside, `v${n}`, "0", printer.names.expr(stage.axes.at(-1)!.extent));
    }
  });
}

/** Extents below this are not worth a vector that only leads to a boundary. */
const LONG = 256;

/** Lanes along a stage's last axis; where results go past the caches, from a boundary of theirs on. */
export function mapLoop(
  printer: BodyPrinter,
  stage: Stage,
  around: Around,
  index: string,
  from: string,
  count: string,
): void {
  const axis = stage.axes.at(-1)!, size = asInt(axis.extent), work = () => printItems(printer, stage.items);
  const heads = (size ?? LONG) < LONG ? [] : stage.items.filter((i) => i.stored).map(({ store }) => {
    return printer.headOf(store.buffer, store.index[0]!, axis.sym.name, new Map([[axis.sym.name, index]]));
  });
  const head = heads.find((text) => text !== undefined);
  inPages(printer, axis, around, { index, from, count, head }, (whole) => {
    vectorLoop(printer, axis, index, undefined, whole, head === undefined ? size : undefined, work);
  });
}
