/**
 * Functions of one tensor, element by element.
 *
 * @module
 */
import { isFloat, isInteger } from "../../base/mod.ts";
import { truth } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import type { ScalarFn } from "../../ir/scalar/mod.ts";
import { type Calc, calc } from "../calc.ts";
import { inWide, toFloat } from "../numeric.ts";
import { op } from "./schema.ts";
import type { AtenOp } from "./types.ts";

type Body = (g: GraphBuilder, x: Value) => Value;

/** A row per name, all with the same body. */
function unary(names: string, body: Body): AtenOp[] {
  return names.split(" ").map((name) =>
    op(`${name}(Tensor self) -> Tensor`, (g, a) => body(g, a.tensor("self")))
  );
}

/** Integers become floats first. */
function floats(fn: ScalarFn, ...aliases: readonly string[]): AtenOp[] {
  return unary([fn, ...aliases].join(" "), (g, x) => g.pointwise(fn, toFloat(g, x)));
}

/** Integers and bools are left alone. */
function rounding(fn: ScalarFn, ...names: readonly string[]): AtenOp[] {
  return unary(names.join(" "), (g, x) => isFloat(x.type.dtype) ? g.pointwise(fn, x) : x);
}

/** More than one function: half types compute in f32 and round once. */
function composite(names: string, body: (m: Calc, x: Value, g: GraphBuilder) => Value): AtenOp[] {
  return unary(names, (g, x) => inWide(g, [toFloat(g, x)], (wide) => body(calc(g), wide!, g)));
}

/** A question that only floats answer with yes. */
function floatQuestion(names: string, body: (m: Calc, x: Value) => Value): AtenOp[] {
  return unary(
    names,
    (g, x) => isFloat(x.type.dtype) ? body(calc(g), x) : g.mask(x.type.shape, () => truth(false)),
  );
}

const sign: Body = (g, x) => x.type.dtype === "bool" ? x : g.pointwise("sign", x);

/** Rounding to a number of decimals, as `round.decimals` computes it. */
function roundDecimals(g: GraphBuilder, x: Value, decimals: number): Value {
  if (isInteger(x.type.dtype)) return x;
  return inWide(g, [x], (wide) => {
    const m = calc(g), scale = 10 ** Math.abs(decimals);
    if (decimals === 0) return m.round(wide!);
    return decimals > 0
      ? m.div(m.round(m.mul(wide!, scale)), scale)
      : m.mul(m.round(m.div(wide!, scale)), scale);
  });
}

/** Rows of this family. */
export const unaryOps: readonly AtenOp[] = [
  ...unary("abs absolute", (g, x) => x.type.dtype === "bool" ? x : g.pointwise("abs", x)),
  ...unary("neg negative", (g, x) => g.pointwise("neg", x)),
  ...unary("sign sgn", sign),

  ...unary("square", (g, x) => {
    const y = x.type.dtype === "bool" ? g.cast(x, "i64") : x; // a power with a number, which bools are promoted for
    return calc(g).mul(y, y);
  }),
  ...unary("bitwise_not", (g, x) => g.pointwise("not", x)),
  ...unary("logical_not", (g, x) => g.pointwise("not", g.cast(x, "bool"))),
  ...rounding("floor", "floor"),
  ...rounding("ceil", "ceil"),
  ...rounding("trunc", "trunc", "fix"),
  ...rounding("round", "round"),
  op(
    "round.decimals(Tensor self, *, int decimals) -> Tensor",
    (g, a) => roundDecimals(g, a.tensor("self"), a.fixed("decimals")),
  ),
  op(
    "special_round(Tensor self, *, int decimals=0) -> Tensor",
    (g, a) => roundDecimals(g, a.tensor("self"), a.fixed("decimals")),
  ),
  ...unary("frac", (g, x) => isFloat(x.type.dtype) ? g.pointwise("frac", x) : calc(g).sub(x, x)),
  ...floats("sqrt"),
  ...floats("rsqrt"),
  ...floats("reciprocal"),
  ...floats("exp"),
  ...floats("exp2", "special_exp2"),
  ...floats("expm1", "special_expm1"),
  ...floats("log"),
  ...floats("log2"),
  ...floats("log10"),
  ...floats("log1p", "special_log1p"),
  ...floats("sin"),
  ...floats("cos"),
  ...floats("tan"),
  ...floats("asin", "arcsin"),
  ...floats("acos", "arccos"),
  ...floats("atan", "arctan"),
  ...floats("sinh"),
  ...floats("cosh"),
  ...floats("tanh"),
  ...floats("asinh", "arcsinh"),
  ...floats("acosh", "arccosh"),
  ...floats("atanh", "arctanh"),
  ...floats("sigmoid", "special_expit"),
  ...floats("erf", "special_erf"),
  ...floats("erfc", "special_erfc"),
  ...floats("erfinv", "special_erfinv"),
  ...floats("lgamma", "special_gammaln"),
  ...floats("digamma", "special_digamma", "special_psi"),
  ...composite("deg2rad", (m, x) => m.mul(x, Math.PI / 180)),
  ...composite("rad2deg", (m, x) => m.mul(x, 180 / Math.PI)),
  ...composite("sinc special_sinc", (m, x, g) => {
    const t = m.mul(x, Math.PI);
    return m.where(m.eq(x, 0), g.constant(1, x.type.dtype), m.div(m.sin(t), t));
  }),
  ...composite(
    "angle",
    (m, x) => m.where(m.isnan(x), x, m.where(m.lt(x, 0), m.add(m.mul(x, 0), Math.PI), 0)),
  ),
  ...floatQuestion("isnan", (m, x) => m.isnan(x)),
  ...floatQuestion("isinf", (m, x) => m.isinf(x)),
  ...floatQuestion("isposinf", (m, x) => m.eq(x, Infinity)),
  ...floatQuestion("isneginf", (m, x) => m.eq(x, -Infinity)),
  ...unary(
    "isfinite",
    (g, x) => isFloat(x.type.dtype) ? g.pointwise("isfinite", x) : g.mask(x.type.shape, () => truth(true)),
  ),
  ...unary("isreal", (g, x) => g.mask(x.type.shape, () => truth(true))),
  ...unary(
    "signbit",
    (g, x) => x.type.dtype === "bool" ? g.mask(x.type.shape, () => truth(false)) : g.pointwise("signbit", x),
  ),
  op(
    "logit(Tensor self, float? eps=None) -> Tensor",
    (g, a) => logit(g, a.tensor("self"), a.floatOrNone("eps")),
  ),
  op(
    "special_logit(Tensor self, float? eps=None) -> Tensor",
    (g, a) => logit(g, a.tensor("self"), a.floatOrNone("eps")),
  ),
];

function logit(g: GraphBuilder, x: Value, eps: number | undefined): Value {
  return inWide(g, [toFloat(g, x)], (wide) => {
    const m = calc(g);
    const z = eps === undefined ? wide! : m.min(m.max(wide!, eps), 1 - eps);
    return m.log(m.div(z, m.sub(1, z)));
  });
}
