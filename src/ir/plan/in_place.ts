/**
 * When a kernel may write a result over one of its operands.
 *
 * Every element of the operand must have been read, by whichever thread reads it, before the element of the result
 * that lies there is written. That holds where both are the same element of the same iteration, and where an earlier
 * stage reads inside the row that its own outer iteration writes later.
 *
 * @module
 */
import { type Expr, isNonNegative, lessThan, linear, mul } from "../expr/mod.ts";
import { type Axis, type Buffer, linearIndex, loadsOf, type Scalar } from "../loops/mod.ts";
import { buffersOfKernel, writtenByKernel } from "./touch.ts";
import type { ContractionKernel, InPlace, Kernel, LoopKernel } from "./types.ts";

/** The marks of a kernel. */
export function inPlaceOf(kernel: Kernel): readonly InPlace[] {
  return (kernel.kind === "loops" || kernel.kind === "contraction") && kernel.inPlace || [];
}

/** True when `kernel` gives the same with `result` in the memory of `operand`. */
export function canOverwrite(kernel: Kernel, { result, operand }: InPlace): boolean {
  if (kernel.kind !== "loops" && kernel.kind !== "contraction") return false;
  const written = writtenByKernel(kernel), target = written.find((b) => b.name === result);
  const source = buffersOfKernel(kernel).find((b) => b.name === operand);
  if (!target || !source || target.dtype !== source.dtype) return false;
  if (written.some((b) => b.name === operand)) return false;
  return kernel.kind === "loops" ? inLoops(kernel, result, operand) : inContraction(kernel, result, operand);
}

function loadsFrom(buffer: string, ...values: readonly Scalar[]) {
  return loadsOf(...values).filter((l) => l.buffer.name === buffer);
}

/** The epilogue loads what it needs of an element, then stores it; operands are read by many elements. */
function inContraction(kernel: ContractionKernel, result: string, operand: string): boolean {
  const { a, b, epilogue, store } = kernel.nest;
  const all = [{ value: epilogue, store }, ...kernel.extra];
  const at = all.filter((x) => x.store.buffer.name === result).map((x) => place(x.store));
  if (at.length !== 1 || loadsFrom(operand, a, b).length > 0) return false;
  return loadsFrom(operand, ...all.map((x) => x.value)).every((load) => place(load) === at[0]);
}

function place({ buffer, index }: { readonly buffer: Buffer; readonly index: readonly Expr[] }): Expr {
  return linearIndex(buffer, index);
}

function inLoops(kernel: LoopKernel, result: string, operand: string): boolean {
  const found = kernel.stages.flatMap(({ items }, stage) =>
    items.flatMap((item, n) => item.stored && item.store.buffer.name === result ? [{ stage, item, n }] : [])
  );
  const [made] = found;
  if (!made || found.length !== 1) return false;
  const { axes, over, vector } = kernel.stages[made.stage]!, target = made.item.store.index[0]!;
  const apart = over.length === 0 && vector === "axes" && axes.length > 0; // loads of all items, then all stores
  const beside = over.length > 0 && vector === "axes" && !made.item.reduce; // loads and stores after the sums
  const inTurn = over.length === 0 || vector === "over" && !made.item.reduce; // item after item, load and store
  return kernel.stages.every(({ items }, stage) =>
    items.every((item, n) =>
      loadsFrom(operand, item.value).every((load) => {
        if (stage > made.stage) return false;
        if (stage < made.stage) return ownRow(kernel.outer, load.index[0]!, target);
        if (beside && (item.reduce || n > made.n)) return false;
        return load.index[0] === target && (apart || beside || inTurn && n <= made.n);
      })
    )
  );
}

/** True when both places lie in one row of an outer iteration, and rows of other iterations lie elsewhere. */
function ownRow(outer: readonly Axis[], a: Expr, b: Expr): boolean {
  let [x, y] = [a, b], row: Expr | undefined;
  for (const { sym, extent } of outer.toReversed()) {
    const [left, right] = [linear(x, sym.name), linear(y, sym.name)];
    if (!left || !right || left.coef !== right.coef || row !== undefined && left.coef !== row) return false;
    [x, y, row] = [left.rest, right.rest, mul(left.coef, extent)];
  }
  const last = outer.at(-1);
  if (!last) return true;
  const width = linear(a, last.sym.name)!.coef;
  return [x, y].every((e) => isNonNegative(e) && lessThan(e, width) === true);
}
