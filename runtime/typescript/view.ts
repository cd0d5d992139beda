/**
 * Memory that kernels work on, seen as tensors: what every variable of a wrapper is. Imports nothing.
 *
 * @module
 */

/** Bytes of an element, the array that shows elements (halves as bits, complex numbers as pairs), PyTorch's name. */
const types = {
  f32: [4, Float32Array, "float32"],
  f64: [8, Float64Array, "float64"],
  f16: [2, Uint16Array, "float16"],
  bf16: [2, Uint16Array, "bfloat16"],
  i64: [8, BigInt64Array, "int64"],
  i32: [4, Int32Array, "int32"],
  i16: [2, Int16Array, "int16"],
  i8: [1, Int8Array, "int8"],
  u64: [8, BigUint64Array, "uint64"],
  u32: [4, Uint32Array, "uint32"],
  u16: [2, Uint16Array, "uint16"],
  u8: [1, Uint8Array, "uint8"],
  bool: [1, Uint8Array, "bool"],
  c32: [4, Uint16Array, "complex32"],
  c64: [8, Float32Array, "complex64"],
  c128: [16, Float64Array, "complex128"],
  f8e4m3fn: [1, Uint8Array, "float8_e4m3fn"],
  f8e5m2: [1, Uint8Array, "float8_e5m2"],
  f8e4m3fnuz: [1, Uint8Array, "float8_e4m3fnuz"],
  f8e5m2fnuz: [1, Uint8Array, "float8_e5m2fnuz"],
  f8e8m0fnu: [1, Uint8Array, "float8_e8m0fnu"],
} as const;

/** An element type. */
export type DType = keyof typeof types;

/** Elements in little-endian order; row-major unless `strides` (in elements) says otherwise. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Uint8Array<ArrayBuffer>;
  readonly strides?: readonly number[];
}

/** What a run refuses, with a message for people. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
}

const ALIGN = 64; // widest vector, and a cache line

/** Fresh zeros at a multiple of 64. */
export function memory(bytes: number, what: string): Uint8Array<ArrayBuffer> {
  try {
    const buffer = new ArrayBuffer(bytes + ALIGN);
    const skip = Number(-addressOf(new Uint8Array(buffer)) & BigInt(ALIGN - 1));
    return new Uint8Array(buffer, skip, bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RunFailure(`out of memory: ${bytes} bytes for ${what}`);
  }
}

function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  void bytes.buffer; // moves small arrays to memory that stays where it is
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}

/** What a pointer to no elements points to. */
const nothing = memory(ALIGN, "nothing");

/** Bytes of an element. */
export function bytesOf(dtype: DType): number {
  return types[dtype][0];
}

/** PyTorch's name of a type, for messages. */
export function nameOf(dtype: DType): string {
  return types[dtype]?.[2] ?? dtype;
}

/** Elements from the first to one past the last; 0 where there are none. */
export function span(shape: readonly number[], strides: readonly number[]): number {
  if (shape.some((size) => size === 0)) return 0;
  return shape.reduce((last, size, d) => last + (size - 1) * strides[d]!, 0) + 1;
}

/** Strides of a row-major tensor. */
export function rowMajor(shape: readonly number[]): readonly number[] {
  const strides: number[] = Array(shape.length).fill(1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1]! * Math.max(1, shape[d + 1]!);
  return strides;
}

/** True when both walk memory alike; dimensions of one element do not matter. */
export function sameLayout(shape: readonly number[], a: readonly number[], b: readonly number[]): boolean {
  return shape.every((size, d) => size <= 1 || a[d] === b[d]);
}

/** Copies elements between layouts. */
export function copyStrided(to: View, from: View): void {
  const { shape } = to, item = bytesOf(to.dtype), index: number[] = Array(shape.length).fill(0);
  const count = shape.reduce((a, b) => a * b, 1);
  if (sameLayout(shape, to.strides, from.strides) && sameLayout(shape, to.strides, rowMajor(shape))) {
    return to.bytes.set(from.bytes.subarray(0, count * item));
  }
  for (let n = 0, write = 0, read = 0; n < count; n++) {
    for (let b = 0; b < item; b++) to.bytes[write * item + b] = from.bytes[read * item + b]!;
    for (let d = shape.length - 1; d >= 0; d--) {
      write += to.strides[d]!;
      read += from.strides[d]!;
      if (++index[d]! < shape[d]!) break;
      write -= to.strides[d]! * shape[d]!;
      read -= from.strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
}

/** A tensor in memory that kernels see. */
export class View {
  constructor(
    readonly name: string,
    readonly dtype: DType,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    /** From the first element to the last one. */
    readonly bytes: Uint8Array<ArrayBuffer>,
  ) {}

  /** Where kernels find it. */
  get address(): bigint {
    return addressOf(this.bytes.length > 0 ? this.bytes : nothing);
  }

  /** Elements as they lie. */
  get values(): Float32Array | Float64Array | BigInt64Array | BigUint64Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array {
    const [, type] = types[this.dtype], { buffer, byteOffset, length } = this.bytes;
    if (byteOffset % type.BYTES_PER_ELEMENT === 0) return new type(buffer, byteOffset, length / type.BYTES_PER_ELEMENT);
    return new type(this.bytes.slice().buffer);
  }

  /** A row-major copy. */
  dense(): Tensor {
    const { name, dtype, shape } = this, count = shape.reduce((a, b) => a * b, 1);
    const data = new Uint8Array(new ArrayBuffer(count * bytesOf(dtype)));
    copyStrided(new View(name, dtype, shape, rowMajor(shape), data), this);
    return { dtype, shape, data };
  }

  /** Whether its one element is true. */
  truth(): boolean {
    return this.bytes[0] !== 0;
  }

  /** Its one element, an integer. */
  integer(): bigint {
    return BigInt(this.values[0]!);
  }
}
