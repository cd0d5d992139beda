/**
 * Expressions and predicates as C over `int64_t`. Floored division needs `aoti_floordiv` and `aoti_mod` only where
 * a sign may be negative; minimum and maximum are the macros `AOTI_MIN` and `AOTI_MAX`.
 *
 * @module
 */
import { joinTerms } from "./print.ts";
import { isNonNegative } from "./prove.ts";
import type { Dim, Expr, Pred } from "./types.ts";

/** C text of a symbol's name. */
export type CName = (name: string) => string;

const same: CName = (name) => name;

/** C text of an expression; constants beyond `int` get the suffix that makes them `int64_t`. */
export function printC(e: Dim, names: CName = same): string {
  if (typeof e === "number") return constant(e);
  const text = (x: Expr) => printC(x, names);
  switch (e.kind) {
    case "int":
      return constant(e.value);
    case "sym":
      return names(e.name);
    case "add":
      return joinTerms(e, text);
    case "mul":
      return product(e.coef, e.factors, names);
    case "floordiv":
      return plain(e)
        ? `${tight(e.a, names)} / ${tight(e.b, names)}`
        : `aoti_floordiv(${text(e.a)}, ${text(e.b)})`;
    case "mod":
      return plain(e)
        ? `${tight(e.a, names)} % ${tight(e.b, names)}`
        : `aoti_mod(${text(e.a)}, ${text(e.b)})`;
    case "min":
      return e.args.map(text).reduce((a, b) => `AOTI_MIN(${a}, ${b})`);
    case "max":
      return e.args.map(text).reduce((a, b) => `AOTI_MAX(${a}, ${b})`);
  }
}

/** True where C's division, which rounds to zero, is the floored one. */
function plain({ a, b }: { readonly a: Expr; readonly b: Expr }): boolean {
  return isNonNegative(a) && isNonNegative(b);
}

function constant(value: number): string {
  return Math.abs(value) > 0x7fffffff ? `INT64_C(${value})` : String(value);
}

function product(coef: number, factors: readonly Expr[], names: CName): string {
  const text = factors.map((f) => tight(f, names)).join(" * ");
  return coef === 1 ? text : coef === -1 ? `-${text}` : `${constant(coef)} * ${text}`;
}

/** An operand of `*`, `/` or `%`: in parentheses unless it is one word or a call. */
function tight(e: Expr, names: CName): string {
  const text = printC(e, names);
  const call = e.kind === "min" || e.kind === "max" ||
    ((e.kind === "floordiv" || e.kind === "mod") && !plain(e));
  const bare = call || e.kind === "sym" || (e.kind === "int" && e.value >= 0);
  return bare ? text : `(${text})`;
}

const signs = { eq: "==", ne: "!=", lt: "<", le: "<=" } as const;

/** C text of a predicate, 0 or 1. */
export function printPredC(p: Pred, names: CName = same): string {
  switch (p.kind) {
    case "bool":
      return p.value ? "1" : "0";
    case "cmp":
      return `${printC(p.a, names)} ${signs[p.op]} ${printC(p.b, names)}`;
    case "and":
      return p.args.map((q) => `(${printPredC(q, names)})`).join(" && ");
    case "or":
      return p.args.map((q) => `(${printPredC(q, names)})`).join(" || ");
    case "not":
      return `!(${printPredC(p.arg, names)})`;
  }
}
