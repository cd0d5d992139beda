/**
 * Positions along several axes at once.
 *
 * @module
 */
import { type Expr, floorDiv, mod } from "../ir/expr/mod.ts";
import type { Axis } from "../ir/loops/mod.ts";

/** The axes at a flat position, row-major. */
export function decoded(axes: readonly Axis[], flat: Expr): ReadonlyMap<string, Expr> {
  const map = new Map<string, Expr>();
  let rest = flat;
  for (const axis of axes.toReversed()) {
    map.set(axis.sym.name, axis === axes[0] ? rest : mod(rest, axis.extent));
    rest = floorDiv(rest, axis.extent);
  }
  return map;
}
