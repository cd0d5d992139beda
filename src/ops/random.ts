/**
 * Random tensors. Every draw is a node of its own: it is never folded, nor taken for another.
 *
 * @module
 */
import type { DType } from "../base/mod.ts";
import type { Expr } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { apply, calc } from "./calc.ts";
import { wideType } from "./numeric.ts";

type Shape = readonly Expr[];

function draw(g: GraphBuilder, fn: "uniform" | "normal" | "bits", shape: Shape, dtype: DType): Value {
  const unique = g.input("draw", { dtype, shape }).name;
  return g.routine("random", [], [{ dtype, shape }], { fn, dtype, shape, draw: unique })[0]!;
}

/** Bits of the significand: numbers from [0, 1) of half types have no more, lest they round to 1. */
const significands: Partial<Record<DType, number>> = { bf16: 8, f16: 11 };

/** Distributions whose parameters are data; computed in the type of the parameters, which is f32 or f64. */
export function drawOf(
  g: GraphBuilder,
  fn: "gamma" | "poisson" | "binomial",
  ...parameters: readonly Value[]
): Value {
  const { dtype, shape } = parameters[0]!.type, draw = g.input("draw", { dtype, shape }).name;
  return g.routine("random_of", parameters, [{ dtype, shape }], { fn, draw })[0]!;
}

/** From [0, 1). */
export function uniform(g: GraphBuilder, shape: Shape, dtype: DType): Value {
  const x = draw(g, "uniform", shape, dtype === "f64" ? "f64" : "f32"), bits = significands[dtype];
  if (bits === undefined) return g.cast(x, dtype);
  const m = calc(g), steps = 2 ** bits;
  return g.cast(m.div(m.floor(m.mul(x, steps)), steps), dtype);
}

/** Mean 0 and variance 1. */
export function normal(g: GraphBuilder, shape: Shape, dtype: DType): Value {
  return g.cast(draw(g, "normal", shape, dtype === "f64" ? "f64" : wideType("f32")), dtype);
}

/** Whole numbers from [0, 2^63). */
export function bits(g: GraphBuilder, shape: Shape): Value {
  return draw(g, "bits", shape, "i64");
}

/** Whole numbers from [low, high) as i64. */
export function whole(g: GraphBuilder, shape: Shape, low: Value, high: Value): Value {
  const m = calc(g);
  return m.add(apply(g, "mod", [bits(g, shape), m.sub(high, low)]), low);
}

/** True with probability `p`, which may be a tensor that fits the shape. */
export function chance(g: GraphBuilder, shape: Shape, p: Value | number): Value {
  const m = calc(g), wide = typeof p !== "number" && p.type.dtype === "f64";
  const x = uniform(g, shape, wide ? "f64" : "f32");
  return m.lt(x, typeof p === "number" ? p : g.cast(p, x.type.dtype));
}

/** Exponential with rate 1; never zero. */
export function exponential(g: GraphBuilder, shape: Shape, dtype: DType): Value {
  const m = calc(g), x = uniform(g, shape, wideType(dtype));
  return g.cast(m.neg(m.log(m.sub(1, x))), dtype);
}
