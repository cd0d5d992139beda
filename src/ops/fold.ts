/**
 * Reductions with PyTorch's types: sums of integers are i64, half types accumulate in f32.
 *
 * @module
 */
import { type DType, isComplex, isFloat } from "../base/mod.ts";
import { int } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import type { ReduceFn } from "../ir/scalar/mod.ts";
import { calc, number } from "./calc.ts";
import { absolute, isComplexValue, re } from "./complex/parts.ts";
import { asTensor, floatOf, inWide, isHalf, type Mixed, sizeAs, wideType } from "./numeric.ts";
import { numel } from "./shapes.ts";
import { expand } from "./views.ts";

/** A reduction over known dims. */
export interface Over {
  /** Dims from the front. */
  readonly dims: readonly number[];
  readonly keep?: boolean;
}

/** All dims of `x`. */
export function everyDim(x: Value): number[] {
  return x.type.shape.map((_, n) => n);
}

/** A reduction that leaves a 0-d tensor as it is. */
export function fold(g: GraphBuilder, fn: ReduceFn, x: Value, over: Over): Value {
  if (over.dims.length > 0) return g.reduce(fn, x, over.dims, over.keep);
  if (fn === "argmax" || fn === "argmin") return expand(g, g.constant(0n, "i64"), x.type.shape);
  return fn === "any" || fn === "all" ? g.cast(x, "bool") : x;
}

/** The type that sums and products of `dtype` have. */
export function totalType(dtype: DType): DType {
  return isFloat(dtype) || isComplex(dtype) ? dtype : "i64";
}

/** Sum or product in `dtype`, or in the type that PyTorch picks. */
export function total(g: GraphBuilder, fn: "sum" | "prod", x: Value, over: Over, dtype?: DType): Value {
  const out = dtype ?? totalType(x.type.dtype);
  const wide = isHalf(out) ? "f32" : out;
  return g.cast(fold(g, fn, g.cast(x, wide), over), out);
}

/** Sum. */
export function sum(g: GraphBuilder, x: Value, over: Over, dtype?: DType): Value {
  return total(g, "sum", x, over, dtype);
}

/** Number of elements that become one, as a 0-d tensor. */
export function countOf(g: GraphBuilder, x: Value, dims: readonly number[], dtype: DType): Value {
  return sizeAs(g, numel(dims.map((n) => x.type.shape[n]!)), dtype);
}

/** Mean; of nothing it is nan. */
export function mean(g: GraphBuilder, x: Value, over: Over, dtype = floatOf(x.type.dtype)): Value {
  return inWide(g, [g.cast(x, dtype)], (wide) => {
    const count = countOf(g, x, over.dims, wide!.type.dtype);
    return g.pointwise("div", fold(g, "sum", wide!, over), count);
  });
}

/** Mean and the sum of squared distances to it over `N - correction`, both in the computing type. */
export function variance(
  g: GraphBuilder,
  x: Value,
  over: Over,
  correction: Mixed = { kind: "int", expr: int(1) },
) {
  const m = calc(g), wide = g.cast(x, wideType(x.type.dtype)), dtype = wide.type.dtype;
  const center = mean(g, wide, { dims: over.dims, keep: true }), gap = m.sub(wide, center);
  const squares = fold(g, "sum", m.mul(gap, gap), over);
  const freedom = m.sub(countOf(g, x, over.dims, dtype), asTensor(g, correction, dtype));
  return { variance: m.div(squares, m.max(freedom, 0)), mean: over.keep ? center : mean(g, wide, over), gap };
}

/** `exp(x - max) / sum` over one dim. */
export function softmax(g: GraphBuilder, x: Value, dim: number): Value {
  return inWide(g, [x], (wide) => {
    const m = calc(g), over = { dims: dimsOf(x, dim), keep: true };
    const powers = m.exp(m.sub(wide!, fold(g, "max", wide!, over)));
    return m.div(powers, fold(g, "sum", powers, over));
  });
}

/** As `softmax`, but a row of minus infinities gives zeros. */
export function safeSoftmax(g: GraphBuilder, x: Value, dim: number): Value {
  const m = calc(g), highest = fold(g, "max", x, { dims: dimsOf(x, dim), keep: true });
  return m.where(m.eq(highest, -Infinity), 0, softmax(g, x, dim));
}

/** `x - max - log(sum(exp(x - max)))` over one dim. */
export function logSoftmax(g: GraphBuilder, x: Value, dim: number): Value {
  return inWide(g, [x], (wide) => {
    const m = calc(g), over = { dims: dimsOf(x, dim), keep: true };
    const low = m.sub(wide!, fold(g, "max", wide!, over));
    return m.sub(low, m.log(fold(g, "sum", m.exp(low), over)));
  });
}

function dimsOf(x: Value, dim: number): readonly number[] {
  return x.type.shape.length === 0 ? [] : [dim];
}

/** `log(sum(exp(x)))` without overflow. */
export function logSumExp(g: GraphBuilder, x: Value, over: Over): Value {
  return inWide(g, [x], (wide) => {
    const m = calc(g), highest = fold(g, "max", re(g, wide!), { dims: over.dims, keep: true });
    const shift = g.cast(m.where(m.isinf(highest), 0, highest), wide!.type.dtype);
    const rest = m.log(fold(g, "sum", m.exp(m.sub(wide!, shift)), over));
    return m.add(rest, over.keep ? shift : dropDims(g, shift, over.dims));
  });
}

function dropDims(g: GraphBuilder, x: Value, dims: readonly number[]): Value {
  const kept = everyDim(x).filter((n) => !dims.includes(n));
  return g.remap(
    x,
    kept.map((n) => x.type.shape[n]!),
    (axes) => x.type.shape.map((_, n) => kept.includes(n) ? axes[kept.indexOf(n)]! : int(0)),
  );
}

/** `(sum |x|^p)^(1/p)` with its limits at 0 and the infinities. */
export function vectorNorm(g: GraphBuilder, x: Value, p: number, over: Over): Value {
  if (isComplexValue(x)) return vectorNorm(g, absolute(g, x), p, over);
  return inWide(g, [x], (wide) => {
    const m = calc(g), size = m.abs(wide!);
    if (p === Infinity) return fold(g, "max", size, over);
    if (p === -Infinity) return fold(g, "min", size, over);
    if (p === 0) return fold(g, "sum", g.cast(m.ne(wide!, 0), wide!.type.dtype), over);
    if (p === 1) return fold(g, "sum", size, over);
    if (p === 2) return m.sqrt(fold(g, "sum", m.mul(wide!, wide!), over));
    const powers = fold(g, "sum", m.pow(size, number(g, p, size.type.dtype)), over);
    return m.pow(powers, 1 / p);
  });
}
