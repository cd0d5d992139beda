/**
 * Weights of attention taken apart: the power of a score, what rounds it, and what depends on the row alone and may be
 * done after the sum.
 *
 * @module
 */
import { type DType, isFloat } from "../base/mod.ts";
import { type Sym, symsOf, symsOfPred } from "../ir/expr/mod.ts";
import { type Scalar, type ScalarOf, scalarParts, type Scalars, scalarsOf } from "../ir/loops/mod.ts";

/** Weights as `row(Σ round(power) · v)`. */
export interface Weights {
  /** What powers are rounded to before they meet the values. */
  readonly weight: DType;
  /** What is done to the sum, the accumulator. */
  readonly row: Scalar;
}

/** True if a scalar depends on one of the symbols. */
export function dependsOn(s: Scalar, names: readonly string[]): boolean {
  const { exprs, preds } = scalarParts(s), wanted = new Set(names);
  return exprs.some((e) => symsOf(e).some((x) => wanted.has(x.name))) ||
    preds.some((p) => symsOfPred(p).some((x) => wanted.has(x.name)));
}

/**
 * Gives loaded indices of the same value and bounds the same name, that of the first seen, so that lookups that were
 * lowered apart are the same scalar.
 */
export class IndexNames {
  readonly #first = new Map<string, Sym>();

  constructor(readonly scalars: Scalars) {}

  unify(root: Scalar): Scalar {
    const { scalars } = this;
    if (!scalarsOf(root).some((s) => s.kind === "bound")) return root;
    return scalars.rebuild(root, (s, go) => {
      if (s.kind !== "bound") return undefined;
      const value = go(s.value), key = `${value.id} ${s.size.id} ${s.wrap}`;
      const name = this.#first.get(key) ?? s.sym;
      this.#first.set(key, name);
      const body = scalars.substitute(go(s.body), new Map([[s.sym.name, name]]));
      return scalars.bound(name, value, s.size, s.wrap, body);
    });
  }
}

/** True for what asks whether a score is more than minus infinity; nan is. */
export function isSeen(s: Scalar, score: Scalar): boolean {
  const isLowest = (x: Scalar | undefined) => x?.kind === "literal" && x.value === -Infinity;
  if (s.kind !== "apply") return false;
  const [a, b] = s.args;
  if (s.fn === "ne") return a === score && isLowest(b);
  return s.fn === "not" && a?.kind === "apply" && a.fn === "eq" && a.args[0] === score && isLowest(a.args[1]);
}

/**
 * Splits weights; undefined unless they are the power times what is the same in all columns, and roundings. Of what was
 * divided by the row's total already, the power is rounded instead if that is to bf16, whose range is that of the sum, and
 * roundings to f16 are left out: the sum is exact instead.
 */
export function splitWeights(
  weights: Scalar,
  power: Scalar,
  columns: readonly string[],
  scalars: Scalars,
): Weights | undefined {
  const type = power.dtype, start = scalars.accumulator(type);
  const isRow = (s: Scalar) => s.dtype === type && !dependsOn(s, columns);
  const go = (s: Scalar): Weights | undefined => {
    if (s === power) return { weight: type, row: start };
    if (s.kind === "cast") return cast(s);
    if (s.kind !== "apply") return undefined;
    const [a, b, c] = s.args as readonly [Scalar, Scalar, Scalar];
    if (s.fn === "div" && isRow(b)) return then(a, (row) => scalars.apply("div", row, b));
    if (s.fn === "mul" && isRow(b)) return then(a, (row) => scalars.apply("mul", row, b));
    if (s.fn === "mul" && isRow(a)) return then(b, (row) => scalars.apply("mul", a, row));
    if (s.fn !== "where" || dependsOn(a, columns)) return undefined;
    if (isZero(b)) return then(c, (row) => scalars.apply("where", a, b, row));
    return isZero(c) ? then(b, (row) => scalars.apply("where", a, row, c)) : undefined;
  };
  const then = (inner: Scalar, last: (row: Scalar) => Scalar): Weights | undefined => {
    const found = inner.dtype === type ? go(inner) : undefined;
    return found && { ...found, row: last(found.row) };
  };
  const cast = (s: ScalarOf<"cast">): Weights | undefined => {
    const found = go(s.arg), isExact = s.dtype === type || s.dtype === "f64" || s.dtype === "f32";
    if (!found || !isFloat(s.dtype)) return undefined;
    const isLeftOut = found.row !== start && s.dtype !== "bf16";
    return isExact || isLeftOut ? found : { ...found, weight: s.dtype };
  };
  return go(weights);
}

function isZero(s: Scalar): boolean {
  return s.kind === "literal" && Number(s.value) === 0 && isFloat(s.dtype);
}
