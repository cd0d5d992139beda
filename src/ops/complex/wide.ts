/**
 * Formulas on parts of half types compute in f32 and round once.
 *
 * @module
 */
import type { GraphBuilder } from "../../ir/graph/mod.ts";
import { isHalf } from "../numeric.ts";
import type { Parts } from "./functions.ts";

/** `body` of the operands in the type that formulas compute in. */
export function computeInWide(
  g: GraphBuilder,
  operands: readonly Parts[],
  body: (...wide: readonly Parts[]) => Parts,
): Parts {
  const { dtype } = operands[0]!.re.type;
  if (!isHalf(dtype)) return body(...operands);
  const wide = operands.map(({ re, im }) => ({ re: g.cast(re, "f32"), im: g.cast(im, "f32") }));
  const { re, im } = body(...wide);
  return { re: g.cast(re, dtype), im: g.cast(im, dtype) };
}
