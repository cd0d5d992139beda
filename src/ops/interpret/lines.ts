/**
 * Lines of a tensor along a dim, and the order that sorting puts elements in.
 *
 * @module
 */
import { forEachPosition } from "../../ir/graph/mod.ts";
import type { Num } from "../../ir/scalar/mod.ts";

/** Numbers of the elements of each line along `dim`. */
export function linesAlong(shape: readonly number[], dim: number): number[][] {
  const step = shape.slice(dim + 1).reduce((product, size) => product * size, 1), size = shape[dim]!;
  const starts: number[] = [];
  forEachPosition(shape, (at, n) => at[dim] === 0 && starts.push(n));
  return starts.map((start) => Array.from({ length: size }, (_, k) => start + k * step));
}

/** Ascending order with nan last; descending is its mirror. Equal values stay in their order. */
export function compare(a: Num, b: Num): number {
  if (a !== a || b !== b) return Number(a !== a) - Number(b !== b);
  return a < b ? -1 : a > b ? 1 : 0;
}
