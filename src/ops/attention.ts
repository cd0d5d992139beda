/**
 * Scaled dot-product attention, written out: scores, mask, softmax, weighted values.
 *
 * As in PyTorch's kernel, weights of half types are rounded before they meet the values, and divided by their sum after.
 *
 * @module
 */
import { asInt, eq, type Expr, floorDiv, le, rangeOf } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { calc } from "./calc.ts";
import { matmul } from "./contract.ts";
import { fold, logSumExp } from "./fold.ts";
import { isHalf, sizeAs, wideType } from "./numeric.ts";
import { rankOf, transpose } from "./views.ts";
import { repeatInterleave } from "./windows.ts";

/** What attention takes besides its three tensors. */
export interface AttentionOptions {
  readonly mask?: Value;
  readonly causal: boolean;
  readonly scale?: number;
  /** Fewer heads of keys and values than of queries. */
  readonly grouped: boolean;
}

/** The output, the weights, and `log(sum(exp(scores)))` of each query. */
export interface Attention {
  readonly out: Value;
  readonly weights: () => Value;
  readonly logSumExp: () => Value;
}

/** `softmax(q·kᵀ·scale + mask) · v` over the last two dims; leading dims broadcast. */
export function attend(g: GraphBuilder, q: Value, k: Value, v: Value, o: AttentionOptions): Attention {
  const inputs = [q, k, v], fused = inputs.every((x) => rankOf(x) === 4);
  if (fused || !isHalf(q.type.dtype)) return attendIn(g, q, k, v, o);
  const wide = inputs.map((x) => g.cast(x, "f32")) as [Value, Value, Value], found = attendIn(g, ...wide, o);
  const narrow = (x: Value) => g.cast(x, q.type.dtype);
  return { out: narrow(found.out), weights: () => narrow(found.weights()), logSumExp: found.logSumExp };
}

/** Attention in the operands' own type; PyTorch has a kernel for half types only where all of them have four dims. */
function attendIn(g: GraphBuilder, q: Value, k: Value, v: Value, o: AttentionOptions): Attention {
  const m = calc(g), dtype = q.type.dtype, wide = wideType(dtype);
  const [keys, values] = o.grouped ? [k, v].map((x) => shareHeads(g, x, q)) as [Value, Value] : [k, v];
  // Half types as PyTorch 2.6 has them on CPUs (aten/native/cpu/FlashAttentionKernel over a gemm that gives the half
  // type): both products are rounded, powers are rounded before they meet the values, their sum is of unrounded ones.
  const raw = g.cast(matmul(g, q, transpose(g, keys, -2, -1)), wide);
  const scores = masked(g, m.mul(raw, scaleOf(g, q, o, wide)), o),
    over = { dims: [rankOf(scores) - 1], keep: true };
  const highest = fold(g, "max", scores, over), blind = m.eq(highest, -Infinity);
  const powers = m.exp(m.sub(scores, o.mask ? m.where(blind, 0, highest) : highest));
  const total = fold(g, "sum", powers, over), rounded = g.cast(powers, dtype);
  const out = m.div(g.cast(matmul(g, rounded, values), wide), divisor(g, k, o.mask && blind, total));
  return {
    out: g.cast(out, dtype),
    weights: () => g.cast(m.div(powers, o.mask ? m.where(blind, 1, total) : total), dtype),
    logSumExp: () => logSumExp(g, scores, { dims: over.dims }),
  };
}

/** What sums are divided by: their total, but one where that is zero, in rows that see nothing and without any keys. */
function divisor(g: GraphBuilder, k: Value, blind: Value | undefined, total: Value): Value {
  const m = calc(g), keys = k.type.shape.at(-2)!;
  if (blind) return m.where(blind, 1, total); // as rows without keys are
  return rangeOf(keys).min > 0 ? total : m.where(g.mask([], () => eq(keys, 0)), 1, total);
}

/** `1/√E` unless a scale is given. */
export function scaleOf(
  g: GraphBuilder,
  q: Value,
  o: AttentionOptions,
  dtype: Value["type"]["dtype"],
): Value {
  const size = q.type.shape.at(-1)!, known = asInt(size), m = calc(g);
  if (o.scale !== undefined) return g.constant(o.scale, dtype);
  return known === undefined ? m.rsqrt(sizeAs(g, size, dtype)) : g.constant(1 / Math.sqrt(known), dtype);
}

/** Scores with minus infinity where a query must not look, or a float mask added. */
export function masked(g: GraphBuilder, scores: Value, o: AttentionOptions): Value {
  const m = calc(g), [rows, columns] = scores.type.shape.slice(-2) as [Expr, Expr];
  let out = scores;
  if (o.causal) out = m.where(g.mask([rows, columns], ([i, j]) => le(j!, i!)), out, -Infinity);
  if (!o.mask) return out;
  return o.mask.type.dtype === "bool"
    ? m.where(o.mask, out, -Infinity)
    : m.add(out, g.cast(o.mask, scores.type.dtype));
}

/** Every head of `x` as often as queries have heads for it. */
function shareHeads(g: GraphBuilder, x: Value, q: Value): Value {
  const heads = q.type.shape.at(-3)!, own = x.type.shape.at(-3)!;
  return heads === own ? x : repeatInterleave(g, x, floorDiv(heads, own), rankOf(x) - 3);
}
