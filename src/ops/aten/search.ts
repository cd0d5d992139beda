/**
 * Counting and finding: buckets, histograms, one-hot codes; and differences along a dim.
 *
 * @module
 */
import { add, asInt, int, isInt, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { everyDim, fold, sum } from "../fold.ts";
import { asTensor, type Mixed, promoted, promotedFloat, toFloat } from "../numeric.ts";
import { gather } from "../indexing.ts";
import { search } from "../positions.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { cat } from "./joins.ts";
import { unsupported } from "./refuse.ts";
import { scan } from "./scans.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** More boundaries than this are searched, fewer are all compared. */
const FEW = 16;

/** How many of the boundaries lie below each value (or at it, when `right`); nan lies above all. */
function bucketize(g: GraphBuilder, given: Mixed, edges: Value, right: boolean, a: Args): Value {
  const [x, bounds] = promoted(g, given, edges), m = calc(g), row = v.rankOf(edges) === 1;
  if ((asInt(edges.type.shape.at(-1)!) ?? Infinity) > FEW) {
    return search(g, bounds!, x!, right, a.bool("out_int32") ? "i32" : "i64");
  }
  const value = v.unsqueeze(g, x!, -1), shared = row ? bounds! : v.unsqueeze(g, bounds!, -2);
  const below = m.not(right ? m.gt(shared, value) : m.ge(shared, value));
  return g.cast(sum(g, below, { dims: [v.rankOf(below) - 1] }), a.bool("out_int32") ? "i32" : "i64");
}

function searchSorted(g: GraphBuilder, a: Args): Value {
  const side = a.stringOrNone("side"), right = side === undefined ? a.bool("right") : side === "right";
  const sorter = a.tensorOrNone("sorter"), given = a.tensor("sorted_sequence");
  const edges = sorter ? gather(g, given, -1, sorter) : given, x = a.scalar("self");
  return bucketize(g, x, edges, right, a);
}

function oneHot(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), classes = a.int("num_classes");
  if (isInt(classes, -1)) {
    return unsupported(a.schema.target, "num_classes is not given, so the size depends on data");
  }
  const shape = [...x.type.shape, classes], codes = g.iota(shape, (axes) => axes.at(-1)!, x.type.dtype);
  return g.cast(calc(g).eq(codes, v.unsqueeze(g, x, -1)), "i64");
}

/** Counts in `bins` equal cells between `min` and `max`, or between the data's own ends when both are 0. */
function histc(g: GraphBuilder, a: Args): Value {
  const x = v.flattenDims(g, a.tensor("self")), bins = a.fixed("bins"), m = calc(g), dtype = x.type.dtype;
  const [low, high] = [a.float("min"), a.float("max")], own = low === 0 && high === 0;
  const edge = (fn: "min" | "max") =>
    own ? fold(g, fn, x, { dims: [0] }) : g.constant(fn === "min" ? low : high, dtype);
  const from = edge("min"), to = edge("max"), same = m.eq(from, to);
  const start = m.where(same, m.sub(from, 1), from), end = m.where(same, m.add(to, 1), to);
  const inside = m.and(m.ge(x, start), m.le(x, end));
  const cell = m.div(m.mul(m.sub(x, start), bins), m.sub(end, start));
  const at = m.where(inside, m.min(g.cast(m.where(inside, cell, 0), "i64"), bins - 1), 0);
  const zero = v.expand(g, g.constant(0, dtype), [int(bins)]),
    operands = [{ value: at, size: int(bins), wrap: false }];
  return g.scatter(zero, g.cast(inside, dtype), operands, "add", (_, [k]) => [k!]);
}

/** Neighbours subtracted `n` times, or until none are left. */
function diff(g: GraphBuilder, a: Args): Value {
  const given = a.tensor("self"), dim = wrapDim(a.fixed("dim"), v.rankOf(given)), m = calc(g);
  const parts = [a.tensorOrNone("prepend"), given, a.tensorOrNone("append")].filter((x) => x !== undefined);
  let x = parts.length > 1 ? cat(g, parts, dim) : given;
  for (let n = Math.min(a.fixed("n"), asInt(x.type.shape[dim]!) ?? Infinity); n > 0; n--) {
    const [low, high] = neighbours(g, x, dim);
    x = x.type.dtype === "bool" ? m.xor(high, low) : m.sub(high, low);
  }
  return x;
}

/** All but the last, all but the first. */
function neighbours(g: GraphBuilder, x: Value, dim: number): [Value, Value] {
  const length = sub(x.type.shape[dim]!, 1);
  return [v.narrow(g, x, dim, int(0), length), v.narrow(g, x, dim, int(1), length)];
}

/** Areas under a line through points: `(y[i] + y[i+1]) / 2 * step`. */
function trapezoids(g: GraphBuilder, a: Args, dim: number): Value {
  const y = a.tensor("y"), m = calc(g), hasPoints = a.schema.args.some((arg) => arg.name === "x");
  const [low, high] = neighbours(g, y, dim), sums = m.add(low, high);
  if (!hasPoints) return halved(g, sums, a.scalar("dx"));
  const x = a.tensor("x"), line = v.rankOf(x) === 1 && v.rankOf(y) > 1;
  const [left, right] = neighbours(g, x, line ? 0 : wrapDim(a.fixed("dim"), v.rankOf(x))),
    gaps = m.sub(right, left);
  const steps = line ? g.remap(gaps, sums.type.shape, (axes) => [axes[dim]!]) : gaps;
  return halved(g, sums, steps);
}

function halved(g: GraphBuilder, sums: Value, steps: Mixed): Value {
  const [x, by] = promotedFloat(g, sums, steps), m = calc(g);
  return m.div(m.mul(x!, by!), 2);
}

function trapezoid(schema: string, running: boolean): AtenOp {
  return op(schema, (g, a) => {
    const dim = wrapDim(a.fixed("dim"), v.rankOf(a.tensor("y"))), areas = trapezoids(g, a, dim);
    return running ? scan(g, "sum", areas, dim) : sum(g, areas, { dims: [dim] });
  });
}

/** Central differences inside, one-sided at the ends, along every dim asked for; spacing is one number, or one a dim. */
function gradient(g: GraphBuilder, a: Args): Value[] {
  const x = toFloat(g, a.tensor("self")), order = a.fixed("edge_order");
  const asked = a.schema.args.find((arg) => arg.name === "dim")?.type === "int[]"
    ? a.fixeds("dim")
    : a.fixedOrNone("dim");
  const dims = asked === undefined ? everyDim(x) : [asked].flat().map((dim) => wrapDim(dim, v.rankOf(x)));
  const spacing = a.schema.args.find((arg) => arg.name === "spacing")?.type;
  const steps = spacing === "Scalar[]"
    ? a.floats("spacing")
    : [spacing && a.scalarOrNone("spacing") ? a.float("spacing") : 1];
  return dims.map((dim, n) => gradientAlong(g, x, dim, steps[n] ?? steps[0]!, order));
}

function gradientAlong(g: GraphBuilder, x: Value, dim: number, step: number, order: number): Value {
  const m = calc(g),
    size = x.type.shape[dim]!,
    at = (n: number) => v.narrow(g, x, dim, n < 0 ? add(size, n) : int(n), int(1));
  const inner = sub(size, 2),
    [low, high] = [v.narrow(g, x, dim, int(0), inner), v.narrow(g, x, dim, int(2), inner)];
  const centre = m.div(m.sub(high, low), 2 * step);
  const side = (p: number, q: number, r: number, sign: number) =>
    order === 1
      ? m.div(m.mul(m.sub(at(q), at(p)), sign), step)
      : m.div(m.mul(m.sub(m.sub(m.mul(at(q), 4), m.mul(at(p), 3)), at(r)), sign), 2 * step);
  return g.concat([side(0, 1, 2, 1), centre, side(-1, -2, -3, -1)], dim);
}

/** Choices of `r` positions in ascending order. */
function choices(n: number, r: number, again: boolean, from = 0): number[][] {
  if (r === 0) return [[]];
  return Array.from({ length: Math.max(n - from, 0) }, (_, k) => from + k)
    .flatMap((first) => choices(n, r - 1, again, again ? first : first + 1).map((rest) => [first, ...rest]));
}

function combinations(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), n = asInt(x.type.shape[0]!), r = a.fixed("r");
  if (n === undefined) return unsupported(a.schema.target, "a dynamic number of elements");
  const rows = choices(n, r, a.bool("with_replacement"));
  if (rows.length === 0) {
    return v.expand(g, asTensor(g, { kind: "int", expr: int(0) }, x.type.dtype), [int(0), int(r)]);
  }
  const picked = rows.flat().map((k) => v.narrow(g, x, 0, int(k), int(1)));
  return v.reshape(g, g.concat(picked, 0), [int(rows.length), int(r)]);
}

/** Rows of this family. */
export const searchOps: readonly AtenOp[] = [
  op(
    "bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    (g, a) => bucketize(g, a.tensor("self"), a.tensor("boundaries"), a.bool("right"), a),
  ),
  op(
    "bucketize.Scalar(Scalar self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    (g, a) => bucketize(g, a.scalar("self"), a.tensor("boundaries"), a.bool("right"), a),
  ),
  op(
    "searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor",
    searchSorted,
  ),
  op(
    "searchsorted.Scalar(Tensor sorted_sequence, Scalar self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor",
    searchSorted,
  ),
  op("one_hot(Tensor self, int num_classes=-1) -> Tensor", oneHot),
  op("histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0) -> Tensor", histc),
  op("diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor", diff),
  trapezoid("trapezoid.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor", false),
  trapezoid("trapezoid.dx(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor", false),
  trapezoid("cumulative_trapezoid.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor", true),
  trapezoid("cumulative_trapezoid.dx(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor", true),
  ...[
    "gradient.scalarint(Tensor self, *, Scalar? spacing=None, int? dim=None, int edge_order=1) -> Tensor[]",
    "gradient.scalararray(Tensor self, *, Scalar spacing, int[] dim, int edge_order=1) -> Tensor[]",
    "gradient.array(Tensor self, *, int[] dim, int edge_order=1) -> Tensor[]",
    "gradient.scalarrayint(Tensor self, *, Scalar[] spacing, int? dim=None, int edge_order=1) -> Tensor[]",
    "gradient.scalarrayarray(Tensor self, *, Scalar[] spacing, int[] dim, int edge_order=1) -> Tensor[]",
  ]
    .map((schema) => op(schema, gradient)),
  op("combinations(Tensor self, int r=2, bool with_replacement=False) -> Tensor", combinations),
];
