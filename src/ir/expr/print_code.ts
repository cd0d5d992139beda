/**
 * Expressions and predicates as code: what C and TypeScript have in common, by the words in which they differ.
 *
 * @module
 */
import { joinTerms } from "./print.ts";
import { isNonNegative } from "./prove.ts";
import type { Dim, Expr, Pred } from "./types.ts";

/** How a language says integers. Its own division and remainder are taken to round to zero. */
export interface CodeWords {
  readonly name: (name: string) => string;
  readonly constant: (value: number) => string;
  /** Calls of two operands: floored division and remainder where a sign may be negative, minimum and maximum. */
  readonly floordiv: string;
  readonly mod: string;
  readonly min: string;
  readonly max: string;
  readonly truth: (value: boolean) => string;
  readonly signs: Readonly<Record<"eq" | "ne" | "lt" | "le", string>>;
}

/** Text of an expression. */
export function printCode(e: Dim, words: CodeWords): string {
  if (typeof e === "number") return words.constant(e);
  const text = (x: Expr) => printCode(x, words);
  switch (e.kind) {
    case "int":
      return words.constant(e.value);
    case "sym":
      return words.name(e.name);
    case "add":
      return joinTerms(e, text);
    case "mul":
      return product(e.coef, e.factors, words);
    case "floordiv":
      return plain(e)
        ? `${tight(e.a, words)} / ${tight(e.b, words)}`
        : `${words.floordiv}(${text(e.a)}, ${text(e.b)})`;
    case "mod":
      return plain(e)
        ? `${tight(e.a, words)} % ${tight(e.b, words)}`
        : `${words.mod}(${text(e.a)}, ${text(e.b)})`;
    case "min":
    case "max":
      return e.args.map(text).reduce((a, b) => `${words[e.kind]}(${a}, ${b})`);
  }
}

/** True where division that rounds to zero is the floored one. */
function plain({ a, b }: { readonly a: Expr; readonly b: Expr }): boolean {
  return isNonNegative(a) && isNonNegative(b);
}

function product(coef: number, factors: readonly Expr[], words: CodeWords): string {
  const text = factors.map((f) => tight(f, words)).join(" * ");
  return coef === 1 ? text : coef === -1 ? `-${text}` : `${words.constant(coef)} * ${text}`;
}

/** An operand of `*`, `/` or `%`: in parentheses unless it is one word or a call. */
function tight(e: Expr, words: CodeWords): string {
  const text = printCode(e, words);
  const call = e.kind === "min" || e.kind === "max" ||
    ((e.kind === "floordiv" || e.kind === "mod") && !plain(e));
  const bare = call || e.kind === "sym" || (e.kind === "int" && e.value >= 0);
  return bare ? text : `(${text})`;
}

/** Text of a predicate. */
export function printPredCode(p: Pred, words: CodeWords): string {
  switch (p.kind) {
    case "bool":
      return words.truth(p.value);
    case "cmp":
      return `${printCode(p.a, words)} ${words.signs[p.op]} ${printCode(p.b, words)}`;
    case "and":
    case "or":
      return p.args.map((q) => `(${printPredCode(q, words)})`).join(p.kind === "and" ? " && " : " || ");
    case "not":
      return `!(${printPredCode(p.arg, words)})`;
  }
}
