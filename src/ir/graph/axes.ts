/**
 * The symbols that index maps are written in: `i0, i1, …` for the output's axes, `x0, x1, …` for loaded indices.
 *
 * @module
 */
import { childrenOf, type Expr, type Sym, sym, symsOf } from "../expr/mod.ts";
import type { IndexBound } from "./types.ts";

/** The symbol of output axis `n`, which runs over [0, extent). */
export function axis(n: number, extent: Expr): Sym {
  return sym(`i${n}`, { min: 0, below: extent });
}

/** The axis symbols of a whole shape. */
export function axesOf(shape: readonly Expr[]): Sym[] {
  return shape.map((extent, n) => axis(n, extent));
}

/** The symbol of the k-th index operand's value, already wrapped into [0, size). */
export function lookedUp(k: number, bound: IndexBound): Sym {
  return sym(`x${k}`, { min: 0, below: bound.size });
}

/** `i0 ↦ to[0], i1 ↦ to[1], …`: the substitution that reads an index map at a position. */
export function atPosition(to: readonly Expr[]): Map<string, Expr> {
  return new Map(to.map((expr, n) => [`i${n}`, expr]));
}

/** True for windows of a tensor: an index that moves with several axes, so that elements are read once per tap. */
export function isWindow(index: readonly Expr[]): boolean {
  return index.some((e) => symsOf(e).length > 1);
}

/**
 * True for maps that repeat, reflect or regroup: an index of theirs is a bound, a quotient or a remainder, of at least
 * `axes` axes.
 */
export function isBent(index: readonly Expr[], axes = 1): boolean {
  const bent = (e: Expr): boolean => {
    const here = e.kind === "min" || e.kind === "max" || e.kind === "floordiv" || e.kind === "mod";
    return (here && symsOf(e).length >= axes) || childrenOf(e).some(bent);
  };
  return index.some(bent);
}
