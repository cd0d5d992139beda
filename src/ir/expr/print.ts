/**
 * Expressions and predicates as text, in Python's precedence: `2*s0 + i1 // 4 % 3`.
 * `parse(print(e))` is `e` again, given the same symbols.
 *
 * @module
 */
import { fromTerm, termOf } from "./ring.ts";
import type { Cmp, Dim, Expr, Pred } from "./types.ts";

/** Readable text of an expression. */
export function print(e: Dim): string {
  if (typeof e === "number") return String(e);
  switch (e.kind) {
    case "int":
      return String(e.value);
    case "sym":
      return e.name;
    case "add":
      return printSum(e.terms, e.constant);
    case "mul":
      return printProduct(e.coef, e.factors);
    case "floordiv":
      return `${leftOperand(e.a)} // ${operand(e.b)}`;
    case "mod":
      return `${leftOperand(e.a)} % ${operand(e.b)}`;
    case "min":
    case "max":
      return `${e.kind}(${e.args.map(print).join(", ")})`;
  }
}

function printSum(terms: readonly Expr[], constant: number): string {
  let text = "";
  for (const term of terms) {
    const { coef, factors } = termOf(term);
    if (text === "") text = print(term);
    else text += coef < 0 ? ` - ${print(fromTerm({ coef: -coef, factors }))}` : ` + ${print(term)}`;
  }
  if (constant === 0) return text;
  return constant < 0 ? `${text} - ${-constant}` : `${text} + ${constant}`;
}

function printProduct(coef: number, factors: readonly Expr[]): string {
  const text = factors.map(operand).join("*");
  return coef === 1 ? text : coef === -1 ? `-${text}` : `${coef}*${text}`;
}

/** What stands to the left of `//` or `%`: only sums need parentheses. */
function leftOperand(e: Expr): string {
  return e.kind === "add" ? `(${print(e)})` : print(e);
}

function operand(e: Expr): string {
  const bare = e.kind === "sym" || e.kind === "min" || e.kind === "max" || (e.kind === "int" && e.value >= 0);
  return bare ? print(e) : `(${print(e)})`;
}

const signs = { eq: "==", ne: "!=", lt: "<", le: "<=" } as const;

/** Readable text of a predicate: `s0 < 4 and (s1 == 2 or not …)`. */
export function printPred(p: Pred): string {
  switch (p.kind) {
    case "bool":
      return p.value ? "True" : "False";
    case "cmp":
      return printCmp(p);
    case "and":
    case "or":
      return p.args.map(predOperand).join(` ${p.kind} `);
    case "not":
      return `not ${predOperand(p.arg)}`;
  }
}

function printCmp({ op, a, b }: Cmp): string {
  return `${print(a)} ${signs[op]} ${print(b)}`;
}

function predOperand(p: Pred): string {
  return p.kind === "and" || p.kind === "or" ? `(${printPred(p)})` : printPred(p);
}
