/**
 * Resampling with antialiasing: every output is a mean of all inputs that a filter, as wide as the step, reaches.
 *
 * @module
 */
import { asInt, type Expr, int, sub } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { type Calc, calc } from "./calc.ts";
import { fold } from "./fold.ts";
import { sizeAs, wideType } from "./numeric.ts";
import { type Resize, step } from "./resample.ts";

/** Weight at a distance that is not negative, zero from `radius` on. */
export interface Filter {
  readonly radius: number;
  readonly weight: (m: Calc, distance: Value) => Value;
}

/** A triangle. */
export const triangle: Filter = { radius: 1, weight: (m, d) => m.max(m.sub(1, d), 0) };

/** Keys' cubic for `a = -0.5`. */
export const keys: Filter = {
  radius: 2,
  weight: (m, d) => {
    const a = -0.5, square = m.mul(d, d);
    const near = m.add(m.mul(m.sub(m.mul(d, a + 2), a + 3), square), 1);
    const far = m.mul(m.sub(m.mul(m.add(m.mul(m.sub(d, 5), d), 8), d), 4), a);
    return m.where(m.lt(d, 1), near, m.where(m.lt(d, 2), far, 0));
  },
};

/** Lanczos' window of three lobes: `sinc(d) sinc(d / 3)`. */
export const lanczos: Filter = {
  radius: 3,
  weight: (m, d) => {
    const sinc = (x: Value) => m.where(m.eq(x, 0), 1, m.div(m.sin(m.mul(x, Math.PI)), m.mul(x, Math.PI)));
    return m.where(m.lt(d, 3), m.mul(sinc(d), sinc(m.div(d, 3))), 0);
  },
};

/** Inputs that one output may be made of; all of them where the step is only known at run time. */
function reach(from: Expr, r: Resize, corners: boolean, radius: number): Expr {
  const [size, out] = [asInt(from), asInt(r.size)];
  if (size === undefined || out === undefined) return from;
  const by = corners
    ? (out > 1 ? (size - 1) / (out - 1) : 0)
    : r.factor === undefined
    ? size / out
    : 1 / r.factor;
  return int(2 * Math.ceil(radius * Math.max(Math.fround(by), 1)) + 1);
}

/** `x` resampled along one dim, in its own type. */
export function smooth(g: GraphBuilder, x: Value, r: Resize, corners: boolean, filter: Filter): Value {
  const m = calc(g), from = x.type.shape[r.dim]!, taps = [r.size, reach(from, r, corners, filter.radius)];
  const dtype = x.type.dtype === "f64" ? "f64" : "f32";
  const by = step(g, from, r, corners, dtype), width = m.max(by, 1), support = m.mul(width, filter.radius);
  const middle = m.mul(m.add(g.iota([r.size, int(1)], ([i]) => i!, dtype), 0.5), by);
  const low = m.max(g.cast(m.add(m.sub(middle, support), 0.5), "i64"), 0);
  const high = m.min(g.cast(m.add(m.add(middle, support), 0.5), "i64"), sizeAs(g, from, "i64"));
  const at = m.add(g.iota(taps, ([, j]) => j!), low);
  const distance = m.abs(m.mul(m.add(m.sub(g.cast(at, dtype), middle), 0.5), m.reciprocal(width)));
  const raw = m.where(m.lt(at, high), filter.weight(m, distance), 0);
  const weights = m.div(raw, fold(g, "sum", raw, { dims: [1], keep: true }));
  const shape = x.type.shape.toSpliced(r.dim, 1, ...taps), inside = m.min(at, sizeAs(g, sub(from, 1), "i64"));
  const spread = (v: Value) => g.remap(v, shape, (axes) => [axes[r.dim]!, axes[r.dim + 1]!]);
  const operands = [{ value: spread(inside), size: from, wrap: false }];
  const wide = g.cast(x, wideType(x.type.dtype));
  const read = g.lookup(wide, shape, operands, (axes, [k]) => axes.toSpliced(r.dim, 2, k!));
  const sum = fold(g, "sum", m.mul(read, spread(g.cast(weights, wide.type.dtype))), { dims: [r.dim + 1] });
  return g.cast(sum, x.type.dtype);
}
