/**
 * Extreme values of element types.
 *
 * @module
 */
import { bytesOf, type DType, dtypes, isFloat } from "../base/mod.ts";
import type { Num } from "../ir/scalar/mod.ts";

const largest: Partial<Record<DType, number>> = {
  f64: Number.MAX_VALUE,
  f32: 3.4028234663852886e38,
  bf16: 3.3895313892515355e38,
  f16: 65504,
  f8e4m3fn: 448,
  f8e5m2: 57344,
};

const steps: Partial<Record<DType, number>> = { f64: 2 ** -52, f32: 2 ** -23, bf16: 2 ** -7, f16: 2 ** -10 };

/** Largest and smallest finite value of a float type. */
export function finite(dtype: DType): { readonly min: number; readonly max: number } {
  const max = largest[dtype];
  if (max === undefined) throw new RangeError(`${dtype} has no table of finite values`);
  return { min: -max, max };
}

/** The gap between 1 and the next float. */
export function epsilon(dtype: DType): number {
  return steps[dtype] ?? 0;
}

/** What loses against everything in a maximum (`-1`) or a minimum (`1`). */
export function extreme(dtype: DType, sign: 1 | -1): Num {
  if (isFloat(dtype)) return sign * Infinity;
  if (dtype === "bool") return sign > 0;
  const bits = BigInt(bytesOf(dtype) * 8), signed = dtypes[dtype].kind === "signed";
  const max = signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n, min = signed ? -max - 1n : 0n;
  const value = sign > 0 ? max : min;
  return dtype === "i64" || dtype === "u64" ? value : Number(value);
}
