/**
 * Loops that run on seamlessly: neighbouring axes that no access can tell from one.
 *
 * @module
 */
import { type Expr, int, linear, mul, symsOf, symsOfPred } from "../expr/mod.ts";
import { loopAxis } from "./buffers.ts";
import { type IndexMap, scalarsOf } from "./scalars.ts";
import type { Axis, Scalar, Store } from "./types.ts";

/** Offsets of loads and stores, and the names of symbols that values use in any other way. */
export interface AxisUses {
  readonly offsets: readonly Expr[];
  readonly elsewhere: ReadonlySet<string>;
}

/** How values and stores use their axes; accesses are linear offsets (`flatBuffer`) already. */
export function axisUses(values: readonly Scalar[], stores: readonly Store[]): AxisUses {
  const offsets = stores.flatMap((s) => s.index), elsewhere = new Set<string>();
  const note = (e: Expr) => symsOf(e).forEach((s) => elsewhere.add(s.name));
  for (const s of scalarsOf(...values)) {
    if (s.kind === "load") offsets.push(...s.index);
    else if (s.kind === "index") note(s.expr);
    else if (s.kind === "truth" || s.kind === "guarded") {
      symsOfPred(s.pred).forEach((y) => elsewhere.add(y.name));
    } else if (s.kind === "bound") note(s.size);
  }
  return { offsets, elsewhere };
}

/** True if every offset goes on from the last position of `inner` to the next of `outer` by its own step. */
export function isSeamless({ offsets, elsewhere }: AxisUses, outer: Axis, inner: Axis): boolean {
  if (elsewhere.has(outer.sym.name) || elsewhere.has(inner.sym.name)) return false;
  return offsets.every((e) => {
    const [x, y] = [linear(e, outer.sym.name), linear(e, inner.sym.name)];
    return x !== undefined && y !== undefined && x.coef === mul(y.coef, inner.extent);
  });
}

/** `axes` with the one at `n` and its neighbour as one, and what their symbols become. */
export function mergeAxes(
  axes: readonly Axis[],
  n: number,
): { readonly axes: readonly Axis[]; readonly map: IndexMap } {
  const outer = axes[n]!, inner = axes[n + 1]!;
  const merged = loopAxis(inner.sym.name, mul(outer.extent, inner.extent));
  const map = new Map<string, Expr>([[outer.sym.name, int(0)], [inner.sym.name, merged.sym]]);
  return { axes: [...axes.slice(0, n), merged, ...axes.slice(n + 2)], map };
}
