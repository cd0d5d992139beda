/**
 * Comparing tensors.
 *
 * @module
 */
import { type DenseTensor, elementsOf, type Num } from "../../src/ir/scalar/mod.ts";

/** What differs between two tensors, as one line; empty if nothing does. Zero tolerance means: the same bits. */
export function differences(wanted: DenseTensor, found: DenseTensor, tolerance: number): string {
  const type = (t: DenseTensor) => `${t.dtype}[${t.shape}]`;
  if (type(wanted) !== type(found)) return `wanted ${type(wanted)}, found ${type(found)}`;
  const a = elementsOf(wanted), b = elementsOf(found);
  const scale = Math.max(1, ...a.map((x) => (Number.isFinite(Number(x)) ? Math.abs(Number(x)) : 0)));
  const bad = a.flatMap((x, n) => (same(x, b[n]!, tolerance * scale) ? [] : [n]));
  if (bad.length === 0) return "";
  const rows = bad.slice(0, 4).map((n) => `[${n}] wanted ${String(a[n])}, found ${String(b[n])}`);
  return `${bad.length} of ${a.length} elements of ${type(wanted)} differ: ${rows.join("; ")}`;
}

function same(a: Num, b: Num, tolerance: number): boolean {
  if (a === b || (a !== a && b !== b)) return true;
  return typeof a === "number" && typeof b === "number" && Math.abs(a - b) <= tolerance;
}
