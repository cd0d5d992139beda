/**
 * Normalisation: statistics of some dims taken out, scaled and shifted. Computed in f32 for half types.
 *
 * @module
 */
import type { DType } from "../base/mod.ts";
import { type Expr, floorDiv, int, mul } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { calc } from "./calc.ts";
import { countOf, everyDim, mean, variance } from "./fold.ts";
import { epsilon } from "./limits.ts";
import { wideType } from "./numeric.ts";
import { expand, rankOf, reshape } from "./views.ts";

/** Scale and shift; either may be absent. */
export interface Affine {
  readonly weight?: Value;
  readonly bias?: Value;
}

/** A normalised tensor with its statistics (sizes of one where dims were reduced), in the computing type. */
export interface Normalised {
  readonly out: Value;
  readonly mean: Value;
  readonly rstd: Value;
  /** Biased variance. */
  readonly variance: Value;
}

/** `(x - mean) * rstd` over `dims`. */
function standardise(g: GraphBuilder, x: Value, dims: readonly number[], eps: number): Normalised {
  const m = calc(g), v = variance(g, x, { dims, keep: true }, { kind: "int", expr: int(0) });
  const rstd = m.rsqrt(m.add(v.variance, eps));
  return { out: m.mul(v.gap, rstd), mean: v.mean, rstd, variance: v.variance };
}

/** `x*weight + bias` with both broadcast, the result in `x`'s computing type. */
function affine(g: GraphBuilder, x: Value, { weight, bias }: Affine, shape?: readonly Expr[]): Value {
  const m = calc(g), fit = (w: Value) => g.cast(shape ? reshape(g, w, shape) : w, x.type.dtype);
  const scaled = weight ? m.mul(x, fit(weight)) : x;
  return bias ? m.add(scaled, fit(bias)) : scaled;
}

/** Over the last `count` dims. */
export function layerNorm(g: GraphBuilder, x: Value, count: number, eps: number, by: Affine): Normalised {
  const dims = everyDim(x).slice(rankOf(x) - count), plain = standardise(g, x, dims, eps);
  return { ...plain, out: g.cast(affine(g, plain.out, by), x.type.dtype) };
}

/** Over the channels of each of `groups` and all positions; `x` is [n, c, …]. */
export function groupNorm(g: GraphBuilder, x: Value, groups: Expr, eps: number, by: Affine): Normalised {
  const [n, c, ...space] = x.type.shape as readonly [Expr, Expr, ...Expr[]];
  const grouped = reshape(g, x, [n, groups, floorDiv(c, groups), ...space]);
  const plain = standardise(g, grouped, everyDim(grouped).slice(2), eps);
  const flat = reshape(g, plain.out, x.type.shape);
  return { ...plain, out: g.cast(affine(g, flat, by, channels(x)), x.type.dtype) };
}

/** `[c, 1, 1, …]`: a vector of channels beside `x`. */
export function channels(x: Value): Expr[] {
  return [x.type.shape[1]!, ...x.type.shape.slice(2).map(() => int(1))];
}

/** `x*a + b` with `a` and `b` made of statistics of each channel, as PyTorch's batch norm computes. */
function normaliseChannels(g: GraphBuilder, x: Value, center: Value, rstd: Value, by: Affine): Value {
  if (rankOf(x) < 2) return x; // without channels PyTorch takes a tensor only if it is empty
  const m = calc(g), dtype = rstd.type.dtype;
  const scale = by.weight ? m.mul(rstd, g.cast(by.weight, dtype)) : rstd;
  const moved = m.neg(m.mul(g.cast(center, dtype), scale));
  const shift = by.bias ? m.add(moved, g.cast(by.bias, dtype)) : moved;
  const fit = (w: Value) => reshape(g, w, channels(x));
  return g.cast(m.add(m.mul(g.cast(x, dtype), fit(scale)), fit(shift)), x.type.dtype);
}

/** Batch norm with given statistics. */
export function batchNormWith(
  g: GraphBuilder,
  x: Value,
  stats: { readonly mean: Value; readonly variance: Value },
  eps: number,
  by: Affine,
): Value {
  const m = calc(g), rstd = m.rsqrt(m.add(g.cast(stats.variance, wideType(x.type.dtype)), eps));
  return normaliseChannels(g, x, stats.mean, rstd, by);
}

/**
 * Batch norm with the batch's own statistics, which come back as vectors of type `saved` and are rounded to it before
 * they are used; bf16 rounds the sum of squares and the variance too.
 */
export function batchNorm(g: GraphBuilder, x: Value, eps: number, by: Affine, saved: DType): Normalised {
  const m = calc(g), dims = everyDim(x).filter((n) => n !== 1), wide = wideType(saved);
  const v = variance(g, x, { dims, keep: false }, { kind: "int", expr: int(0) });
  const mean = g.cast(v.mean, saved);
  const spread = saved === "bf16" ? roundedSum(g, x, v.variance, dims, saved) : v.variance;
  const kept = saved === "bf16" ? g.cast(spread, saved) : spread;
  const rstd = g.cast(m.rsqrt(m.add(g.cast(kept, wide), eps)), saved);
  return { out: normaliseChannels(g, x, mean, g.cast(rstd, wide), by), mean, rstd, variance: spread };
}

/** A variance whose sum of squares was kept in `saved`. */
function roundedSum(
  g: GraphBuilder,
  x: Value,
  variance: Value,
  dims: readonly number[],
  saved: DType,
): Value {
  const m = calc(g), dtype = variance.type.dtype, count = countOf(g, x, dims, dtype);
  return m.div(g.cast(g.cast(m.mul(variance, count), saved), dtype), count);
}

/** Every channel of every sample by itself. */
export function instanceNorm(g: GraphBuilder, x: Value, eps: number, by: Affine): Value {
  const [n, c, ...space] = x.type.shape as readonly [Expr, Expr, ...Expr[]], channelDim = mul(n, c);
  const repeated = (w: Value | undefined) => w && reshape(g, expand(g, w, [n, c]), [channelDim]);
  const flat = reshape(g, x, [int(1), channelDim, ...space]);
  const each = { weight: repeated(by.weight), bias: repeated(by.bias) };
  return reshape(g, batchNorm(g, flat, eps, each, by.weight?.type.dtype ?? x.type.dtype).out, x.type.shape);
}

/** Running statistics after a batch: `(1 - momentum)*old + momentum*new`, the variance unbiased. */
export function updated(
  g: GraphBuilder,
  x: Value,
  batch: Normalised,
  old: { mean: Value; variance: Value },
  momentum: number,
) {
  const m = calc(g), dims = everyDim(x).filter((n) => n !== 1), dtype = batch.variance.type.dtype;
  const count = countOf(g, x, dims, dtype), free = m.sub(count, 1);
  const unbiased = m.div(m.mul(batch.variance, count), free);
  const blend = (before: Value, now: Value) =>
    g.cast(
      m.add(m.mul(g.cast(before, dtype), 1 - momentum), m.mul(g.cast(now, dtype), momentum)),
      before.type.dtype,
    );
  return { mean: blend(old.mean, batch.mean), variance: blend(old.variance, unbiased) };
}

/** `x / rms(x) * weight` over the last `count` dims. */
export function rmsNorm(g: GraphBuilder, x: Value, count: number, eps: number | undefined, weight?: Value) {
  const m = calc(g), wide = g.cast(x, wideType(x.type.dtype));
  const dims = everyDim(x).slice(rankOf(x) - count);
  const power = mean(g, m.mul(wide, wide), { dims, keep: true });
  const rstd = m.rsqrt(m.add(power, eps ?? epsilon(x.type.dtype)));
  const plain = m.mul(wide, rstd);
  const out = weight ? m.mul(plain, g.cast(weight, wide.type.dtype)) : plain;
  return { out: g.cast(out, x.type.dtype), rstd };
}
