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

/** The smallest scale whose reciprocal these kernels work with. */
const smallScale = Math.fround(6.1e-5);

/**
 * As ATen's `ChooseQuantizationParams`, of vectors: in f64 from ends in f32. Symmetric ranges with both signs have
 * their zero point in the middle; others take the end whose error is smaller.
 */
export function observedParameters(
  g: GraphBuilder,
  ends: { readonly low: Value; readonly high: Value },
  { min, max }: { readonly min: number; readonly max: number },
  symmetric: boolean,
): Parameters {
  const m = calc(g), half = Math.trunc((max - min) / 2), single = (x: Value) => g.cast(x, "f32");
  const both = m.and(m.lt(ends.low, 0), m.gt(ends.high, 0));
  const wide = (x: Value) => g.cast(x, "f64");
  const far = m.max(m.abs(m.div(wide(ends.low), -half - 1)), m.abs(m.div(wide(ends.high), half)));
  const even = (end: Value, by: number) => symmetric ? m.where(both, single(m.mul(far, by)), end) : end;
  const low = m.min(even(ends.low, -half - 1), 0), high = m.max(even(ends.high, half), 0);
  const raw = m.div(m.sub(wide(high), wide(low)), max - min);
  const useless = m.or(m.eq(single(raw), 0), m.isinf(m.reciprocal(single(raw))));
  const sound = m.where(useless, 0.1, raw), isSmall = m.lt(sound, smallScale);
  const scale = m.where(isSmall, smallScale, sound), grown = m.div(smallScale, single(sound));
  const all = Math.fround(smallScale * (max - min));
  const stretched = (end: Value, other: Value, alone: number) =>
    m.where(isSmall, m.where(m.eq(other, 0), alone, m.mul(end, grown)), end);
  const [left, right] = [stretched(low, high, -all), stretched(high, low, all)].map((x) =>
    m.div(wide(x), scale)
  ) as [
    Value,
    Value,
  ];
  const errors = [m.sub(Math.abs(min), m.abs(left)), m.sub(Math.abs(max), m.abs(right))] as const;
  const first = m.where(m.lt(...errors), m.sub(min, left), m.sub(max, right));
  const zero = symmetric ? m.where(both, (min + max) / 2, first) : first;
  return { scale: single(scale), zero: g.cast(m.min(m.max(m.round(zero), min), max), "i64") };
}
