/**
 * Running totals, sorting, and what follows from a sorted order. The kernels are routines `scan` and `sort`.
 *
 * @module
 */
import { type DType, isComplex, isFloat } from "../../base/mod.ts";
import { type Expr, int } from "../../ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { totalType } from "../fold.ts";
import { atLeastVector } from "../indexing.ts";
import { wideType } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { badArgument } from "./refuse.ts";
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

/** What is picked out of lines without sorting them: see select.h. */
type Selection = "topk" | "kth" | "median" | "nanmedian" | "mode";

/** Elements of each line along `dim` and where they stand; `many` of them, in place of the line. */
function pickFrom(
  g: GraphBuilder,
  what: Selection,
  x: Value,
  dim: number,
  more: Partial<Picking> = {},
): Value[] {
  if (v.rankOf(x) === 0) return [x, g.constant(0n, "i64")];
  const at = wrapDim(dim, v.rankOf(x)), { many = int(1), descending = false, k = int(1) } = more;
  const shape = x.type.shape.toSpliced(at, 1, many),
    types = [{ dtype: x.type.dtype, shape }, { dtype: "i64", shape }] as const;
  return g.routine("select", [x], types, { what, dim: at, descending, many, k });
}

interface Picking {
  readonly many: Expr;
  readonly descending: boolean;
  /** Counts from 1. */
  readonly k: Expr;
}

/** One element of each line; the dim goes unless `keepdim`. */
function pickOne(what: Selection): AtenOp["build"] {
  return (g, a) => {
    const x = a.tensor("self"), dim = a.fixed("dim");
    const found = pickFrom(g, what, x, dim, what === "kth" ? { k: a.int("k") } : {});
    return a.bool("keepdim") || v.rankOf(x) === 0 ? found : found.map((y) => v.select(g, y, dim, int(0)));
  };
}

/** The median of all elements. */
function medianOfAll(what: Selection): AtenOp["build"] {
  return (g, a) => v.select(g, pickFrom(g, what, v.flattenDims(g, a.tensor("self")), 0)[0]!, 0, int(0));
}

/** Rows of this family. */
export const scanOps: readonly AtenOp[] = [
  cumulative("cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor", "sum"),
  cumulative("cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor", "prod"),
  op(
    "logcumsumexp(Tensor self, int dim) -> Tensor",
    (g, a) => {
      const x = a.tensor("self"), { dtype } = x.type;
      if (!isFloat(dtype) && !isComplex(dtype)) {
        badArgument(a.schema.target, "self", `is of ${dtype}, which has no logarithm`);
      }
      return scan(g, "logsumexp", x, a.fixed("dim"));
    },
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
    (g, a) => {
      const more = { many: a.int("k"), descending: a.bool("largest") };
      return pickFrom(g, "topk", a.tensor("self"), a.fixed("dim"), more);
    },
  ),
  op(
    "kthvalue(Tensor self, SymInt k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    pickOne("kth"),
  ),
  op("median(Tensor self) -> Tensor", medianOfAll("median")),
  op(
    "median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    pickOne("median"),
  ),
  op("nanmedian(Tensor self) -> Tensor", medianOfAll("nanmedian")),
  op(
    "nanmedian.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    pickOne("nanmedian"),
  ),
  op("mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)", pickOne("mode")),
  op("masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor", (g, a) => maskedScatter(g, a)),
];

/** The n-th true position takes the n-th element of `source`. */
function maskedScatter(g: GraphBuilder, a: Args): Value {
  const m = calc(g), given = [a.tensor("self"), a.tensor("mask")] as const;
  const shape = broadcastShapes(...given.map((one) => one.type.shape));
  const x = v.expand(g, given[0], shape), mask = v.expand(g, g.cast(given[1], "bool"), shape);
  const flat = atLeastVector(g, v.flattenDims(g, mask)), source = v.flattenDims(g, a.tensor("source"));
  const rank = scan(g, "sum", g.cast(flat, "i64"), 0), at = m.where(flat, m.sub(rank, 1), 0);
  const operands = [{ value: at, size: source.type.shape[0]!, wrap: false }];
  const picked = g.lookup(source, flat.type.shape, operands, (_, [k]) => [k!]);
  return m.where(mask, v.reshape(g, picked, x.type.shape), x);
}
