/**
 * Losses of two tensors: a term for every element, then `reduction` 0 (none), 1 (mean) or 2 (sum).
 *
 * @module
 */
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { type Calc, calc } from "../calc.ts";
import { everyDim, fold, mean, sum, vectorNorm } from "../fold.ts";
import { inWide, promoted, promotedFloat, toFloat } from "../numeric.ts";
import * as v from "../views.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** All terms as one, as `reduction` says. */
export function reduced(g: GraphBuilder, terms: Value, a: Args): Value {
  const mode = a.fixed("reduction"), over = { dims: everyDim(terms) };
  return mode === 0 ? terms : mode === 1 ? mean(g, terms, over) : sum(g, terms, over);
}

/** A loss of two tensors of like shape. */
function pairLoss(
  schema: string,
  body: (m: Calc, x: Value, y: Value, a: Args) => Value,
  names: readonly [string, string] = ["self", "target"],
): AtenOp {
  return op(schema, (g, a) => {
    const [x, y] = promoted(g, a.tensor(names[0]), a.tensor(names[1]));
    return reduced(g, inWide(g, [x!, y!], (p, q) => body(calc(g), p!, q!, a)), a);
  });
}

/** Half a square near zero, a line beyond `beta`. */
function smoothL1(m: Calc, gap: Value, beta: number): Value {
  if (beta === 0) return gap;
  return m.where(m.lt(gap, beta), m.div(m.mul(m.mul(gap, gap), 0.5), beta), m.sub(gap, 0.5 * beta));
}

function huber(m: Calc, gap: Value, delta: number): Value {
  return m.where(m.le(gap, delta), m.mul(m.mul(gap, gap), 0.5), m.mul(m.sub(gap, 0.5 * delta), delta));
}

const gap = (m: Calc, x: Value, y: Value) => m.abs(m.sub(x, y));

/** `-(y log x + (1 - y) log(1 - x))`, logarithms no less than -100. */
function crossEntropyOf(g: GraphBuilder, a: Args): Value {
  const [x, y] = promoted(g, a.tensor("self"), a.tensor("target")),
    m = calc(g),
    weight = a.tensorOrNone("weight");
  const terms = inWide(g, [x!, y!], (p, q) => {
    const yes = m.max(m.log(p!), -100), no = m.max(m.log1p(m.neg(p!)), -100);
    return m.sub(m.mul(m.sub(q!, 1), no), m.mul(q!, yes));
  });
  return reduced(g, weight ? m.mul(terms, weight) : terms, a);
}

/** The same of logits: `(1 - y) x + w (log(1 + exp(-|x|)) + max(-x, 0))`. */
function crossEntropyOfLogits(g: GraphBuilder, a: Args): Value {
  const [x, y] = promoted(g, a.tensor("self"), a.tensor("target")), m = calc(g);
  const positive = a.tensorOrNone("pos_weight"), weight = a.tensorOrNone("weight");
  const tail = m.sub(m.log1p(m.exp(m.neg(m.abs(x!)))), m.min(x!, 0)), linear = m.mul(m.sub(1, y!), x!);
  const scale = positive && m.add(m.mul(m.sub(positive, 1), y!), 1);
  const terms = m.add(linear, scale ? m.mul(scale, tail) : tail);
  return reduced(g, weight ? m.mul(terms, weight) : terms, a);
}

function klDiv(m: Calc, x: Value, y: Value, a: Args): Value {
  if (a.bool("log_target")) return m.mul(m.exp(y), m.sub(y, x));
  const term = m.where(m.isnan(y), y, m.where(m.eq(y, 0), 0, m.mul(y, m.log(y))));
  return m.sub(term, m.mul(y, x));
}

/** `|a - b + eps|` in the p-norm over the last dim. */
export function distance(g: GraphBuilder, a: Value, b: Value, p: number, eps: number, keep = false): Value {
  const m = calc(g), apart = m.add(toFloat(g, m.sub(a, b)), eps);
  return vectorNorm(g, apart, p, { dims: [v.rankOf(apart) - 1], keep });
}

function triplet(g: GraphBuilder, a: Args): Value {
  const [anchor, positive, negative] = ["anchor", "positive", "negative"].map((n) => a.tensor(n)) as [
    Value,
    Value,
    Value,
  ];
  const m = calc(g), p = a.float("p"), eps = a.float("eps");
  const near = distance(g, anchor, positive, p, eps), far = distance(g, anchor, negative, p, eps);
  const other = a.bool("swap") ? m.min(far, distance(g, positive, negative, p, eps)) : far;
  return reduced(g, m.max(m.add(m.sub(near, other), a.float("margin")), 0), a);
}

/** `1 - cos` of pairs alike, `cos - margin` of others. */
function cosineEmbedding(g: GraphBuilder, a: Args): Value {
  const [x, y] = ["input1", "input2"].map((name) => toFloat(g, a.tensor(name))) as [Value, Value];
  const target = a.tensor("target"), m = calc(g);
  const over = { dims: [v.rankOf(x) - 1] }, dot = (p: Value, q: Value) => fold(g, "sum", m.mul(p, q), over);
  const size = m.mul(m.add(dot(x, x), 1e-12), m.add(dot(y, y), 1e-12)), cos = m.div(dot(x, y), m.sqrt(size));
  const alike = m.where(m.eq(target, 1), m.sub(1, cos), 0);
  return reduced(g, m.add(alike, m.where(m.eq(target, -1), m.max(m.sub(cos, a.float("margin")), 0), 0)), a);
}

function poisson(g: GraphBuilder, a: Args): Value {
  const [x, y] = promotedFloat(g, a.tensor("input"), a.tensor("target")) as [Value, Value];
  const m = calc(g), eps = a.float("eps");
  const plain = a.bool("log_input") ? m.sub(m.exp(x), m.mul(y, x)) : m.sub(x, m.mul(y, m.log(m.add(x, eps))));
  const stirling = () => m.add(m.sub(m.mul(y, m.log(y)), y), m.mul(m.log(m.mul(y, 2 * Math.PI)), 0.5));
  return reduced(g, a.bool("full") ? m.add(plain, m.where(m.gt(y, 1), stirling(), 0)) : plain, a);
}

/** Rows of this family. */
export const lossOps: readonly AtenOp[] = [
  pairLoss(
    "mse_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor",
    (m, x, y) => m.mul(m.sub(x, y), m.sub(x, y)),
  ),
  pairLoss("l1_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor", gap),
  pairLoss(
    "smooth_l1_loss(Tensor self, Tensor target, int reduction=Mean, float beta=1.0) -> Tensor",
    (m, x, y, a) => smoothL1(m, gap(m, x, y), a.float("beta")),
  ),
  pairLoss(
    "huber_loss(Tensor self, Tensor target, int reduction=Mean, float delta=1.0) -> Tensor",
    (m, x, y, a) => huber(m, gap(m, x, y), a.float("delta")),
  ),
  pairLoss(
    "kl_div(Tensor self, Tensor target, int reduction=Mean, *, bool log_target=False) -> Tensor",
    klDiv,
  ),
  pairLoss(
    "soft_margin_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor",
    (m, x, y) => m.log1p(m.exp(m.neg(m.mul(x, y)))),
  ),
  pairLoss(
    "hinge_embedding_loss(Tensor self, Tensor target, float margin=1.0, int reduction=Mean) -> Tensor",
    (m, x, y, a) => {
      const far = m.where(m.ne(y, 1), m.max(m.sub(a.float("margin"), x), 0), 0);
      return m.add(far, m.where(m.ne(y, -1), x, 0));
    },
  ),
  op(
    "margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, int reduction=Mean) -> Tensor",
    (g, a) => {
      const m = calc(g), apart = m.sub(a.tensor("input1"), a.tensor("input2"));
      const term = toFloat(g, m.mul(m.neg(a.tensor("target")), apart));
      return reduced(g, m.max(m.add(term, a.float("margin")), 0), a);
    },
  ),
  op(
    "binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean) -> Tensor",
    crossEntropyOf,
  ),
  op(
    "binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, int reduction=Mean) -> Tensor",
    crossEntropyOfLogits,
  ),
  op(
    "poisson_nll_loss(Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction) -> Tensor",
    poisson,
  ),
  op(
    "triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1.0, float p=2, float eps=1e-06, bool swap=False, int reduction=Mean) -> Tensor",
    triplet,
  ),
  op(
    "cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, int reduction=Mean) -> Tensor",
    cosineEmbedding,
  ),
];
