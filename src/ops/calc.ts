/**
 * Arithmetic on graph values that reads like arithmetic: `add(mul(x, 0.5), 1)`.
 *
 * Numbers take the element type of the first tensor operand. No promotion happens here (see numeric.ts).
 *
 * @module
 */
import type { DType } from "../base/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { type Num, type ScalarFn, scalarFnNames } from "../ir/scalar/mod.ts";

/** A tensor, or a number of whatever type the tensors beside it have. */
export type Operand = Value | number | boolean;

/** One method per scalar function. */
export type Calc = { readonly [K in ScalarFn]: (...operands: readonly Operand[]) => Value };

/** The scalar functions as methods that append to `g`. */
export function calc(g: GraphBuilder): Calc {
  const entries = scalarFnNames.map((
    fn,
  ) => [fn, (...operands: readonly Operand[]) => apply(g, fn, operands)]);
  return Object.fromEntries(entries) as Calc;
}

/** Appends `fn`; numbers become 0-d constants. */
export function apply(g: GraphBuilder, fn: ScalarFn, operands: readonly Operand[]): Value {
  const values = fn === "where" ? operands.slice(1) : operands;
  const like = values.find(isTensor);
  if (!like) throw new RangeError(`${fn} needs a tensor among its operands to know the type of its numbers`);
  return g.pointwise(fn, ...operands.map((x) => isTensor(x) ? x : number(g, Number(x), like.type.dtype)));
}

function isTensor(x: Operand): x is Value {
  return typeof x === "object";
}

/** A 0-d constant of `dtype` that holds `value` as that type does. */
export function number(g: GraphBuilder, value: number, dtype: DType): Value {
  return g.constant(numOf(value, dtype), dtype);
}

/** `value` in the representation that attributes use for `dtype`. */
export function numOf(value: number, dtype: DType): Num {
  if (dtype === "bool") return value !== 0;
  return dtype === "i64" || dtype === "u64" ? BigInt(Math.trunc(value)) : value;
}
