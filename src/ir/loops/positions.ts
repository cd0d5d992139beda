/**
 * Truth values that are computed from positions alone, such as masks of windows, as predicates.
 *
 * @module
 */
import {
  add,
  and,
  compareDims,
  type Expr,
  int,
  le,
  lt,
  not,
  or,
  type Pred,
  sub,
  truth,
} from "../expr/mod.ts";
import type { ScalarFn } from "../scalar/mod.ts";
import type { Scalar } from "./value_types.ts";

/** A truth value as a predicate of positions, where it is one. */
export function positionPred(s: Scalar): Pred | undefined {
  if (s.kind === "truth") return s.pred;
  if (s.kind === "literal") return s.dtype === "bool" ? truth(Boolean(s.value)) : undefined;
  if (s.kind === "cast") {
    return s.dtype === "bool" || s.arg.dtype === "bool" ? positionPred(s.arg) : undefined;
  }
  if (s.kind !== "apply") return undefined;
  const args = s.args.map(positionPred);
  if (s.fn === "not" && args[0]) return not(args[0]);
  if (s.fn === "and" && args[0] && args[1]) return and(args[0], args[1]);
  if (s.fn === "or" && args[0] && args[1]) return or(args[0], args[1]);
  const [a, b] = s.args.map(exprOf);
  if (a && b && s.args.length === 2) return ofPositions(s.fn, a, b);
  return s.fn === "eq" || s.fn === "ne" ? comparison(s.fn, s.args[0]!, s.args[1]!) : undefined;
}

function ofPositions(fn: ScalarFn, a: Expr, b: Expr): Pred | undefined {
  switch (fn) {
    case "lt":
    case "le":
    case "eq":
    case "ne":
      return compareDims(fn, a, b);
    case "gt":
      return lt(b, a);
    case "ge":
      return le(b, a);
    default:
      return undefined;
  }
}

/** A position as an expression, where it is computed from positions alone. */
function exprOf(s: Scalar): Expr | undefined {
  if (s.kind === "index") return s.expr;
  if (s.kind === "literal") return typeof s.value === "bigint" ? int(Number(s.value)) : undefined;
  if (s.kind !== "apply" || s.dtype !== "i64") return undefined;
  const [a, b] = s.args.map(exprOf);
  if (!a || !b) return undefined;
  return s.fn === "add" ? add(a, b) : s.fn === "sub" ? sub(a, b) : undefined;
}

/** `(test ? x : y) == z` of numbers, as masks of ones and zeros are asked. */
function comparison(fn: "eq" | "ne", a: Scalar, b: Scalar): Pred | undefined {
  if (a.kind !== "guarded" || b.kind !== "literal") return undefined;
  if (a.value.kind !== "literal" || a.other.kind !== "literal") return undefined;
  const holds = (x: Scalar & { kind: "literal" }) =>
    truth((Number(x.value) === Number(b.value)) === (fn === "eq"));
  return or(and(a.pred, holds(a.value)), and(not(a.pred), holds(a.other)));
}
