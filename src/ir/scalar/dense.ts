/**
 * Tensors of evaluators: row-major elements in a typed array, and their bytes.
 *
 * @module
 */
import { bytesOf, type DType } from "../../base/mod.ts";
import { bf16Bits, f16Bits, fromBf16Bits, fromF16Bits } from "./round.ts";
import type { Num } from "./types.ts";

const arrays = {
  f32: Float32Array,
  f64: Float64Array,
  f16: Float32Array, // rounded values
  bf16: Float32Array,
  i64: BigInt64Array,
  i32: Int32Array,
  i16: Int16Array,
  i8: Int8Array,
  u64: BigUint64Array,
  u32: Uint32Array,
  u16: Uint16Array,
  u8: Uint8Array,
  bool: Uint8Array,
} as const;

/** The arrays that elements are held in: half types as f32, bool as bytes. */
export type DenseData = InstanceType<(typeof arrays)[keyof typeof arrays]>;

/** A tensor in row-major order. */
export interface DenseTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: DenseData;
}

/** What a symbol of a model is on entry: the size of an axis, or the value of a 0-d integer where there is no axis. */
export function readSymbol({ shape, data }: DenseTensor, axis: number | undefined): number {
  return axis === undefined ? Number(data[0]) : shape[axis]!;
}

function arrayFor(dtype: DType): (typeof arrays)[keyof typeof arrays] {
  if (dtype in arrays) return arrays[dtype as keyof typeof arrays];
  throw new RangeError(`Cannot hold ${dtype}: evaluators know no such elements`);
}

/** Number of elements of a shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A tensor of zeros. */
export function denseZeros(dtype: DType, shape: readonly number[]): DenseTensor {
  return { dtype, shape, data: new (arrayFor(dtype))(countOf(shape)) };
}

/** A tensor of the given elements, which are values of `dtype`. */
export function denseOf(dtype: DType, shape: readonly number[], values: Iterable<Num>): DenseTensor {
  const tensor = denseZeros(dtype, shape);
  let n = 0;
  for (const value of values) setElement(tensor, n++, value);
  if (n !== tensor.data.length) {
    throw new RangeError(`Cannot fill [${shape}]: ${n} elements for ${tensor.data.length}`);
  }
  return tensor;
}

/** Element `n` as evaluators hold it. */
export function elementOf(tensor: DenseTensor, n: number): Num {
  const value = tensor.data[n];
  if (value === undefined) throw new RangeError(`Cannot read element ${n} of [${tensor.shape}]`);
  return tensor.dtype === "bool" ? value !== 0 : value;
}

/** Sets element `n`. */
export function setElement(tensor: DenseTensor, n: number, value: Num): void {
  const { data } = tensor;
  if (n < 0 || n >= data.length) throw new RangeError(`Cannot write element ${n} of [${tensor.shape}]`);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[n] = BigInt(value);
  else data[n] = Number(value);
}

/** All elements. */
export function elementsOf(tensor: DenseTensor): Num[] {
  return Array.from(
    tensor.data as ArrayLike<number | bigint>,
    (v) => (tensor.dtype === "bool" ? v !== 0 : v),
  );
}

/** Little-endian bytes of the elements, as torch stores them. */
export function denseToBytes({ dtype, data }: DenseTensor): Uint8Array {
  const half = dtype === "f16" ? f16Bits : dtype === "bf16" ? bf16Bits : undefined;
  const stored = half ? Uint16Array.from(data as Float32Array, half) : data;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength).slice();
}

/** The tensor whose little-endian bytes these are. */
export function denseFromBytes(dtype: DType, shape: readonly number[], bytes: Uint8Array): DenseTensor {
  const count = countOf(shape);
  if (bytes.length !== count * bytesOf(dtype)) {
    throw new RangeError(`Cannot read ${dtype}[${shape}]: ${bytes.length} bytes`);
  }
  const { buffer } = bytes.slice();
  const half = dtype === "f16" ? fromF16Bits : dtype === "bf16" ? fromBf16Bits : undefined;
  const data = half ? Float32Array.from(new Uint16Array(buffer), half) : new (arrayFor(dtype))(buffer);
  return { dtype, shape, data };
}

/** An attribute of a routine with its expressions evaluated. */
export type AttrValue = null | Num | string | readonly AttrValue[];

/** What a routine makes of its inputs, in plain loops. */
export type RoutineReference = (
  inputs: readonly DenseTensor[],
  attrs: Readonly<Record<string, AttrValue>>,
) => readonly DenseTensor[];
