/**
 * Loops over flattened roles: a range of positions, row-major over the role's axes, without a division per element.
 *
 * @module
 */
import { asInt, type Expr, sym } from "../../ir/expr/mod.ts";
import type { Axis } from "../../ir/loops/mod.ts";
import type { Names } from "./arguments.ts";
import { BlockBuilder, type Piece } from "./block.ts";
import type { BodyPrinter, VectorLoop } from "./body.ts";

/** Stands for the C variable `at`, which offsets into local buffers are relative to. */
export const at: Expr = sym("$at", {});

/** Declares the positions `prefix0, prefix1, …` of the axes at the flattened position `position`. */
export function decode(
  block: BlockBuilder,
  axes: readonly Axis[],
  prefix: string,
  position: string,
  names: Names,
) {
  if (axes.length === 1) return block.line(`int64_t ${prefix}0 = ${position};`);
  block.line(`int64_t ${prefix}_rest = ${position};`);
  for (let n = axes.length - 1; n > 0; n--) {
    const extent = names.expr(axes[n]!.extent);
    block.line(`int64_t ${prefix}${n} = ${prefix}_rest % (${extent}); ${prefix}_rest /= (${extent});`);
  }
  block.line(`int64_t ${prefix}0 = ${prefix}_rest;`);
}

/** Steps to the next position of the first `count` axes. */
export function advance(axes: readonly Axis[], prefix: string, count: number, names: Names): string {
  const step = (n: number): string => {
    if (n < 0) return "";
    if (n === 0) return `++${prefix}0;`;
    return `if (++${prefix}${n} == (${names.expr(axes[n]!.extent)})) { ${prefix}${n} = 0; ${step(n - 1)} }`;
  };
  return step(count - 1);
}

/** Code of `work` inside loops over `axes` whose positions are `prefix0, …`; the loops themselves are the caller's. */
export function within(
  printer: BodyPrinter,
  axes: readonly Axis[],
  prefix: string,
  work: () => void,
  n = 0,
): readonly Piece[] {
  const axis = axes[0];
  const inner = () => {
    if (axes.length > 1) printer.block.pieces.push(...within(printer, axes.slice(1), prefix, work, n + 1));
    else work();
  };
  return printer.inLoop(axis?.sym.name ?? "$once", `${prefix}${n}`, inner).pieces;
}

/** A loop over the positions [from, to), with every axis bound. */
export function positions(
  printer: BodyPrinter,
  axes: readonly Axis[],
  prefix: string,
  from: string,
  to: string,
  work: () => void,
): void {
  const block = printer.block, index = `${prefix}_at`, body = new BlockBuilder();
  decode(block, axes, prefix, from, printer.names);
  body.pieces.push(...within(printer, axes, prefix, work));
  body.line(advance(axes, prefix, axes.length, printer.names));
  block.push({ kind: "loop", index, from, count: to, step: "1", body: body.pieces });
}

/**
 * The positions [from, to) as runs along the last axis; `work` gets the run's bounds on that axis. The C variable
 * `base` plus the position on the last axis is the flattened position.
 */
export function runs(
  printer: BodyPrinter,
  axes: readonly Axis[],
  prefix: string,
  from: string,
  to: string,
  work: (from: string, to: string) => void,
): void {
  const block = printer.block, outer = axes.slice(0, -1), last = axes.length - 1;
  if (last === 0) {
    const once = within(printer, [], prefix, () => work(from, to));
    return block.push({
      kind: "group",
      body: [{ kind: "line", text: "const int64_t base = 0;" }, ...once],
    });
  }
  const inner = `${prefix}${last}`, c = `${prefix}_at`, stop = `${prefix}_stop`, body = new BlockBuilder();
  const head = new BlockBuilder();
  decode(head, axes, prefix, from, printer.names);
  head.line(`int64_t ${c} = ${from};`);
  const extent = printer.names.expr(axes[last]!.extent);
  body.line(`const int64_t base = ${c} - ${inner};`);
  body.line(`const int64_t ${stop} = AOTI_MIN((${to}) - base, ${extent});`);
  body.pieces.push(...within(printer, outer, prefix, () => work(inner, stop)));
  body.line(`${c} = base + ${stop}; ${inner} = 0; ${advance(axes, prefix, last, printer.names)}`);
  head.push({ kind: "while", condition: `${c} < ${to}`, step: "", body: body.pieces });
  block.push({ kind: "group", body: head.pieces });
}

/** Lanes along `axis` over [from, to); `width` is the number of elements when it is known. */
export function lanes(
  printer: BodyPrinter,
  axis: Axis,
  from: string,
  to: string,
  width: number | undefined,
  vector: number,
  work: (vector: VectorLoop) => void,
): void {
  const outer = printer.block, symbol = axis.sym.name, index = `${from.replace(/\W.*/, "")}_v`;
  const group = new BlockBuilder();
  group.line(`int64_t ${index} = ${from};`);
  const full: VectorLoop = { symbol, count: "AOTI_LANES", partial: false };
  const stop = width === undefined ? to : `${from} + ${width}`;
  if (width === undefined || width >= vector) {
    const body = printer.inLoop(symbol, index, () => work(full), full);
    const condition = `${index} + AOTI_LANES <= ${stop}`;
    group.push({ kind: "while", condition, step: `${index} += AOTI_LANES`, body: body.pieces });
  }
  const left = width === undefined ? `${index}_left` : String(width % vector);
  if (left !== "0") {
    const tail: VectorLoop = { symbol, count: left, partial: true };
    const rest = printer.inLoop(symbol, index, () => work(tail), tail);
    const line = { kind: "line", text: `const int64_t ${index}_left = ${stop} - ${index};` } as const;
    const then = width === undefined ? [line, ...rest.pieces] : rest.pieces;
    group.push(
      width === undefined
        ? { kind: "choice", condition: `${index} < ${stop}`, then, otherwise: [] }
        : { kind: "group", body: then },
    );
  }
  outer.push({ kind: "group", body: group.pieces });
}

/** Extent as a number. */
export function extentOf(axis: Axis | undefined): number | undefined {
  return axis && asInt(axis.extent);
}
