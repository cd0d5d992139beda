/**
 * Statements that surely visit nothing: they must not touch what they read, which may have no memory at all.
 *
 * @module
 */
import { isInt } from "../ir/expr/mod.ts";
import type { Axis, LoopStatement, Scalars } from "../ir/loops/mod.ts";
import { reductionIdentity } from "../ir/scalar/mod.ts";

function isEmpty(axes: readonly Axis[]): boolean {
  return axes.some((a) => isInt(a.extent, 0));
}

/**
 * The statement without loads where it visits nothing, or nothing where it is not needed. A nest over no elements stays:
 * it is what makes its buffer, whose other sizes may only be known now.
 */
export function withoutIdleLoads(s: LoopStatement, scalars: Scalars): LoopStatement | undefined {
  if (s.kind === "scatter") return isEmpty(s.axes) ? undefined : s;
  if (s.kind !== "nest") return s;
  const { reduce, ...rest } = s, { dtype } = s.store.buffer;
  if (isEmpty(s.axes)) return { ...rest, value: scalars.literal(0, dtype) };
  if (!reduce || !isEmpty(reduce.over)) return s;
  return { ...rest, value: scalars.literal(reductionIdentity(reduce.fn, s.value.dtype), dtype) };
}
