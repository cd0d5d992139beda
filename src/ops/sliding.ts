/**
 * Windows that slide over the last dims: one masked remap gives `[…, outputs…, window…]`.
 *
 * Convolutions contract the window dims, pools reduce them.
 *
 * @module
 */
import {
  add,
  and,
  asInt,
  ceilDiv,
  eq,
  type Expr,
  floorDiv,
  ge,
  int,
  isInt,
  isMultiple,
  lt,
  mod,
  mul,
  type Pred,
  sub,
  truth,
} from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import type { Num } from "../ir/scalar/mod.ts";

/** How one dim is read: element `k` of window `out` is at `position(out, k)`, unless it is not valid. */
export interface Window {
  /** Number of windows. */
  readonly count: Expr;
  /** Elements of a window. */
  readonly length: Expr;
  readonly position: (out: Expr, k: Expr) => Expr;
  readonly valid?: (out: Expr, k: Expr) => Pred;
}

/** The last dims of `x` cut into windows: counts, then lengths. */
export function slide(g: GraphBuilder, x: Value, windows: readonly Window[], fill: Num): Value {
  const lead = x.type.shape.slice(0, x.type.shape.length - windows.length),
    n = lead.length,
    d = windows.length;
  const shape = [...lead, ...windows.map((w) => w.count), ...windows.map((w) => w.length)];
  const masked = windows.some((w) => w.valid);
  return g.remap(
    x,
    shape,
    (axes) => [...axes.slice(0, n), ...windows.map((w, k) => w.position(axes[n + k]!, axes[n + d + k]!))],
    masked
      ? {
        valid: (axes) =>
          and(...windows.map((w, k) => w.valid?.(axes[n + k]!, axes[n + d + k]!) ?? truth(true))),
        fill,
      }
      : {},
  );
}

/** Dims of the `d` windows that `slide` adds behind those of `x`. */
export function windowDims(x: Value, d: number): number[] {
  return Array.from({ length: d }, (_, n) => x.type.shape.length + n);
}

/** Numbers that place windows along a dim. */
export interface Steps {
  readonly kernel: Expr;
  readonly stride: Expr;
  readonly before: Expr;
  readonly after: Expr;
  readonly dilation: Expr;
}

/** Windows at regular steps over a padded dim of `size`. */
export function regular(size: Expr, s: Steps, count = outputSize(size, s)): Window {
  const position = (out: Expr, k: Expr) => sub(add(mul(out, s.stride), mul(k, s.dilation)), s.before);
  const inside = isInt(s.before, 0) && isInt(s.after, 0) && count === outputSize(size, s);
  if (inside) return { count, length: s.kernel, position };
  return {
    count,
    length: s.kernel,
    position,
    valid: (out, k) => and(ge(position(out, k), 0), lt(position(out, k), size)),
  };
}

/** Last position at which a window starts, in units of nothing. */
function reach(size: Expr, s: Steps): Expr {
  return sub(add(size, s.before, s.after), add(mul(s.dilation, sub(s.kernel, 1)), 1));
}

/** Number of whole windows. */
export function outputSize(size: Expr, s: Steps): Expr {
  return add(floorDiv(reach(size, s), s.stride), 1);
}

/** Number of windows where the last may hang over the end, but starts inside; `undefined` for dynamic sizes. */
export function ceilSize(size: Expr, s: Steps): Expr | undefined {
  const count = asInt(add(ceilDiv(reach(size, s), s.stride), 1));
  const [stride, known, before] = [asInt(s.stride), asInt(size), asInt(s.before)];
  if (count === undefined || stride === undefined || known === undefined || before === undefined) {
    return undefined;
  }
  return int((count - 1) * stride >= known + before ? count - 1 : count);
}

/** Windows of a transposed convolution: element `k` of output `y` is input `(y + before - k*dilation) / stride`. */
export function transposed(size: Expr, s: Steps, outputPadding: Expr): Window {
  const grown = add(mul(sub(size, 1), s.stride), mul(s.dilation, sub(s.kernel, 1)), outputPadding, 1);
  const from = (out: Expr, k: Expr) => sub(add(out, s.before), mul(k, s.dilation));
  return {
    count: sub(sub(grown, s.before), s.after),
    length: s.kernel,
    position: (out, k) => floorDiv(from(out, k), s.stride),
    valid: (out, k) =>
      and(
        eq(mod(from(out, k), s.stride), 0),
        ge(from(out, k), 0),
        lt(from(out, k), add(mul(sub(size, 1), s.stride), 1)),
      ),
  };
}

/** Windows that divide a dim of `size` into `count` parts, overlapping where it does not divide. */
export function adaptive(size: Expr, count: Expr): Window {
  if (isMultiple(size, count)) {
    const length = floorDiv(size, count);
    return { count, length, position: (out, k) => add(mul(out, length), k) };
  }
  const start = (out: Expr) => floorDiv(mul(out, size), count);
  return {
    count,
    length: widest(size, count),
    position: (out, k) => add(start(out), k),
    valid: (out, k) => lt(add(start(out), k), ceilDiv(mul(add(out, 1), size), count)),
  };
}

/** Elements of adaptive window `out`. */
export function adaptiveLength(size: Expr, count: Expr, out: Expr): Expr {
  return sub(ceilDiv(mul(add(out, 1), size), count), floorDiv(mul(out, size), count));
}

function widest(size: Expr, count: Expr): Expr {
  const n = asInt(size), parts = asInt(count);
  if (n === undefined || parts === undefined) return add(floorDiv(size, count), 2);
  const lengths = Array.from(
    { length: parts },
    (_, i) => Math.ceil((i + 1) * n / parts) - Math.floor(i * n / parts),
  );
  return int(Math.max(0, ...lengths));
}
