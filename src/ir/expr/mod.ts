/**
 * Exact integer algebra for shapes and index maps.
 *
 * Comes in: integers and symbols with facts (ranges, `below` for loop axes). Goes out: expressions in canonical
 * form, so that equal shapes are the same object, and proofs of order and divisibility.
 * Invariants: nodes are immutable and interned (`===` is equality); division and remainder are floored as in
 * Python; a divisor is taken as not zero; constants are safe integers, an overflow throws.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { add, floorDiv, int, mod, mul, print, sym } from "./mod.ts";
 *
 * const rows = sym("s0", { min: 1 }), columns = sym("s1", { min: 1 });
 * const i = sym("i0", { below: rows }), j = sym("i1", { below: columns });
 * const flat = add(mul(i, columns), j); // a view of the matrix as one axis, and back again:
 * assert.equal(floorDiv(flat, columns), i);
 * assert.equal(mod(flat, columns), j);
 * assert.equal(floorDiv(mul(6, rows), mul(2, rows)), int(3));
 * assert.equal(print(add(flat, 1)), "i0*s1 + i1 + 1");
 * ```
 * @module
 */
export type {
  Add,
  And,
  Bool,
  Cmp,
  CmpOp,
  Dim,
  Expr,
  FloorDiv,
  Int,
  Max,
  Min,
  Mod,
  Mul,
  Not,
  Or,
  Pred,
  Range,
  Sym,
} from "./types.ts";
export { int, type SymFacts } from "./node.ts";
export { rangeOf, sym } from "./range.ts";
import "./recombine.ts"; // laws of sums
export { add, mul, neg, pow, sub } from "./ring.ts";
export { numel, rowMajor } from "./shape.ts";
export { ceilDiv, floorDiv, isMultiple, mod } from "./divide.ts";
export { exactQuotient } from "./split.ts";
export { max, min } from "./minmax.ts";
export { isNonNegative, lessEqual, lessThan } from "./prove.ts";
export { asInt, type Bindings, isInt, linear, substitute } from "./query.ts";
export { childrenOf, symbolsOf, symsOf } from "./walk.ts";
export { type Compiled, compileExpr, evaluate, floorDivNumber, modNumber } from "./evaluate.ts";
export {
  and,
  asBool,
  compareDims,
  eq,
  evaluatePred,
  ge,
  gt,
  le,
  lt,
  mapPred,
  ne,
  not,
  or,
  samePred,
  substitutePred,
  symsOfPred,
  truth,
} from "./pred.ts";
export { print, printPred } from "./print.ts";
export { parse, parsePred, type Scope } from "./parse.ts";
export { type CName, type ConstantName, printC, printPredC } from "./print_c.ts";
export { printPredScript, printScript } from "./print_script.ts";
