/**
 * Tensors as plain bytes: what files hold and what libraries are handed.
 *
 * @module
 */
import { bytesOf, denseStrides, type DType, dtypes, isComplex } from "../base/mod.ts";

/** Elements in little-endian order; row-major unless `strides` says otherwise. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Uint8Array<ArrayBuffer>;
  /** In elements, from the first byte of `data`. */
  readonly strides?: readonly number[];
}

/** Number of elements. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A 0-d tensor. */
export function scalarTensor(value: number | bigint | boolean, dtype: DType = dtypeOfScalar(value)): Tensor {
  const data = new Uint8Array(bytesOf(dtype)), view = new DataView(data.buffer);
  const number = Number(value);
  if (dtype === "i64") view.setBigInt64(0, BigInt(value), true);
  else if (dtype === "u64") view.setBigUint64(0, BigInt(value), true);
  else if (dtype === "f64") view.setFloat64(0, number, true);
  else if (dtype === "f32") view.setFloat32(0, number, true);
  else if (dtype === "i32") view.setInt32(0, number, true);
  else if (dtype === "i16") view.setInt16(0, number, true);
  else if (dtype === "bool" || dtype === "u8" || dtype === "i8") view.setUint8(0, number & 0xff);
  else throw new RangeError(`Cannot make a ${dtype} of ${value}: not a type of scalars`);
  return { dtype, shape: [], data };
}

function dtypeOfScalar(value: number | bigint | boolean): DType {
  if (typeof value === "boolean") return "bool";
  return typeof value === "bigint" ? "i64" : "f64";
}

/** The same elements laid out by other strides, with gaps left zero. The first element stays first. */
export function layOut(tensor: Tensor, strides: readonly number[]): Tensor {
  const { dtype, shape, data } = tensor, from = tensor.strides ?? denseStrides(shape);
  if (shape.every((size, d) => size <= 1 || strides[d] === from[d])) return { dtype, shape, data, strides };
  const item = bytesOf(dtype), count = countOf(shape);
  const last = count === 0 ? -1 : shape.reduce((sum, size, d) => sum + (size - 1) * strides[d]!, 0);
  const to = new Uint8Array((last + 1) * item);
  const index: number[] = Array(shape.length).fill(0);
  for (let n = 0, source = 0, target = 0; n < count; n++) {
    to.set(data.subarray(source * item, (source + 1) * item), target * item);
    for (let d = shape.length - 1; d >= 0; d--) {
      source += from[d]!;
      target += strides[d]!;
      if (++index[d]! < shape[d]!) break;
      source -= from[d]! * shape[d]!;
      target -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
  return { dtype, shape, data: to, strides };
}

/** The same elements in row-major order. */
export function dense(tensor: Tensor): Tensor {
  if (!tensor.strides) return tensor;
  const { dtype, shape, data } = layOut(tensor, denseStrides(tensor.shape));
  return { dtype, shape, data };
}

const parts = { c32: "f16", c64: "f32", c128: "f64" } as const;

/** A complex tensor as files store it: real, with a last dimension of 2. Others as they are. */
export function toReal(tensor: Tensor): Tensor {
  if (!isComplex(tensor.dtype)) return tensor;
  const { shape, data } = dense(tensor);
  return { dtype: parts[tensor.dtype as keyof typeof parts], shape: [...shape, 2], data };
}

/** A stored tensor as a model wants it: pairs become complex numbers; anything else stays what it is. */
export function toDType(tensor: Tensor, wanted: DType): Tensor {
  const isPairs = isComplex(wanted) && tensor.dtype === parts[wanted as keyof typeof parts] &&
    tensor.shape.at(-1) === 2;
  return isPairs ? { dtype: wanted, shape: tensor.shape.slice(0, -1), data: dense(tensor).data } : tensor;
}

/** Type and shape for people: `f32[2, 3]`. */
export function printTensor({ dtype, shape }: Tensor): string {
  return `${dtype}[${shape.join(", ")}]`;
}

/** Element type by its number in the C interface. */
export function dtypeOf(c10: number): DType {
  const found = (Object.keys(dtypes) as DType[]).find((name) => dtypes[name].c10 === c10);
  if (!found) throw new RangeError(`Cannot read a tensor: ${c10} is no element type`);
  return found;
}
