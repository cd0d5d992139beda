/**
 * Backward formulas of reductions over groups of different lengths: embedding_bag, segment_reduce.
 *
 * @module
 */
import { type Expr, isInt, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, numOf } from "../calc.ts";
import { fold } from "../fold.ts";
import { isTensor, sizeAs } from "../numeric.ts";
import { counting, search } from "../positions.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { offsetsOf } from "./bags.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

const zeros = (g: GraphBuilder, like: Value, shape: readonly Expr[]) =>
  v.expand(g, g.constant(numOf(0, like.type.dtype), like.type.dtype), shape);

/** Rows of a matrix, by number. */
function rowsOf(g: GraphBuilder, x: Value, index: Value): Value {
  const shape = [index.type.shape[0]!, ...x.type.shape.slice(1)];
  const value = g.remap(index, shape, ([i]) => [i!]),
    operands = [{ value, size: x.type.shape[0]!, wrap: false }];
  return g.lookup(x, shape, operands, (axes, [k]) => [k!, ...axes.slice(1)]);
}

/** The bag that each index is in: given, or found where the export left it out. */
function bagsOf(g: GraphBuilder, a: Args, index: Value): Value {
  const given = a.tensor("offset2bag");
  if (!isInt(given.type.shape[0]!, 0)) return g.cast(given, "i64");
  const has = a.schema.args.some((arg) => arg.name === "offsets");
  if (!has) {
    return isInt(index.type.shape[0]!, 0)
      ? g.cast(given, "i64")
      : unsupported(a.schema.target, "no offset2bag");
  }
  const offsets = g.cast(a.tensor("offsets"), "i64");
  return calc(g).sub(search(g, offsets, counting(g, index.type.shape[0]!), true), 1);
}

/** Every index's row gets the gradient of its bag, a bag's maximum the gradient of its column. */
function table(g: GraphBuilder, a: Args): Value {
  const m = calc(g), grad = a.tensor("grad"), rows = a.int("num_weights"), width = grad.type.shape[1]!;
  if (a.schema.args.some((arg) => arg.name === "sparse") && a.bool("sparse")) {
    unsupported(a.schema.target, "sparse gradients");
  }
  const into = zeros(g, grad, [rows, width]), index = g.cast(a.tensor("indices"), "i64");
  const sizes = g.cast(a.tensor("bag_size"), "i64"),
    operand = (value: Value) => ({ value, size: rows, wrap: false });
  if (a.fixed("mode") === 2) {
    const best = g.cast(a.tensor("maximum_indices"), "i64"), filled = m.gt(v.unsqueeze(g, sizes, 1), 0);
    const at = operand(m.where(filled, best, 0));
    return g.scatter(into, m.where(filled, grad, 0), [at], "add", ([, j], [k]) => [k!, j!]);
  }
  const bags = bagsOf(g, a, index), line = (x: Value) => v.unsqueeze(g, g.cast(x, grad.type.dtype), 1);
  const scale = a.tensorOrNone("per_sample_weights"), padding = a.fixed("padding_idx");
  let terms = rowsOf(g, grad, bags);
  if (a.fixed("mode") === 1) terms = m.div(terms, line(m.max(rowsOf(g, sizes, bags), 1)));
  if (scale) terms = m.mul(terms, line(scale));
  if (a.bool("scale_grad_by_freq")) {
    const ones = v.expand(g, g.constant(1n, "i64"), index.type.shape);
    const counts = g.scatter(zeros(g, ones, [rows]), ones, [operand(index)], "add", (_, [k]) => [k!]);
    terms = m.div(terms, line(rowsOf(g, counts, index)));
  }
  const kept = padding >= 0 ? m.where(v.unsqueeze(g, m.eq(index, padding), 1), 0, terms) : terms;
  const spread = operand(g.remap(index, kept.type.shape, ([i]) => [i!]));
  return g.scatter(into, kept, [spread], "add", ([, j], [k]) => [k!, j!]);
}

/** The product of each index's row with its bag's gradient. */
function scales(g: GraphBuilder, a: Args): Value {
  const m = calc(g), index = g.cast(a.tensor("indices"), "i64"), padding = a.fixed("padding_idx");
  const given = rowsOf(g, a.tensor("grad"), bagsOf(g, a, index)), row = rowsOf(g, a.tensor("weight"), index);
  const dots = fold(g, "sum", m.mul(given, row), { dims: [1] });
  return padding >= 0 ? m.where(m.eq(index, padding), 0, dots) : dots;
}

/** Elements of segments, each with what belongs to its segment: along dim `dim`, behind dims that have their own bounds. */
interface Segments {
  readonly dim: number;
  readonly bounds: Value;
  /** A tensor of the segments, element by element; zero outside all of them. */
  readonly spread: (x: Value) => Value;
  /** A tensor of the elements, reduced. */
  readonly reduce: (x: Value, fn: "sum" | "prod") => Value;
}

function segmentsOf(g: GraphBuilder, a: Args): Segments {
  const m = calc(g), { shape } = a.tensor("data").type, dim = wrapDim(a.fixed("axis"), shape.length);
  const lengths = a.tensorOrNone("lengths"), offsets = a.tensorOrNone("offsets");
  if (!lengths && !offsets) return unsupported(a.schema.target, "neither lengths nor offsets are given");
  const bounds = g.cast(offsets ?? offsetsOf(g, lengths!), "i64"), count = sub(bounds.type.shape.at(-1)!, 1);
  const lines = shape.slice(0, dim + 1), places = g.iota(lines, (axes) => axes[dim]!);
  const own = m.sub(search(g, bounds, places, true), 1);
  const inside = m.and(m.ge(own, 0), m.lt(own, sizeAs(g, count, "i64"))), at = m.where(inside, own, 0);
  const wide = (x: Value) => g.remap(x, shape, (axes) => axes.slice(0, dim + 1));
  const spread = (x: Value) => {
    const operands = [{ value: wide(at), size: count, wrap: false }];
    return m.where(wide(inside), g.lookup(x, shape, operands, (axes, [k]) => axes.with(dim, k!)), 0);
  };
  const reduce = (x: Value, fn: "sum" | "prod") => {
    const attrs = { fn, dim, start: fn === "sum" ? 0 : 1, started: false };
    return g.routine(
      "segments",
      [x, bounds],
      [{ dtype: x.type.dtype, shape: shape.with(dim, count) }],
      attrs,
    )[0]!;
  };
  return { dim, bounds, spread, reduce };
}

/** Sums and means share, extrema give to all that are as large, products to each the product of the others. */
function segments(g: GraphBuilder, a: Args): Value {
  const m = calc(g), x = a.tensor("data"), { dtype } = x.type, s = segmentsOf(g, a), fn = a.string("reduce");
  const grad = s.spread(a.tensor("grad")), ones = v.expand(g, g.constant(1, dtype), x.type.shape);
  if (fn === "sum") return grad;
  if (fn === "mean") return m.div(grad, m.max(s.spread(s.reduce(ones, "sum")), 1));
  const out = s.spread(a.tensor("output"));
  if (fn === "max" || fn === "min") {
    const best = g.cast(m.or(m.isnan(x), m.eq(x, out)), dtype), many = s.spread(s.reduce(best, "sum"));
    return m.mul(best, m.div(grad, m.max(many, 1)));
  }
  if (fn !== "prod") return unsupported(a.schema.target, `reduce "${fn}"`);
  const isZero = m.eq(x, 0), isNan = m.isnan(x), odd = m.or(isZero, isNan);
  /** How many of the others of its segment are such, for each element. */
  const others = (such: Value) => m.sub(s.spread(s.reduce(g.cast(such, dtype), "sum")), g.cast(such, dtype));
  const initial = a.scalarOrNone("initial"), first = initial && !isTensor(initial) ? a.float("initial") : 1;
  const plain = m.mul(s.spread(s.reduce(m.where(odd, 1, x), "prod")), first);
  const without = m.where(m.gt(others(isNan), 0), NaN, m.where(m.gt(others(isZero), 0), 0, plain));
  const at = m.where(odd, without, m.div(out, m.where(odd, 1, x)));
  return m.mul(grad, at);
}

const bag =
  "Tensor offset2bag, Tensor bag_size, Tensor maximum_indices, SymInt num_weights, bool scale_grad_by_freq, int mode";

/** Rows of this family. */
export const bagGradientOps: readonly AtenOp[] = [
  op(
    `_embedding_bag_backward(Tensor grad, Tensor indices, Tensor offsets, ${bag}, bool sparse, Tensor? per_sample_weights, int padding_idx=-1) -> Tensor`,
    table,
  ),
  op(
    `_embedding_bag_dense_backward(Tensor grad, Tensor indices, ${bag}, Tensor? per_sample_weights, int padding_idx=-1) -> Tensor`,
    table,
  ),
  op(
    "_embedding_bag_per_sample_weights_backward(Tensor grad, Tensor weight, Tensor indices, Tensor offsets, Tensor offset2bag, int mode, int padding_idx=-1) -> Tensor",
    scales,
  ),
  op(
    "_segment_reduce_backward(Tensor grad, Tensor output, Tensor data, str reduce, *, Tensor? lengths=None, Tensor? offsets=None, int axis=0, Scalar? initial=None) -> Tensor",
    segments,
  ),
];
