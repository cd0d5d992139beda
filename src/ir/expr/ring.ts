/**
 * Sums and products: polynomials over atoms with integer coefficients, multiplied out, like terms collected.
 *
 * @module
 */
import { compare, exact, int, makeAdd, makeMul, PairMemo } from "./node.ts";
import { isPinned } from "./range.ts";
import type { Dim, Expr } from "./types.ts";

/** Products of sums with more terms than this stay products: factors may then be sums, the last ones. */
const WIDEST_PRODUCT = 256;

/** One monomial: `coef * factors`. */
export interface Term {
  readonly coef: number;
  readonly factors: readonly Expr[];
}

/** An expression from what a builder was given; a symbol with one possible value is that value. */
export function toExpr(dim: Dim): Expr {
  if (typeof dim === "number") return int(dim);
  return isPinned(dim) ? int(dim.min) : dim;
}

/** The monomial that a term of a sum is. */
export function termOf(e: Expr): Term {
  if (e.kind === "int") return { coef: e.value, factors: [] };
  return e.kind === "mul" ? e : { coef: 1, factors: [e] };
}

/** The terms of a polynomial, its constant last and left out when zero. */
export function termsOf(e: Expr): readonly Term[] {
  if (e.kind !== "add") return e.kind === "int" && e.value === 0 ? [] : [termOf(e)];
  const terms = e.terms.map(termOf);
  return e.constant === 0 ? terms : [...terms, { coef: e.constant, factors: [] }];
}

/** An expression from one monomial; a factor that is a sum is multiplied out unless there are two of them. */
export function fromTerm({ coef, factors }: Term): Expr {
  if (coef === 0 || factors.length === 0) return int(coef);
  if (coef === 1 && factors.length === 1) return factors[0]!;
  const last = factors.at(-1)!;
  if (last.kind !== "add" || factors.at(-2)?.kind === "add") return makeMul(exact(coef), factors);
  return mul2(fromTerm({ coef, factors: factors.slice(0, -1) }), last);
}

/** A polynomial being collected: coefficient by monomial. */
class Collector {
  constant = 0;
  readonly #coefs = new Map<Expr, number>();

  add(e: Expr, scale: number): void {
    if (e.kind === "int") this.constant = exact(this.constant + exact(scale * e.value));
    else if (e.kind === "add") {
      this.constant = exact(this.constant + exact(scale * e.constant));
      for (const term of e.terms) this.add(term, scale);
    } else if (e.kind === "mul" && e.coef !== 1) {
      this.#count(fromTerm({ coef: 1, factors: e.factors }), exact(e.coef * scale));
    } else this.#count(e, scale);
  }

  #count(monomial: Expr, coef: number): void {
    this.#coefs.set(monomial, exact((this.#coefs.get(monomial) ?? 0) + coef));
  }

  done(): Expr {
    const terms: Expr[] = [];
    for (const [monomial, coef] of this.#coefs) {
      if (coef !== 0) terms.push(fromTerm({ coef, factors: termOf(monomial).factors }));
    }
    if (terms.length === 0) return int(this.constant);
    if (terms.length === 1 && this.constant === 0) return terms[0]!;
    return makeAdd(this.constant, terms.sort(compareTerms));
  }
}

/** Order of terms: higher degree first, then by factors. */
function compareTerms(a: Expr, b: Expr): number {
  const [x, y] = [termOf(a).factors, termOf(b).factors];
  if (x.length !== y.length) return y.length - x.length;
  for (let i = 0; i < x.length; i++) {
    const order = compare(x[i]!, y[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** A law on sums that other files add: a new expression, or nothing where it does not apply. */
export type SumLaw = (sum: Expr) => Expr | undefined;

/** Laws tried on every new sum; filled by the files that own the operations they speak of. */
export const sumLaws: SumLaw[] = [];

function finish(sum: Expr): Expr {
  if (sum.kind !== "add") return sum;
  for (const law of sumLaws) {
    const better = law(sum);
    if (better) return better;
  }
  return sum;
}

const sums = new PairMemo<Expr>(), products = new PairMemo<Expr>();

/** Sum of `scale * e` for all pairs. */
export function combine(parts: readonly (readonly [number, Expr])[]): Expr {
  return finish(collect(parts));
}

/** The same as a mere polynomial: no law of sums is tried. */
export function collect(parts: readonly (readonly [number, Expr])[]): Expr {
  const collector = new Collector();
  for (const [scale, e] of parts) if (scale !== 0) collector.add(e, scale);
  return collector.done();
}

function add2(a: Expr, b: Expr): Expr {
  if (a.kind === "int" && a.value === 0) return b;
  if (b.kind === "int" && b.value === 0) return a;
  return sums.get(a, b, () => combine([[1, a], [1, b]]));
}

/** The sum of all arguments. */
export function add(...xs: readonly Dim[]): Expr {
  if (xs.length === 2) return add2(toExpr(xs[0]!), toExpr(xs[1]!));
  return combine(xs.map((x) => [1, toExpr(x)]));
}

/** `a - b`. */
export function sub(a: Dim, b: Dim): Expr {
  return add2(toExpr(a), neg(b));
}

/** `-a`. */
export function neg(a: Dim): Expr {
  return mul2(int(-1), toExpr(a));
}

function mul2(a: Expr, b: Expr): Expr {
  if (a.kind === "int" && a.value === 1) return b;
  if (b.kind === "int" && b.value === 1) return a;
  return products.get(a, b, () => multiply(a, b));
}

function multiply(a: Expr, b: Expr): Expr {
  if (a.kind === "int") return combine([[a.value, b]]);
  if (b.kind === "int") return combine([[b.value, a]]);
  const [xs, ys] = [termsOf(a), termsOf(b)];
  const wide = xs.length > 1 && ys.length > 1 && xs.length * ys.length > WIDEST_PRODUCT;
  if (wide) return opaqueProduct(a, b);
  return combine(xs.flatMap((x) => ys.map((y) => [1, fromTerm(multiplyTerms(x, y))] as const)));
}

function multiplyTerms(x: Term, y: Term): Term {
  return { coef: exact(x.coef * y.coef), factors: [...x.factors, ...y.factors].sort(compare) };
}

function opaqueProduct(a: Expr, b: Expr): Expr {
  const whole = (e: Expr): Term => e.kind === "add" ? { coef: 1, factors: [e] } : termOf(e);
  return fromTerm(multiplyTerms(whole(a), whole(b)));
}

/** The product of all arguments, multiplied out. */
export function mul(...xs: readonly Dim[]): Expr {
  return xs.reduce<Expr>((product, x) => mul2(product, toExpr(x)), int(1));
}

/** `a` to the power of a constant `n >= 0`. */
export function pow(a: Dim, n: number): Expr {
  if (!Number.isInteger(n) || n < 0) {
    throw new RangeError(`Cannot raise to a power: ${n} is not a natural number`);
  }
  return mul(...Array<Dim>(n).fill(a));
}
