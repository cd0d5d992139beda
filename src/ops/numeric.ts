/**
 * Type promotion as torch.result_type does it, and conversions that operators need before they compute.
 *
 * @module
 */
import { type DType, isComplex, isFloat, promote } from "../base/mod.ts";
import { asInt, type Expr } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { roundFloat } from "../ir/scalar/mod.ts";
import { unsupported } from "./aten/refuse.ts";
import type { ScalarArg } from "./aten/types.ts";
import { number } from "./calc.ts";
import { complexNumber } from "./complex/number.ts";

/** A tensor or a Python number. */
export type Mixed = Value | ScalarArg;

/** True for tensors. */
export function isTensor(x: Mixed): x is Value {
  return "type" in x;
}

/** What floats of Python and results of integer division are. */
export const defaultFloat: DType = "f32";

/** The type that a Python number has when no tensor outranks it. */
export function scalarType(x: ScalarArg): DType {
  const types = { int: "i64", float: defaultFloat, bool: "bool", complex: "c64" } as const;
  return types[x.kind];
}

/** The element type that an operation on `operands` is done in: tensors, then 0-d tensors, then Python numbers. */
export function resultType(...operands: readonly Mixed[]): DType {
  const tensors = operands.filter(isTensor);
  const ranked = tensors.filter((x) => x.type.shape.length > 0).map((x) => x.type.dtype);
  const zeroDim = tensors.filter((x) => x.type.shape.length === 0).map((x) => x.type.dtype);
  const wrapped = operands.filter((x): x is ScalarArg => !isTensor(x)).map(scalarType);
  const result = outrank(joined(ranked), outrank(joined(zeroDim), joined(wrapped)));
  if (!result) throw new RangeError("resultType needs operands");
  return result;
}

function joined(types: readonly DType[]): DType | undefined {
  return types.length === 0 ? undefined : types.reduce(promote);
}

/** `high` unless `low` is of a higher category. */
function outrank(high: DType | undefined, low: DType | undefined): DType | undefined {
  if (!high || !low) return high ?? low;
  if (isComplex(high)) return high;
  if (isFloat(high)) return isComplex(low) ? promote(high, "c32") : high;
  return high === "bool" || isFloat(low) || isComplex(low) ? promote(high, low) : high;
}

/** `x` as a tensor of `dtype`. */
export function asTensor(
  g: GraphBuilder,
  x: Mixed,
  dtype: DType = isTensor(x) ? x.type.dtype : scalarType(x),
): Value {
  if (isTensor(x)) return g.cast(x, dtype);
  if (x.kind === "int") return sizeAs(g, x.expr, dtype);
  if (x.kind === "complex") {
    if (isComplex(dtype)) return complexNumber(g, x.re, x.im, dtype);
    return unsupported("this operator", `a complex number as ${dtype}`);
  }
  return number(g, x.kind === "float" ? x.float : Number(x.truth), dtype);
}

/** Operands of one element type, promoted together. */
export function promoted(g: GraphBuilder, ...operands: readonly Mixed[]): Value[] {
  return operands.map((x) => inType(g, x, resultType(...operands)));
}

/** As `promoted`, but integers become floats. */
export function promotedFloat(g: GraphBuilder, ...operands: readonly Mixed[]): Value[] {
  return operands.map((x) => inType(g, x, floatOf(resultType(...operands))));
}

/**
 * `body` of two operands of one type. A number or 0-d tensor `b` that half types cannot hold stays as it is and the
 * whole is done in f32: so PyTorch multiplies and divides.
 */
export function withExact(
  g: GraphBuilder,
  a: Mixed,
  b: Mixed,
  dtype: DType,
  body: (a: Value, b: Value) => Value,
): Value {
  const inside = (dtype === "bf16" || dtype === "f16") && !fits(b, dtype) ? "f32" : dtype;
  return g.cast(body(asTensor(g, a, inside), asTensor(g, b, inside)), dtype);
}

/** False for what PyTorch would round by casting it to `dtype` and reads from where it lies instead. */
function fits(x: Mixed, dtype: DType): boolean {
  if (isTensor(x)) return x.type.shape.length > 0 || x.type.dtype === "bool" || isHalf(x.type.dtype);
  const known = knownNumber(x);
  return known === undefined || Number.isNaN(known) || roundFloat(known, dtype) === known;
}

/** `asTensor` with the number rounded, as PyTorch does to most operands of half types. */
export function inType(g: GraphBuilder, x: Mixed, dtype: DType): Value {
  const known = isTensor(x) || !(dtype === "bf16" || dtype === "f16") ? undefined : knownNumber(x);
  return known === undefined ? asTensor(g, x, dtype) : number(g, roundFloat(known, dtype), dtype);
}

function knownNumber(x: ScalarArg): number | undefined {
  if (x.kind === "complex") return undefined;
  return x.kind === "float" ? x.float : x.kind === "int" ? asInt(x.expr) : Number(x.truth);
}

/** The type that functions such as `sqrt` give for `dtype`. */
export function floatOf(dtype: DType): DType {
  return isFloat(dtype) || isComplex(dtype) ? dtype : defaultFloat;
}

/** Integers and bools as floats, floats as they are. */
export function toFloat(g: GraphBuilder, x: Value): Value {
  return g.cast(x, floatOf(x.type.dtype));
}

/** A size as a 0-d tensor of `dtype`. */
export function sizeAs(g: GraphBuilder, size: Expr, dtype: DType): Value {
  const known = asInt(size);
  return known === undefined ? g.iota([], () => size, dtype) : number(g, known, dtype);
}

/** True for f16, bf16 and smaller: composites compute them in f32. */
export function isHalf(dtype: DType): boolean {
  return isFloat(dtype) && dtype !== "f32" && dtype !== "f64";
}

/** The type that a composite on `dtype` computes in. */
export function wideType(dtype: DType): DType {
  return isHalf(dtype) ? "f32" : dtype;
}

/** Computes in f32 what is given in half types, and rounds the result once, as PyTorch's kernels do. */
export function inWide(g: GraphBuilder, inputs: readonly Value[], body: (...wide: Value[]) => Value): Value {
  const dtype = inputs[0]!.type.dtype;
  if (!isHalf(dtype)) return body(...inputs);
  return g.cast(body(...inputs.map((x) => g.cast(x, wideType(x.type.dtype)))), dtype);
}
