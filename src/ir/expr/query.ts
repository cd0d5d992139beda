/**
 * Questions to expressions, and substitution.
 *
 * @module
 */
import { floorDiv, mod } from "./divide.ts";
import { int } from "./node.ts";
import { max, min } from "./minmax.ts";
import { splitBy } from "./prove.ts";
import { sym } from "./range.ts";
import { add, mul, toExpr } from "./ring.ts";
import { symbolsOf, symsOf } from "./walk.ts";
import type { Dim, Expr, Sym } from "./types.ts";

/** Values by name. */
export type Bindings<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>;

/** One binding, if there is one. */
export function lookUp<T>(bindings: Bindings<T>, name: string): T | undefined {
  if (bindings instanceof Map) return bindings.get(name);
  return Object.hasOwn(bindings, name) ? (bindings as Readonly<Record<string, T>>)[name] : undefined;
}

/** The value of a constant. */
export function asInt(e: Dim): number | undefined {
  const node = toExpr(e);
  return node.kind === "int" ? node.value : undefined;
}

/** True if `e` is the constant `n`. */
export function isInt(e: Dim, n: number): boolean {
  return asInt(e) === n;
}

/** The expression with symbols replaced by name; bounds of axes that stay are replaced in as well. */
export function substitute(e: Dim, map: Bindings<Dim>): Expr {
  const done = new Map<Expr, Expr>();
  const visit = (node: Expr): Expr => {
    if (node.kind === "int") return node;
    const known = done.get(node);
    if (known) return known;
    const result = rebuild(node, visit, map);
    done.set(node, result);
    return result;
  };
  return visit(toExpr(e));
}

function rebuild(e: Expr, visit: (e: Expr) => Expr, map: Bindings<Dim>): Expr {
  switch (e.kind) {
    case "int":
      return e;
    case "sym":
      return replaceSym(e, visit, map);
    case "add":
      return add(e.constant, ...e.terms.map(visit));
    case "mul":
      return mul(...e.factors.map(visit).reverse(), e.coef); // wide sums first, that they stay factors
    case "floordiv":
      return floorDiv(visit(e.a), visit(e.b));
    case "mod":
      return mod(visit(e.a), visit(e.b));
    case "min":
      return min(...e.args.map(visit));
    case "max":
      return max(...e.args.map(visit));
  }
}

function replaceSym(s: Sym, visit: (e: Expr) => Expr, map: Bindings<Dim>): Expr {
  const value = lookUp(map, s.name);
  if (value !== undefined) return toExpr(value);
  if (!s.below) return s;
  const below = visit(s.below);
  return below === s.below ? s : toExpr(sym(s.name, { ...s, below }));
}

/** `e = coef*name + rest` with both free of `name`; undefined where `e` is not linear in it. */
export function linear(e: Dim, name: string): { readonly coef: Expr; readonly rest: Expr } | undefined {
  const node = toExpr(e), found = symsOf(node).filter((s) => s.name === name);
  if (found.length === 0) return { coef: int(0), rest: node };
  const parts = found.length === 1 ? splitBy(node, found[0]!) : undefined;
  if (!parts || symbolsOf(parts.coef).has(name) || symbolsOf(parts.rest).has(name)) return undefined;
  return parts;
}
