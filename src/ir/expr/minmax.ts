/**
 * Minimum and maximum: flattened, sorted, without arguments that another one provably beats.
 *
 * @module
 */
import { compare, makeExtreme } from "./node.ts";
import { lessEqual } from "./prove.ts";
import { toExpr } from "./ring.ts";
import type { Dim, Expr } from "./types.ts";

/** The smallest argument. */
export function min(...xs: readonly Dim[]): Expr {
  return extreme("min", xs);
}

/** The largest argument. */
export function max(...xs: readonly Dim[]): Expr {
  return extreme("max", xs);
}

function extreme(kind: "min" | "max", xs: readonly Dim[]): Expr {
  const flat = xs.map(toExpr).flatMap((x) => x.kind === kind ? x.args : [x]);
  const wins = (a: Expr, b: Expr) => kind === "min" ? lessEqual(a, b) === true : lessEqual(b, a) === true;
  const kept: Expr[] = [];
  for (const x of flat) {
    if (kept.some((k) => wins(k, x))) continue;
    const staying = kept.filter((k) => !wins(x, k));
    kept.splice(0, kept.length, ...staying, x);
  }
  if (kept.length === 0) throw new RangeError(`Cannot take a ${kind}: there are no arguments`);
  return kept.length === 1 ? kept[0]! : makeExtreme(kind, kept.sort(compare));
}
