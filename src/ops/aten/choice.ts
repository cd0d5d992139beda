/**
 * Choosing and bounding: where, clamp, masked fills, interpolation between tensors.
 *
 * @module
 */
import { isFloat } from "../../base/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { finite } from "../limits.ts";
import { asTensor, inWide, isTensor, type Mixed, promoted, resultType } from "../numeric.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** `condition ? a : b` with promotion of the branches. */
export function choose(g: GraphBuilder, condition: Value, a: Mixed, b: Mixed): Value {
  const [x, y] = promoted(g, a, b);
  return g.pointwise("where", g.cast(condition, "bool"), x!, y!);
}

function where(schema: string): AtenOp {
  return op(schema, (g, a) => choose(g, a.tensor("condition"), a.scalar("self"), a.scalar("other")));
}

/** `x` raised to `low` and lowered to `high`, either of which may be absent; nan stays. */
export function clamp(g: GraphBuilder, x: Value, low: Mixed | undefined, high: Mixed | undefined): Value {
  const bounds = [low, high].filter((b) => b !== undefined), dtype = resultType(x, ...bounds);
  let out = g.cast(x, dtype);
  if (low !== undefined) out = g.pointwise("max", out, asTensor(g, low, dtype));
  if (high !== undefined) out = g.pointwise("min", out, asTensor(g, high, dtype));
  return out;
}

const clampRow = (schema: string) =>
  op(schema, (g, a) => clamp(g, a.tensor("self"), a.scalarOrNone("min"), a.scalarOrNone("max")));
const lowRow = (schema: string) =>
  op(schema, (g, a) => clamp(g, a.tensor("self"), a.scalar("min"), undefined));
const highRow = (schema: string) =>
  op(schema, (g, a) => clamp(g, a.tensor("self"), undefined, a.scalar("max")));

/** `start + weight*(end - start)`, from whichever end is nearer. */
function lerp(g: GraphBuilder, a: Args): Value {
  const [start, end] = promoted(g, a.tensor("self"), a.tensor("end"));
  const weight = asTensor(g, a.scalar("weight"), start!.type.dtype);
  return inWide(g, [start!, end!, weight], (x, y, w) => {
    const m = calc(g), gap = m.sub(y!, x!);
    const near = m.add(x!, m.mul(w!, gap)), far = m.sub(y!, m.mul(gap, m.sub(1, w!)));
    return m.where(m.lt(m.abs(w!), 0.5), near, far);
  });
}

/** `self + value * tensor1 (fn) tensor2`. */
function addCombined(fn: "mul" | "div"): AtenOp["build"] {
  return (g, a) => {
    const [x, p, q] = promoted(g, a.tensor("self"), a.tensor("tensor1"), a.tensor("tensor2"));
    const value = a.scalar("value");
    return inWide(g, [x!, p!, q!], (x, p, q) => {
      const m = calc(g), isOne = !isTensor(value) && Number(value.kind === "float" ? value.float : NaN) === 1;
      const left = isOne ? p! : m.mul(asTensor(g, value, p!.type.dtype), p!);
      return m.add(x!, m[fn](left, q!));
    });
  };
}

/** `self` with `value` where `mask`; the type of `self` stays. */
function maskedFill(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), value = asTensor(g, a.scalar("value"), x.type.dtype);
  return g.pointwise("where", g.cast(a.tensor("mask"), "bool"), value, x);
}

function nanToNum(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), m = calc(g);
  if (!isFloat(x.type.dtype)) return x;
  const range = finite(x.type.dtype);
  const high = a.floatOrNone("posinf") ?? range.max, low = a.floatOrNone("neginf") ?? range.min;
  const finiteOnly = m.where(m.eq(x, Infinity), high, m.where(m.eq(x, -Infinity), low, x));
  return m.where(m.isnan(x), a.floatOrNone("nan") ?? 0, finiteOnly);
}

/** Rows of this family. */
export const choiceOps: readonly AtenOp[] = [
  where("where.self(Tensor condition, Tensor self, Tensor other) -> Tensor"),
  where("where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor"),
  where("where.ScalarSelf(Tensor condition, Scalar self, Tensor other) -> Tensor"),
  where("where.Scalar(Tensor condition, Scalar self, Scalar other) -> Tensor"),
  ...[
    "clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor",
    "clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor",
    "clip(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor",
    "clip.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor",
  ].map(clampRow),
  ...["clamp_min(Tensor self, Scalar min) -> Tensor", "clamp_min.Tensor(Tensor self, Tensor min) -> Tensor"]
    .map(lowRow),
  ...["clamp_max(Tensor self, Scalar max) -> Tensor", "clamp_max.Tensor(Tensor self, Tensor max) -> Tensor"]
    .map(highRow),
  op("lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor", lerp),
  op("lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor", lerp),
  op("addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor", addCombined("mul")),
  op("addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor", addCombined("div")),
  op("masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor", maskedFill),
  op("masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor", maskedFill),
  op("nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor", nanToNum),
];
