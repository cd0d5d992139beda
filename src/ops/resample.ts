/**
 * Resampling along single dims: nearest, linear and cubic, one dim after the other.
 *
 * @module
 */
import type { DType } from "../base/mod.ts";
import { asInt, type Expr, floorDiv, int, isInt, isMultiple, sub } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { calc } from "./calc.ts";
import { sizeAs, wideType } from "./numeric.ts";
import { remapDims } from "./windows.ts";

/** One dim to resample. */
export interface Resize {
  readonly dim: number;
  readonly size: Expr;
  /** Factor that the caller gave; otherwise sizes tell. */
  readonly factor?: number;
  /** Type that weights are rounded to; without it they stay as exact as positions are. */
  readonly weights?: DType;
}

/** Positions of the input that output positions fall on: f64 beside f64, else f32. */
interface Grid {
  readonly from: Expr;
  readonly to: Expr;
  readonly positions: Value;
}

/** Input elements per output element, in `dtype`. */
export function step(
  g: GraphBuilder,
  from: Expr,
  r: Resize,
  corners: boolean,
  dtype: "f32" | "f64" = "f32",
): Value {
  const m = calc(g), known = (x: number) => g.constant(dtype === "f32" ? Math.fround(x) : x, dtype);
  if (corners) {
    if (isInt(r.size, 1)) return known(0);
    return m.div(sizeAs(g, sub(from, 1), dtype), sizeAs(g, sub(r.size, 1), dtype));
  }
  if (r.factor !== undefined) return known(1 / r.factor);
  const [a, b] = [asInt(from), asInt(r.size)];
  if (a !== undefined && b !== undefined && b > 0) return known(a / b);
  return m.div(sizeAs(g, from, dtype), sizeAs(g, r.size, dtype));
}

/** Where outputs fall: on corners, or on centres (`(i + 0.5)*step - 0.5`). */
function grid(g: GraphBuilder, x: Value, r: Resize, corners: boolean): Grid {
  const m = calc(g), from = x.type.shape[r.dim]!, dtype = x.type.dtype === "f64" ? "f64" : "f32";
  const by = step(g, from, r, corners, dtype), i = g.iota([r.size], ([i]) => i!, dtype);
  const positions = corners ? m.mul(i, by) : m.sub(m.mul(m.add(i, 0.5), by), 0.5);
  return { from, to: r.size, positions };
}

/** `x` read at integer positions `at` along `dim`, clamped to its size. */
function readAt(g: GraphBuilder, x: Value, dim: number, at: Value, from: Expr): Value {
  const m = calc(g), limit = sizeAs(g, sub(from, 1), "i64");
  const clamped = m.min(m.max(g.cast(at, "i64"), 0), limit);
  const shape = x.type.shape.toSpliced(dim, 1, at.type.shape[0]!);
  const operands = [{ value: g.remap(clamped, shape, (axes) => [axes[dim]!]), size: from, wrap: false }];
  return g.lookup(x, shape, operands, (axes, [k]) => axes.toSpliced(dim, 1, k!));
}

/** A vector of weights beside dim `dim` of `x`. */
function beside(g: GraphBuilder, weights: Value, x: Value, dim: number): Value {
  const shape = [weights.type.shape[0]!, ...x.type.shape.slice(dim + 1).map(() => int(1))];
  return g.remap(g.cast(weights, x.type.dtype), shape, (axes) => [axes[0]!]);
}

/** The element that an output falls into; `exact` measures from centres. */
export function nearest(g: GraphBuilder, x: Value, r: Resize, exact: boolean): Value {
  const from = x.type.shape[r.dim]!, m = calc(g);
  if (from === r.size) return x;
  if (isMultiple(r.size, from)) {
    const times = floorDiv(r.size, from);
    return remapDims(g, x, new Map([[r.dim, r.size]]), (axis) => floorDiv(axis, times));
  }
  const i = g.iota([r.size], ([i]) => i!, "f32"), by = step(g, from, r, false);
  return readAt(g, x, r.dim, m.floor(m.mul(exact ? m.add(i, 0.5) : i, by)), from);
}

/** Between the two nearest elements. */
export function linear(g: GraphBuilder, x: Value, r: Resize, corners: boolean): Value {
  const m = calc(g), { from, positions } = grid(g, x, r, corners);
  if (from === r.size && r.factor === undefined) return x;
  const at = m.max(positions, 0), low = m.floor(at), share = m.sub(at, low);
  const wide = g.cast(x, wideType(x.type.dtype));
  const left = readAt(g, wide, r.dim, low, from), right = readAt(g, wide, r.dim, m.add(low, 1), from);
  const rounded = g.cast(share, r.weights ?? share.type.dtype);
  const weight = (w: Value) => beside(g, w, left, r.dim);
  return m.add(m.mul(left, weight(m.sub(1, rounded))), m.mul(right, weight(rounded)));
}

/** Weights of the four neighbours of a point at distance `t` behind the second, for `a = -0.75`. */
export function cubicWeights(g: GraphBuilder, t: Value): Value[] {
  const m = calc(g), a = -0.75;
  const near = (d: Value) => m.add(m.mul(m.mul(m.sub(m.mul(d, a + 2), a + 3), d), d), 1);
  const far = (d: Value) => m.sub(m.mul(m.add(m.mul(m.sub(m.mul(d, a), 5 * a), d), 8 * a), d), 4 * a);
  return [far(m.add(t, 1)), near(t), near(m.sub(1, t)), far(m.sub(2, t))];
}

/** Through the four nearest elements. */
export function cubic(g: GraphBuilder, x: Value, r: Resize, corners: boolean): Value {
  const m = calc(g), { from, positions } = grid(g, x, r, corners), low = m.floor(positions);
  const wide = g.cast(x, wideType(x.type.dtype)), weights = cubicWeights(g, m.sub(positions, low));
  return weights.map((w, n) => {
    const read = readAt(g, wide, r.dim, m.add(low, n - 1), from);
    return m.mul(read, beside(g, g.cast(w, r.weights ?? w.type.dtype), read, r.dim));
  }).reduce((sum, term) => m.add(sum, term));
}
