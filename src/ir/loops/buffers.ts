/**
 * Buffers and their layouts.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { add, type Expr, int, isInt, mul, rowMajor, sub, sym } from "../expr/mod.ts";
import type { Axis, Buffer } from "./types.ts";

/** A contiguous temporary. */
export function tempBuffer(name: string, dtype: DType, shape: readonly Expr[]): Buffer {
  return { name, dtype, shape, strides: rowMajor(shape), offset: 0, role: "temp" };
}

/** Position of an element from the start of the buffer's memory, in elements. */
export function linearIndex(buffer: Buffer, index: readonly Expr[]): Expr {
  return add(int(buffer.offset), ...index.map((e, n) => mul(e, buffer.strides[n]!)));
}

/** Elements of memory that the buffer spans, from its start to one past its last element. */
export function spanOf(buffer: Buffer): Expr {
  if (buffer.shape.length === 0) return int(buffer.offset + 1);
  const last = buffer.shape.map((size, n) => mul(sub(size, int(1)), buffer.strides[n]!));
  return add(int(buffer.offset + 1), ...last);
}

/** The buffer as a run of elements. */
export function flatBuffer(buffer: Buffer): Buffer {
  return { ...buffer, shape: [spanOf(buffer)], strides: [int(1)], offset: 0 };
}

/** A loop axis named `name`. */
export function loopAxis(name: string, extent: Expr): Axis {
  return { sym: sym(name, { min: 0, below: extent }), extent };
}

/** Axes of more than one element. */
export function longAxes(axes: readonly Axis[]): readonly Axis[] {
  return axes.filter(({ extent }) => !isInt(extent, 1));
}
