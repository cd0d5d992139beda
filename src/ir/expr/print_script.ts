/**
 * Expressions and predicates as TypeScript over `bigint`; `floordiv`, `mod`, `min` and `max` are functions of two.
 *
 * @module
 */
import { type CodeWords, printCode, printPredCode } from "./print_code.ts";
import type { Dim, Pred } from "./types.ts";

const words: Omit<CodeWords, "name"> = {
  constant: (value) => `${value}n`,
  floordiv: "floordiv",
  mod: "mod",
  min: "min",
  max: "max",
  truth: String,
  signs: { eq: "===", ne: "!==", lt: "<", le: "<=" },
};

/** TypeScript text of an expression. */
export function printScript(e: Dim, name = (name: string) => name): string {
  return printCode(e, { ...words, name });
}

/** TypeScript text of a predicate. */
export function printPredScript(p: Pred, name = (name: string) => name): string {
  return printPredCode(p, { ...words, name });
}
