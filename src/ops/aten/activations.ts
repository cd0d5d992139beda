/**
 * Activation functions. More than one step on half types computes in f32 and rounds once.
 *
 * @module
 */
import { floorDiv, int, isInt } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { type Calc, calc } from "../calc.ts";
import { channels } from "../norms.ts";
import { inWide, toFloat } from "../numeric.ts";
import { uniform } from "../random.ts";
import { wrapDim } from "../shapes.ts";
import { narrow, rankOf, reshape } from "../views.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

type Body = (m: Calc, x: Value, a: Args) => Value;

/** A function of argument `self` with numbers as further arguments. */
function activation(schema: string, body: Body): AtenOp {
  return op(schema, (g, a) => inWide(g, [a.tensor("self")], (x) => body(calc(g), x!, a)));
}

/** A Scalar argument as a number. */
function num(a: Args, name: string): number {
  const value = a.scalar(name);
  if ("type" in value) return unsupported(a.schema.target, `"${name}" is only known at run time`);
  return value.kind === "bool" ? Number(value.truth) : a.float(name);
}

const gelu: Body = (m, x, a) => {
  const half = m.mul(x, 0.5);
  if (a.string("approximate") !== "tanh") return m.mul(half, m.add(m.erf(m.mul(x, Math.SQRT1_2)), 1));
  const inner = m.mul(m.add(x, m.mul(m.mul(m.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return m.mul(half, m.add(m.tanh(inner), 1));
};

/** `scale * (x > 0 ? x : alpha*(exp(inner*x) - 1))`. */
function elu(m: Calc, x: Value, alpha: number, scale = 1, inner = 1): Value {
  const low = m.mul(m.expm1(inner === 1 ? x : m.mul(x, inner)), alpha * scale);
  return m.where(m.gt(x, 0), scale === 1 ? x : m.mul(x, scale), low);
}

const softplus: Body = (m, x, a) => {
  const beta = num(a, "beta"), z = m.mul(x, beta);
  return m.where(m.gt(z, num(a, "threshold")), x, m.div(m.log1p(m.exp(z)), beta));
};

const softshrink: Body = (m, x, a) => {
  const by = num(a, "lambd");
  return m.where(m.gt(x, by), m.sub(x, by), m.where(m.lt(x, -by), m.add(x, by), m.mul(x, 0)));
};

const hardshrink: Body = (m, x, a) => {
  const by = num(a, "lambd");
  return m.where(m.and(m.ge(x, -by), m.le(x, by)), 0, x);
};

/** `min(max(x + 3, 0), 6)`. */
const ramp = (m: Calc, x: Value) => m.min(m.max(m.add(x, 3), 0), 6);
const logSigmoid = (m: Calc, x: Value) => m.sub(m.min(x, 0), m.log1p(m.exp(m.neg(m.abs(x)))));
const leaky = (m: Calc, x: Value, slope: number) => m.where(m.gt(x, 0), x, m.mul(x, slope));

/** One slope, or one for each channel. */
function prelu(g: GraphBuilder, x: Value, weight: Value): Value {
  const single = rankOf(x) < 2 || isInt(weight.type.shape[0] ?? int(1), 1);
  const slopes = reshape(g, weight, single ? [] : channels(x));
  return inWide(g, [x, slopes], (y, w) => calc(g).where(calc(g).gt(y!, 0), y!, calc(g).mul(y!, w!)));
}

/** One half of `dim` gates the other. */
function glu(g: GraphBuilder, x: Value, dim: number): Value {
  const size = floorDiv(x.type.shape[wrapDim(dim, rankOf(x))]!, 2);
  const value = narrow(g, x, dim, int(0), size), gate = narrow(g, x, dim, size, size);
  return inWide(g, [value, gate], (p, q) => calc(g).mul(p!, calc(g).sigmoid(q!)));
}

/** Negative elements times the middle slope; in training times a random one each, which comes back too. */
function rrelu(g: GraphBuilder, a: Args): { readonly out: Value; readonly noise?: Value } {
  const x = a.tensor("self"), m = calc(g), [lower, upper] = [num(a, "lower"), num(a, "upper")];
  if (!a.bool("training")) return { out: inWide(g, [x], (y) => leaky(m, y!, (lower + upper) / 2)) };
  const drawn = m.add(m.mul(uniform(g, x.type.shape, x.type.dtype), upper - lower), lower);
  const slope = m.where(m.gt(x, 0), 1, drawn);
  return { out: m.mul(x, slope), noise: slope };
}

/** Rows of this family. */
export const activationOps: readonly AtenOp[] = [
  activation("relu(Tensor self) -> Tensor", (m, x) => m.max(x, 0)),
  activation("relu6(Tensor self) -> Tensor", (m, x) => m.min(m.max(x, 0), 6)),
  activation(
    "hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor",
    (m, x, a) => m.min(m.max(x, num(a, "min_val")), num(a, "max_val")),
  ),
  activation("hardsigmoid(Tensor self) -> Tensor", (m, x) => m.div(ramp(m, x), 6)),
  activation("hardswish(Tensor self) -> Tensor", (m, x) => m.div(m.mul(x, ramp(m, x)), 6)),
  activation("gelu(Tensor self, *, str approximate='none') -> Tensor", gelu),
  activation("silu(Tensor self) -> Tensor", (m, x) => m.mul(x, m.sigmoid(x))),
  activation("mish(Tensor self) -> Tensor", (m, x) => m.mul(x, m.tanh(m.log1p(m.exp(x))))),
  activation(
    "elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor",
    (m, x, a) => elu(m, x, num(a, "alpha"), num(a, "scale"), num(a, "input_scale")),
  ),
  activation(
    "celu(Tensor self, Scalar alpha=1.0) -> Tensor",
    (m, x, a) => elu(m, x, num(a, "alpha"), 1, 1 / num(a, "alpha")),
  ),
  activation("selu(Tensor self) -> Tensor", (m, x) => elu(m, x, 1.6732632423543772, 1.0507009873554805)),
  activation(
    "leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor",
    (m, x, a) => leaky(m, x, num(a, "negative_slope")),
  ),
  op(
    "rrelu(Tensor self, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, Generator? generator=None) -> Tensor",
    (g, a) => rrelu(g, a).out,
  ),
  op(
    "rrelu_with_noise(Tensor self, Tensor noise, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, Generator? generator=None) -> Tensor",
    (g, a) => rrelu(g, a).out,
  ),
  op(
    "rrelu_with_noise_functional(Tensor self, Tensor noise, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, Generator? generator=None) -> (Tensor, Tensor noise_out)",
    (g, a) => {
      const { out, noise } = rrelu(g, a);
      return [out, noise ?? a.tensor("noise")];
    },
  ),
  activation("softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor", softplus),
  activation("softshrink(Tensor self, Scalar lambd=0.5) -> Tensor", softshrink),
  activation("hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor", hardshrink),
  activation(
    "threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor",
    (m, x, a) => m.where(m.le(x, num(a, "threshold")), num(a, "value"), x),
  ),
  activation("log_sigmoid(Tensor self) -> Tensor", logSigmoid),
  op("log_sigmoid_forward(Tensor self) -> (Tensor output, Tensor buffer)", (g, a) => {
    const x = a.tensor("self"), m = calc(g);
    return [inWide(g, [x], (y) => logSigmoid(m, y!)), inWide(g, [x], (y) => m.exp(m.neg(m.abs(y!))))];
  }),
  op("prelu(Tensor self, Tensor weight) -> Tensor", (g, a) => prelu(g, a.tensor("self"), a.tensor("weight"))),
  op("_prelu_kernel(Tensor self, Tensor weight) -> Tensor", (g, a) => {
    const m = calc(g);
    return inWide(
      g,
      [a.tensor("self"), a.tensor("weight")],
      (x, w) => m.where(m.gt(x!, 0), x!, m.mul(x!, w!)),
    );
  }),
  op(
    "glu(Tensor self, int dim=-1) -> Tensor",
    (g, a) => glu(g, toFloat(g, a.tensor("self")), a.fixed("dim")),
  ),
];
