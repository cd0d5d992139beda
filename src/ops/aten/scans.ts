/**
 * Running totals, sorting, and what follows from a sorted order. The kernels are routines `scan` and `sort`.
 *
 * @module
 */
import { type DType, isFloat } from "../../base/mod.ts";
import { asInt, type Expr, floorDiv, gt, int, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, numOf } from "../calc.ts";
import { fold, sum, totalType } from "../fold.ts";
import { atLeastVector, gather } from "../indexing.ts";
import { wideType } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** What a scan carries along. */
type ScanFn = "sum" | "prod" | "max" | "min" | "logsumexp";

/** `out[i] = fn(x[0], …, x[i])` along `dim`; half types run in f32. */
export function scan(g: GraphBuilder, fn: ScanFn, x: Value, dim: number, dtype: DType = x.type.dtype): Value {
  if (v.rankOf(x) === 0) return g.cast(x, dtype);
  const wide = g.cast(x, wideType(dtype)), attrs = { fn, dim: wrapDim(dim, v.rankOf(x)) };
  return g.cast(g.routine("scan", [wide], [wide.type], attrs)[0]!, dtype);
}

/** Values in order and where they were. */
export function sort(
  g: GraphBuilder,
  x: Value,
  dim: number,
  descending: boolean,
  stable = false,
): [Value, Value] {
  if (v.rankOf(x) === 0) return [x, g.constant(0n, "i64")];
  const attrs = { dim: wrapDim(dim, v.rankOf(x)), descending, stable };
  const [values, order] = g.routine("sort", [x], [x.type, { dtype: "i64", shape: x.type.shape }], attrs);
  return [values!, order!];
}

function cumulative(schema: string, fn: "sum" | "prod"): AtenOp {
  return op(schema, (g, a) => {
    const x = a.tensor("self"), dtype = a.dtypeOrNone("dtype") ?? totalType(x.type.dtype);
    return scan(g, fn, g.cast(x, dtype), a.fixed("dim"), dtype);
  });
}

/** Running maximum or minimum and the last position that set it. */
function runningBest(fn: "max" | "min"): AtenOp["build"] {
  return (g, a) => {
    const x = a.tensor("self"), rank = v.rankOf(x), dim = wrapDim(a.fixed("dim"), rank), m = calc(g);
    if (rank === 0) return [x, g.constant(0n, "i64")];
    const values = scan(g, fn, x, dim), isSet = m.eq(x, values);
    const sets = isFloat(x.type.dtype) ? m.or(isSet, m.isnan(x)) : isSet;
    const here = g.iota(x.type.shape, (axes) => axes[dim]!);
    return [values, scan(g, "max", m.where(sets, here, 0), dim)];
  };
}

/** One position of a sorted dim, with the index it came from. */
function nth(g: GraphBuilder, a: Args, x: Value, position: (size: Expr) => Expr): Value[] {
  const rank = v.rankOf(x), dim = wrapDim(a.fixed("dim"), rank);
  if (rank === 0) return [x, g.constant(0n, "i64")];
  const at = position(x.type.shape[dim]!), keep = a.bool("keepdim");
  return sort(g, x, dim, false, true).map((sorted) => {
    const piece = v.select(g, sorted, dim, at);
    return keep ? v.unsqueeze(g, piece, dim) : piece;
  });
}

/** The lower of the middle two. */
const middle = (size: Expr) => floorDiv(sub(size, 1), 2);

/** The median along `dim`; nan where there is one, at its first position. */
function medianDim(g: GraphBuilder, a: Args): Value[] {
  const x = a.tensor("self"), [value, index] = nth(g, a, x, middle) as [Value, Value];
  if (!isFloat(x.type.dtype) || v.rankOf(x) === 0) return [value, index];
  const m = calc(g), over = { dims: [wrapDim(a.fixed("dim"), v.rankOf(x))], keep: a.bool("keepdim") };
  const nans = m.isnan(x), some = fold(g, "any", nans, over);
  const first = fold(g, "argmax", g.cast(nans, "i64"), over);
  return [m.where(some, NaN, value), m.where(some, first, index)];
}

/** The median of the elements that are numbers, nan sorting last. */
function nanMedianDim(g: GraphBuilder, x: Value, dim: number, keep: boolean): Value[] {
  const m = calc(g), [values, order] = sort(g, x, dim, false, true), over = { dims: [dim], keep: true };
  if (v.rankOf(x) === 0) return [values, order];
  const known = isFloat(x.type.dtype) ? m.not(m.isnan(x)) : g.cast(m.eq(x, x), "bool");
  const at = m.max(m.floordiv(m.sub(sum(g, known, over), 1), 2), 0);
  return [values, order].map((sorted) => {
    const piece = gather(g, sorted, dim, at);
    return keep ? piece : v.select(g, piece, dim, int(0));
  });
}

function median(g: GraphBuilder, x: Value): Value {
  const flat = v.flattenDims(g, x), [sorted] = sort(g, flat, 0, false), m = calc(g);
  const value = v.select(g, sorted, 0, middle(flat.type.shape[0]!));
  return isFloat(x.type.dtype) ? m.where(fold(g, "any", m.isnan(flat), { dims: [0] }), NaN, value) : value;
}

/** The first `k` of the sorted order; lines are not sorted in full. */
function topk(g: GraphBuilder, a: Args): Value[] {
  const x = a.tensor("self"), rank = v.rankOf(x);
  if (rank === 0) return [x, g.constant(0n, "i64")];
  const dim = wrapDim(a.fixed("dim"), rank), shape = x.type.shape.toSpliced(dim, 1, a.int("k"));
  const types = [{ dtype: x.type.dtype, shape }, { dtype: "i64", shape }] as const;
  return g.routine("topk", [x], types, { dim, descending: a.bool("largest") });
}

/** The most frequent value along `dim`, the smallest of several, and where it stands last. */
function mode(g: GraphBuilder, a: Args): Value[] {
  const x = a.tensor("self"),
    rank = v.rankOf(x),
    m = calc(g),
    dim = wrapDim(a.fixed("dim"), rank),
    keep = a.bool("keepdim");
  if (rank === 0) return [x, g.constant(0n, "i64")];
  const [sorted, order] = sort(g, x, dim, false, true), size = x.type.shape[dim]!, shape = x.type.shape;
  const here = g.iota(shape, (axes) => axes[dim]!);
  const before = g.remap(sorted, shape, (axes) => axes.map((axis, n) => n === dim ? sub(axis, 1) : axis), {
    valid: (axes) => gt(axes[dim]!, 0),
    fill: numOf(0, x.type.dtype),
  });
  const starts = m.or(m.ne(sorted, before), m.eq(here, 0));
  const run = m.sub(here, scan(g, "max", m.where(starts, here, 0), dim));
  const best = fold(g, "argmax", run, { dims: [dim], keep: true });
  const limit = asInt(size) === 0 ? m.min(best, 0) : best;
  return [sorted, order].map((from) => {
    const piece = gather(g, from, dim, limit);
    return keep ? piece : v.select(g, piece, dim, int(0));
  });
}

/** Rows of this family. */
export const scanOps: readonly AtenOp[] = [
  cumulative("cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor", "sum"),
  cumulative("cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor", "prod"),
  op(
    "logcumsumexp(Tensor self, int dim) -> Tensor",
    (g, a) => scan(g, "logsumexp", a.tensor("self"), a.fixed("dim")),
  ),
  op("cummax(Tensor self, int dim) -> (Tensor values, Tensor indices)", runningBest("max")),
  op("cummin(Tensor self, int dim) -> (Tensor values, Tensor indices)", runningBest("min")),
  op(
    "sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
    (g, a) => sort(g, a.tensor("self"), a.fixed("dim"), a.bool("descending")),
  ),
  op(
    "sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
    (g, a) =>
      sort(g, a.tensor("self"), a.fixed("dim"), a.bool("descending"), a.boolOrNone("stable") ?? false),
  ),
  op(
    "argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor",
    (g, a) => sort(g, a.tensor("self"), a.fixed("dim"), a.bool("descending"))[1],
  ),
  op(
    "argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False) -> Tensor",
    (g, a) => sort(g, a.tensor("self"), a.fixed("dim"), a.bool("descending"), a.bool("stable"))[1],
  ),
  op("msort(Tensor self) -> Tensor", (g, a) => sort(g, a.tensor("self"), 0, false)[0]),
  op(
    "topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)",
    topk,
  ),
  op(
    "kthvalue(Tensor self, SymInt k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    (g, a) => nth(g, a, a.tensor("self"), () => sub(a.int("k"), 1)),
  ),
  op("median(Tensor self) -> Tensor", (g, a) => median(g, a.tensor("self"))),
  op("median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)", medianDim),
  op(
    "nanmedian(Tensor self) -> Tensor",
    (g, a) => nanMedianDim(g, v.flattenDims(g, a.tensor("self")), 0, false)[0]!,
  ),
  op("nanmedian.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)", (g, a) => {
    const x = a.tensor("self");
    return nanMedianDim(g, x, wrapDim(a.fixed("dim"), v.rankOf(x)), a.bool("keepdim"));
  }),
  op("mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)", mode),
  op("masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor", (g, a) => maskedScatter(g, a)),
];

/** The n-th true position takes the n-th element of `source`. */
function maskedScatter(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), mask = v.expand(g, g.cast(a.tensor("mask"), "bool"), x.type.shape), m = calc(g);
  const flat = atLeastVector(g, v.flattenDims(g, mask)), source = v.flattenDims(g, a.tensor("source"));
  const rank = scan(g, "sum", g.cast(flat, "i64"), 0), at = m.where(flat, m.sub(rank, 1), 0);
  const operands = [{ value: at, size: source.type.shape[0]!, wrap: false }];
  const picked = g.lookup(source, flat.type.shape, operands, (_, [k]) => [k!]);
  return m.where(mask, v.reshape(g, picked, x.type.shape), x);
}
