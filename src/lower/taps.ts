/**
 * Taps of a convolution that never meet its image: small images leave windows of which most lie on the border.
 *
 * @module
 */
import { asBool, asInt, int, type Pred, substitutePred } from "../ir/expr/mod.ts";
import type { Axis, Scalar } from "../ir/loops/mod.ts";

/** Positions [from, to) of an axis. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Longest window that is looked into. */
const WINDOW = 16;

/**
 * The positions of `axis` outside of which the window `element` is a border of zeros wherever the other axes are;
 * undefined when all count. What is left out is not multiplied, as in PyTorch's direct convolutions.
 */
export function liveSpan(element: Scalar, axis: Axis): Span | undefined {
  const extent = asInt(axis.extent), pred = borderOf(element);
  if (!pred || extent === undefined || extent > WINDOW) return undefined;
  const live = Array.from({ length: extent }, (_, n) => n).filter((n) =>
    asBool(substitutePred(pred, new Map([[axis.sym.name, int(n)]]))) !== false
  );
  const from = live[0] ?? 0, to = (live.at(-1) ?? -1) + 1;
  return to > from && to - from < extent ? { from, to } : undefined;
}

/** Where an element that is zero elsewhere is not. */
function borderOf(s: Scalar): Pred | undefined {
  if (s.kind === "cast") return borderOf(s.arg);
  const outside = s.kind === "guarded" && s.other.kind === "literal" && Object.is(Number(s.other.value), 0);
  return outside ? s.pred : undefined;
}
