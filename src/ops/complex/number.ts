/**
 * Names of the routines between complex and real tensors, and complex numbers as tensors.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";

/** Routines that only `asPairs` (pairs.ts) understands. */
export const marks = {
  /** (real, imaginary) → complex. */
  join: "complex.join",
  real: "complex.real",
  imag: "complex.imag",
  /** complex `[…]` → real `[…, 2]`, and back: the same memory. */
  pair: "complex.pair",
  unpair: "complex.unpair",
} as const;

const realTypes: Partial<Record<DType, DType>> = { c32: "f16", c64: "f32", c128: "f64" };

/** Type of the parts of a complex type; other types as they are. */
export function realType(dtype: DType): DType {
  return realTypes[dtype] ?? dtype;
}

/** A complex number as a 0-d tensor. */
export function complexNumber(g: GraphBuilder, real: number, imag: number, dtype: DType): Value {
  const part = realType(dtype), parts = [g.constant(real, part), g.constant(imag, part)];
  return g.routine(marks.join, parts, [{ dtype, shape: [] }])[0]!;
}
