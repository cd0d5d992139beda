/**
 * Tensors of numbers at even steps.
 *
 * @module
 */
import { type DType, isComplex, isFloat, isInteger } from "../../base/mod.ts";
import { add, asInt, ceilDiv, type Expr, floorDiv, int, lt, max, mul, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, number } from "../calc.ts";
import { asTensor, defaultFloat, isHalf, isTensor, type Mixed, scalarType, wideType } from "../numeric.ts";
import { expand } from "../views.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

const asInteger = (n: number): Mixed => ({ kind: "int", expr: int(n) });

function typeOf(x: Mixed): DType {
  return isTensor(x) ? x.type.dtype : scalarType(x);
}

/** `start, start + step, …` below `end`. */
function arange(g: GraphBuilder, a: Args, start: Mixed, end: Mixed, step: Mixed): Value {
  const all = [start, end, step];
  const dtype = a.dtypeOrNone("dtype") ?? (all.every((x) => isInteger(typeOf(x))) ? "i64" : defaultFloat);
  const exprs = all.map((x) => !isTensor(x) && x.kind === "int" ? x.expr : undefined);
  const [from, to, by] = exprs;
  if (from && to && by) {
    return g.iota([max(ceilDiv(sub(to, from), by), 0)], ([i]) => add(from, mul(i!, by)), dtype);
  }
  const given = all.map((x) => floatOf(a, x));
  const [f, t, b] = (isInteger(dtype) ? given.map(Math.trunc) : given) as [number, number, number];
  return counted(g, int(Math.max(Math.ceil((t - f) / b), 0)), f, b, dtype);
}

/** `start, start + step, …` up to `end`, which is among them where it is met; floats unless told otherwise. */
function range(g: GraphBuilder, a: Args, start: Mixed, end: Mixed, step: Mixed): Value {
  const dtype = target(a), all = [start, end, step];
  const [from, to, by] = all.map((x) => !isTensor(x) && x.kind === "int" ? x.expr : undefined);
  if (from && to && by) {
    return g.iota([max(add(floorDiv(sub(to, from), by), 1), 0)], ([i]) => add(from, mul(i!, by)), dtype);
  }
  const [f, t, b] = all.map((x) => floatOf(a, x)) as [number, number, number];
  return counted(g, int(Math.max(Math.floor((t - f) / b) + 1, 0)), f, b, dtype);
}

/** `start + n * step`, of whole numbers in whole numbers: both are cut first. */
function counted(g: GraphBuilder, length: Expr, start: number, step: number, dtype: DType): Value {
  const [from, by] = [start, step].map((x) => int(Math.trunc(x))) as [Expr, Expr];
  if (isInteger(dtype)) return g.iota([length], ([i]) => add(from, mul(i!, by)), dtype);
  const m = calc(g), i = g.iota([length], ([i]) => i!, "f64");
  return g.cast(m.add(m.mul(i, step), start), dtype);
}

function floatOf(a: Args, x: Mixed): number {
  if (isTensor(x) || x.kind === "complex") {
    return unsupported(a.schema.target, "a bound is only known at run time");
  }
  if (x.kind === "float") return x.float;
  const known = x.kind === "int" ? asInt(x.expr) : Number(x.truth);
  return known ?? unsupported(a.schema.target, "a float bound is mixed with a dynamic size");
}

/**
 * Evenly spaced, counted from whichever end is nearer, in the computing type. PyTorch takes the ends and the step in
 * the result's own type (steps of whole numbers in f64); `round` is done to every product and sum.
 */
function spaced(g: GraphBuilder, a: Args, round: (x: Value) => Value): Value {
  const steps = a.int("steps"), m = calc(g), own = rounding(g, a), wide = computing(a);
  const [start, end] = ["start", "end"].map((name) => own(asTensor(g, a.scalar(name), wide))) as [
    Value,
    Value,
  ];
  if (asInt(steps) === 1) return expand(g, start, [steps]);
  const gap = m.div(m.sub(end, start), asTensor(g, { kind: "int", expr: sub(steps, 1) }, wide));
  const step = isFloat(target(a)) ? own(gap) : gap;
  const i = g.iota([steps], ([i]) => i!, wide), back = g.iota([steps], ([i]) => sub(sub(steps, 1), i!), wide);
  const first = g.mask([steps], ([i]) => lt(i!, floorDiv(steps, 2)));
  const by = (n: Value) => round(m.mul(step, n));
  return m.where(first, round(m.add(start, by(i))), round(m.sub(end, by(back))));
}

const target = (a: Args): DType => a.dtypeOrNone("dtype") ?? defaultFloat;

/** The type that evenly spaced numbers are computed in. */
const computing = (a: Args): DType => isFloat(target(a)) ? wideType(target(a)) : "f64";

/** Numbers of the computing type made numbers of the result's. */
function rounding(g: GraphBuilder, a: Args): (x: Value) => Value {
  return (x) => isComplex(target(a)) ? x : g.cast(g.cast(x, target(a)), computing(a));
}

function linspace(g: GraphBuilder, a: Args): Value {
  return g.cast(spaced(g, a, isHalf(target(a)) ? rounding(g, a) : (x) => x), target(a));
}

/** Powers of `base` at evenly spaced exponents, which are not rounded again. */
function logspace(g: GraphBuilder, a: Args): Value {
  const x = spaced(g, a, (x) => x);
  return g.cast(g.pointwise("pow", number(g, a.float("base"), x.type.dtype), x), target(a));
}

const options =
  "*, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor";

/** Rows of this family. */
export const rangeOps: readonly AtenOp[] = [
  op(
    `arange(Scalar end, ${options}`,
    (g, a) => arange(g, a, asInteger(0), a.scalar("end"), asInteger(1)),
  ),
  op(
    `arange.start(Scalar start, Scalar end, ${options}`,
    (g, a) => arange(g, a, a.scalar("start"), a.scalar("end"), asInteger(1)),
  ),
  op(
    `arange.start_step(Scalar start, Scalar end, Scalar step=1, ${options}`,
    (g, a) => arange(g, a, a.scalar("start"), a.scalar("end"), a.scalar("step")),
  ),
  op(
    `range(Scalar start, Scalar end, ${options}`,
    (g, a) => range(g, a, a.scalar("start"), a.scalar("end"), asInteger(1)),
  ),
  op(
    `range.step(Scalar start, Scalar end, Scalar step=1, ${options}`,
    (g, a) => range(g, a, a.scalar("start"), a.scalar("end"), a.scalar("step")),
  ),
  ...[
    `linspace(Scalar start, Scalar end, int steps, ${options}`,
    `linspace.Tensor_Tensor(Tensor start, Tensor end, int steps, ${options}`,
    `linspace.Tensor_Scalar(Tensor start, Scalar end, int steps, ${options}`,
    `linspace.Scalar_Tensor(Scalar start, Tensor end, int steps, ${options}`,
  ]
    .map((schema) => op(schema, linspace)),
  ...[
    `logspace(Scalar start, Scalar end, int steps, float base=10.0, ${options}`,
    `logspace.Tensor_Tensor(Tensor start, Tensor end, int steps, float base=10.0, ${options}`,
    `logspace.Tensor_Scalar(Tensor start, Scalar end, int steps, float base=10.0, ${options}`,
    `logspace.Scalar_Tensor(Scalar start, Tensor end, int steps, float base=10.0, ${options}`,
  ]
    .map((schema) => op(schema, logspace)),
];
