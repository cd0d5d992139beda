/**
 * Quotients and remainders: laws as rows, tried in order; the right side of a law is built anew.
 * A divisor is never zero, so `d >= 0` means `d > 0` below.
 *
 * @module
 */
import { max, min } from "./minmax.ts";
import { int, makeFloorDiv, makeMod, PairMemo } from "./node.ts";
import { isNonNegative, lessThan } from "./prove.ts";
import { rangeOf } from "./range.ts";
import { add, fromTerm, mul, neg, sub, termsOf, toExpr } from "./ring.ts";
import { commonFactor, exactQuotient, isAllNegative, split } from "./split.ts";
import { childrenOf } from "./walk.ts";
import type { Dim, Expr } from "./types.ts";

/** One law: what it says, and its right side where it applies to `(p, d)`. */
interface Law {
  readonly law: string;
  readonly apply: (p: Expr, d: Expr) => Expr | undefined;
}

const quotients = new PairMemo<Expr>(), remainders = new PairMemo<Expr>();

/** `floor(a / b)`. */
export function floorDiv(a: Dim, b: Dim): Expr {
  const [p, d] = [toExpr(a), toExpr(b)];
  if (d.kind === "int" && d.value === 0) throw new RangeError(`Cannot divide ${p.key}: the divisor is 0`);
  return quotients.get(p, d, () => first(quotientLaws, p, d) ?? makeFloorDiv(p, d));
}

/** `a - b * floor(a / b)`: the sign of a remainder is the sign of `b`. */
export function mod(a: Dim, b: Dim): Expr {
  const [p, d] = [toExpr(a), toExpr(b)];
  if (d.kind === "int" && d.value === 0) throw new RangeError(`Cannot divide ${p.key}: the divisor is 0`);
  return remainders.get(p, d, () => first(remainderLaws, p, d) ?? makeMod(p, d));
}

/** `ceil(a / b)`, as `-(-a // b)`. */
export function ceilDiv(a: Dim, b: Dim): Expr {
  return neg(floorDiv(neg(a), b));
}

function first(laws: readonly Law[], p: Expr, d: Expr): Expr | undefined {
  for (const { apply } of laws) {
    const right = apply(p, d);
    if (right) return right;
  }
}

const quotientLaws: readonly Law[] = [
  {
    law: "m // n",
    apply: (p, d) => p.kind === "int" && d.kind === "int" ? int(Math.floor(p.value / d.value)) : undefined,
  },
  { law: "0 // d → 0", apply: (p) => p === int(0) ? p : undefined },
  { law: "p // 1 → p", apply: (p, d) => d === int(1) ? p : undefined },
  { law: "p // -d → -p // d", apply: (p, d) => isNegated(d) ? floorDiv(neg(p), neg(d)) : undefined },
  {
    law: "(q*d + r) // d → q + r // d",
    apply: (p, d) => {
      const { quotient, rest } = split(p, d);
      return quotient === int(0) ? undefined : add(quotient, floorDiv(rest, d));
    },
  },
  {
    law: "-p // d → -((p + d - 1) // d) where d > 0",
    apply: (p, d) => isAllNegative(p) && isPositiveTerm(d) ? neg(floorDiv(add(sub(d, p), -1), d)) : undefined,
  },
  {
    law: "r // d → k where k*d <= r < (k + 1)*d",
    apply: (p, d) => {
      const k = cell(p, d);
      return k === undefined ? undefined : int(k);
    },
  },
  {
    law: "(g*a + s) // (g*b) → (a + k) // b where k*g <= s < (k + 1)*g",
    apply: (p, d) => onCommonFactor(p, d, ({ a, b, k }) => floorDiv(add(a, k), b)),
  },
  {
    law: "(x // a + c) // b → (x + c*a) // (a*b) where b > 0",
    apply: (p, d) => {
      const inner = p.kind === "add" && p.terms.length === 1 ? p.terms[0]! : p;
      if (inner.kind !== "floordiv" || !isNonNegative(d)) return undefined;
      return floorDiv(add(inner.a, mul(sub(p, inner), inner.b)), mul(inner.b, d));
    },
  },
  {
    law: "(min(x, …) + c) // d → min((x + c) // d, …) where d > 0, if all but one quotient fold; so for max",
    apply: (p, d) => {
      const inner = p.kind === "add" && p.terms.length === 1 ? p.terms[0]! : p;
      if ((inner.kind !== "min" && inner.kind !== "max") || !isNonNegative(d)) return undefined;
      const parts = inner.args.map((x) => floorDiv(add(x, sub(p, inner)), d));
      if (parts.filter((x) => childrenOf(x).some(isQuotient) || isQuotient(x)).length > 1) return undefined;
      return inner.kind === "min" ? min(...parts) : max(...parts);
    },
  },
  {
    law: "(x % (a*b)) // a → x // a % b where b > 0",
    apply: (p, d) => {
      const b = p.kind === "mod" ? exactQuotient(p.b, d) : undefined;
      return p.kind === "mod" && b && isNonNegative(b) ? mod(floorDiv(p.a, d), b) : undefined;
    },
  },
];

const remainderLaws: readonly Law[] = [
  {
    law: "m % n",
    apply: (p, d) =>
      p.kind === "int" && d.kind === "int"
        ? int(p.value - d.value * Math.floor(p.value / d.value))
        : undefined,
  },
  { law: "0 % d → 0", apply: (p) => p === int(0) ? p : undefined },
  { law: "p % 1 → 0", apply: (_, d) => d === int(1) ? int(0) : undefined },
  { law: "p % -d → -(-p % d)", apply: (p, d) => isNegated(d) ? neg(mod(neg(p), neg(d))) : undefined },
  {
    law: "(q*d + r) % d → r % d",
    apply: (p, d) => {
      const { quotient, rest } = split(p, d);
      return quotient === int(0) ? undefined : mod(rest, d);
    },
  },
  {
    law: "r % d → r - k*d where k*d <= r < (k + 1)*d",
    apply: (p, d) => {
      const k = cell(p, d);
      return k === undefined ? undefined : sub(p, mul(k, d));
    },
  },
  {
    law: "-p % d → d - 1 - (p - 1) % d where d > 0",
    apply: (p, d) => isAllNegative(p) && isPositiveTerm(d) ? sub(add(d, -1), mod(sub(-1, p), d)) : undefined,
  },
  {
    law: "(c*(x % m) + r) % d → (c*x + r) % d where d divides m",
    apply: (p, d) => {
      for (const term of termsOf(p)) {
        const m = term.factors.length === 1 ? term.factors[0]! : undefined;
        if (m?.kind === "mod" && exactQuotient(m.b, d)) {
          return mod(add(sub(p, fromTerm(term)), mul(term.coef, m.a)), d);
        }
      }
    },
  },
  {
    law: "(g*a + s) % (g*b) → g*((a + k) % b) + s - k*g where k*g <= s < (k + 1)*g",
    apply: (p, d) =>
      onCommonFactor(p, d, ({ g, a, b, s, k }) => add(mul(g, mod(add(a, k), b)), s, mul(-k, g))),
  },
];

function isQuotient(e: Expr): boolean {
  return e.kind === "floordiv" || (e.kind === "mul" && e.factors.some(isQuotient));
}

/** True for a divisor of one term that is provably positive; a sum may take a minus back into the numerator. */
function isPositiveTerm(d: Expr): boolean {
  return d.kind !== "add" && isNonNegative(d);
}

/** True for divisors whose terms are all negative. */
function isNegated(d: Expr): boolean {
  return termsOf(d).every((t) => t.coef < 0);
}

/** The constant `k` with `k*d <= r < (k + 1)*d`, if it is provable; symbolic divisors try 0 and -1. */
function cell(r: Expr, d: Expr): number | undefined {
  const { min, max } = rangeOf(r);
  if (d.kind === "int") {
    const k = Math.floor(min / d.value);
    if (Number.isFinite(k) && k === Math.floor(max / d.value)) return k;
  }
  if (max < 0) return isNonNegative(add(r, d)) ? -1 : undefined;
  if (isNonNegative(r)) return lessThan(r, d) ? 0 : undefined;
  return min < 0 && isNonNegative(sub(-1, r)) && isNonNegative(add(r, d)) ? -1 : undefined;
}

/** True if `of` provably divides `e`. */
export function isMultiple(e: Dim, of: Dim): boolean {
  const [p, d] = [toExpr(e), toExpr(of)];
  return p === int(0) || (d !== int(0) && mod(p, d) === int(0));
}

interface Common {
  readonly g: Expr;
  readonly a: Expr;
  readonly b: Expr;
  readonly s: Expr;
  readonly k: number;
}

/** Finds `p = g*a + s`, `d = g*b` with `s` in one cell of `g`, and builds from the parts. */
function onCommonFactor(p: Expr, d: Expr, build: (parts: Common) => Expr): Expr | undefined {
  const tried = new Set<Expr>();
  for (const term of termsOf(p)) {
    const g = commonFactor(term, d);
    if (
      g === int(1) || tried.has(g) || term.factors.length === 0 && d.kind === "int" && termsOf(p).length > 1
    ) continue;
    tried.add(g);
    const [b, { quotient: a, rest: s }] = [exactQuotient(d, g), split(p, g)];
    if (!b || a === int(0)) continue;
    if (s === int(0)) return build({ g, a, b, s, k: 0 });
    if (!isNonNegative(g)) continue;
    const k = cell(s, g);
    if (k !== undefined) return build({ g, a, b, s, k });
  }
}
