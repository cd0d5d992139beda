/**
 * Comparing results as torch.testing.assert_close does: dtype, shape, |a - e| <= atol + rtol·|e|, nan equals nan.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";

/** Values of a tensor in row-major order; integers of 64 bits stay exact. */
export interface Values {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number> | ArrayLike<bigint>;
}

/** How far apart two tensors are, and the first place where they differ too much. */
export interface Difference {
  readonly ok: boolean;
  readonly maxAbs: number;
  readonly maxRel: number;
  readonly detail?: string;
}

/** Compares `actual` with `expected`. */
export function compare(actual: Values, expected: Values, atol: number, rtol: number): Difference {
  const bad = (detail: string): Difference => ({ ok: false, maxAbs: NaN, maxRel: NaN, detail });
  if (actual.dtype !== expected.dtype) return bad(`is ${actual.dtype}, not ${expected.dtype}`);
  if (actual.shape.join() !== expected.shape.join()) {
    return bad(`has shape [${actual.shape}], not [${expected.shape}]`);
  }
  let maxAbs = 0, maxRel = 0, detail: string | undefined;
  for (let n = 0; n < expected.values.length; n++) {
    const a = actual.values[n]!, e = expected.values[n]!;
    if (a === e || (a !== a && e !== e)) continue;
    const distance = Math.abs(Number(a) - Number(e)), size = Math.abs(Number(e));
    if (distance > maxAbs || Number.isNaN(distance)) maxAbs = distance;
    if (size > 0 && !(distance / size <= maxRel)) maxRel = distance / size;
    const close = Number.isFinite(Number(a)) && Number.isFinite(Number(e)) && distance <= atol + rtol * size;
    if (!close) detail ??= `element ${n} is ${a}, not ${e}`;
  }
  return { ok: detail === undefined, maxAbs, maxRel, ...(detail && { detail }) };
}
