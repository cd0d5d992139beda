/**
 * Views as unmasked remaps: shapes change, elements move, nothing is computed.
 *
 * @module
 */
import { add, exactQuotient, type Expr, int, isInt, mul, sub } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import {
  flatten as flatPosition,
  inferSize,
  numel,
  sameShape,
  sliceLength,
  slicePosition,
  unflatten,
  wrapDim,
  wrapIndex,
} from "./shapes.ts";

/** Rank of a tensor. */
export function rankOf(x: Value): number {
  return x.type.shape.length;
}

/** The same elements in row-major order under other sizes; one of them may be -1. */
export function reshape(g: GraphBuilder, x: Value, sizes: readonly Expr[]): Value {
  const from = x.type.shape, shape = inferSize(from, sizes);
  if (sameShape(from, shape)) return x;
  if (shape.some((size) => isInt(size, 0))) return g.remap(x, shape, () => from.map(() => int(0)));
  const groups = matchSizes(from, shape);
  return g.remap(x, shape, (axes) => {
    const index: Expr[] = from.map(() => int(0));
    for (const group of groups) {
      const position = flatPosition(group.to.map((n) => axes[n]!), group.to.map((n) => shape[n]!));
      const parts = unflatten(position, group.from.map((n) => from[n]!));
      group.from.forEach((n, k) => index[n] = parts[k]!);
    }
    return index;
  });
}

/** Dims of one shape that hold the same elements as dims of another. */
interface SizeGroup {
  readonly from: number[];
  readonly to: number[];
}

/** Splits two shapes into the shortest runs with equal products; sizes of one belong to none. */
function matchSizes(from: readonly Expr[], to: readonly Expr[]): SizeGroup[] {
  const left = longDims(from), right = longDims(to), groups: SizeGroup[] = [];
  while (left.length > 0 && right.length > 0) {
    const group: SizeGroup = { from: [left.shift()!], to: [right.shift()!] };
    groups.push(group);
    for (;;) {
      const a = numel(group.from.map((n) => from[n]!)), b = numel(group.to.map((n) => to[n]!));
      if (a === b) break;
      const shorter = exactQuotient(b, a) ? "from" : exactQuotient(a, b) ? "to" : undefined;
      const next = (shorter === "from" ? left : right).shift();
      if (shorter === undefined || next === undefined) {
        if (next !== undefined) right.unshift(next);
        group.from.push(...left.splice(0)), group.to.push(...right.splice(0));
        break;
      }
      group[shorter].push(next);
    }
  }
  return groups;
}

function longDims(shape: readonly Expr[]): number[] {
  return shape.map((_, n) => n).filter((n) => !isInt(shape[n]!, 1));
}

/** Dims in another order. */
export function permute(g: GraphBuilder, x: Value, dims: readonly number[]): Value {
  const order = dims.map((dim) => wrapDim(dim, rankOf(x)));
  if (order.every((dim, n) => dim === n)) return x;
  return g.remap(x, order.map((dim) => x.type.shape[dim]!), (axes) => {
    const index: Expr[] = [];
    order.forEach((dim, n) => index[dim] = axes[n]!);
    return index;
  });
}

/** Two dims swapped. */
export function transpose(g: GraphBuilder, x: Value, a: number, b: number): Value {
  if (rankOf(x) === 0) return x;
  const order = x.type.shape.map((_, n) => n), [p, q] = [wrapDim(a, rankOf(x)), wrapDim(b, rankOf(x))];
  [order[p], order[q]] = [order[q]!, order[p]!];
  return permute(g, x, order);
}

/** Dims moved to other places, the others keep their order. */
export function moveDims(g: GraphBuilder, x: Value, from: readonly number[], to: readonly number[]): Value {
  const rank = rankOf(x),
    source = from.map((d) => wrapDim(d, rank)),
    target = to.map((d) => wrapDim(d, rank));
  const rest = x.type.shape.map((_, n) => n).filter((n) => !source.includes(n));
  const order = x.type.shape.map((_, n) => target.includes(n) ? source[target.indexOf(n)]! : rest.shift()!);
  return permute(g, x, order);
}

/** Sizes of one stretched, ranks aligned right; -1 keeps a size. */
export function expand(g: GraphBuilder, x: Value, sizes: readonly Expr[]): Value {
  const from = x.type.shape, lead = sizes.length - from.length;
  const shape = sizes.map((size, n) => isInt(size, -1) ? from[n - lead]! : size);
  if (sameShape(from, shape)) return x;
  return g.remap(x, shape, (axes) => from.map((size, n) => isInt(size, 1) ? int(0) : axes[n + lead]!));
}

/** A size of one put in at `dim`. */
export function unsqueeze(g: GraphBuilder, x: Value, dim: number): Value {
  const at = wrapDim(dim, rankOf(x) + 1);
  return g.remap(x, x.type.shape.toSpliced(at, 0, int(1)), (axes) => axes.toSpliced(at, 1));
}

/** Sizes of one put in at `dims` of the result. */
export function unsqueezeAll(g: GraphBuilder, x: Value, dims: readonly number[]): Value {
  return [...dims].sort((a, b) => a - b).reduce((y, dim) => unsqueeze(g, y, dim), x);
}

/** Those of `dims` (all if absent) that have size one taken out. */
export function squeeze(g: GraphBuilder, x: Value, dims?: readonly number[]): Value {
  const rank = rankOf(x);
  const asked = dims ? dims.map((dim) => wrapDim(dim, rank)) : x.type.shape.map((_, n) => n);
  const gone = asked.filter((n) => n < rank && isInt(x.type.shape[n]!, 1));
  if (gone.length === 0) return x;
  const kept = x.type.shape.map((_, n) => n).filter((n) => !gone.includes(n));
  return g.remap(x, kept.map((n) => x.type.shape[n]!), (axes) => {
    const index: Expr[] = x.type.shape.map(() => int(0));
    kept.forEach((n, k) => index[n] = axes[k]!);
    return index;
  });
}

/** One position of `dim`, which goes. */
export function select(g: GraphBuilder, x: Value, dim: number, index: Expr): Value {
  const at = wrapDim(dim, rankOf(x)), position = wrapIndex(index, x.type.shape[at]!);
  return g.remap(
    x,
    x.type.shape.toSpliced(at, 1),
    (axes) => axes.toSpliced(at, 0, position as typeof axes[number]),
  );
}

/** What `slice` may leave out. */
export interface SliceBounds {
  readonly start?: Expr;
  readonly end?: Expr;
  readonly step?: number;
  /** The resulting size, where bounds alone do not tell. */
  readonly length?: Expr;
}

/** `x[…, start:end:step, …]`. */
export function slice(g: GraphBuilder, x: Value, dim: number, bounds: SliceBounds): Value {
  const at = wrapDim(dim, rankOf(x)), size = x.type.shape[at]!, step = bounds.step ?? 1;
  const start = bounds.start ? slicePosition(bounds.start, size) : int(0);
  const end = bounds.end ? slicePosition(bounds.end, size) : size;
  const length = bounds.length ?? sliceLength(start, end, step);
  if (length === size && start === int(0)) return x;
  return g.remap(x, x.type.shape.toSpliced(at, 1, length), (axes) => {
    const index: Expr[] = [...axes];
    index[at] = add(start, mul(step, axes[at]!));
    return index;
  });
}

/** `length` positions of `dim` from `start`. */
export function narrow(g: GraphBuilder, x: Value, dim: number, start: Expr, length: Expr): Value {
  const at = wrapDim(dim, rankOf(x)), first = wrapIndex(start, x.type.shape[at]!);
  return slice(g, x, dim, { start: first, end: add(first, length), length });
}

/** Pieces of the given lengths, side by side. */
export function splitInto(g: GraphBuilder, x: Value, lengths: readonly Expr[], dim: number): Value[] {
  let start: Expr = int(0);
  return lengths.map((length) => {
    const piece = narrow(g, x, dim, start, length);
    start = add(start, length);
    return piece;
  });
}

/** Dims counted backwards. */
export function flip(g: GraphBuilder, x: Value, dims: readonly number[]): Value {
  const turned = dims.map((dim) => wrapDim(dim, rankOf(x)));
  if (turned.length === 0 || rankOf(x) === 0) return x;
  return g.remap(
    x,
    x.type.shape,
    (axes) => axes.map((axis, n) => turned.includes(n) ? sub(sub(x.type.shape[n]!, 1), axis) : axis),
  );
}

/** Dims from `first` to `last` as one. */
export function flattenDims(g: GraphBuilder, x: Value, first = 0, last = -1): Value {
  if (rankOf(x) === 0) return reshape(g, x, [int(1)]);
  const a = wrapDim(first, rankOf(x)), b = wrapDim(last, rankOf(x)), shape = x.type.shape;
  return reshape(g, x, [...shape.slice(0, a), numel(shape.slice(a, b + 1)), ...shape.slice(b + 1)]);
}

/** One dim as several; one of `sizes` may be -1. */
export function unflattenDim(g: GraphBuilder, x: Value, dim: number, sizes: readonly Expr[]): Value {
  const at = wrapDim(dim, rankOf(x)), shape = x.type.shape;
  return reshape(g, x, shape.toSpliced(at, 1, ...inferSize([shape[at]!], sizes)));
}
