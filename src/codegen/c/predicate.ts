/**
 * Predicates per lane: comparisons that are linear in the vector axis become one vector comparison.
 *
 * @module
 */
import { asInt, type Expr, linear, type Pred, sub, symsOfPred } from "../../ir/expr/mod.ts";

/** How to print parts of a predicate. */
export interface LaneText {
  readonly symbol: string;
  readonly varies: (e: Expr) => boolean;
  readonly text: (e: Expr) => string;
  /** A mask variable computed lane by lane. */
  readonly slow: (p: Pred) => string;
  /** A C condition that is the same in all lanes. */
  readonly uniform: (p: Pred) => string;
}

/** Coefficients beyond this could overflow 32-bit lanes. */
const LARGEST_STEP = 1 << 20;

/** C expression of type vbool. */
export function predicateLanes(p: Pred, how: LaneText): string {
  if (!symsOfPred(p).some((s) => how.varies(s))) return `aoti_set1_bool(${how.uniform(p)})`;
  switch (p.kind) {
    case "and":
      return p.args.map((a) => predicateLanes(a, how)).reduce((a, b) => `aoti_and_bool(${a}, ${b})`);
    case "or":
      return p.args.map((a) => predicateLanes(a, how)).reduce((a, b) => `aoti_or_bool(${a}, ${b})`);
    case "not":
      return `aoti_not_bool(${predicateLanes(p.arg, how)})`;
    case "cmp":
      return comparison(p, how) ?? how.slow(p);
    case "bool":
      return `aoti_set1_bool(${p.value ? 1 : 0})`;
  }
}

/** `a op b` as `step·lane op bound`, with the bound clamped into 32 bits. */
function comparison(p: Pred & { kind: "cmp" }, how: LaneText): string | undefined {
  const line = linear(sub(p.a, p.b), how.symbol);
  const step = line && asInt(line.coef);
  if (!line || step === undefined || Math.abs(step) > LARGEST_STEP || how.varies(line.rest)) return undefined;
  const bound = how.text(sub(p.b, p.a));
  return `aoti_${p.op}_i32(aoti_iota_i32(0, ${step}), aoti_set1_i32(aoti_clamp32(${bound})))`;
}
