/**
 * Complex tensors while a graph is built: values of element types c32, c64, c128, taken apart and put together by
 * routines that only `asPairs` (pairs.ts) understands. No finished graph holds any of them.
 *
 * @module
 */
import { type DType, isComplex, promote } from "../../base/mod.ts";
import { type Expr, int } from "../../ir/expr/mod.ts";
import type { GraphBuilder, TensorType, Value } from "../../ir/graph/mod.ts";
import { floatOf } from "../numeric.ts";
import { expand } from "../views.ts";
import { marks, realType } from "./number.ts";

export { marks, realType };

const complexTypes: Partial<Record<DType, DType>> = { f16: "c32", f32: "c64", f64: "c128" };

/** The complex type whose parts have the float type that `dtype` computes in. */
export function complexType(dtype: DType): DType {
  return isComplex(dtype) ? dtype : complexTypes[floatOf(dtype)] ?? "c64";
}

/** True for complex tensors. */
export function isComplexValue(x: Value): boolean {
  return isComplex(x.type.dtype);
}

/** The type of the pairs that carry a complex tensor. */
export function pairType(type: TensorType): TensorType {
  return { dtype: realType(type.dtype), shape: [...type.shape, int(2)] };
}

function mark(g: GraphBuilder, name: string, inputs: readonly Value[], dtype: DType, shape: readonly Expr[]) {
  return g.routine(name, inputs, [{ dtype, shape }])[0]!;
}

/** The real part; a real tensor is its own. */
export function re(g: GraphBuilder, x: Value): Value {
  return isComplexValue(x) ? mark(g, marks.real, [x], realType(x.type.dtype), x.type.shape) : x;
}

/** The imaginary part; zeros for a real tensor. */
export function im(g: GraphBuilder, x: Value): Value {
  if (isComplexValue(x)) return mark(g, marks.imag, [x], realType(x.type.dtype), x.type.shape);
  return expand(g, g.cast(g.constant(false, "bool"), x.type.dtype), x.type.shape);
}

/** A complex tensor of two real ones, which broadcast. */
export function join(g: GraphBuilder, real: Value, imag: Value): Value {
  const dtype = promote(floatOf(real.type.dtype), floatOf(imag.type.dtype));
  const zero = g.pointwise("add", g.cast(real, dtype), g.cast(imag, dtype)).type.shape;
  const [a, b] = [real, imag].map((part) => expand(g, g.cast(part, dtype), zero));
  return mark(g, marks.join, [a!, b!], complexType(dtype), zero);
}

/** `[…]` complex as `[…, 2]` real. */
export function toPairs(g: GraphBuilder, x: Value): Value {
  const { dtype, shape } = pairType(x.type);
  return mark(g, marks.pair, [x], dtype, shape);
}

/** `[…, 2]` real as `[…]` complex. */
export function fromPairs(g: GraphBuilder, x: Value): Value {
  return mark(g, marks.unpair, [x], complexType(x.type.dtype), x.type.shape.slice(0, -1));
}

/** Any tensor as a complex one. */
export function toComplex(g: GraphBuilder, x: Value): Value {
  return g.cast(x, complexType(x.type.dtype));
}

/** The complex conjugate; a real tensor is its own. */
export function conj(g: GraphBuilder, x: Value): Value {
  return isComplexValue(x) ? join(g, re(g, x), g.pointwise("neg", im(g, x))) : x;
}

/** `|x|`. */
export function absolute(g: GraphBuilder, x: Value): Value {
  return isComplexValue(x) ? g.pointwise("hypot", re(g, x), im(g, x)) : g.pointwise("abs", x);
}
