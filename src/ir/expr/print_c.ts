/**
 * Expressions and predicates as C over `int64_t`. Floored division needs `aoti_floordiv` and `aoti_mod` only where
 * a sign may be negative; minimum and maximum are the macros `AOTI_MIN` and `AOTI_MAX`.
 *
 * @module
 */
import { type CodeWords, printCode, printPredCode } from "./print_code.ts";
import type { Dim, Pred } from "./types.ts";

/** C text of a symbol's name. */
export type CName = (name: string) => string;

/** C text of a constant's name, where it has one. */
export type ConstantName = (value: number) => string | undefined;

const same: CName = (name) => name;
const unnamed: ConstantName = () => undefined;

const words: Omit<CodeWords, "name"> = {
  constant: (value) => Math.abs(value) > 0x7fffffff ? `INT64_C(${value})` : String(value),
  floordiv: "aoti_floordiv",
  mod: "aoti_mod",
  min: "AOTI_MIN",
  max: "AOTI_MAX",
  truth: (value) => value ? "1" : "0",
  signs: { eq: "==", ne: "!=", lt: "<", le: "<=" },
};

/** C text of an expression; constants beyond `int` get the suffix that makes them `int64_t`, unless they have names. */
export function printC(e: Dim, name: CName = same, constant: ConstantName = unnamed): string {
  return printCode(e, wordsFor(name, constant));
}

/** C text of a predicate, 0 or 1. */
export function printPredC(p: Pred, name: CName = same, constant: ConstantName = unnamed): string {
  return printPredCode(p, wordsFor(name, constant));
}

function wordsFor(name: CName, constant: ConstantName): CodeWords {
  return { ...words, name, constant: (value) => constant(value) ?? words.constant(value) };
}
