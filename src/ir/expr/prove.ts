/**
 * Proofs of order. Everything rests on `isNonNegative`; "no" means "not proved".
 *
 * @module
 */
import { int, makeSym } from "./node.ts";
import { rangeOf } from "./range.ts";
import { symsOf } from "./walk.ts";
import { add, combine, fromTerm, mul, neg, sub, type Term, termOf, termsOf, toExpr } from "./ring.ts";
import { withoutFactors } from "./split.ts";
import type { Add, Dim, Expr, Sym } from "./types.ts";

/** How many steps one proof may take before it is given up. */
const STEPS = 32;

const proofs = new Map<Expr, boolean>();

/** True if `e >= 0` is provable. */
export function isNonNegative(e: Dim): boolean {
  const node = toExpr(e);
  if (rangeOf(node).min >= 0) return true;
  if (rangeOf(node).max < 0) return false;
  const known = proofs.get(node);
  if (known !== undefined) return known;
  const proved = prove(node, { left: STEPS });
  proofs.set(node, proved);
  return proved;
}

/** True if `a < b`, false if `a >= b`, undefined if neither is provable. */
export function lessThan(a: Dim, b: Dim): boolean | undefined {
  const gap = sub(b, a), { min, max } = rangeOf(gap);
  if (min > 0) return true;
  if (max <= 0) return false;
  if (isNonNegative(add(gap, -1))) return true;
  return isNonNegative(neg(gap)) ? false : undefined;
}

/** True if `a <= b`, false if `a > b`, undefined if neither is provable. */
export function lessEqual(a: Dim, b: Dim): boolean | undefined {
  const less = lessThan(b, a);
  return less === undefined ? undefined : !less;
}

/** Steps that are left to one proof. */
interface Budget {
  left: number;
}

function prove(e: Expr, budget: Budget): boolean {
  if (isPlain(e)) return true;
  if (budget.left-- <= 0 || rangeOf(e).max < 0) return false;
  const every = (parts: readonly Expr[]) => parts.every((x) => prove(x, budget));
  switch (e.kind) {
    case "int":
    case "sym":
      return false;
    case "mul":
      return e.coef > 0 && every(e.factors);
    case "floordiv":
      return every([e.a, e.b]);
    case "mod":
      return prove(e.b, budget);
    case "min":
      return every(e.args);
    case "max":
      return e.args.some((x) => prove(x, budget));
    case "add":
      return proveSum(e, budget);
  }
}

/** Seen without search: by intervals, or by intervals with every symbol counted from its least value. */
function isPlain(e: Expr): boolean {
  return rangeOf(e).min >= 0 || (e.kind === "add" && proveShifted(e));
}

/** A sum is not negative if it is not after some atom gave way to a bound that lessens the sum. */
function proveSum(e: Add, budget: Budget): boolean {
  for (const { atom, exact } of atomsOf(e)) {
    const split = splitBy(e, atom);
    const sign = split && (isPlain(split.coef) ? 1 : isPlain(neg(split.coef)) ? -1 : undefined);
    const lower = sign && lowerBounds(atom, sign, split);
    if (!lower) continue;
    const proved = lower.some((x) => prove(x, budget));
    if (proved || exact) return proved;
  }
  return false;
}

/** Parts of `coef*atom + rest`. */
export interface Split {
  readonly coef: Expr;
  readonly rest: Expr;
}

/** Sums that are not larger than `coef*atom + rest`, of which one must be shown not to be negative. */
function lowerBounds(atom: Expr, sign: 1 | -1, { coef, rest }: Split): readonly Expr[] | undefined {
  const at = (bound: Dim) => add(mul(coef, bound), rest);
  if (atom.kind === "sym" && atom.below) return [at(sign < 0 ? sub(atom.below, 1) : atom.min)];
  if (atom.kind === "min" && sign < 0) return atom.args.map(at);
  if (atom.kind === "max" && sign > 0) return atom.args.map(at);
  if (atom.kind === "mod" && isPlain(atom.b)) {
    if (sign > 0) return [at(0)];
    return isPlain(atom.a) ? [at(sub(atom.b, 1)), at(atom.a)] : [at(sub(atom.b, 1))];
  }
  if (atom.kind === "floordiv" && isPlain(atom.b)) {
    // x - d + 1 <= d*(x // d) <= x, and e >= 0 if d*e >= 1 - d.
    const bound = sign < 0 ? atom.a : add(sub(atom.a, atom.b), 1);
    return [add(mul(coef, bound), mul(atom.b, rest), atom.b, -1)];
  }
}

interface Turn {
  readonly atom: Expr;
  /** True if the bound is attained whatever else varies, so that nothing is lost by taking it. */
  readonly exact: boolean;
}

/**
 * The atoms of a sum in the order in which they give way: axes that stand alone, then quotients and their like,
 * then axes that also occur in those. An axis that bounds another goes after it.
 */
function atomsOf(e: Add): readonly Turn[] {
  const atoms = [...new Set(e.terms.flatMap((t) => termOf(t).factors))];
  const inside = new Set(atoms.flatMap((a) => a.kind === "sym" ? [] : symsOf(a)));
  const bounding = new Set(atoms.flatMap((a) => a.kind === "sym" && a.below ? symsOf(a.below) : []));
  const turn = (a: Expr) => a.kind !== "sym" ? 2 : inside.has(a) ? 3 : bounding.has(a) ? 1 : 0;
  atoms.sort((a, b) => turn(a) - turn(b));
  return atoms.map((atom) => ({ atom, exact: turn(atom) < 2 }));
}

/** `e = coef * atom + rest` where neither has the atom as a factor. */
export function splitBy(e: Expr, atom: Expr): Split | undefined {
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
  const terms = e.terms.map(termOf);
  if (!terms.some((t) => t.factors.some(isShifted)) || !isBalanced(terms)) return false;
  const moved = (f: Expr) => isShifted(f) ? add(shifted(f), f.min) : f;
  const parts = terms.map((t) => mul(t.coef, ...t.factors.map(moved)));
  return rangeOf(add(int(e.constant), ...parts)).min >= 0;
}

/** A term without lower bound needs a positive one with all its factors, else no shift can outweigh it. */
function isBalanced(terms: readonly Term[]): boolean {
  const positive = terms.filter((t) => t.coef > 0);
  return terms.every((t) =>
    rangeOf(fromTerm(t)).min > -Infinity || positive.some((p) => withoutFactors(p.factors, t.factors))
  );
}

function isShifted(f: Expr): f is Sym {
  return f.kind === "sym" && Number.isFinite(f.min) && f.min !== 0;
}

function shifted(s: Sym): Sym {
  return makeSym(`${s.name}'`, 0, s.max - s.min);
}
