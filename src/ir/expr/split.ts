/**
 * Division of polynomials as far as it goes without rounding, and common factors.
 *
 * @module
 */
import { exact, int } from "./node.ts";
import { combine, fromTerm, mul, sub, type Term, termOf, termsOf } from "./ring.ts";
import type { Expr } from "./types.ts";

/** `p = quotient*d + rest`. */
export interface Division {
  readonly quotient: Expr;
  readonly rest: Expr;
}

/** Divides each term as far as it goes; by a sum only where that leaves fewer terms than there were. */
export function split(p: Expr, d: Expr): Division {
  if (d.kind === "add") return splitBySum(p, d);
  const divisor = termOf(d);
  const quotient = combine(
    termsOf(p).flatMap((t) => {
      const q = divideTerm(t, divisor);
      return q ? [[1, fromTerm(q)] as const] : [];
    }),
  );
  return quotient === int(0) ? { quotient, rest: p } : { quotient, rest: sub(p, mul(quotient, d)) };
}

/** Long division by the leading term; more rounds than there are terms do not pay. */
function splitBySum(p: Expr, d: Expr): Division {
  const lead = termsOf(d)[0]!;
  let quotient: Expr = int(0), rest = p;
  for (let round = 0; round < 16; round++) {
    const q = termsOf(rest).map((t) => divideTerm(t, lead)).find((t) => t !== undefined);
    if (!q) break;
    quotient = combine([[1, quotient], [1, fromTerm(q)]]);
    rest = sub(p, mul(quotient, d));
  }
  return termsOf(rest).length < termsOf(p).length ? { quotient, rest } : { quotient: int(0), rest: p };
}

/** The quotient of monomials, coefficients rounded to zero (constants by constants: down). */
function divideTerm(t: Term, d: Term): Term | undefined {
  const factors = withoutFactors(t.factors, d.factors);
  if (!factors) return undefined;
  const ratio = t.coef / d.coef, coef = t.factors.length === 0 ? Math.floor(ratio) : Math.trunc(ratio);
  return coef === 0 ? undefined : { coef, factors };
}

/** A product without some of its factors, if it has them all. */
export function withoutFactors(all: readonly Expr[], some: readonly Expr[]): readonly Expr[] | undefined {
  const rest = [...all];
  for (const factor of some) {
    const at = rest.indexOf(factor);
    if (at < 0) return undefined;
    rest.splice(at, 1);
  }
  return rest;
}

/** `p / d` where it is a polynomial. */
export function exactQuotient(p: Expr, d: Expr): Expr | undefined {
  if (p === d) return int(1);
  const { quotient, rest } = split(p, d);
  return rest === int(0) ? quotient : undefined;
}

/** The largest monomial that divides one term and all terms of `d`. */
export function commonFactor(term: Term, d: Expr): Expr {
  return fromTerm(termsOf(d).reduce(commonTerm, { ...term, coef: Math.abs(term.coef) }));
}

function commonTerm(x: Term, y: Term): Term {
  const rest = [...y.factors];
  const factors = x.factors.filter((f) => {
    const at = rest.indexOf(f);
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
  return { coef: gcd(x.coef, Math.abs(y.coef)), factors };
}

/** Greatest common divisor of numbers that are not negative. */
export function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return exact(a);
}

/** Greatest common divisor of the coefficients of all terms but the constant; 0 if there are none. */
export function contentOf(e: Expr): number {
  return termsOf(e).reduce((g, t) => t.factors.length === 0 ? g : gcd(g, Math.abs(t.coef)), 0);
}

/** True if every term but the constant has a negative coefficient, and there is one. */
export function isAllNegative(e: Expr): boolean {
  const terms = termsOf(e).filter((t) => t.factors.length > 0);
  return terms.length > 0 && terms.every((t) => t.coef < 0);
}
