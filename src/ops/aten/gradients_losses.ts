/**
 * Backward formulas of losses. With `reduction` 1 (mean) every term has its share of one gradient.
 *
 * @module
 */
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { type Calc, calc } from "../calc.ts";
import { fold } from "../fold.ts";
import { inWide, sizeAs } from "../numeric.ts";
import { numel } from "../shapes.ts";
import * as v from "../views.ts";
import { op } from "./schema.ts";
import { listing } from "./targets.ts";
import type { Args, AtenOp } from "./types.ts";

/** Divided by the number of terms where the loss was their mean. */
function shared(g: GraphBuilder, a: Args, grad: Value, like: Value): Value {
  if (a.fixed("reduction") !== 1) return grad;
  return calc(g).div(grad, sizeAs(g, numel(like.type.shape), grad.type.dtype));
}

/** A term for every element: its gradient by the input. */
function elementwise(
  schema: string,
  body: (m: Calc, grad: Value, x: Value, y: Value, a: Args) => Value,
): AtenOp {
  return op(schema, (g, a) => {
    const tensors = [a.tensor("grad_output"), a.tensor("self"), a.tensor("target")];
    return inWide(g, tensors, (grad, x, y) => shared(g, a, body(calc(g), grad!, x!, y!, a), x!));
  });
}

function smoothL1(m: Calc, grad: Value, x: Value, y: Value, a: Args): Value {
  const gap = m.sub(x, y), beta = a.float("beta"), line = m.mul(grad, m.sign(gap));
  return beta === 0 ? line : m.where(m.lt(m.abs(gap), beta), m.div(m.mul(grad, gap), beta), line);
}

function huber(m: Calc, grad: Value, x: Value, y: Value, a: Args): Value {
  const gap = m.sub(x, y), delta = a.float("delta");
  return m.mul(grad, m.max(m.min(gap, delta), -delta));
}

function crossEntropy(g: GraphBuilder, a: Args): Value {
  const tensors = [a.tensor("grad_output"), a.tensor("self"), a.tensor("target")];
  return inWide(g, tensors, (grad, x, y) => {
    const m = calc(g), weight = a.tensorOrNone("weight");
    const slope = m.div(m.mul(grad!, m.sub(x!, y!)), m.max(m.mul(m.sub(1, x!), x!), 1e-12));
    return shared(g, a, weight ? m.mul(slope, g.cast(weight, x!.type.dtype)) : slope, x!);
  });
}

/** `-weight[t]` at the class of each sample that counts. */
function nll(g: GraphBuilder, a: Args): Value {
  const { type } = a.tensor("self"), dim = type.shape.length < 2 ? 0 : 1, target = a.tensor("target");
  const m = calc(g), ignored = a.fixed("ignore_index"), at = v.unsqueeze(g, target, dim);
  return inWide(g, [a.tensor("grad_output"), a.tensor("total_weight")], (given, total) => {
    const grad = a.fixed("reduction") === 1 ? m.div(given!, total!) : given!;
    const each = v.rankOf(grad) > 0 && type.shape.length > 1 ? v.unsqueeze(g, grad, dim) : grad;
    const own = m.eq(g.iota(type.shape, (axes) => axes[dim]!), at), weight = a.tensorOrNone("weight");
    const weights = weight && g.remap(g.cast(weight, grad.type.dtype), type.shape, (axes) => [axes[dim]!]);
    const slope = m.neg(weights ? m.mul(each, weights) : each);
    return m.where(m.and(own, m.ne(at, ignored)), slope, 0);
  });
}

/** Samples as rows of a matrix, as the losses between classes take them. */
function rows(g: GraphBuilder, x: Value): Value {
  return v.rankOf(x) < 2 ? v.unsqueeze(g, v.rankOf(x) === 0 ? v.unsqueeze(g, x, 0) : x, 0) : x;
}

/** The gradient of each sample's loss, by the number of classes. */
function perSample(g: GraphBuilder, a: Args, x: Value): Value {
  const m = calc(g), grad = a.tensor("grad_output"), [samples, classes] = x.type.shape, { dtype } = x.type;
  const mean = a.fixed("reduction") === 1 ? m.div(grad, sizeAs(g, samples!, dtype)) : grad;
  const each = v.rankOf(mean) > 0 ? v.unsqueeze(g, mean, -1) : mean;
  return m.div(each, sizeAs(g, classes!, dtype));
}

function multiMargin(g: GraphBuilder, a: Args): Value {
  const m = calc(g), given = a.tensor("self"), x = rows(g, given), classes = x.type.shape[1]!;
  const target = v.reshape(g, a.tensor("target"), [x.type.shape[0]!]), weight = a.tensorOrNone("weight");
  const operands = [{ value: target, size: classes, wrap: false }];
  const own = v.unsqueeze(g, g.lookup(x, target.type.shape, operands, (axes, [k]) => [axes[0]!, k!]), 1);
  const over = m.add(m.sub(x, own), a.float("margin")),
    slope = a.float("p") === 1 ? m.add(m.mul(over, 0), 1) : m.mul(over, 2);
  const scaled = m.mul(slope, perSample(g, a, x));
  const counted = weight
    ? m.mul(scaled, v.unsqueeze(g, g.lookup(weight, target.type.shape, operands, (_, [k]) => [k!]), 1))
    : scaled;
  const isOwn = m.eq(g.iota(x.type.shape, (axes) => axes[1]!), v.unsqueeze(g, target, 1));
  const others = m.where(m.or(isOwn, m.le(over, 0)), 0, counted);
  const total = fold(g, "sum", others, { dims: [1], keep: true });
  return v.reshape(g, m.where(isOwn, m.neg(total), others), given.type.shape);
}

/** Every pair of a listed class and another one whose distance is below the margin pushes both, as often as it is listed. */
function multilabelMargin(g: GraphBuilder, a: Args): Value {
  const m = calc(g), given = a.tensor("self"), x = rows(g, given), classes = x.type.shape[1];
  const { times, isTarget } = listing(g, rows(g, a.tensor("target")), classes!);
  const gap = m.add(m.sub(v.unsqueeze(g, x, 1), v.unsqueeze(g, x, 2)), 1);
  const near = m.and(m.not(v.unsqueeze(g, isTarget, 1)), m.gt(gap, 0));
  const hit = m.where(near, g.cast(v.unsqueeze(g, times, 2), x.type.dtype), 0);
  const pushed = m.sub(fold(g, "sum", hit, { dims: [1] }), fold(g, "sum", hit, { dims: [2] }));
  return v.reshape(g, m.mul(pushed, perSample(g, a, x)), given.type.shape);
}

const pair = "(Tensor grad_output, Tensor self, Tensor target, int reduction";
const classes =
  "(Tensor grad_output, Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index, Tensor total_weight)";

/** Rows of this family. */
export const lossGradientOps: readonly AtenOp[] = [
  elementwise(`smooth_l1_loss_backward${pair}, float beta) -> Tensor`, smoothL1),
  elementwise(`huber_loss_backward${pair}, float delta) -> Tensor`, huber),
  elementwise(
    `soft_margin_loss_backward${pair}) -> Tensor`,
    (m, grad, x, y) => m.mul(m.mul(y, grad), m.sub(m.sigmoid(m.mul(y, x)), 1)),
  ),
  op(
    "binary_cross_entropy_backward(Tensor grad_output, Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean) -> Tensor",
    crossEntropy,
  ),
  op(`nll_loss_backward${classes} -> Tensor`, nll),
  op(`nll_loss2d_backward${classes} -> Tensor`, nll),
  op(
    "multi_margin_loss_backward(Tensor grad_output, Tensor self, Tensor target, Scalar p, Scalar margin, Tensor? weight=None, int reduction=Mean) -> Tensor",
    multiMargin,
  ),
  op(
    "multilabel_margin_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction, Tensor is_target) -> Tensor",
    multilabelMargin,
  ),
];
