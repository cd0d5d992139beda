/**
 * Minimum and maximum: flattened, sorted, without arguments that another one provably beats.
 *
 * @module
 */
import { compare, int, makeExtreme } from "./node.ts";
import { lessEqual } from "./prove.ts";
import { add, combine, fromTerm, neg, sub, type Term, termsOf, toExpr } from "./ring.ts";
import { contentOf, gcd, isAllNegative } from "./split.ts";
import type { Dim, Expr } from "./types.ts";

/** The smallest argument. */
export function min(...xs: readonly Dim[]): Expr {
  return extreme("min", xs.map(toExpr));
}

/** The largest argument. */
export function max(...xs: readonly Dim[]): Expr {
  return extreme("max", xs.map(toExpr));
}

type Kind = "min" | "max";

function extreme(kind: Kind, xs: readonly Expr[]): Expr {
  const kept = withoutBeaten(kind, xs.flatMap((x) => x.kind === kind ? x.args : [x]));
  if (kept.length === 0) throw new RangeError(`Cannot take a ${kind}: there are no arguments`);
  if (kept.length === 1) return kept[0]!;
  for (const { apply } of laws) {
    const better = apply(kind, kept);
    if (better) return better;
  }
  return makeExtreme(kind, kept.sort(compare));
}

function withoutBeaten(kind: Kind, xs: readonly Expr[]): Expr[] {
  const wins = (a: Expr, b: Expr) => (kind === "min" ? lessEqual(a, b) : lessEqual(b, a)) === true;
  let kept: Expr[] = [];
  for (const x of new Set(xs)) {
    if (!kept.some((k) => wins(k, x))) kept = [...kept.filter((k) => !wins(x, k)), x];
  }
  return kept;
}

/** One law: what it says, and its right side where it applies to sorted arguments none of which is beaten. */
interface Law {
  readonly law: string;
  readonly apply: (kind: Kind, args: readonly Expr[]) => Expr | undefined;
}

const laws: readonly Law[] = [
  {
    law: "min(x + c, y + c) → min(x, y) + c",
    apply: (kind, args) => {
      const common = combine(commonTerms(args).map((t) => [1, fromTerm(t)]));
      return common === int(0) ? undefined : add(extreme(kind, args.map((x) => sub(x, common))), common);
    },
  },
  {
    law: "min(c*x, c*y) → c*min(x, y) where c > 1",
    apply: (kind, args) => {
      const c = args.flatMap(termsOf).reduce((g, t) => gcd(g, Math.abs(t.coef)), 0);
      const divided = (x: Expr) => combine(termsOf(x).map((t) => [1, fromTerm({ ...t, coef: t.coef / c })]));
      return c > 1 ? combine([[c, extreme(kind, args.map(divided))]]) : undefined;
    },
  },
  {
    law: "min(-x, -y) → -max(x, y)",
    apply: (kind, args) => {
      const negative = args.every((x) => contentOf(x) === 0 || isAllNegative(x));
      return negative ? neg(extreme(kind === "min" ? "max" : "min", args.map(neg))) : undefined;
    },
  },
];

/** Terms that all arguments have, with equal coefficients. */
function commonTerms(args: readonly Expr[]): readonly Term[] {
  const [first, ...others] = args.map(termsOf);
  const has = (terms: readonly Term[], t: Term) => terms.some((o) => fromTerm(o) === fromTerm(t));
  return first!.filter((t) => others.every((terms) => has(terms, t)));
}
