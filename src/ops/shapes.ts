/**
 * Sizes, dims and positions: the integer side of views.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import {
  add,
  asInt,
  ceilDiv,
  type Expr,
  floorDiv,
  int,
  isInt,
  isNonNegative,
  lessThan,
  max,
  min,
  mod,
  mul,
  numel,
  sub,
} from "../ir/expr/mod.ts";

export { numel, rowMajor } from "../ir/expr/mod.ts";

/** Anything from here on means "to the end" in Python slices. */
const endless = 2 ** 52;

/** A dim of a tensor of `rank`, counted from the front; a 0-d tensor counts as having one. */
export function wrapDim(dim: number, rank: number): number {
  const count = Math.max(rank, 1), wrapped = dim < 0 ? dim + count : dim;
  if (wrapped >= 0 && wrapped < count) return wrapped;
  return refuse({
    reason: "bad-dim",
    message: `Cannot use dim ${dim}: the tensor has ${rank} dims, so it must lie in [${-count}, ${
      count - 1
    }]`,
  });
}

/** Dims counted from the front; all of them where the list is empty or absent. */
export function dimsOrAll(dims: readonly number[] | undefined, rank: number): number[] {
  if (!dims || dims.length === 0) return Array.from({ length: rank }, (_, n) => n);
  return rank === 0 ? [] : dims.map((dim) => wrapDim(dim, rank));
}

/** True where two shapes are the same expressions. */
export function sameShape(a: readonly Expr[], b: readonly Expr[]): boolean {
  return a.length === b.length && a.every((size, n) => size === b[n]);
}

/** `sizes` with its -1 replaced by what `shape` leaves for it. */
export function inferSize(shape: readonly Expr[], sizes: readonly Expr[]): readonly Expr[] {
  const at = sizes.findIndex((size) => isInt(size, -1));
  if (at < 0) return sizes;
  const others = numel(sizes.filter((_, n) => n !== at));
  const rest = isInt(others, 0) ? int(0) : floorDiv(numel(shape), others);
  return sizes.map((size, n) => (n === at ? rest : size));
}

/** Row-major position of `indices` in `shape`. */
export function flatten(indices: readonly Expr[], shape: readonly Expr[]): Expr {
  return indices.reduce((at, index, n) => add(mul(at, shape[n]!), index), int(0) as Expr);
}

/** Indices of a row-major position in `shape`, which must not be empty of elements. */
export function unflatten(position: Expr, shape: readonly Expr[]): Expr[] {
  return shape.map((size, n) => {
    const outer = floorDiv(position, numel(shape.slice(n + 1)));
    return n === 0 ? outer : mod(outer, size);
  });
}

/** A Python slice bound as a position in [0, size]. */
export function slicePosition(bound: Expr, size: Expr): Expr {
  const known = asInt(bound);
  if (known !== undefined && known >= endless) return size;
  if (known !== undefined && known <= -endless) return int(0);
  return lessThan(bound, 0) === true ? max(add(size, bound), 0) : min(bound, size);
}

/** Number of elements of `start:end:step`. */
export function sliceLength(start: Expr, end: Expr, step: number): Expr {
  const span = sub(end, start);
  return ceilDiv(isNonNegative(span) ? span : max(span, 0), step);
}

/** An index that may count from the end. */
export function wrapIndex(index: Expr, size: Expr): Expr {
  return lessThan(index, 0) === true ? add(index, size) : index;
}
