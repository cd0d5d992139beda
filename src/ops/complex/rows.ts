/**
 * What operators do otherwise when a complex tensor or number is among their arguments, by name without overload.
 * Every operator that is not here is right as it stands: its core operations have a complex meaning.
 *
 * @module
 */
import { isInt } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import type { Args, ArgValue, AtenOp, OutValue } from "../aten/types.ts";
import { calc } from "../calc.ts";
import { fold, sum } from "../fold.ts";
import { asTensor, isTensor, type Mixed, promoted, resultType, sizeAs } from "../numeric.ts";
import { isComplex } from "../../base/mod.ts";
import { wrapDim } from "../shapes.ts";
import { expand, rankOf } from "../views.ts";
import { absolute, complexType, conj, im, isComplexValue, join, re } from "./parts.ts";

type Out = OutValue | readonly OutValue[];
type Tensors = Readonly<Record<string, Value>>;
/** `base` builds the operator's own row with other tensors in place of some of its arguments. */
type Body = (g: GraphBuilder, a: Args, base: (instead?: Tensors) => Out) => Out;

const parts = (g: GraphBuilder, a: Args) => {
  const x = a.tensor("self");
  return [re(g, x), im(g, x)] as const;
};

/** A question about both parts. */
function asked(fn: "isnan" | "isinf" | "isfinite", together: "or" | "and"): Body {
  return (g, a) => g.pointwise(together, ...parts(g, a).map((part) => g.pointwise(fn, part)));
}

const conjugated: Body = (g, a, base) => conj(g, (base() ?? a.tensor("self")) as Value);

/** Distances of parts add up. */
const variance: Body = (g, a, base) => {
  const [p, q] = parts(g, a).map((self) => [base({ self })].flat() as Value[]) as [Value[], Value[]];
  const spread = g.pointwise("add", p[0]!, q[0]!);
  return p[1] ? [spread, join(g, p[1], q[1]!)] : spread;
};
const deviation: Body = (g, a, base) => {
  const [p, q] = parts(g, a).map((self) => [base({ self })].flat() as Value[]) as [Value[], Value[]];
  const spread = g.pointwise("hypot", p[0]!, q[0]!);
  return p[1] ? [spread, join(g, p[1], q[1]!)] : spread;
};

const direction: Body = (g, a) => {
  const x = a.tensor("self"), size = absolute(g, x), m = calc(g), none = m.eq(size, 0);
  return join(g, ...parts(g, a).map((part) => m.where(none, 0, m.div(part, size))) as [Value, Value]);
};

/** `|a - b| <= atol + rtol*|b|`. */
const isClose: Body = (g, a) => {
  const [x, y] = promoted(g, a.tensor("self"), a.tensor("other")) as [Value, Value], m = calc(g);
  const gap = absolute(g, m.sub(x, y)),
    allowed = m.add(m.mul(absolute(g, y), a.float("rtol")), a.float("atol"));
  const close = m.or(m.eq(x, y), m.and(m.isfinite(gap), m.le(gap, allowed)));
  if (!a.bool("equal_nan")) return close;
  const nan = (z: Value) => m.or(m.isnan(re(g, z)), m.isnan(im(g, z)));
  return m.or(close, m.and(nan(x), nan(y)));
};

const allClose: Body = (g, a, base) => {
  const close = isClose(g, a, base) as Value;
  return fold(g, "all", close, { dims: close.type.shape.map((_, n) => n) });
};

const dot: Body = (g, a) => {
  const [x, y] = promoted(g, a.tensor("self"), a.tensor("other"));
  return g.einsum("z,z->", conj(g, x!), y!);
};

const vecdot: Body = (g, a) => {
  const [x, y] = promoted(g, a.tensor("x"), a.tensor("y")), product = calc(g).mul(conj(g, x!), y!);
  return sum(g, product, { dims: [wrapDim(a.fixed("dim"), rankOf(product))] });
};

const power: Body = (g, a, base) => {
  const x = a.scalar("self"), y = a.scalar("exponent"), dtype = resultType(x, y);
  if (isTensor(x) && !isTensor(y) && y.kind === "int" && isInt(y.expr, 0)) {
    return expand(g, g.constant(1, dtype), x.type.shape);
  }
  return base();
};

const floatPower: Body = (g, a) => {
  const [x, y] = [a.scalar("self"), a.scalar("exponent")].map((v) => asTensor(g, v, "c128"));
  return g.pointwise("pow", x!, y!);
};

/** `start + i*(end - start)/(steps - 1)`. */
const linspace: Body = (g, a) => {
  const [start, end] = ["start", "end"].map((name): Mixed => a.scalar(name)), steps = a.int("steps");
  const dtype = complexType(a.dtypeOrNone("dtype") ?? resultType(start!, end!)), m = calc(g);
  const [from, to] = [asTensor(g, start!, dtype), asTensor(g, end!, dtype)];
  if (isInt(steps, 1)) return expand(g, from, [steps]);
  const gap = m.div(m.sub(to, from), m.sub(sizeAs(g, steps, dtype), 1));
  return m.add(from, m.mul(g.iota([steps], ([i]) => i!, dtype), gap));
};

/** From whichever end is nearer. */
const lerp: Body = (g, a) => {
  const [x, y, w] = promoted(g, a.tensor("self"), a.tensor("end"), a.scalar("weight")) as [
    Value,
    Value,
    Value,
  ];
  const m = calc(g), gap = m.sub(y, x), far = m.ge(absolute(g, w), 0.5);
  return m.where(far, m.sub(y, m.mul(gap, m.sub(1, w))), m.add(x, m.mul(gap, w)));
};

/** The operator of the distances' sizes and zero. */
function ofDistance(other: string): Body {
  return (g, a, base) => {
    const [x, y] = promoted(g, a.tensor("self"), a.tensor(other)), self = absolute(g, calc(g).sub(x!, y!));
    return base({ self, [other]: calc(g).sub(self, self) });
  };
}

/** Around the operand with the larger real part, so that nothing overflows. */
const logAddExp: Body = (g, a) => {
  const [x, y] = promoted(g, a.tensor("self"), a.tensor("other")) as [Value, Value], m = calc(g);
  const isFirst = m.ge(re(g, x), re(g, y)), high = m.where(isFirst, x, y), low = m.where(isFirst, y, x);
  return m.add(high, m.log1p(m.exp(m.sub(low, high))));
};

const bodies: Readonly<Record<string, Body>> = {
  abs: (g, a) => absolute(g, a.tensor("self")),
  absolute: (g, a) => absolute(g, a.tensor("self")),
  angle: (g, a) => g.pointwise("atan2", im(g, a.tensor("self")), re(g, a.tensor("self"))),
  sgn: direction,
  real: (g, a) => re(g, a.tensor("self")),
  conj: conjugated,
  _conj: conjugated,
  conj_physical: conjugated,
  mH: conjugated,
  matrix_H: conjugated,
  adjoint: conjugated,
  isnan: asked("isnan", "or"),
  isinf: asked("isinf", "or"),
  isfinite: asked("isfinite", "and"),
  isreal: (g, a) => calc(g).eq(im(g, a.tensor("self")), 0),
  isclose: isClose,
  allclose: allClose,
  vdot: dot,
  linalg_vecdot: vecdot,
  var: variance,
  var_mean: variance,
  std: deviation,
  std_mean: deviation,
  nan_to_num: (g, a, base) => {
    const [p, q] = parts(g, a);
    return join(g, base({ self: p }) as Value, base({ self: q }) as Value);
  },
  pow: power,
  float_power: floatPower,
  linspace,
  lerp,
  logaddexp: logAddExp,
  dist: ofDistance("other"),
  l1_loss: ofDistance("target"),
};

/** The row that builds a call: `row` itself, or what it becomes when an argument is complex. */
export function complexRow(row: AtenOp, given: Readonly<Record<string, ArgValue>>): AtenOp {
  const body = bodies[row.target.split(".")[1] ?? ""];
  if (!body || !Object.values(given).some(isComplexArgument)) return row;
  return {
    ...row,
    build: (g, args) => body(g, args, (instead) => row.build(g, instead ? withTensors(args, instead) : args)),
  };
}

function isComplexArgument(arg: ArgValue): boolean {
  if (arg.kind === "tensors") return arg.values.some((value) => value !== null && isComplexValue(value));
  return arg.kind === "complex" || (arg.kind === "tensor" && isComplex(arg.value.type.dtype));
}

/** The same call with other tensors. */
function withTensors(args: Args, instead: Tensors): Args {
  const tensor = (name: string) => instead[name] ?? args.tensor(name);
  const scalar = (name: string) => instead[name] ?? args.scalar(name);
  return new Proxy(args, {
    get(target, key) {
      if (key === "tensor") return tensor;
      if (key === "scalar") return scalar;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
