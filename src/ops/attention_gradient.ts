/**
 * Gradients of scaled dot-product attention from its output and the logarithms of the sums that its weights were divided by.
 *
 * @module
 */
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { type AttentionOptions, masked, scaleOf } from "./attention.ts";
import { calc } from "./calc.ts";
import { matmul } from "./contract.ts";
import { fold } from "./fold.ts";
import { wideType } from "./numeric.ts";
import { rankOf, transpose, unsqueeze } from "./views.ts";

/** What the forward step was given and what it gave. */
export interface AttentionStep {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  readonly out: Value;
  readonly logSumExp: Value;
}

/** Gradients of query, key and value. */
export function attendBackward(g: GraphBuilder, grad: Value, s: AttentionStep, o: AttentionOptions) {
  const m = calc(g), wide = wideType(s.query.type.dtype), { dtype } = s.query.type;
  const [q, k, v, out, y] = [s.query, s.key, s.value, s.out, grad].map((x) => g.cast(x, wide)) as [
    Value,
    Value,
    Value,
    Value,
    Value,
  ];
  const turned = (x: Value) => transpose(g, x, -2, -1), scale = scaleOf(g, s.query, o, wide);
  const scores = masked(g, m.mul(matmul(g, q, turned(k)), scale), o);
  const total = unsqueeze(g, g.cast(s.logSumExp, wide), -1), blind = m.eq(scores, -Infinity);
  const weights = m.where(blind, 0, m.exp(m.sub(scores, total)));
  const own = fold(g, "sum", m.mul(y, out), { dims: [rankOf(out) - 1], keep: true });
  const slope = m.mul(m.mul(weights, m.sub(matmul(g, y, turned(v)), own)), scale);
  return [matmul(g, slope, k), matmul(g, turned(slope), q), matmul(g, turned(weights), y)].map((x) =>
    g.cast(x, dtype)
  );
}
