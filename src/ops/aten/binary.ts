/**
 * Arithmetic of two tensors, or of a tensor and a number.
 *
 * @module
 */
import { isFloat } from "../../base/mod.ts";
import { asInt } from "../../ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type Value } from "../../ir/graph/mod.ts";
import type { ScalarFn } from "../../ir/scalar/mod.ts";
import { type Calc, calc } from "../calc.ts";
import {
  asTensor,
  floatOf,
  inType,
  inWide,
  isTensor,
  type Mixed,
  promoted,
  promotedFloat,
  resultType,
  wideType,
  withExact,
} from "../numeric.ts";
import { numel } from "../shapes.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

type Body = (g: GraphBuilder, a: Value, b: Value, args: Args) => Value;
type Promotion = (g: GraphBuilder, ...operands: readonly Mixed[]) => Value[];

/** Rows whose operands `self` and `other` are promoted together. */
function binary(schemas: readonly string[], body: Body, promotion: Promotion = promoted): AtenOp[] {
  return schemas.map((schema) =>
    op(schema, (g, args) => {
      const [a, b] = promotion(g, args.scalar("self"), args.scalar("other"));
      return body(g, a!, b!, args);
    })
  );
}

/** `name.Tensor`, `name.Scalar` for each of `names`, without further arguments. */
function tensorAndScalar(names: string): string[] {
  return names.split(" ").flatMap((name) => [
    `${name}.Tensor(Tensor self, Tensor other) -> Tensor`,
    `${name}.Scalar(Tensor self, Scalar other) -> Tensor`,
  ]);
}

/** `name(Tensor self, Tensor other)` for each of `names`. */
function plain(names: string): string[] {
  return names.split(" ").map((name) => `${name}(Tensor self, Tensor other) -> Tensor`);
}

/** One scalar function. */
function fn(name: ScalarFn): Body {
  return (g, a, b) => g.pointwise(name, a, b);
}

/** More than one: half types compute in f32. */
function composite(body: (m: Calc, a: Value, b: Value, g: GraphBuilder) => Value): Body {
  return (g, a, b) => inWide(g, [a, b], (x, y) => body(calc(g), x!, y!, g));
}

/** `a + alpha*b`, with `or` for bools. */
export function addScaled(g: GraphBuilder, a: Value, b: Value, alpha: Mixed): Value {
  return a.type.dtype === "bool" ? g.pointwise("or", a, scaled(g, b, alpha)) : joined(g, "add", a, b, alpha);
}

/** `a - alpha*b`. */
function subScaled(g: GraphBuilder, a: Value, b: Value, alpha: Mixed): Value {
  return joined(g, "sub", a, b, alpha);
}

/** Elements from which PyTorch's kernels take vectors of half types, and then round once. */
const fromVectors = 32;

/** `a ± alpha*b` with `alpha` in their own type; few elements of half types are rounded step by step, as PyTorch's are. */
function joined(g: GraphBuilder, sign: "add" | "sub", a: Value, b: Value, alpha: Mixed): Value {
  if (isOne(alpha)) return g.pointwise(sign, a, b);
  const dtype = a.type.dtype, factor = inType(g, alpha, dtype);
  const count = asInt(numel(broadcastShapes(a.type.shape, b.type.shape)));
  if (count !== undefined && count < fromVectors) return g.pointwise(sign, a, g.pointwise("mul", b, factor));
  return inWide(g, [a, b, factor], (x, y, by) => g.pointwise(sign, x!, g.pointwise("mul", y!, by!)));
}

/** `alpha*x` in the type of `x`. */
export function scaled(g: GraphBuilder, x: Value, alpha: Mixed): Value {
  return isOne(alpha)
    ? x
    : g.pointwise(x.type.dtype === "bool" ? "and" : "mul", x, inType(g, alpha, x.type.dtype));
}

function isOne(alpha: Mixed): boolean {
  if (isTensor(alpha)) return false;
  return alpha.kind === "int" ? asInt(alpha.expr) === 1 : alpha.kind === "float" && alpha.float === 1;
}

const mul: Body = (g, a, b) => g.pointwise(a.type.dtype === "bool" ? "and" : "mul", a, b);

/** Division with `rounding_mode`. */
export function divide(g: GraphBuilder, a: Mixed, b: Mixed, mode: string | undefined): Value {
  const dtype = mode === undefined ? floatOf(resultType(a, b)) : resultType(a, b);
  if (mode === undefined) return withExact(g, a, b, dtype, (x, y) => g.pointwise("div", x, y));
  if (mode === "floor") return withExact(g, a, b, dtype, (x, y) => g.pointwise("floordiv", x, y));
  if (mode !== "trunc") return unsupported("aten.div", `rounding_mode "${mode}" is unknown`);
  if (!isFloat(dtype)) return g.pointwise("div", asTensor(g, a, dtype), asTensor(g, b, dtype));
  const cut = (x: Value, y: Value) => calc(g).trunc(calc(g).div(x, y));
  // of two tensors of half types the quotient is rounded before it is cut
  if (isTensor(b) && b.type.shape.length > 0) return cut(asTensor(g, a, dtype), g.cast(b, dtype));
  const wide = wideType(dtype);
  return g.cast(cut(asTensor(g, a, wide), asTensor(g, b, wide)), dtype);
}

function division(schema: string, mode?: (args: Args) => string | undefined): AtenOp {
  return op(schema, (g, args) => divide(g, args.scalar("self"), args.scalar("other"), mode?.(args)));
}

const roundingMode = (args: Args) => args.stringOrNone("rounding_mode");
const toFloor = () => "floor";

/** `x * log(y)` with 0 where `x` is 0, nan where `y` is. */
function xlogy(log: "log" | "log1p"): Body {
  return composite((m, x, y) => m.where(m.isnan(y), y, m.where(m.eq(x, 0), 0, m.mul(x, m[log](y)))));
}

/** `log(exp(a) + exp(b))` in base e or 2, without overflow. */
function logAddExp(exp: "exp" | "exp2"): Body {
  return composite((m, a, b) => {
    const high = m.max(a, b), low = m.min(a, b), gap = m.sub(low, high);
    const rest = exp === "exp" ? m.log1p(m.exp(gap)) : m.mul(m.log1p(m.exp2(gap)), Math.LOG2E);
    return m.where(m.and(m.eq(a, b), m.isinf(a)), a, m.add(high, rest));
  });
}

const heaviside: Body = (g, x, at0) => {
  const m = calc(g), dtype = x.type.dtype;
  if (dtype === "bool") return m.or(x, at0);
  const step = m.where(m.gt(x, 0), asTensor(g, { kind: "bool", truth: true }, dtype), 0);
  const value = m.where(m.eq(x, 0), at0, step);
  return isFloat(dtype) ? m.where(m.isnan(x), x, value) : value;
};

const copysign: Body = (g, a, b) => g.pointwise("copysign", a, b);

/** Rows of this family. */
export const binaryOps: readonly AtenOp[] = [
  ...binary([
    "add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    "add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
  ], (g, a, b, args) => addScaled(g, a, b, args.scalar("alpha"))),
  ...binary([
    "sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    "sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
    "subtract.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    "subtract.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
  ], (g, a, b, args) => subScaled(g, a, b, args.scalar("alpha"))),
  ...binary([
    "rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    "rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
  ], (g, a, b, args) => subScaled(g, b, a, args.scalar("alpha"))),
  ...tensorAndScalar("mul multiply").map((schema) =>
    op(schema, (g, args) => {
      const [a, b] = [args.scalar("self"), args.scalar("other")];
      return withExact(g, a, b, resultType(a, b), (x, y) => mul(g, x, y, args));
    })
  ),
  ...[...tensorAndScalar("div divide true_divide")].map((schema) => division(schema)),
  ...[
    "div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor",
    "div.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor",
    "divide.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor",
    "divide.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor",
  ]
    .map((schema) => division(schema, roundingMode)),
  ...[
    "floor_divide(Tensor self, Tensor other) -> Tensor",
    "floor_divide.Scalar(Tensor self, Scalar other) -> Tensor",
  ].map((schema) => division(schema, toFloor)),
  ...binary(
    [...tensorAndScalar("remainder"), "remainder.Scalar_Tensor(Scalar self, Tensor other) -> Tensor"],
    fn("mod"),
  ),
  ...binary(tensorAndScalar("fmod"), fn("fmod")),
  ...binary(plain("maximum"), fn("max")),
  ...binary(plain("minimum"), fn("min")),
  ...binary(["max.other(Tensor self, Tensor other) -> Tensor"], fn("max")),
  ...binary(["min.other(Tensor self, Tensor other) -> Tensor"], fn("min")),
  ...binary(plain("fmax"), (g, a, b) => g.pointwise(isFloat(a.type.dtype) ? "fmax" : "max", a, b)),
  ...binary(plain("fmin"), (g, a, b) => g.pointwise(isFloat(a.type.dtype) ? "fmin" : "min", a, b)),
  ...binary(plain("atan2 arctan2"), fn("atan2"), promotedFloat),
  ...binary(plain("hypot"), fn("hypot"), promotedFloat),
  ...binary(plain("nextafter"), fn("nextafter"), promotedFloat),
  ...binary(tensorAndScalar("copysign"), copysign, promotedFloat),
  ...binary(
    ["ldexp.Tensor(Tensor self, Tensor other) -> Tensor"],
    composite((m, a, b) => m.mul(a, m.exp2(b))),
    promotedFloat,
  ),
  ...binary(
    [
      "xlogy.Tensor(Tensor self, Tensor other) -> Tensor",
      "xlogy.Scalar_Other(Tensor self, Scalar other) -> Tensor",
      "xlogy.Scalar_Self(Scalar self, Tensor other) -> Tensor",
    ],
    xlogy("log"),
    promotedFloat,
  ),
  ...binary(
    [
      "special_xlogy(Tensor self, Tensor other) -> Tensor",
      "special_xlogy.other_scalar(Tensor self, Scalar other) -> Tensor",
      "special_xlogy.self_scalar(Scalar self, Tensor other) -> Tensor",
    ],
    xlogy("log"),
    promotedFloat,
  ),
  ...binary(
    [
      "special_xlog1py(Tensor self, Tensor other) -> Tensor",
      "special_xlog1py.other_scalar(Tensor self, Scalar other) -> Tensor",
      "special_xlog1py.self_scalar(Scalar self, Tensor other) -> Tensor",
    ],
    xlogy("log1p"),
    promotedFloat,
  ),
  ...binary(plain("logaddexp"), logAddExp("exp"), promotedFloat),
  ...binary(plain("logaddexp2"), logAddExp("exp2"), promotedFloat),
  op("heaviside(Tensor self, Tensor values) -> Tensor", (g, args) => {
    const [x, at0] = promoted(g, args.tensor("self"), args.tensor("values"));
    return heaviside(g, x!, at0!, args);
  }),
];
