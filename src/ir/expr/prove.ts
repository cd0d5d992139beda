/**
 * Proofs of order. Everything rests on `isNonNegative`; "no" means "not proved".
 *
 * @module
 */
import { int, makeSym } from "./node.ts";
import { rangeOf } from "./range.ts";
import { add, combine, fromTerm, mul, neg, sub, termOf, termsOf, toExpr } from "./ring.ts";
import type { Add, Dim, Expr, Sym } from "./types.ts";

/** How many symbols or atoms one proof may replace by a bound. */
const FUEL = 8;

const proofs = new Map<Expr, boolean>();

/** True if `e >= 0` is provable. */
export function isNonNegative(e: Dim): boolean {
  const node = toExpr(e);
  if (rangeOf(node).min >= 0) return true;
  if (rangeOf(node).max < 0) return false;
  const known = proofs.get(node);
  if (known !== undefined) return known;
  const proved = prove(node, FUEL);
  proofs.set(node, proved);
  return proved;
}

/** True if `a < b`, false if `a >= b`, undefined if neither is provable. */
export function lessThan(a: Dim, b: Dim): boolean | undefined {
  const gap = sub(b, a);
  if (isNonNegative(add(gap, -1))) return true;
  return isNonNegative(neg(gap)) ? false : undefined;
}

/** True if `a <= b`, false if `a > b`, undefined if neither is provable. */
export function lessEqual(a: Dim, b: Dim): boolean | undefined {
  const less = lessThan(b, a);
  return less === undefined ? undefined : !less;
}

function prove(e: Expr, fuel: number): boolean {
  if (rangeOf(e).min >= 0) return true;
  if (fuel === 0 || rangeOf(e).max < 0) return false;
  switch (e.kind) {
    case "int":
    case "sym":
      return false;
    case "mul":
      return e.coef > 0 && e.factors.every((f) => prove(f, fuel - 1));
    case "floordiv":
      return prove(e.a, fuel - 1) && prove(e.b, fuel - 1);
    case "mod":
      return prove(e.b, fuel - 1);
    case "min":
      return e.args.every((x) => prove(x, fuel - 1));
    case "max":
      return e.args.some((x) => prove(x, fuel - 1));
    case "add":
      return proveSum(e, fuel);
  }
}

/** A sum is not negative if it is not after some symbol or atom gave way to a bound that lessens the sum. */
function proveSum(e: Add, fuel: number): boolean {
  if (proveShifted(e)) return true;
  for (const atom of atomsOf(e)) {
    const split = splitBy(e, atom);
    if (!split) continue;
    for (const lower of bounds(atom, split.coef, split.rest, fuel)) if (prove(lower, fuel - 1)) return true;
  }
  return false;
}

/** The sum with the atom at its bound, on the side that lessens the sum; none if the side is unknown. */
function bounds(atom: Expr, coef: Expr, rest: Expr, fuel: number): readonly Expr[] {
  const at = (bound: Dim) => add(mul(coef, bound), rest);
  if (atom.kind === "sym" && atom.below) {
    if (prove(neg(coef), fuel - 1)) return [at(sub(atom.below, 1))];
    return prove(coef, fuel - 1) ? [at(atom.min)] : [];
  }
  if (atom.kind === "mod" && prove(atom.b, fuel - 1)) {
    if (!prove(neg(coef), fuel - 1)) return prove(coef, fuel - 1) ? [at(0)] : [];
    return prove(atom.a, fuel - 1) ? [at(sub(atom.b, 1)), at(atom.a)] : [at(sub(atom.b, 1))];
  }
  if (atom.kind === "min" && prove(neg(coef), fuel - 1)) return atom.args.map(at);
  if (atom.kind === "max" && prove(coef, fuel - 1)) return atom.args.map(at);
  return [];
}

function atomsOf(e: Add): readonly Expr[] {
  const atoms = new Set(e.terms.flatMap((t) => termOf(t).factors));
  // An axis that bounds another axis goes after it: only then do the bounds meet.
  const bounding = [...atoms].flatMap((a) =>
    a.kind === "sym" && a.below ? termsOf(a.below).flatMap((t) => t.factors) : []
  );
  return [...atoms].sort((a, b) => Number(bounding.includes(a)) - Number(bounding.includes(b)));
}

/** `e = coef * atom + rest` where neither has the atom as a factor. */
export function splitBy(e: Expr, atom: Expr): { readonly coef: Expr; readonly rest: Expr } | undefined {
  const coefs: Expr[] = [], rest: Expr[] = [];
  for (const term of termsOf(e)) {
    const at = term.factors.indexOf(atom);
    if (at < 0) rest.push(fromTerm(term));
    else if (term.factors[at + 1] === atom) return undefined;
    else coefs.push(fromTerm({ coef: term.coef, factors: term.factors.filter((_, i) => i !== at) }));
  }
  const sum = (parts: readonly Expr[]) => combine(parts.map((p) => [1, p]));
  return { coef: sum(coefs), rest: sum(rest) };
}

/** Counts each symbol from its least value: `s*s - s` with `s >= 2` is `t*t + 3*t + 2` with `t >= 0`. */
function proveShifted(e: Add): boolean {
  const moved = (f: Expr) =>
    f.kind === "sym" && Number.isFinite(f.min) && f.min !== 0 ? add(shifted(f), f.min) : f;
  if (!e.terms.some((t) => termOf(t).factors.some((f) => moved(f) !== f))) return false;
  const parts = e.terms.map((t) => mul(termOf(t).coef, ...termOf(t).factors.map(moved)));
  return rangeOf(add(int(e.constant), ...parts)).min >= 0;
}

function shifted(s: Sym): Sym {
  return makeSym(`${s.name}'`, 0, s.max - s.min);
}
