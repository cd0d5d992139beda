/**
 * Averages over windows: sums by the number of elements that each window counts.
 *
 * @module
 */
import { add, and, asInt, type Expr, int, isInt, max, min, mul, sub, truth } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, numOf } from "../calc.ts";
import { inWide, sizeAs } from "../numeric.ts";
import { numel } from "../shapes.ts";
import { slide, type Steps, type Window, windowDims } from "../sliding.ts";
import { rankOf } from "../views.ts";

/** Elements that a window counts, as an expression of its position. */
export type Counting = (out: Expr, n: number) => Expr;

/** Sum over windows by the number of elements counted. */
export function average(
  g: GraphBuilder,
  x: Value,
  windows: readonly Window[],
  count: Counting,
  override?: Expr,
): Value {
  const d = windows.length, outer = windows.map((w) => w.count);
  return inWide(g, [x], (wide) => {
    const cut = slide(g, wide!, windows, numOf(0, wide!.type.dtype));
    const sums = g.reduce("sum", cut, windowDims(x, d)), dtype = sums.type.dtype;
    const by = override ? sizeAs(g, override, dtype) : counts(g, outer, count, dtype);
    return g.pointwise("div", sums, by);
  });
}

/** Elements that each window counts, as a tensor of the windows. */
export function counts(
  g: GraphBuilder,
  outer: readonly Expr[],
  count: Counting,
  dtype: Value["type"]["dtype"],
): Value {
  const fixed = outer.map((_, n) => count(int(0), n));
  const same = outer.every((size, n) => count(sub(size, 1), n) === fixed[n] && count(int(1), n) === fixed[n]);
  return same
    ? sizeAs(g, numel(fixed), dtype)
    : g.iota(outer, (axes) => mul(...axes.map((axis, n) => count(axis, n))), dtype);
}

/** Elements of window `out` that an average is taken over. */
export function counted(out: Expr, size: Expr, steps: Steps, padded: boolean, ceil: boolean): Expr {
  const start = sub(mul(out, steps.stride), steps.before), end = add(start, steps.kernel);
  if (padded) return ceil ? sub(min(end, add(size, steps.before)), start) : steps.kernel;
  return sub(min(end, size), max(start, 0));
}

/** Additions of half types that are written out; longer sums are better than PyTorch's. */
export const MOST_STEPS = 64;

/** As PyTorch's kernel for volumes of half types: every sum and every division by a length is rounded. */
export function averageStepwise(
  g: GraphBuilder,
  x: Value,
  windows: readonly Window[],
  count: Counting,
): Value {
  const m = calc(g), d = windows.length, lead = rankOf(x) - d, { dtype } = x.type;
  const outer = windows.map((w) => w.count), shape = [...x.type.shape.slice(0, lead), ...outer];
  const places = windows.reduce<number[][]>(
    (all, w) => all.flatMap((at) => Array.from({ length: asInt(w.length)! }, (_, k) => [...at, k])),
    [[]],
  );
  const sum = places.map((at) =>
    g.remap(
      x,
      shape,
      (axes) =>
        axes.map((axis, n) => n < lead ? axis : windows[n - lead]!.position(axis, int(at[n - lead]!))),
      {
        valid: (axes) =>
          and(truth(true), ...windows.flatMap((w, n) => w.valid?.(axes[lead + n]!, int(at[n]!)) ?? [])),
        fill: numOf(0, dtype),
      },
    )
  ).reduce((total, term) => m.add(total, term));
  return outer.reduce((value, size, n) => {
    const sizes = outer.slice(n).map((own, k) => k === 0 ? own : int(1));
    return m.div(value, g.iota(sizes, ([axis]) => count(isInt(size, 1) ? int(0) : axis!, n), dtype));
  }, sum);
}
