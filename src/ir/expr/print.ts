/**
 * Expressions and predicates as text, in Python's precedence: `2*s0 + i1 // 4 % 3`.
 * `parse(print(e))` is `e` again, given the same symbols.
 *
 * @module
 */
import { int } from "./node.ts";
import { fromTerm, termOf } from "./ring.ts";
import type { Add, Cmp, Dim, Expr, Pred } from "./types.ts";

/** Readable text of an expression. */
export function print(e: Dim): string {
  if (typeof e === "number") return String(e);
  switch (e.kind) {
    case "int":
      return String(e.value);
    case "sym":
      return e.name;
    case "add":
      return joinTerms(e, print);
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

/** Terms joined by their signs, positive ones first, the constant last unless it is the only positive one. */
export function joinTerms(e: Add, text: (e: Expr) => string): string {
  const parts = e.constant === 0 ? e.terms : [...e.terms, int(e.constant)];
  const negative = (x: Expr) => termOf(x).coef < 0;
  const absolute = (x: Expr) => fromTerm({ ...termOf(x), coef: -termOf(x).coef });
  const [first, ...plus] = parts.filter((x) => !negative(x));
  const minus = parts.filter(negative);
  const head = first ? text(first) : text(minus.shift()!);
  return head + plus.map((x) => ` + ${text(x)}`).join("") +
    minus.map((x) => ` - ${text(absolute(x))}`).join("");
}

/** Sums that are factors go first and the coefficient last: read in this order they are not multiplied out. */
function printProduct(coef: number, factors: readonly Expr[]): string {
  if (factors.at(-1)!.kind === "add") {
    const text = factors.toReversed().map(operand).join("*");
    return coef === 1 ? text : `${text}*${operand(int(coef))}`;
  }
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
