/**
 * Comparing tensors.
 *
 * @module
 */
import type { DType } from "../../src/base/mod.ts";
import { type DenseTensor, elementsOf, type Num } from "../../src/ir/scalar/mod.ts";

/**
 * How near two tensors must be: the same bits, within a share of the largest element (sums, whose terms cancel), or
 * each element within a share of itself (functions of single elements).
 */
export type Exactness = "bits" | "scale" | "element";

/** What rounding in another order, or by another approximation, may change of a value. */
const roundings: Partial<Record<DType, number>> = { f64: 1e-4, f32: 1e-3, f16: 1e-2, bf16: 6e-2 };

/** What differs between two tensors that were computed twice, as one line; empty if nothing does. */
export function disagreement(
  wanted: DenseTensor,
  found: DenseTensor | undefined,
  exactness: Exactness,
): string {
  if (!found) return "is missing";
  const tolerance = exactness === "bits" ? 0 : roundings[wanted.dtype] ?? 0;
  return differences(wanted, found, tolerance, exactness === "element");
}

/** What differs between two tensors, as one line; empty if nothing does. Zero tolerance means: the same bits. */
export function differences(
  wanted: DenseTensor,
  found: DenseTensor,
  tolerance: number,
  each = false,
): string {
  const type = (t: DenseTensor) => `${t.dtype}[${t.shape}]`;
  if (type(wanted) !== type(found)) return `wanted ${type(wanted)}, found ${type(found)}`;
  const a = elementsOf(wanted), b = elementsOf(found);
  const size = (x: Num) => (Number.isFinite(Number(x)) ? Math.abs(Number(x)) : 0);
  const scale = each ? 1 : a.reduce<number>((most, x) => Math.max(most, size(x)), 1);
  const bad = a.flatMap((x, n) => same(x, b[n]!, tolerance * Math.max(scale, each ? size(x) : 0)) ? [] : [n]);
  if (bad.length === 0) return "";
  const rows = bad.slice(0, 4).map((n) => `[${n}] wanted ${String(a[n])}, found ${String(b[n])}`);
  return `${bad.length} of ${a.length} elements of ${type(wanted)} differ: ${rows.join("; ")}`;
}

function same(a: Num, b: Num, tolerance: number): boolean {
  if (a === b || (a !== a && b !== b)) return true;
  return typeof a === "number" && typeof b === "number" && Math.abs(a - b) <= tolerance;
}
