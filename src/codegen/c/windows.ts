/**
 * Reductions whose lanes run along a kept axis: windows of few elements one by one, several rows of them at a time
 * where these read the same elements; sums, and what is made of them while they are in registers.
 *
 * @module
 */
import { asInt } from "../../ir/expr/mod.ts";
import type { Axis } from "../../ir/loops/mod.ts";
import type { Stage } from "../../ir/plan/mod.ts";
import type { BodyPrinter } from "./body.ts";
import { BlockBuilder } from "./block.ts";
import { goesDown, type Group, type Row, type Tap, type Window } from "./columns.ts";
import { type Accumulator, accumulatorType, declare, isArg, perLane, step } from "./reduce.ts";
import { carried } from "./types.ts";
import { nest, vectorLoop } from "./vector_loop.ts";

/** Accumulators of a stage's items, where these are reductions. */
export function accumulatorsOf(stage: Stage, n: number): readonly (Accumulator | undefined)[] {
  return stage.items.map((item, k) => {
    return item.reduce && { fn: item.reduce, name: `acc${n}_${k}`, type: accumulatorType(item.value.dtype) };
  });
}

/** Finished sums go to memory or to registers, and what is made of them to memory. */
export function storeColumns(
  items: Stage["items"],
  printer: BodyPrinter,
  accumulators: readonly (Accumulator | undefined)[],
): void {
  items.forEach((item, k) => {
    const a = accumulators[k];
    if (a) printer.keepLanes(item.store.buffer, item.store.index[0]!, perLane(a), item.stored);
  });
  items.forEach((item, k) => {
    if (accumulators[k] || !item.stored) return;
    printer.storeLanes(item.store.buffer, item.store.index[0]!, printer.emit(item.value));
  });
}

/** The stage with its window unrolled; where rows make no difference, lanes go down them. */
export function printWindow(stage: Stage, n: number, printer: BodyPrinter, window: Window): void {
  const axis = stage.axes.at(-1)!, serial = stage.axes.slice(0, -1), accumulators = accumulatorsOf(stage, n);
  const vectors = (work: () => void) => {
    vectorLoop(printer, axis, `v${n}`, "0", printer.names.expr(axis.extent), asInt(axis.extent), work);
  };
  const { one, several, whole } = window;
  const each = (rows: readonly Row[]) => rows.forEach((row) => printRow(row, printer, accumulators));
  const single = () => printRows(one, printer, each);
  const together = ({ anywhere, inside }: Group, body: (work: () => void) => void) => () => {
    const within = () => body(() => each(inside.rows));
    if (inside.conditions.length === 0 || !anywhere) return within();
    printer.inChoice(printer.condition(inside.conditions), within, () => body(() => each(anywhere)));
  };
  window.steady.forEach((s) => printer.emit(s));
  const outer = (work: () => void) => nest(printer, serial.slice(0, -1), `a${n}_`, work);
  if (whole) return outer(together(whole, vectors));
  if (!several) {
    const rows = (work: () => void) => nest(printer, serial, `a${n}_`, work);
    return goesDown(stage) ? vectors(() => rows(single)) : rows(() => vectors(single));
  }
  const down = serial.at(-1)!, body = goesDown(stage) ? (work: () => void) => work() : vectors;
  const all = () =>
    outer(() => {
      inSteps(printer, down, `y${n}`, several, together(several, body), () => body(single));
    });
  return goesDown(stage) ? vectors(all) : all();
}

/** Rows of a step where there are that many and they may be made together, one row elsewhere. */
function inSteps(
  printer: BodyPrinter,
  axis: Axis,
  index: string,
  { anywhere, inside: { conditions, rows } }: Group,
  several: () => void,
  one: () => void,
): void {
  const extent = printer.names.expr(axis.extent), outer = printer.block, group = new BlockBuilder();
  const body = printer.inLoop(axis.sym.name, index, () => {
    const test = conditions.length > 0 && !anywhere ? ` && ${printer.condition(conditions)}` : "";
    const advance = (by: number, work: () => void) => () => {
      work();
      printer.block.line(`${index} += ${by};`);
    };
    const [all, rest] = [advance(rows.length, several), advance(1, one)];
    if (anywhere && asInt(axis.extent) !== undefined && asInt(axis.extent)! % rows.length === 0) return all();
    printer.inChoice(`${index} + ${rows.length} <= ${extent}${test}`, all, rest);
  });
  group.line(`int64_t ${index} = 0;`);
  group.push({ kind: "while", condition: `${index} < ${extent}`, step: "", body: body.pieces });
  outer.push({ kind: "group", body: group.pieces });
}

/** One row, without the guards that hold away from the borders where they do. */
function printRows(
  { anywhere, inside }: Window["one"],
  printer: BodyPrinter,
  each: (rows: readonly Row[]) => void,
): void {
  if (!inside) return each([anywhere]);
  printer.inChoice(printer.condition(inside.conditions), () => each(inside.rows), () => each([anywhere]));
}

function printRow(row: Row, printer: BodyPrinter, accumulators: readonly (Accumulator | undefined)[]): void {
  const names = accumulators.map((a) => a && { ...a, name: printer.fresh("sum") });
  names.flatMap((a) => (a ? declare(a) : [])).forEach((line) => printer.block.line(line));
  row.taps.forEach((tap) => takeTap(tap, printer, names));
  storeColumns(row.items, printer, names);
}

function takeTap(
  { position, values }: Tap,
  printer: BodyPrinter,
  accumulators: readonly (Accumulator | undefined)[],
): void {
  accumulators.forEach((a, k) => {
    const value = values[k];
    if (!a || !value) return;
    const isProduct = a.fn === "sum" && value.kind === "apply" && value.fn === "mul" &&
      carried(value.dtype) === value.dtype;
    if (isProduct && (a.type === "f32" || a.type === "f64")) {
      const [x, y] = value.args.map((v) => printer.emit(v));
      return printer.block.line(`${a.name} = aoti_madd_${a.type}(${x}, ${y}, ${a.name});`);
    }
    const at = isArg(a.fn) ? `aoti_set1_i64(${printer.names.expr(position)})` : "";
    printer.block.line(step(a, printer.emit(value), at, undefined));
  });
}
