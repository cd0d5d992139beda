/**
 * Intervals: where an expression's value can lie, from the facts of its symbols.
 *
 * @module
 */
import { makeSym, type SymFacts, toNode } from "./node.ts";
import type { Dim, Expr, Range, Sym } from "./types.ts";

const ranges = new Map<Expr, Range>();
const everything: Range = { min: -Infinity, max: Infinity };

/**
 * A symbol with its facts. A loop axis gives `below` and needs no `min`; an axis that never runs counts as one
 * that runs once, which claims less.
 */
export function sym(name: string, facts: SymFacts = {}): Sym {
  if (!/^[A-Za-z_$][\w$.']*$/.test(name)) {
    throw new RangeError(`Cannot make a symbol: "${name}" is not a name`);
  }
  const below = facts.below === undefined ? undefined : toNode(facts.below);
  const bound = below ? rangeOf(below).max - 1 : Infinity;
  const min = Math.max(facts.min ?? -Infinity, below ? 0 : -Infinity);
  const max = Math.max(min, Math.min(facts.max ?? Infinity, bound));
  return makeSym(name, min, max, below, facts.unbacked);
}

/** True for a symbol with one possible value. */
export function isPinned(e: Expr): e is Sym {
  return e.kind === "sym" && e.min === e.max;
}

/** The interval in which `e` lies for every value of its symbols; divisors are taken as not zero. */
export function rangeOf(e: Dim): Range {
  if (typeof e === "number") return { min: e, max: e };
  if (e.kind === "int") return { min: e.value, max: e.value };
  if (e.kind === "sym") return e;
  const known = ranges.get(e);
  if (known) return known;
  const range = widen(compute(e));
  ranges.set(e, range);
  return range;
}

function compute(e: Exclude<Expr, { kind: "int" | "sym" }>): Range {
  switch (e.kind) {
    case "add":
      return e.terms.map(rangeOf).reduce(plus, { min: e.constant, max: e.constant });
    case "mul":
      return product(e.coef, e.factors);
    case "floordiv":
      return quotient(rangeOf(e.a), rangeOf(e.b));
    case "mod":
      return remainder(rangeOf(e.a), rangeOf(e.b));
    case "min":
      return extreme(Math.min, e.args);
    case "max":
      return extreme(Math.max, e.args);
  }
}

/** Bounds that a double cannot hold exactly are given up. */
function widen({ min, max }: Range): Range {
  return {
    min: min < -Number.MAX_SAFE_INTEGER ? -Infinity : Math.min(min, Number.MAX_SAFE_INTEGER),
    max: max > Number.MAX_SAFE_INTEGER ? Infinity : Math.max(max, -Number.MAX_SAFE_INTEGER),
  };
}

function plus(a: Range, b: Range): Range {
  return { min: a.min + b.min, max: a.max + b.max };
}

/** `0 * Infinity` is 0 here: a bound of zero is exact. */
function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b;
}

function hull(values: readonly number[]): Range {
  return { min: Math.min(...values), max: Math.max(...values) };
}

function timesRange(a: Range, b: Range): Range {
  return widen(hull([times(a.min, b.min), times(a.min, b.max), times(a.max, b.min), times(a.max, b.max)]));
}

/** Equal factors are adjacent; a pair of them is a square, which is never negative. */
function product(coef: number, factors: readonly Expr[]): Range {
  let range: Range = { min: coef, max: coef };
  for (let i = 0; i < factors.length; i++) {
    const factor = rangeOf(factors[i]!);
    if (factors[i] !== factors[i + 1]) range = timesRange(range, factor);
    else {
      const square = timesRange(factor, factor);
      range = timesRange(range, {
        min: factor.min <= 0 && factor.max >= 0 ? 0 : hull([factor.min ** 2, factor.max ** 2]).min,
        max: square.max,
      });
      i++;
    }
  }
  return range;
}

/** Corners suffice for a positive divisor; `|a // b| <= |a|` holds for every divisor. */
function quotient(a: Range, b: Range): Range {
  if (b.max < 0) return quotient({ min: -a.max, max: -a.min }, { min: -b.max, max: -b.min });
  if (b.min < 0) {
    const size = Math.max(Math.abs(a.min), Math.abs(a.max));
    return { min: -size, max: size };
  }
  const divide = (x: number, y: number) => y === Infinity ? (x < 0 ? -1 : 0) : Math.floor(x / y);
  const [low, high] = [Math.max(1, b.min), Math.max(1, b.max)];
  return hull([divide(a.min, low), divide(a.min, high), divide(a.max, low), divide(a.max, high)]);
}

function remainder(a: Range, b: Range): Range {
  if (b.min < 0) return { min: Math.min(0, b.min + 1), max: Math.max(0, b.max - 1) };
  if (a.min >= 0 && a.max < b.min) return a;
  const max = Math.max(0, b.max - 1);
  return { min: 0, max: a.min >= 0 ? Math.min(a.max, max) : max };
}

function extreme(pick: (...values: number[]) => number, args: readonly Expr[]): Range {
  const all = args.map(rangeOf);
  if (all.length === 0) return everything;
  return { min: pick(...all.map((r) => r.min)), max: pick(...all.map((r) => r.max)) };
}
