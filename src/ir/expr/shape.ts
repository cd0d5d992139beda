/**
 * Sizes of dense tensors: how many elements, how far apart.
 *
 * @module
 */
import { int } from "./node.ts";
import { mul } from "./ring.ts";
import type { Expr } from "./types.ts";

/** Number of elements. */
export function numel(shape: readonly Expr[]): Expr {
  return mul(int(1), ...shape);
}

/** Row-major strides of `shape`, in elements; a size of zero makes those before it zero. */
export function rowMajor(shape: readonly Expr[]): Expr[] {
  const strides: Expr[] = [];
  let step: Expr = int(1);
  for (let n = shape.length - 1; n >= 0; n--) {
    strides[n] = step;
    step = mul(step, shape[n]!);
  }
  return strides;
}
