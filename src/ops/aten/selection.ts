/**
 * Operators whose sizes are data: nonzero, masked_select, repeat_interleave by a tensor, bincount.
 *
 * @module
 */
import { type Expr, int, isInt } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { broadcastShapes } from "../../ir/graph/mod.ts";
import { calc, number } from "../calc.ts";
import { fold } from "../fold.ts";
import { indexSelect } from "../indexing.ts";
import { sizeAs } from "../numeric.ts";
import {
  coordinates,
  counting,
  countTrue,
  dataSize,
  pick,
  positions,
  search,
  sizeOfData,
  zeros,
} from "../positions.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { scan } from "./scans.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Coordinates of true elements side by side: `[count, rank]`. */
function columns(g: GraphBuilder, flat: Value, shape: readonly Expr[]): Value {
  const count = flat.type.shape[0]!;
  if (shape.length === 0) return zeros(g, [count, int(0)], "i64");
  return g.concat(coordinates(g, flat, shape).map((c) => v.unsqueeze(g, c, 1)), 1);
}

function nonzero(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), mask = g.cast(x, "bool");
  return columns(g, positions(g, mask, sizeOfData(g, countTrue(g, mask), dataSize(a))), x.type.shape);
}

/** A vector for each dim. */
function nonzeroByDim(g: GraphBuilder, a: Args, x: Value): Value[] {
  const base = v.rankOf(x) === 0 ? v.flattenDims(g, x) : x, mask = g.cast(base, "bool");
  const flat = positions(g, mask, sizeOfData(g, countTrue(g, mask), dataSize(a)));
  return coordinates(g, flat, base.type.shape);
}

/** The first `size` of them, then `fill_value`. */
function nonzeroStatic(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), size = a.int("size"), m = calc(g), { shape } = x.type;
  if (shape.length === 0) return zeros(g, [size, int(0)], "i64");
  const flat = positions(g, g.cast(x, "bool"), size), missing = v.unsqueeze(g, m.lt(flat, 0), 1);
  return m.where(missing, sizeAs(g, a.int("fill_value"), "i64"), columns(g, flat, shape));
}

function maskedSelect(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), mask = g.cast(a.tensor("mask"), "bool");
  const shape = broadcastShapes(x.type.shape, mask.type.shape), inside = v.expand(g, mask, shape);
  const at = positions(g, inside, sizeOfData(g, countTrue(g, inside), dataSize(a)));
  return pick(g, v.expand(g, x, shape), at);
}

/** Index `n` as often as `repeats[n]` says. */
function repeated(g: GraphBuilder, a: Args, repeats: Value, dim: number): Value {
  const counts = g.cast(repeats, "i64"), ends = scan(g, "sum", counts, 0);
  const total = fold(g, "sum", counts, { dims: [0] });
  const asked = a.intOrNone("output_size"),
    size = sizeOfData(g, total, asked ? { size: asked, fresh: [] } : dataSize(a, dim));
  return search(g, ends, counting(g, size), true);
}

function repeatInterleave(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), dim = a.fixedOrNone("dim"), from = dim === undefined ? v.flattenDims(g, x) : x;
  const at = wrapDim(dim ?? 0, v.rankOf(from)), given = a.tensor("repeats");
  const repeats = v.expand(g, v.rankOf(given) === 0 ? v.unsqueeze(g, given, 0) : given, [
    from.type.shape[at]!,
  ]);
  return indexSelect(g, from, at, repeated(g, a, repeats, at));
}

/** How often each number occurs, or the sum of its weights. */
function bincount(g: GraphBuilder, a: Args): Value {
  const x = g.cast(a.tensor("self"), "i64"), m = calc(g), weights = a.tensorOrNone("weights");
  const dtype = weights ? weights.type.dtype === "f32" ? "f32" : "f64" : "i64";
  const least = sizeAs(g, a.int("minlength"), "i64");
  const count = isInt(x.type.shape[0]!, 0) ? least : m.max(m.add(fold(g, "max", x, { dims: [0] }), 1), least);
  const size = sizeOfData(g, count, dataSize(a)), operands = [{ value: x, size, wrap: false }];
  const updates = weights ? g.cast(weights, dtype) : v.expand(g, number(g, 1, dtype), x.type.shape);
  return g.scatter(zeros(g, [size], dtype), updates, operands, "add", (_, [k]) => [k!]);
}

/** Rows of this family. */
export const selectionOps: readonly AtenOp[] = [
  op("nonzero(Tensor self) -> Tensor", nonzero),
  op("argwhere(Tensor self) -> Tensor", nonzero),
  op("nonzero_numpy(Tensor self) -> Tensor[]", (g, a) => [nonzeroByDim(g, a, a.tensor("self"))]),
  op("where(Tensor condition) -> Tensor[]", (g, a) => [nonzeroByDim(g, a, a.tensor("condition"))]),
  op("nonzero_static(Tensor self, *, SymInt size, int fill_value=-1) -> Tensor", nonzeroStatic),
  op("masked_select(Tensor self, Tensor mask) -> Tensor", maskedSelect),
  op("repeat_interleave.Tensor(Tensor repeats, *, SymInt? output_size=None) -> Tensor", (g, a) => {
    const repeats = a.tensor("repeats");
    return g.cast(repeated(g, a, repeats, 0), repeats.type.dtype);
  }),
  op(
    "repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
    repeatInterleave,
  ),
  op("bincount(Tensor self, Tensor? weights=None, SymInt minlength=0) -> Tensor", bincount),
];
