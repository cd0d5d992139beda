/**
 * Affine quantisation: `q = clamp(round(x / scale) + zero, min, max)` and back, `(q - zero) * scale`.
 *
 * @module
 */
import type { DType } from "../base/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { calc, type Operand } from "./calc.ts";
import { fold, type Over } from "./fold.ts";
import { isTensor, type Mixed, promoted } from "./numeric.ts";

/** The integers that a quantised tensor may hold; they may be 0-d data. */
export interface Span {
  readonly min: Operand;
  readonly max: Operand;
}

/** Nearest integers (half to even) shifted by `zero` and held within `span`, in the type of `x`. */
export function quantise(g: GraphBuilder, x: Value, inverse: Mixed, zero: Mixed, span: Span): Value {
  const m = calc(g),
    [a, b] = promoted(g, x, inverse),
    [near, shift] = promoted(g, m.round(m.mul(a!, b!)), zero);
  return within(g, m.add(near!, shift!), span);
}

/** As `quantise`, but rounded after the shift. */
export function quantiseShifted(g: GraphBuilder, x: Value, inverse: Mixed, zero: Mixed, span: Span): Value {
  const m = calc(g), [a, b] = promoted(g, x, inverse), [scaled, shift] = promoted(g, m.mul(a!, b!), zero);
  return within(g, m.round(m.add(scaled!, shift!)), span);
}

function within(g: GraphBuilder, x: Value, { min, max }: Span): Value {
  const m = calc(g),
    fit = (bound: Operand) => typeof bound === "object" ? g.cast(bound, x.type.dtype) : bound;
  return m.min(m.max(x, fit(min)), fit(max));
}

/** `(x - zero) * scale` with PyTorch's promotion of each step. */
export function dequantise(g: GraphBuilder, x: Value, scale: Mixed, zero: Mixed | undefined): Value {
  const m = calc(g), [a, b] = zero === undefined ? [x] : promoted(g, x, zero);
  const [gap, by] = promoted(g, b ? m.sub(a!, b) : a!, scale);
  return m.mul(gap!, by!);
}

/** `1 / scale`. */
export function inverseOf(g: GraphBuilder, scale: Mixed): Mixed {
  if (isTensor(scale)) return calc(g).reciprocal(scale);
  return scale.kind === "float" ? { kind: "float", float: 1 / scale.float } : scale;
}

/** Smallest and largest of `x`, each at least on its side of zero. */
export function spread(g: GraphBuilder, x: Value, over: Over): { readonly low: Value; readonly high: Value } {
  const m = calc(g);
  return { low: m.min(fold(g, "min", x, over), 0), high: m.max(fold(g, "max", x, over), 0) };
}

/** A scale and a zero point for what lies between `low` and `high`. */
export interface Parameters {
  readonly scale: Value;
  readonly zero: Value;
}

/** As torch.ao's `determine_qparams` for `per_tensor_affine`: scale in f32, zero point in i64. */
export function affineParameters(
  g: GraphBuilder,
  { low, high }: ReturnType<typeof spread>,
  range: { readonly min: number; readonly max: number },
  eps: number,
): Parameters {
  const m = calc(g), wide: DType = low.type.dtype === "f64" ? "f64" : "f32";
  const width = m.div(m.sub(high, low), range.max - range.min), scale = m.max(g.cast(width, wide), eps);
  const below = g.cast(m.round(m.div(g.cast(low, wide), scale)), "i32");
  return { scale, zero: m.min(m.max(m.sub(range.min, g.cast(below, "i64")), range.min), range.max) };
}

/** As `determine_qparams` for `per_tensor_symmetric`. */
export function symmetricParameters(
  g: GraphBuilder,
  { low, high }: ReturnType<typeof spread>,
  range: { readonly min: number; readonly max: number },
  eps: number,
  dtype: DType,
): Parameters {
  const m = calc(g), wide: DType = low.type.dtype === "f64" ? "f64" : "f32", far = m.max(m.neg(low), high);
  const scale = m.max(g.cast(m.div(far, (range.max - range.min) / 2), wide), eps);
  return { scale, zero: g.cast(m.add(m.mul(scale, 0), dtype === "u8" ? 128 : 0), "i64") };
}
