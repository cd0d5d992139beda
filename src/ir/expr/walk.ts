/**
 * Operands and symbols of expressions.
 *
 * @module
 */
import type { Dim, Expr, Sym } from "./types.ts";

/** The operands of a node. */
export function childrenOf(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case "int":
    case "sym":
      return [];
    case "add":
      return e.terms;
    case "mul":
      return e.factors;
    case "floordiv":
    case "mod":
      return [e.a, e.b];
    case "min":
    case "max":
      return e.args;
  }
}

const symbols = new Map<Expr, readonly Sym[]>();

/** The symbols of an expression, each once, in order of first appearance; bounds of axes are not looked into. */
export function symsOf(e: Dim): readonly Sym[] {
  if (typeof e === "number" || e.kind === "int") return [];
  if (e.kind === "sym") return [e];
  const known = symbols.get(e);
  if (known) return known;
  const found = [...new Set(childrenOf(e).flatMap(symsOf))];
  symbols.set(e, found);
  return found;
}

/** Names of the symbols of an expression. */
export function symbolsOf(e: Dim): ReadonlySet<string> {
  return new Set(symsOf(e).map((s) => s.name));
}
