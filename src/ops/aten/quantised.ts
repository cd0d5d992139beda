/**
 * `quantized_decomposed`: what a quantised export (pt2e) is written in.
 *
 * @module
 */
import { asInt, int } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { everyDim, fold } from "../fold.ts";
import { epsilon } from "../limits.ts";
import { isHalf, isTensor } from "../numeric.ts";
import {
  affineParameters,
  dequantise,
  inverseOf,
  type Parameters,
  quantise,
  quantiseShifted,
  type Span,
  spread,
  symmetricParameters,
} from "../quantised.ts";
import { numel } from "../shapes.ts";
import { rankOf, reshape } from "../views.ts";
import { alongAxis, beside, scaleOf, single } from "./quantisation.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

type Build = AtenOp["build"];

const wideInput = (g: GraphBuilder, a: Args) => {
  const x = a.tensor("input");
  return isHalf(x.type.dtype) ? g.cast(x, "f32") : x;
};

function spanOf(g: GraphBuilder, a: Args): Span {
  const bound = (name: string) => {
    const x = single(g, a, name);
    return isTensor(x) ? x : a.fixed(name);
  };
  return { min: bound("quant_min"), max: bound("quant_max") };
}

const perTensor: Build = (g, a) => {
  const x = wideInput(g, a), inverse = beside(g, x, inverseOf(g, scaleOf(g, a)));
  const q = quantise(g, x, inverse, beside(g, x, single(g, a, "zero_point")), spanOf(g, a));
  return g.cast(q, a.dtypeOrNone("dtype")!);
};

const backPerTensor: Build = (g, a) => {
  const x = g.cast(a.tensor("input"), a.dtypeOrNone("out_dtype") ?? "f32");
  const zero = beside(g, x, single(g, a, "zero_point")), scale = scaleOf(g, a), m = calc(g);
  if (!isHalf(x.type.dtype)) return dequantise(g, x, beside(g, x, scale), zero);
  const gap = g.cast(m.sub(x, isTensor(zero) ? zero : a.fixed("zero_point")), "f32");
  return g.cast(m.mul(gap, isTensor(scale) ? g.cast(scale, "f32") : a.float("scale")), x.type.dtype);
};

const perChannel: Build = (g, a) => {
  const x = wideInput(g, a), scale = alongAxis(g, a, x, "scales"), zero = alongAxis(g, a, x, "zero_points");
  return g.cast(quantise(g, x, inverseOf(g, scale), zero, spanOf(g, a)), a.dtypeOrNone("dtype")!);
};

const backPerChannel: Build = (g, a) => {
  const x = a.tensor("input"), zero = a.tensorOrNone("zero_points") && alongAxis(g, a, x, "zero_points");
  return g.cast(dequantise(g, x, alongAxis(g, a, x, "scales"), zero), a.dtypeOrNone("out_dtype") ?? "f32");
};

const fakePerChannel: Build = (g, a) => {
  const x = a.tensor("input"), m = calc(g), scale = g.cast(alongAxis(g, a, x, "scales"), "f32");
  const zero = g.cast(g.cast(alongAxis(g, a, x, "zero_points"), "i32"), "f32");
  return m.mul(m.sub(quantise(g, x, inverseOf(g, scale), zero, spanOf(g, a)), zero), scale);
};

const perToken: Build = (g, a) => {
  const inverse = inverseOf(g, a.tensor("scales"));
  const q = quantiseShifted(g, a.tensor("input"), inverse, a.tensor("zero_points"), spanOf(g, a));
  return g.cast(q, a.dtypeOrNone("dtype")!);
};

const backPerToken: Build = (g, a) =>
  g.cast(
    dequantise(g, a.tensor("input"), a.tensor("scales"), a.tensor("zero_points")),
    a.dtypeOrNone("output_dtype")!,
  );

/** Rows of `group_size` elements, and a parameter for each as a column. */
function groups(g: GraphBuilder, a: Args) {
  const x = a.tensor("input"), [rows, columns] = a.tensor("scales").type.shape;
  const each = asInt(columns!) === 1 ? x.type.shape[1]! : a.int("group_size"), column = [int(-1), int(1)];
  const zero = a.tensorOrNone("zero_points");
  return {
    x: reshape(g, x, [numel([rows!, columns!]), each]),
    scale: reshape(g, a.tensor("scales"), column),
    zero: zero && reshape(g, zero, column),
    back: (y: Value) => reshape(g, y, x.type.shape),
  };
}

const perGroup: Build = (g, a) => {
  const { x, scale, zero, back } = groups(g, a);
  return back(
    g.cast(quantiseShifted(g, x, inverseOf(g, scale), zero!, spanOf(g, a)), a.dtypeOrNone("dtype")!),
  );
};

const backPerGroup: Build = (g, a) => {
  const { x, scale, zero, back } = groups(g, a);
  return back(g.cast(dequantise(g, x, scale, zero), a.dtypeOrNone("output_dtype")!));
};

/** A scale (f64) and a zero point (i64) as vectors of one element. */
function written(g: GraphBuilder, { scale, zero }: Parameters): Value[] {
  return [g.cast(reshape(g, scale, [int(1)]), "f64"), reshape(g, zero, [int(1)])];
}

const range = (a: Args) => ({ min: a.fixed("quant_min"), max: a.fixed("quant_max") });

const choose: Build = (g, a) => {
  const x = a.tensor("input"), ends = spread(g, x, { dims: everyDim(x) });
  return written(g, affineParameters(g, ends, range(a), a.float("eps")));
};

const chooseSymmetric: Build = (g, a) => {
  const x = a.tensor("input"), ends = spread(g, x, { dims: everyDim(x) });
  return written(g, symmetricParameters(g, ends, range(a), a.float("eps"), a.dtypeOrNone("dtype")!));
};

const lastKept = (x: Value) => ({ dims: [rankOf(x) - 1], keep: true });

const chooseSymmetricPerToken: Build = (g, a) => {
  const x = a.tensor("input"), m = calc(g), far = fold(g, "max", m.abs(x), lastKept(x));
  const scale = m.div(m.max(x.type.dtype === "f16" ? g.cast(far, "f32") : far, 1e-5), 127);
  return [scale, m.mul(scale, 0)];
};

/** Whichever end is nearer to an integer decides the zero point. */
const choosePerToken: Build = (g, a) => {
  const x = a.tensor("input"), m = calc(g), { low, high } = spread(g, x, lastKept(x));
  const scale = m.max(m.div(m.sub(high, low), 255), epsilon("f32"));
  const [below, above] = [m.div(low, scale), m.div(high, scale)];
  const errors = m.add(m.add(below, -128), m.add(above, 127));
  const zero = m.where(m.gt(errors, 0), m.sub(-128, below), m.sub(127, above));
  return [g.cast(scale, "f64"), g.cast(m.round(m.min(m.max(zero, -128), 127)), "i64")];
};

const own = (schema: string, build: Build) => op(`quantized_decomposed::${schema}`, build);
const limits = "int quant_min, int quant_max, ScalarType dtype";
const parameters = {
  default: `float scale, int zero_point, ${limits}`,
  tensor: `Tensor scale, Tensor zero_point, ${limits}`,
  tensor2: "Tensor scale, Tensor zero_point, Tensor quant_min, Tensor quant_max, ScalarType dtype",
} as const;

/** Rows of this family. */
export const quantisedOps: readonly AtenOp[] = [
  ...Object.entries(parameters).flatMap(([form, given]) => [
    own(`quantize_per_tensor.${form}(Tensor input, ${given}) -> Tensor`, perTensor),
    own(
      `dequantize_per_tensor.${form}(Tensor input, ${given}, *, ScalarType? out_dtype=None) -> Tensor`,
      backPerTensor,
    ),
  ]),
  own(
    `quantize_per_channel(Tensor input, Tensor scales, Tensor zero_points, int axis, ${limits}) -> Tensor`,
    perChannel,
  ),
  own(
    `dequantize_per_channel(Tensor input, Tensor scales, Tensor? zero_points, int axis, ${limits}, *, ScalarType? out_dtype=None) -> Tensor`,
    backPerChannel,
  ),
  own(
    "fake_quant_per_channel(Tensor input, Tensor scales, Tensor zero_points, int axis, int quant_min, int quant_max) -> Tensor",
    fakePerChannel,
  ),
  own(`quantize_per_token(Tensor input, Tensor scales, Tensor zero_points, ${limits}) -> Tensor`, perToken),
  own(
    `dequantize_per_token(Tensor input, Tensor scales, Tensor zero_points, ${limits}, ScalarType output_dtype) -> Tensor`,
    backPerToken,
  ),
  own(
    `quantize_per_channel_group(Tensor input, Tensor scales, Tensor zero_points, ${limits}, int group_size) -> Tensor`,
    perGroup,
  ),
  own(
    `dequantize_per_channel_group(Tensor input, Tensor scales, Tensor? zero_points, ${limits}, int group_size, ScalarType output_dtype) -> Tensor`,
    backPerGroup,
  ),
  own(
    "choose_qparams.tensor(Tensor input, int quant_min, int quant_max, float eps, ScalarType dtype) -> (Tensor, Tensor)",
    choose,
  ),
  own(
    "choose_qparams_symmetric.tensor(Tensor input, int quant_min, int quant_max, float eps, ScalarType dtype) -> (Tensor, Tensor)",
    chooseSymmetric,
  ),
  own(
    "choose_qparams_per_token(Tensor input, ScalarType dtype) -> (Tensor, Tensor)",
    chooseSymmetricPerToken,
  ),
  own(
    "choose_qparams_per_token_asymmetric(Tensor input, ScalarType dtype) -> (Tensor, Tensor)",
    choosePerToken,
  ),
  own(
    "_choose_qparams_per_token_asymmetric_impl(Tensor input, ScalarType dtype) -> (Tensor, Tensor)",
    choosePerToken,
  ),
  own(
    "convert_element_type.no_fuse(Tensor input, ScalarType dtype) -> Tensor",
    (g, a) => g.cast(a.tensor("input"), a.dtypeOrNone("dtype")!),
  ),
];
