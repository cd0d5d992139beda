/**
 * What steps of random graphs ask of values: types, shapes, whether they broadcast, the grid that their numbers lie on.
 *
 * @module
 */
import type { Expr } from "../../src/ir/expr/mod.ts";
import { isInteger } from "../../src/base/mod.ts";
import { isInt, rangeOf } from "../../src/ir/expr/mod.ts";
import type { Grid, Known, Workshop } from "./random_graph.ts";

export type Step = (shop: Workshop) => void;

export const dtypeOf = (k: Known) => k.value.type.dtype;
export const shapeOf = (k: Known) => k.value.type.shape;
export const rankOf = (k: Known) => shapeOf(k).length;

/** True where two shapes surely broadcast, to not too much. */
export function fits(a: readonly Expr[], b: readonly Expr[]): boolean {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, n) => [a[n - rank + a.length], b[n - rank + b.length]])
    .every(([x, y]) => !x || !y || x === y || isInt(x, 1) || isInt(y, 1));
}

export const join = (a?: Grid, b?: Grid) =>
  a && b && { unit: Math.min(a.unit, b.unit), top: Math.max(a.top, b.top) };
/** Grids finer or larger than this lose bits in f32. */
export const small = (
  g: Grid | undefined,
) => (g && g.top - g.unit <= 22 && g.unit > -20 && g.top < 15 ? g : undefined);

/** Sums of at most this many elements: more would leave the grid. */
export const MANY = 8;

/** Exact, and if integers: few and small, for sums of them may be floats. */
export const exact = (k: Known) => !k.loose && (!isInteger(dtypeOf(k)) || k.grid !== undefined);
/** What may be anything, for steps that leave numbers as they are. */
export const anything = { final: true, wild: true };
/** Sizes that are surely not 0. */
export const isFull = (shape: readonly Expr[]) => shape.every((e) => rangeOf(e).min >= 1);
