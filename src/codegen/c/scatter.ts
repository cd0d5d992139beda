/**
 * Scatters in C: `store[index(axes)] combine= value(axes)`.
 *
 * Where an index is loaded, two points may meet in one element, so the points run one by one in row-major order.
 * Else the index map is injective and the kernel runs like any other: outer axes in parallel, lanes along the last.
 *
 * @module
 */
import { bytesOf, type Target } from "../../base/mod.ts";
import { type Expr, int, mul } from "../../ir/expr/mod.ts";
import { type Axis, type Scalar, Scalars, scalarsOf, type ScatterNest } from "../../ir/loops/mod.ts";
import type { ScatterKernel } from "../../ir/plan/mod.ts";
import { Arguments, Names } from "./arguments.ts";
import { type Block, BlockBuilder } from "./block.ts";
import { BodyPrinter, KernelContext } from "./body.ts";
import { flattenRoles } from "./contraction_roles.ts";
import { lanes, runs } from "./contraction_walk.ts";
import { carried } from "./types.ts";

/** What the template of scatters needs, and what the launch needs. */
export interface ScatterText {
  readonly template: string;
  readonly args: Arguments;
  readonly lanes: number;
  readonly mathTypes: readonly string[];
  readonly body: Block;
  readonly total: Expr;
  readonly grain: Expr;
  readonly scratch: Expr;
}

/** Points that are worth waking another core for. */
const WORTHWHILE = 16384;

/** Prints a scatter. */
export function printScatter(kernel: ScatterKernel, target: Target): ScatterText {
  const args = new Arguments(), names = new Names(args), context = new KernelContext(args, new Map());
  const scalars = new Scalars(), root = new BlockBuilder();
  const { bounds } = kernel.nest;
  const flat = flattenRoles(
    {
      roles: [kernel.nest.axes],
      values: [combined(kernel.nest, scalars), ...bounds.map((b) => b.value)],
      stores: [kernel.nest.store],
    },
    scalars,
  );
  const axes = flat.roles[0]!, [value, ...indices] = flat.values as [Scalar, ...Scalar[]];
  const nest: ScatterNest = {
    ...kernel.nest,
    axes,
    value,
    store: flat.stores[0]!,
    bounds: bounds.map((b, n) => ({ ...b, value: indices[n]! })),
  };
  const serial = bounds.length > 0;
  const vector = serial ? 1 : target.vectorBytes / widest(value);
  if (serial) printSerial(nest, root, names, context);
  else printParallel(nest, new BodyPrinter(context, root, names), vector);
  const common = { template: "c/scatter.c", args, lanes: vector, mathTypes: [...context.mathTypes].sort() };
  const range = serial ? { total: int(1), grain: int(1) } : { total: sizeOf(axes), grain: int(WORTHWHILE) };
  return { ...common, ...range, body: root.pieces, scratch: int(0) };
}

/** The value to store: the old one combined with the new. */
function combined(nest: ScatterNest, scalars: Scalars): Scalar {
  const { buffer, index } = nest.store;
  const value = scalars.cast(nest.value, buffer.dtype);
  if (nest.combine === "set") return value;
  const old = scalars.load(buffer, index);
  return scalars.apply(nest.combine, old, value);
}

function widest(value: Scalar): number {
  return scalarsOf(value).reduce((most, s) => Math.max(most, bytesOf(carried(s.dtype))), 1);
}

function sizeOf(axes: readonly Axis[]): Expr {
  return mul(int(1), ...axes.map((a) => a.extent));
}

/** The body is printed afresh inside all loops: nothing may be read before the point before it has been written. */
function printSerial(nest: ScatterNest, root: BlockBuilder, names: Names, context: KernelContext): void {
  const loop = (axes: readonly Axis[], n: number, outer: Names): Block => {
    const [axis, ...rest] = axes;
    if (!axis) return point(nest, outer, context);
    const index = `i${n}`, count = outer.expr(axis.extent), inner = new Names(context.args, outer);
    inner.set(axis.sym.name, index);
    return [{ kind: "loop", index, from: "0", count, step: "1", body: loop(rest, n + 1, inner) }];
  };
  root.line("if (begin >= end) return;");
  root.pieces.push(...loop(nest.axes, 0, names));
}

function point(nest: ScatterNest, names: Names, context: KernelContext): Block {
  const block = new BlockBuilder(), printer = new BodyPrinter(context, block, new Names(context.args, names));
  for (const b of nest.bounds) {
    context.depends.declare(b.sym.name, b.value);
    printer.introduce(b.sym.name, b.value, b.size, b.wrap);
  }
  printer.storeOne(nest.store.buffer, nest.store.index[0]!, printer.emit(nest.value));
  return block.pieces;
}

function printParallel(nest: ScatterNest, printer: BodyPrinter, vector: number): void {
  runs(printer, nest.axes, "i", "begin", "end", (from, to) => {
    lanes(printer, nest.axes.at(-1)!, from, to, undefined, vector, () => {
      printer.storeLanes(nest.store.buffer, nest.store.index[0]!, printer.emit(nest.value));
    });
  });
}
