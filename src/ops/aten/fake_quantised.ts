/**
 * Quantised and back in one step, for training: with parameters that are given, learnt or observed.
 *
 * @module
 */
import { isFloat } from "../../base/mod.ts";
import { int, isInt } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { everyDim, fold } from "../fold.ts";
import { isHalf, isTensor, type Mixed } from "../numeric.ts";
import { dequantise, inverseOf, observedParameters, quantise } from "../quantised.ts";
import { reshape } from "../views.ts";
import { alongAxis, beside, single } from "./quantisation.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** A number as f32 holds it: these kernels divide in f32. */
function single32(scale: Mixed): Mixed {
  return !isTensor(scale) && scale.kind === "float"
    ? { kind: "float", float: Math.fround(scale.float) }
    : scale;
}

/** Quantised and back, in one step of training: what is out of range is marked by the mask. */
function fake(
  g: GraphBuilder,
  a: Args,
  scale: Mixed,
  zero: Mixed,
): { readonly out: Value; readonly mask: Value } {
  const x = a.tensor("self"),
    m = calc(g),
    wide = isFloat(x.type.dtype) && isHalf(x.type.dtype) ? g.cast(x, "f32") : x;
  const fit = (by: Mixed) => beside(g, wide, by), inverse = fit(inverseOf(g, single32(scale)));
  const [min, max] = [a.fixed("quant_min"), a.fixed("quant_max")];
  const q = quantise(g, wide, inverse, fit(zero), { min: -Infinity, max: Infinity });
  const known = m.where(m.isnan(q), min, q);
  const out = dequantise(g, m.min(m.max(known, min), max), fit(scale), fit(zero));
  return { out: g.cast(out, x.type.dtype), mask: m.and(m.ge(q, min), m.le(q, max)) };
}

/** A learnt zero point: rounded and within the range. */
function wholeZero(g: GraphBuilder, a: Args, zero: Value): Value {
  return withinRange(g, a, calc(g).round(zero));
}

function withinRange(g: GraphBuilder, a: Args, zero: Value): Value {
  const m = calc(g);
  return m.min(m.max(zero, a.fixed("quant_min")), a.fixed("quant_max"));
}

/**
 * Gradients of input, scale and zero point for learnt parameters: what was cut off asks for another range, the rest
 * for less rounding.
 */
function learnt(g: GraphBuilder, a: Args, scale: Value, zero: Value): Value[] {
  const m = calc(g), x = a.tensor("self"), grad = a.tensor("grad");
  const inverse = m.reciprocal(scale), factor = a.float("grad_factor");
  const [min, max] = [a.fixed("quant_min"), a.fixed("quant_max")];
  const q = m.round(m.add(m.mul(x, inverse), zero)), below = m.lt(q, min), above = m.gt(q, max);
  const inside = m.not(m.or(below, above)), rounded = m.mul(m.sub(q, zero), scale);
  const slope = m.where(
    below,
    m.sub(min, zero),
    m.where(above, m.sub(max, zero), m.mul(m.sub(rounded, x), inverse)),
  );
  const onScale = m.mul(m.mul(grad, slope), factor);
  const onZero = m.where(inside, 0, m.mul(m.mul(m.neg(grad), scale), factor));
  return [m.mul(grad, g.cast(inside, grad.type.dtype)), onScale, onZero];
}

/** Here PyTorch adds a half to the zero point and cuts it, whatever its sign. */
const learntPerTensor = (g: GraphBuilder, a: Args) => {
  const m = calc(g), [scale, zero] = ["scale", "zero_point"].map((name) => reshape(g, a.tensor(name), []));
  const [onInput, ...others] = learnt(g, a, scale!, m.trunc(withinRange(g, a, m.add(zero!, 0.5))));
  const all = { dims: everyDim(a.tensor("self")) };
  return [onInput!, ...others.map((t) => reshape(g, fold(g, "sum", t, all), [int(1)]))];
};

const learntPerChannel = (g: GraphBuilder, a: Args) => {
  const x = a.tensor("self"), [scale, zero] = ["scale", "zero_point"].map((name) => alongAxis(g, a, x, name));
  const [onInput, ...others] = learnt(g, a, scale!, wholeZero(g, a, zero!));
  const dims = everyDim(x).filter((n) => n !== a.fixed("axis"));
  return [onInput!, ...others.map((t) => fold(g, "sum", t, { dims }))];
};

/** Running ends that follow those of `now` by `averaging_const`; infinite ones were never set. */
function following(g: GraphBuilder, a: Args, running: Value, now: Value): Value {
  const m = calc(g), next = m.add(running, m.mul(m.sub(now, running), a.float("averaging_const")));
  return m.where(
    m.eq(reshape(g, a.tensor("observer_on"), []), 0),
    running,
    m.where(m.isinf(running), now, next),
  );
}

/**
 * As `fused_moving_avg_obs_fake_quant`: the ends of what was seen move, then give scale and zero point. All results of
 * the functional form: output, mask, running ends, scale, zero point.
 */
function observed(g: GraphBuilder, a: Args): Value[] {
  const m = calc(g), x = a.tensor("self"), rows = a.bool("per_row_fake_quant");
  const [low, high] = ["running_min", "running_max"].map((name) => a.tensor(name)) as [Value, Value];
  if (rows && isInt(low.type.shape[0] ?? int(1), 0)) {
    unsupported(
      a.schema.target,
      "statistics of rows that were never set: run the model once before its export",
    );
  }
  const dims = rows ? everyDim(x).filter((n) => n !== a.fixed("ch_axis")) : everyDim(x);
  const [least, most] = (["min", "max"] as const).map((fn) => fold(g, fn, x, { dims })) as [Value, Value];
  const fit = (t: Value, like: Value) => reshape(g, t, like.type.shape);
  const min = following(g, a, low, fit(least, low)), max = following(g, a, high, fit(most, high));
  const range = { min: a.fixed("quant_min"), max: a.fixed("quant_max") };
  const made = observedParameters(g, { low: min, high: max }, range, a.bool("symmetric_quant"));
  const off = m.eq(reshape(g, a.tensor("fake_quant_on"), []), 0);
  const kept = (name: string, now: Value) => {
    const old = a.tensor(name);
    return m.where(off, old, g.cast(fit(now, old), old.type.dtype));
  };
  const scale = kept("scale", made.scale), zero = kept("zero_point", made.zero);
  const place = (t: Value) =>
    reshape(g, t, rows ? x.type.shape.map((size, n) => n === a.fixed("ch_axis") ? size : int(1)) : []);
  const { out, mask } = fake(g, a, place(scale), place(zero));
  return [m.where(off, x, out), m.or(off, mask), min, max, scale, zero];
}

const observing =
  "Tensor self, Tensor observer_on, Tensor fake_quant_on, Tensor running_min, Tensor running_max, Tensor scale, Tensor zero_point, float averaging_const, int quant_min, int quant_max, int ch_axis, bool per_row_fake_quant=False, bool symmetric_quant=False";

const ends = "int quant_min, int quant_max", x = "Tensor self";

const perTensor = (g: GraphBuilder, a: Args) => fake(g, a, single(g, a, "scale"), single(g, a, "zero_point"));

const perChannel = (g: GraphBuilder, a: Args) => {
  const given = a.tensor("self");
  return fake(g, a, alongAxis(g, a, given, "scale"), alongAxis(g, a, given, "zero_point"));
};

/** Rows of this family. */
export const fakeQuantisedOps: readonly AtenOp[] = [
  op(
    `fake_quantize_per_tensor_affine(${x}, float scale, int zero_point, ${ends}) -> Tensor`,
    (g, a) => perTensor(g, a).out,
  ),
  op(
    `fake_quantize_per_tensor_affine.tensor_qparams(${x}, Tensor scale, Tensor zero_point, ${ends}) -> Tensor`,
    (g, a) => perTensor(g, a).out,
  ),
  op(
    `fake_quantize_per_tensor_affine_cachemask(${x}, float scale, int zero_point, ${ends}) -> (Tensor output, Tensor mask)`,
    (g, a) => {
      const { out, mask } = perTensor(g, a);
      return [out, mask];
    },
  ),
  op(
    `_fake_quantize_per_tensor_affine_cachemask_tensor_qparams(${x}, Tensor scale, Tensor zero_point, Tensor fake_quant_enabled, ${ends}) -> (Tensor output, Tensor mask)`,
    (g, a) => {
      const { out, mask } = perTensor(g, a), m = calc(g);
      const off = m.eq(reshape(g, a.tensor("fake_quant_enabled"), []), 0);
      return [m.where(off, a.tensor("self"), out), m.or(off, mask)];
    },
  ),
  op(
    `fake_quantize_per_channel_affine(${x}, Tensor scale, Tensor zero_point, int axis, ${ends}) -> Tensor`,
    (g, a) => perChannel(g, a).out,
  ),
  op(
    `fake_quantize_per_channel_affine_cachemask(${x}, Tensor scale, Tensor zero_point, int axis, ${ends}) -> (Tensor output, Tensor mask)`,
    (g, a) => {
      const { out, mask } = perChannel(g, a);
      return [out, mask];
    },
  ),
  op(
    `_fake_quantize_learnable_per_tensor_affine(${x}, Tensor scale, Tensor zero_point, ${ends}, float grad_factor=1.) -> Tensor`,
    (g, a) => fake(g, a, single(g, a, "scale"), wholeZero(g, a, reshape(g, a.tensor("zero_point"), []))).out,
  ),
  op(
    `_fake_quantize_learnable_per_channel_affine(${x}, Tensor scale, Tensor zero_point, int axis, ${ends}, float grad_factor=1.) -> Tensor`,
    (g, a) => {
      const given = a.tensor("self"), zero = wholeZero(g, a, alongAxis(g, a, given, "zero_point"));
      return fake(g, a, alongAxis(g, a, given, "scale"), zero).out;
    },
  ),
  ...["per_tensor", "per_channel"].map((kind) =>
    op(
      `fake_quantize_${kind}_affine_cachemask_backward(Tensor grad, Tensor mask) -> Tensor`,
      (g, a) => calc(g).mul(a.tensor("grad"), g.cast(a.tensor("mask"), a.tensor("grad").type.dtype)),
    )
  ),
  op(
    `_fake_quantize_learnable_per_tensor_affine_backward(Tensor grad, ${x}, Tensor scale, Tensor zero_point, ${ends}, float grad_factor=1.) -> (Tensor, Tensor, Tensor)`,
    learntPerTensor,
  ),
  op(
    `_fake_quantize_learnable_per_channel_affine_backward(Tensor grad, ${x}, Tensor scale, Tensor zero_point, int axis, ${ends}, float grad_factor=1.) -> (Tensor, Tensor, Tensor)`,
    learntPerChannel,
  ),
  op(
    `_fused_moving_avg_obs_fq_helper_functional(${observing}) -> (Tensor output, Tensor mask, Tensor running_min_out, Tensor running_max_out, Tensor scale_out, Tensor zero_point_out)`,
    observed,
  ),
];
