/**
 * Rounding of doubles to the narrower floats, to nearest with ties to even, and the bits of half types.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";

const floats = new Float32Array(1), words = new Uint32Array(floats.buffer);

/** The bits of a value as bf16; nan stays a quiet nan. */
export function bf16Bits(value: number): number {
  floats[0] = value;
  const bits = words[0]!;
  if (value !== value) return (bits | 0x400000) >>> 16;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The value of bf16 bits. */
export function fromBf16Bits(bits: number): number {
  words[0] = bits << 16;
  return floats[0]!;
}

/** The bits of a value as f16, rounded from its value as f32. */
export function f16Bits(value: number): number {
  const single = Math.fround(value), size = Math.abs(single);
  const sign = single < 0 || Object.is(single, -0) ? 0x8000 : 0;
  if (single !== single) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundHalfEven(size * 2 ** 24); // multiples of 2^-24, up to the least normal
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const fit = size < 2 ** exponent ? exponent - 1 : size >= 2 ** (exponent + 1) ? exponent + 1 : exponent;
  return sign | ((fit + 15) * 1024 + roundHalfEven((size / 2 ** fit - 1) * 1024)); // a carry steps into the exponent
}

/** The value of f16 bits. */
export function fromF16Bits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >>> 10) & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** To the nearest integer, ties to even. */
export function roundHalfEven(x: number): number {
  const low = Math.floor(x), rest = x - low;
  if (!Number.isFinite(x) || rest === 0) return x;
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  const result = up ? low + 1 : low;
  return result === 0 && x < 0 ? -0 : result;
}

/** A double as the nearest value of a float type; half types are rounded from f32, as the kernels do. */
export function roundFloat(value: number, dtype: DType): number {
  switch (dtype) {
    case "f64":
      return value;
    case "f32":
      return Math.fround(value);
    case "bf16":
      return fromBf16Bits(bf16Bits(value));
    case "f16":
      return fromF16Bits(f16Bits(value));
    default:
      throw new RangeError(`Cannot round to ${dtype}: it has no arithmetic`);
  }
}
