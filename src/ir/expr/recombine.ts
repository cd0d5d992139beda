/**
 * Laws of sums that speak of quotients and remainders: what a reshape took apart comes together again.
 *
 * @module
 */
import { floorDiv, mod } from "./divide.ts";
import { isNonNegative } from "./prove.ts";
import { collect, combine, fromTerm, mul, sumLaws, type Term, termOf, termsOf } from "./ring.ts";
import { exactQuotient } from "./split.ts";
import type { Add, Expr, FloorDiv, Mod } from "./types.ts";

/** One law: what it says of a term `scale * atom` of a sum, and the new sum where it applies. */
interface TermLaw {
  readonly law: string;
  readonly kind: "mod" | "floordiv";
  readonly apply: (sum: Add, atom: Mod | FloorDiv, scale: Expr) => Expr | undefined;
}

const laws: readonly TermLaw[] = [
  {
    law: "k*(x % a) + k*a*(x // a) → k*x",
    kind: "mod",
    apply: (sum, m, k) => exchange(sum, [mul(k, m), mul(k, m.b, floorDiv(m.a, m.b))], () => mul(k, m.a)),
  },
  {
    law: "k*(x % a) + k*a*(x // a % b) → k*(x % (a*b)) where b > 0",
    kind: "mod",
    apply: (sum, m, k) => {
      const q = floorDiv(m.a, m.b);
      for (const next of modsOf(sum)) {
        if (next.a !== q || !isNonNegative(next.b)) continue;
        const joined = exchange(
          sum,
          [mul(k, m), mul(k, m.b, next)],
          () => mul(k, mod(m.a, mul(m.b, next.b))),
        );
        if (joined) return joined;
      }
    },
  },
  {
    law: "k*x - k*a*(x // a) → k*(x % a)",
    kind: "floordiv",
    apply: (sum, q, scale) => {
      const k = exactQuotient(scale, mul(-1, q.b));
      return k && exchange(sum, [mul(k, q.a), mul(scale, q)], () => mul(k, mod(q.a, q.b)));
    },
  },
];

/** The sum with `parts` replaced, if each of their terms is in it with at least that coefficient. */
function exchange(sum: Add, parts: readonly Expr[], by: () => Expr): Expr | undefined {
  const taken = collect(parts.map((p) => [1, p]));
  if (termsOf(taken).filter(isVariable).length < parts.length || !covers(sum, taken)) return undefined;
  return combine([[1, sum], [-1, taken], [1, by()]]);
}

/** True if every term of `part` but its constant is in `sum`, with the same sign and no larger coefficient. */
function covers(sum: Add, part: Expr): boolean {
  const have = new Map(sum.terms.map((t) => [monomialOf(termOf(t)), termOf(t).coef]));
  return termsOf(part).filter(isVariable).every((t) => {
    const coef = have.get(monomialOf(t)) ?? 0;
    return coef * t.coef > 0 && Math.abs(coef) >= Math.abs(t.coef);
  });
}

function isVariable(t: Term): boolean {
  return t.factors.length > 0;
}

function monomialOf({ factors }: Term): Expr {
  return fromTerm({ coef: 1, factors });
}

function modsOf(sum: Add): readonly Mod[] {
  return sum.terms.flatMap((t) => termOf(t).factors.filter((f) => f.kind === "mod"));
}

/** The first law that applies to some factor of some term. */
function recombine(sum: Expr): Expr | undefined {
  if (sum.kind !== "add") return undefined;
  for (const term of sum.terms) {
    const { coef, factors } = termOf(term);
    for (const [at, atom] of factors.entries()) {
      if (atom.kind !== "mod" && atom.kind !== "floordiv") continue;
      const scale = mul(coef, ...factors.filter((_, i) => i !== at));
      for (const law of laws) {
        const better: Expr | undefined = law.kind === atom.kind ? law.apply(sum, atom, scale) : undefined;
        if (better && better !== sum) return better;
      }
    }
  }
}

sumLaws.push(recombine);
