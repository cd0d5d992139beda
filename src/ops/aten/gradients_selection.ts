/**
 * Backward formulas of selections, scans, distances and the like.
 *
 * @module
 */
import {
  add,
  and,
  asInt,
  eq,
  type Expr,
  floorDiv,
  ge,
  int,
  isInt,
  lt,
  max,
  min,
  mul,
  or,
  sub,
} from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { type Calc, calc, numOf } from "../calc.ts";
import { fold } from "../fold.ts";
import { alongDim, scatter } from "../indexing.ts";
import { inWide } from "../numeric.ts";
import { numel, wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { scan } from "./scans.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

function zeros(g: GraphBuilder, like: Value, shape: readonly Expr[]): Value {
  return v.expand(g, g.constant(numOf(0, like.type.dtype), like.type.dtype), shape);
}

/** Zeros with the gradient where a reduction took its value. */
function selected(g: GraphBuilder, a: Args): Value {
  const sizes = a.ints("sizes"), grad = a.tensor("grad"), index = a.tensor("indices");
  if (sizes.length === 0) return grad;
  const dim = wrapDim(a.fixed("dim"), sizes.length), kept = a.bool("keepdim");
  const [y, at] = [grad, index].map((x) => kept ? x : v.unsqueeze(g, x, dim)) as [Value, Value];
  return scatter(g, zeros(g, grad, sizes), dim, at, y, "set");
}

/** Every position of a running extremum gives its gradient to where the extremum lay. */
function running(g: GraphBuilder, a: Args): Value {
  const grad = a.tensor("grad"), x = a.tensor("input");
  if (v.rankOf(x) === 0) return grad;
  const dim = wrapDim(a.fixed("dim"), v.rankOf(x));
  return inWide(
    g,
    [grad],
    (y) => scatter(g, zeros(g, y!, x.type.shape), dim, a.tensor("indices"), y!, "add"),
  );
}

/** Sums from each position to the end. */
function fromHere(g: GraphBuilder, x: Value, dim: number): Value {
  return v.flip(g, scan(g, "sum", v.flip(g, x, [dim]), dim), [dim]);
}

/**
 * `out[k] = x[0] ... x[k]`. Before the first zero the gradient is `Σ_k≥i grad[k] out[k] / x[i]`; at that zero the product goes
 * on without it up to the next one; behind it nothing is left.
 */
function products(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("input"), m = calc(g);
  if (v.rankOf(x) === 0) return a.tensor("grad");
  const dim = wrapDim(a.fixed("dim"), v.rankOf(x));
  return inWide(g, [a.tensor("grad"), x, a.tensor("output")], (grad, wide, out) => {
    const { dtype } = wide!.type, isZero = m.eq(wide!, 0), seen = scan(g, "sum", g.cast(isZero, "i64"), dim);
    const first = m.and(isZero, m.eq(seen, 1)), plain = m.where(isZero, 1, wide!);
    const before = m.div(fromHere(g, m.mul(grad!, out!), dim), plain);
    const skipped = scan(g, "prod", m.where(first, g.constant(1, dtype), wide!), dim);
    const at = fromHere(g, m.where(m.eq(seen, 1), m.mul(grad!, skipped), 0), dim);
    return m.where(m.eq(seen, 0), before, m.where(first, at, 0));
  });
}

function indexSelected(g: GraphBuilder, a: Args): Value {
  const grad = a.tensor("grad"), sizes = a.ints("self_sizes");
  if (sizes.length === 0) return fold(g, "sum", grad, { dims: v.rankOf(grad) === 0 ? [] : [0] });
  const dim = wrapDim(a.fixed("dim"), sizes.length);
  return inWide(g, [grad], (y) => {
    const at = alongDim(g, a.tensor("index"), y!, dim);
    return scatter(g, zeros(g, y!, sizes), dim, at, y!, "add");
  });
}

/** The gradient at the n-th true element of the mask is the n-th of `source`. */
function atMask(g: GraphBuilder, source: Value, mask: Value, like: readonly Expr[]): Value {
  const m = calc(g), truth = v.flattenDims(g, v.expand(g, g.cast(mask, "bool"), like));
  const place = m.sub(scan(g, "sum", g.cast(truth, "i64"), 0), 1), flat = v.flattenDims(g, source);
  if (isInt(flat.type.shape[0]!, 0)) return zeros(g, source, like);
  const operands = [{ value: m.where(truth, place, 0), size: flat.type.shape[0]!, wrap: false }];
  const taken = g.lookup(flat, truth.type.shape, operands, (_, [k]) => [k!]);
  return v.reshape(g, m.where(truth, taken, 0), like);
}

/** The true elements in order, zeros behind them: what `masked_scatter`'s source had. */
function scattered(g: GraphBuilder, a: Args): Value {
  const m = calc(g), grad = a.tensor("grad_output"), sizes = a.ints("sizes"), count = numel(sizes);
  const truth = v.flattenDims(g, v.expand(g, g.cast(a.tensor("mask"), "bool"), grad.type.shape));
  const place = m.sub(scan(g, "sum", g.cast(truth, "i64"), 0), 1), flat = v.flattenDims(g, grad);
  const into = zeros(g, grad, [add(count, 1)]),
    operands = [{
      value: m.where(truth, place, g.iota([], () => count)),
      size: add(count, 1),
      wrap: false,
    }];
  const out = g.scatter(into, m.where(truth, flat, 0), operands, "add", (_, [k]) => [k!]);
  return v.reshape(g, v.narrow(g, out, 0, int(0), count), sizes);
}

/** The slope of a distance by one of its gaps, without the gradient: `sign |gap|^(p-1) / dist^(p-1)`. */
function slope(m: Calc, gap: Value, dist: Value, p: number): Value {
  const size = m.abs(gap), none = m.eq(dist, 0), safe = m.where(none, 1, dist);
  if (p === 0) return m.mul(gap, 0);
  if (p === 1) return m.sign(gap);
  if (p === Infinity) return m.where(m.eq(size, dist), m.sign(gap), 0);
  if (p === 2) return m.where(none, 0, m.div(gap, safe));
  const flat = p < 1 ? m.or(none, m.eq(gap, 0)) : none;
  const ratio = m.pow(m.div(m.where(flat, 1, size), safe), p - 1);
  return m.where(flat, 0, m.mul(m.sign(gap), ratio));
}

/** Gradients of the rows of `x1` [b, p, n] for distances [b, p, r] to those of `x2` [b, r, n]. */
function cdist(g: GraphBuilder, a: Args): Value {
  const m = calc(g), x = a.tensor("x1"), y = a.tensor("x2"), dist = a.tensor("cdist");
  const gap = m.sub(v.unsqueeze(g, x, -2), v.unsqueeze(g, y, -3));
  const by = m.mul(
    v.unsqueeze(g, a.tensor("grad"), -1),
    slope(m, gap, v.unsqueeze(g, dist, -1), a.float("p")),
  );
  return fold(g, "sum", by, { dims: [v.rankOf(by) - 2] });
}

/** Each pair of rows once, in the order of `pdist`; both rows get its gradient. */
function pdist(g: GraphBuilder, a: Args): Value {
  const m = calc(g), x = a.tensor("self"), rows = x.type.shape[0]!, square = [rows, rows];
  if ((asInt(rows) ?? 2) < 2) return zeros(g, x, x.type.shape);
  /** Of a list of pairs, as a matrix with zeros on the diagonal. */
  const matrix = (pairs: Value) =>
    g.remap(pairs, square, ([i, j]) => {
      const low = min(i!, j!), high = max(i!, j!);
      const before = floorDiv(mul(low, sub(sub(mul(2, rows), low), 1)), 2);
      return [add(before, sub(sub(high, low), 1))];
    }, { valid: ([i, j]) => or(lt(i!, j!), lt(j!, i!)), fill: 0 });
  const [grad, dist] = [a.tensor("grad"), a.tensor("pdist")].map((t) => v.unsqueeze(g, matrix(t), -1));
  const gap = m.sub(v.unsqueeze(g, x, 1), v.unsqueeze(g, x, 0));
  return fold(g, "sum", m.mul(grad!, slope(m, gap, dist!, a.float("p"))), { dims: [1] });
}

/** Rows of this family. */
export const selectionGradientOps: readonly AtenOp[] = [
  op(
    "value_selecting_reduction_backward(Tensor grad, int dim, Tensor indices, SymInt[] sizes, bool keepdim) -> Tensor",
    selected,
  ),
  op("cummaxmin_backward(Tensor grad, Tensor input, Tensor indices, int dim) -> Tensor", running),
  op("cumprod_backward(Tensor grad, Tensor input, int dim, Tensor output) -> Tensor", products),
  op(
    "index_select_backward(Tensor grad, SymInt[] self_sizes, int dim, Tensor index) -> Tensor",
    indexSelected,
  ),
  op(
    "masked_select_backward(Tensor grad, Tensor input, Tensor mask) -> Tensor",
    (g, a) => atMask(g, a.tensor("grad"), a.tensor("mask"), a.tensor("input").type.shape),
  ),
  op("masked_scatter_backward(Tensor grad_output, Tensor mask, SymInt[] sizes) -> Tensor", scattered),
  op("trace_backward(Tensor grad, SymInt[] sizes) -> Tensor", (g, a) => {
    const grad = a.tensor("grad"), sizes = a.ints("sizes");
    const valid = (axes: readonly Expr[]) => eq(axes[0]!, axes[1]!);
    return g.remap(grad, sizes, () => [], { valid, fill: numOf(0, grad.type.dtype) });
  }),
  op(
    "diagonal_backward(Tensor grad_output, SymInt[] input_sizes, int offset, int dim1, int dim2) -> Tensor",
    (g, a) => {
      const grad = a.tensor("grad_output"), shape = a.ints("input_sizes"), rank = shape.length;
      const [p, q] = [wrapDim(a.fixed("dim1"), rank), wrapDim(a.fixed("dim2"), rank)], by = a.fixed("offset");
      const rest = shape.map((_, n) => n).filter((n) => n !== p && n !== q);
      const [down, right] = [Math.max(-by, 0), Math.max(by, 0)];
      return g.remap(grad, shape, (axes) => [...rest.map((n) => axes[n]!), sub(axes[p]!, down)], {
        valid: (axes) => and(eq(sub(axes[p]!, down), sub(axes[q]!, right)), ge(sub(axes[p]!, down), 0)),
        fill: numOf(0, grad.type.dtype),
      });
    },
  ),
  op("_cdist_backward(Tensor grad, Tensor x1, Tensor x2, float p, Tensor cdist) -> Tensor", cdist),
  op("_pdist_backward(Tensor grad, Tensor self, float p, Tensor pdist) -> Tensor", pdist),
];
