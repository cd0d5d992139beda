/**
 * Tensors as numbers to compare; complex ones as twice as many.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { dense, type Tensor } from "../../run/mod.ts";
import type { Values } from "./compare.ts";

/** Values in row-major order. */
export function valuesOf(tensor: Tensor): Values {
  const { dtype, shape, data } = dense(tensor);
  return { dtype, shape, values: arrayOf(dtype, data.slice().buffer) };
}

function arrayOf(dtype: DType, buffer: ArrayBuffer): Values["values"] {
  switch (dtype) {
    case "f32":
    case "c64":
      return new Float32Array(buffer);
    case "f64":
    case "c128":
      return new Float64Array(buffer);
    case "f16":
    case "c32":
      return Array.from(new Uint16Array(buffer), fromHalf);
    case "bf16":
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (h) => h << 16).buffer);
    case "i64":
      return new BigInt64Array(buffer);
    case "u64":
      return new BigUint64Array(buffer);
    case "i32":
      return new Int32Array(buffer);
    case "u32":
      return new Uint32Array(buffer);
    case "i16":
      return new Int16Array(buffer);
    case "u16":
      return new Uint16Array(buffer);
    case "i8":
      return new Int8Array(buffer);
    default:
      return new Uint8Array(buffer);
  }
}

function fromHalf(h: number): number {
  const sign = h >> 15 ? -1 : 1, exponent = (h >> 10) & 31, fraction = h & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
