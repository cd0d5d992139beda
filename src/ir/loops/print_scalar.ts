/**
 * Scalars as text. What is used once stands where it is used; what is shared gets a line and a number of its own.
 *
 * `x[a0, 1]` a load, `1.5:f32` a literal, `{a0 + 1}:i64` an index, `?{a0 < 3}` a truth, `exp(…)` a function,
 * `f64(…)` a cast, `when({p}, value, other)`, `with(x0 = value wrap {size}, body)`, `sum:f32` a contraction's sum.
 *
 * @module
 */
import { print } from "../expr/mod.ts";
import { printDims, printName, printNum, printTest } from "../graph/mod.ts";
import { operandsOf, scalarsOf } from "./scalars.ts";
import type { Scalar } from "./types.ts";

/** Lines of the shared scalars, and the text of each root. */
export interface ScalarText {
  readonly lines: readonly string[];
  readonly roots: readonly string[];
}

const leaves: readonly Scalar["kind"][] = ["literal", "index", "truth", "accumulator"];

/** Prints the scalars of a statement. */
export function printScalars(roots: readonly Scalar[]): ScalarText {
  const uses = new Map<Scalar, number>(), use = (s: Scalar) => uses.set(s, (uses.get(s) ?? 0) + 1);
  const all = scalarsOf(...roots);
  all.forEach((s) => operandsOf(s).forEach(use));
  roots.forEach(use);
  const texts = new Map<Scalar, string>(), lines: string[] = [];
  const textOf = (s: Scalar) => texts.get(s)!;
  for (const s of all) {
    const text = printScalar(s, textOf), shared = uses.get(s)! > 1 && !leaves.includes(s.kind);
    if (!shared) texts.set(s, text);
    else {
      texts.set(s, `%${lines.length}`);
      lines.push(`%${lines.length} = ${text}`);
    }
  }
  return { lines, roots: roots.map(textOf) };
}

function printScalar(s: Scalar, of: (s: Scalar) => string): string {
  switch (s.kind) {
    case "literal":
      return `${printNum(s.value)}:${s.dtype}`;
    case "index":
      return `{${print(s.expr)}}:${s.dtype}`;
    case "truth":
      return `?${printTest(s.pred)}`;
    case "load":
      return `${printName(s.buffer.name)}${printDims(s.index)}`;
    case "apply":
      return `${s.fn}(${s.args.map(of).join(", ")})`;
    case "cast":
      return `${s.dtype}(${of(s.arg)})`;
    case "guarded":
      return `when(${printTest(s.pred)}, ${of(s.value)}, ${of(s.other)})`;
    case "bound": {
      const check = `${s.wrap ? "wrap" : "in"} {${print(s.size)}}`;
      return `with(${s.sym.name} = ${of(s.value)} ${check}, ${of(s.body)})`;
    }
    case "accumulator":
      return `sum:${s.dtype}`;
  }
}
