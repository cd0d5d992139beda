/**
 * Plain loops, and loops over the vectors of an axis with what is left of it.
 *
 * @module
 */
import { asInt } from "../../ir/expr/mod.ts";
import type { Axis } from "../../ir/loops/mod.ts";
import type { BodyPrinter, VectorLoop } from "./body.ts";

/** Elements from which on what is made once for all of them pays. */
const LONG = 256;

/** Plain loops around `work`. */
export function nest(printer: BodyPrinter, axes: readonly Axis[], prefix: string, work: () => void): void {
  const [axis, ...rest] = axes;
  if (!axis) return work();
  const index = `${prefix}${rest.length}`, count = printer.names.expr(axis.extent), outer = printer.block;
  const body = printer.inLoop(axis.sym.name, index, () => nest(printer, rest, prefix, work));
  outer.push({ kind: "loop", index, from: "0", count, step: "1", body: body.pieces });
}

/**
 * Full vectors, `chains` of them at a time first, then what is left with `tail` lanes, from where `index` stands unless
 * `from` says so. `size` is the extent when it is known; `work` is told which chain it is in.
 */
export function vectorLoop(
  printer: BodyPrinter,
  axis: Axis,
  index: string,
  from: string | undefined,
  count: string,
  size: number | undefined,
  work: (vector: VectorLoop, chain: number) => void,
  chains = 1,
): void {
  const outer = printer.block, symbol = axis.sym.name;
  const isLong = (asInt(axis.extent) ?? LONG) >= LONG;
  const full: VectorLoop = { symbol, count: "AOTI_LANES", partial: false, isLong };
  if (from !== undefined) outer.line(`int64_t ${index} = ${from};`);
  if (chains > 1) {
    const bodies = Array.from({ length: chains }, (_, u) => {
      return printer.inLoop(symbol, `(${index} + ${u} * AOTI_LANES)`, () => work(full, u), full).pieces;
    });
    const groups = bodies.map((body) => ({ kind: "group" as const, body }));
    const condition = `${index} + ${chains} * AOTI_LANES <= ${count}`;
    outer.push({ kind: "while", condition, step: `${index} += ${chains} * AOTI_LANES`, body: groups });
  }
  const body = printer.inLoop(symbol, index, () => work(full, 0), full);
  const condition = `${index} + AOTI_LANES <= ${count}`;
  outer.push({ kind: "while", condition, step: `${index} += AOTI_LANES`, body: body.pieces });
  if (size !== undefined && size % 64 === 0) return;
  const tail: VectorLoop = { symbol, count: `${index}_left`, partial: true, isLong };
  const rest = printer.inLoop(symbol, index, () => {
    printer.block.line(`const int64_t ${index}_left = ${count} - ${index};`);
    work(tail, 0);
  }, tail);
  outer.push({ kind: "choice", condition: `${index} < ${count}`, then: rest.pieces, otherwise: [] });
}
