/**
 * Index maps and predicates as functions of a position, for evaluators.
 *
 * @module
 */
import { compileExpr, type Expr, type Pred } from "../expr/mod.ts";

/** A predicate as a function of the values of `names`, in their order. */
export function compilePred(pred: Pred, names: readonly string[]): (values: ArrayLike<number>) => boolean {
  switch (pred.kind) {
    case "bool":
      return () => pred.value;
    case "cmp": {
      const a = compileExpr(pred.a, names), b = compileExpr(pred.b, names);
      const tests = {
        eq: (v: ArrayLike<number>) => a(v) === b(v),
        ne: (v: ArrayLike<number>) => a(v) !== b(v),
        lt: (v: ArrayLike<number>) => a(v) < b(v),
        le: (v: ArrayLike<number>) => a(v) <= b(v),
      };
      return tests[pred.op];
    }
    case "not": {
      const inner = compilePred(pred.arg, names);
      return (values) => !inner(values);
    }
    case "and": {
      const parts = pred.args.map((p) => compilePred(p, names));
      return (values) => parts.every((p) => p(values));
    }
    case "or": {
      const parts = pred.args.map((p) => compilePred(p, names));
      return (values) => parts.some((p) => p(values));
    }
  }
}

/** Expressions as one function that fills `into`. */
export function compileIndex(
  index: readonly Expr[],
  names: readonly string[],
): (values: ArrayLike<number>, into: number[]) => void {
  const parts = index.map((e) => compileExpr(e, names));
  return (values, into) => parts.forEach((part, n) => into[n] = part(values));
}

/** Calls `visit` with every position of a shape in row-major order; the array is one and the same. */
export function forEachPosition(
  shape: readonly number[],
  visit: (at: readonly number[], n: number) => void,
): void {
  const at = shape.map(() => 0);
  const count = shape.reduce((product, size) => product * size, 1);
  for (let n = 0; n < count; n++) {
    visit(at, n);
    for (let d = shape.length - 1; d >= 0 && ++at[d]! === shape[d]; d--) at[d] = 0;
  }
}
