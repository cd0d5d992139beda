/**
 * Reading and writing at positions that are data.
 *
 * @module
 */
import { type DType, isInteger } from "../base/mod.ts";
import { type Expr, int } from "../ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type IndexOperand, type Value } from "../ir/graph/mod.ts";
import { unsupported } from "./aten/refuse.ts";
import { calc, numOf } from "./calc.ts";
import { extreme } from "./limits.ts";
import { wrapDim } from "./shapes.ts";
import { expand, rankOf, reshape } from "./views.ts";

/** How scatters combine what meets at one position. */
export type Combine = "set" | "add" | "mul" | "min" | "max";

/** `x` with at least one dim. */
export function atLeastVector(g: GraphBuilder, x: Value): Value {
  return rankOf(x) === 0 ? reshape(g, x, [int(1)]) : x;
}

/** `out[i] = x[…, index[i], …]`: the index replaces the position in `dim`. */
export function gather(g: GraphBuilder, x: Value, dim: number, index: Value): Value {
  const from = atLeastVector(g, x), by = atLeastVector(g, index), at = wrapDim(dim, rankOf(from));
  const operands = [{ value: by, size: from.type.shape[at]!, wrap: false }];
  const out = g.lookup(from, by.type.shape, operands, (axes, [k]) => axes.toSpliced(at, 1, k!));
  return reshape(g, out, index.type.shape);
}

/** `x[…, index, …]`: `dim` becomes the dims of `index`. */
export function indexSelect(g: GraphBuilder, x: Value, dim: number, index: Value): Value {
  const at = wrapDim(dim, rankOf(x)), rank = rankOf(index);
  const shape = x.type.shape.toSpliced(at, 1, ...index.type.shape);
  const value = g.remap(index, shape, (axes) => axes.slice(at, at + rank));
  const operands = [{ value, size: x.type.shape[at]!, wrap: false }];
  return g.lookup(x, shape, operands, (axes, [k]) => axes.toSpliced(at, rank, k!));
}

/** Positions of numpy's advanced indexing: the shape they have, and the index of `x` at each. */
export interface Positions {
  readonly shape: readonly Expr[];
  readonly operands: readonly IndexOperand[];
  readonly index: <T extends Expr>(axes: readonly T[], looked: readonly T[]) => readonly T[];
}

/** What `x[indices]` addresses; `undefined` stands for `:`. */
export function advanced(g: GraphBuilder, x: Value, indices: readonly (Value | undefined)[]): Positions {
  const used = indices.flatMap((value, dim) => value ? [{ value, dim }] : []);
  const mask = used.find(({ value }) => !isInteger(value.type.dtype));
  if (mask) {
    unsupported("aten.index", `an index is of type ${mask.value.type.dtype}; masks need sizes that are data`);
  }
  const common = broadcastShapes(...used.map(({ value }) => value.type.shape)),
    dims = used.map(({ dim }) => dim);
  const rest = x.type.shape.map((_, n) => n).filter((n) => !dims.includes(n));
  const adjacent = dims.every((dim, k) => k === 0 || dim === dims[k - 1]! + 1),
    at = adjacent ? dims[0] ?? 0 : 0;
  const shape = rest.map((n) => x.type.shape[n]!).toSpliced(at, 0, ...common);
  const operands = used.map(({ value, dim }) => ({
    value: spreadIndex(g, value, shape, at + common.length),
    size: x.type.shape[dim]!,
    wrap: true,
  }));
  return {
    shape,
    operands,
    index: (axes, looked) => {
      const free = axes.toSpliced(at, common.length);
      return x.type.shape.map((_, n) => dims.includes(n) ? looked[dims.indexOf(n)]! : free[rest.indexOf(n)]!);
    },
  };
}

/** An index tensor over the whole `shape`; its dims end before axis `end`. */
function spreadIndex(g: GraphBuilder, value: Value, shape: readonly Expr[], end: number): Value {
  const rank = rankOf(value);
  return g.remap(
    value,
    shape,
    (axes) => value.type.shape.map((size, n) => size === int(1) ? int(0) : axes[end - rank + n]!),
  );
}

/** `x` with `updates` combined in at `index` along `dim`; `updates` may be larger than `index`. */
export function scatter(
  g: GraphBuilder,
  x: Value,
  dim: number,
  index: Value,
  updates: Value,
  combine: Combine,
): Value {
  const into = atLeastVector(g, x), by = atLeastVector(g, index), at = wrapDim(dim, rankOf(into));
  const from = atLeastVector(g, updates);
  const cut = from.type.shape.every((size, n) => size === by.type.shape[n])
    ? from
    : g.remap(from, by.type.shape, (axes) => axes);
  const operands = [{ value: by, size: into.type.shape[at]!, wrap: false }];
  const out = g.scatter(
    into,
    g.cast(cut, x.type.dtype),
    operands,
    combine,
    (axes, [k]) => axes.toSpliced(at, 1, k!),
  );
  return reshape(g, out, x.type.shape);
}

/** A vector of positions in `dim`, stretched beside `source`. */
export function alongDim(g: GraphBuilder, index: Value, source: Value, dim: number): Value {
  const at = wrapDim(dim, rankOf(source)), line = atLeastVector(g, index);
  return g.remap(line, source.type.shape, (axes) => [axes[at]!]);
}

/** Reductions of `scatter_reduce` and `index_reduce`. */
export interface Reduction {
  readonly reduce: string;
  readonly includeSelf: boolean;
}

const combines: Readonly<Record<string, Combine>> = {
  sum: "add",
  mean: "add",
  prod: "mul",
  amax: "max",
  amin: "min",
  add: "add",
  multiply: "mul",
};

/** `x` with `updates` reduced into it at `index` along `dim`. */
export function scatterReduce(
  g: GraphBuilder,
  x: Value,
  dim: number,
  index: Value,
  updates: Value,
  r: Reduction,
): Value {
  const combine = combines[r.reduce], dtype = x.type.dtype;
  if (!combine) return unsupported("aten.scatter_reduce", `reduce "${r.reduce}" is unknown`);
  const neutral = expand(g, g.constant(neutralOf(combine, dtype), dtype), index.type.shape);
  const start = r.includeSelf ? x : scatter(g, x, dim, index, neutral, "set");
  const out = scatter(g, start, dim, index, updates, combine);
  return r.reduce === "mean" ? meanOf(g, out, x, dim, index, r.includeSelf) : out;
}

function neutralOf(combine: Combine, dtype: DType) {
  if (combine === "min" || combine === "max") return extreme(dtype, combine === "min" ? 1 : -1);
  return numOf(combine === "mul" ? 1 : 0, dtype);
}

function meanOf(
  g: GraphBuilder,
  sums: Value,
  x: Value,
  dim: number,
  index: Value,
  includeSelf: boolean,
): Value {
  const dtype = x.type.dtype, m = calc(g), one = g.constant(numOf(1, dtype), dtype);
  const start = expand(g, g.constant(numOf(includeSelf ? 1 : 0, dtype), dtype), x.type.shape);
  const counts = scatter(g, start, dim, index, expand(g, one, index.type.shape), "add");
  return m[isInteger(dtype) ? "floordiv" : "div"](sums, m.max(counts, 1));
}
