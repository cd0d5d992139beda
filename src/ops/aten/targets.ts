/**
 * Losses against classes: negative log-likelihood, cross entropy, margins between classes.
 *
 * @module
 */
import { isFloat } from "../../base/mod.ts";
import { asInt, type Expr, int } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { everyDim, fold, logSoftmax, mean, sum } from "../fold.ts";
import { sizeAs } from "../numeric.ts";
import * as v from "../views.ts";
import { reduced } from "./losses.ts";
import { unsupported } from "./refuse.ts";
import { scan } from "./scans.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Terms and the weights they count with: `-weight[t] * x[t]`, nothing where `t` is ignored. */
function nllTerms(g: GraphBuilder, x: Value, target: Value, weight: Value | undefined, ignore: number) {
  const m = calc(g), rank = v.rankOf(x), dim = rank === 1 ? 0 : 1;
  const classes = x.type.shape[dim]!, used = m.ne(target, ignore), at = m.where(used, target, 0);
  const shape = target.type.shape, operands = [{ value: at, size: classes, wrap: false }];
  const picked = g.lookup(x, shape, operands, (axes, [k]) => rank === 1 ? [k!] : axes.toSpliced(1, 0, k!));
  const weights = weight
    ? g.lookup(weight, shape, operands, (_, [k]) => [k!])
    : v.expand(g, g.constant(1, x.type.dtype), shape);
  const counted = m.where(used, weights, 0);
  return { terms: m.where(used, m.neg(m.mul(picked, weights)), 0), counted };
}

/** Negative log-likelihood: the mean is weighted. Also the total weight. */
function nll(g: GraphBuilder, x: Value, a: Args, reduction = a.fixed("reduction")): readonly [Value, Value] {
  const m = calc(g),
    { terms, counted } = nllTerms(
      g,
      x,
      a.tensor("target"),
      a.tensorOrNone("weight"),
      a.fixed("ignore_index"),
    );
  const over = { dims: everyDim(terms) };
  if (reduction === 0) return [terms, g.constant(0, x.type.dtype)];
  const total = sum(g, counted, over), all = sum(g, terms, over);
  return [reduction === 1 ? m.div(all, total) : all, total];
}

/** Log-softmax and negative log-likelihood, or the product with given probabilities. */
function crossEntropy(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"),
    target = a.tensor("target"),
    dim = v.rankOf(x) === 1 ? 0 : 1,
    smooth = a.float("label_smoothing");
  const logs = logSoftmax(g, x, dim);
  if (isFloat(target.type.dtype)) return softTargets(g, logs, target, dim, a);
  const [plain] = nll(g, logs, a);
  if (smooth === 0) return plain;
  const m = calc(g), spread = smoothTerms(g, logs, dim, a), classes = asInt(x.type.shape[dim]!);
  if (classes === undefined) {
    return unsupported(a.schema.target, "label_smoothing with a dynamic number of classes");
  }
  return m.add(m.mul(plain, 1 - smooth), m.mul(spread, smooth / classes));
}

/** `-sum(weight * logs)` over the classes, where the target is not ignored; reduced like the loss itself. */
function smoothTerms(g: GraphBuilder, logs: Value, dim: number, a: Args): Value {
  const m = calc(g),
    weight = a.tensorOrNone("weight"),
    target = a.tensor("target"),
    mode = a.fixed("reduction");
  const sums = m.neg(
    fold(g, "sum", weight ? m.mul(logs, besides(g, weight, logs, dim)) : logs, { dims: [dim] }),
  );
  const terms = m.where(m.ne(target, a.fixed("ignore_index")), sums, 0), over = { dims: everyDim(terms) };
  if (mode === 0) return terms;
  const all = sum(g, terms, over);
  return mode === 2 ? all : m.div(all, nll(g, logs, a)[1]);
}

/** A vector of classes beside the dim that holds them. */
function besides(g: GraphBuilder, weight: Value, like: Value, dim: number): Value {
  return g.remap(weight, like.type.shape, (axes) => [axes[dim]!]);
}

function softTargets(g: GraphBuilder, logs: Value, target: Value, dim: number, a: Args): Value {
  const m = calc(g), weight = a.tensorOrNone("weight"), smooth = a.float("label_smoothing");
  const classes = asInt(logs.type.shape[dim]!) ?? 1,
    share = m.add(m.mul(target, 1 - smooth), smooth / classes);
  const weighted = m.mul(logs, smooth === 0 ? target : share);
  const terms = m.neg(
    fold(g, "sum", weight ? m.mul(weighted, besides(g, weight, logs, dim)) : weighted, { dims: [dim] }),
  );
  const mode = a.fixed("reduction");
  if (mode === 0) return terms;
  const all = sum(g, terms, { dims: everyDim(terms) });
  if (mode === 2) return all;
  return v.rankOf(terms) === 0 ? all : mean(g, terms, { dims: everyDim(terms) });
}

/** `max(0, margin - x[t] + x[i])^p` over the other classes, as a mean. */
function multiMargin(g: GraphBuilder, a: Args): Value {
  const given = a.tensor("self"), m = calc(g), single = v.rankOf(given) < 2;
  const x = single ? v.reshape(g, given, [int(1), int(-1)]) : given, classes = x.type.shape[1]!;
  const target = v.reshape(g, a.tensor("target"), [x.type.shape[0]!]), weight = a.tensorOrNone("weight");
  const operands = [{ value: target, size: classes, wrap: false }];
  const own = v.unsqueeze(g, g.lookup(x, target.type.shape, operands, (axes, [k]) => [axes[0]!, k!]), 1);
  const over = m.max(m.add(m.sub(x, own), a.float("margin")), 0),
    powered = a.float("p") === 2 ? m.mul(over, over) : over;
  const scaled = weight
    ? m.mul(powered, v.unsqueeze(g, g.lookup(weight, target.type.shape, operands, (_, [k]) => [k!]), 1))
    : powered;
  const others = m.ne(g.iota(x.type.shape, (axes) => axes[1]!), v.unsqueeze(g, target, 1));
  const terms = mean(g, m.where(others, scaled, 0), { dims: [1] });
  return reduced(g, single ? v.reshape(g, terms, []) : terms, a);
}

/** Where the target lists a class, up to its first -1; which class each place lists, and how often each is listed. */
export function listing(g: GraphBuilder, target: Value, classes: Expr) {
  const m = calc(g), listed = g.cast(scan(g, "min", g.cast(m.ge(target, 0), "i64"), 1), "bool");
  const at = m.where(listed, target, 0), pairs = [target.type.shape[0]!, target.type.shape[1]!, classes];
  const same = m.and(
    v.unsqueeze(g, listed, 2),
    m.eq(v.unsqueeze(g, at, 2), g.iota(pairs, (axes) => axes[2]!)),
  );
  const times = fold(g, "sum", g.cast(same, "i64"), { dims: [1] });
  return { listed, at, times, isTarget: m.gt(times, 0) };
}

/** `max(0, 1 - x[t] + x[i])` over listed classes `t` (up to the first -1) and the others `i`, by the number of classes. */
function multilabelMargin(g: GraphBuilder, a: Args): Value {
  const given = a.tensor("self"), m = calc(g), single = v.rankOf(given) < 2, dtype = given.type.dtype;
  const rows = (x: Value) => single ? v.reshape(g, x, [int(1), int(-1)]) : x;
  const x = rows(given), target = rows(a.tensor("target")), classes = x.type.shape[1];
  const { listed, at, isTarget } = listing(g, target, classes!);
  const operands = [{ value: at, size: classes!, wrap: false }];
  const own = v.unsqueeze(g, g.lookup(x, at.type.shape, operands, (axes, [k]) => [axes[0]!, k!]), 2);
  const meant = v.unsqueeze(g, listed, 2), others = v.unsqueeze(g, m.not(isTarget), 1);
  const gaps = m.max(m.add(m.sub(v.unsqueeze(g, x, 1), own), 1), 0);
  const sums = fold(g, "sum", m.where(m.and(meant, others), gaps, 0), { dims: [1, 2] });
  const terms = m.div(sums, sizeAs(g, classes!, dtype));
  return reduced(g, single ? v.reshape(g, terms, []) : terms, a);
}

/** The loss, and ones at the classes that count as the target's. */
function multilabelForward(g: GraphBuilder, a: Args): readonly Value[] {
  const x = a.tensor("self"), target = a.tensor("target"), single = v.rankOf(x) < 2;
  const rows = single ? v.reshape(g, target, [int(1), int(-1)]) : target;
  const { isTarget } = listing(g, rows, rows.type.shape[1]!);
  return [multilabelMargin(g, a), g.cast(v.reshape(g, isTarget, target.type.shape), x.type.dtype)];
}

/** Rows of this family. */
export const targetOps: readonly AtenOp[] = [
  ...[
    "nll_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean, SymInt ignore_index=-100) -> Tensor",
    "nll_loss_nd(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean, SymInt ignore_index=-100) -> Tensor",
    "nll_loss2d(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean, SymInt ignore_index=-100) -> Tensor",
  ].map((schema) => op(schema, (g, a) => nll(g, a.tensor("self"), a)[0])),
  ...[
    "nll_loss_forward(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index) -> (Tensor output, Tensor total_weight)",
    "nll_loss2d_forward(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index) -> (Tensor output, Tensor total_weight)",
  ].map((schema) => op(schema, (g, a) => nll(g, a.tensor("self"), a))),
  op(
    "cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean, SymInt ignore_index=-100, float label_smoothing=0.0) -> Tensor",
    crossEntropy,
  ),
  op(
    "multi_margin_loss(Tensor self, Tensor target, Scalar p=1, Scalar margin=1, Tensor? weight=None, int reduction=Mean) -> Tensor",
    multiMargin,
  ),
  op(
    "multilabel_margin_loss_forward(Tensor self, Tensor target, int reduction) -> (Tensor output, Tensor is_target)",
    multilabelForward,
  ),
  op("multilabel_margin_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor", multilabelMargin),
];
