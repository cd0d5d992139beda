/**
 * Convolutions: a contraction of sliding windows with the weight, over groups `g`, channels `c`, outputs `o`.
 *
 * @module
 */
import { type Expr, floorDiv, int, isInt, mul } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { numOf } from "./calc.ts";
import { regular, slide, type Steps, transposed, type Window } from "./sliding.ts";
import { rankOf, reshape, squeeze, unsqueeze } from "./views.ts";

/** Everything but the tensors. Lists have one entry per spatial dim. */
export interface ConvOptions {
  readonly stride: readonly Expr[];
  readonly before: readonly Expr[];
  readonly after: readonly Expr[];
  readonly dilation: readonly Expr[];
  readonly groups: Expr;
  /** Present for transposed convolutions. */
  readonly outputPadding?: readonly Expr[];
}

const spaceLabels = ["", "x", "yx", "zyx"] as const, kernelLabels = ["", "l", "kl", "jkl"] as const;

/** A convolution of `x` ([n, c, …] or [c, …]) with `weight`. */
export function convolve(
  g: GraphBuilder,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  o: ConvOptions,
): Value {
  const d = rankOf(weight) - 2;
  if (rankOf(x) === d + 1) return squeeze(g, convolve(g, unsqueeze(g, x, 0), weight, bias, o), [0]);
  const windows = x.type.shape.slice(2).map((size, n) => windowOf(size, n, weight, o));
  const out = contract(g, x, weight, windows, o);
  const shifted = bias && reshape(g, bias, [bias.type.shape[0]!, ...windows.map(() => int(1))]);
  return shifted ? g.pointwise("add", out, shifted) : out;
}

function windowOf(size: Expr, n: number, weight: Value, o: ConvOptions): Window {
  const steps: Steps = {
    kernel: weight.type.shape[2 + n]!,
    stride: o.stride[n]!,
    before: o.before[n]!,
    after: o.after[n]!,
    dilation: o.dilation[n]!,
  };
  return o.outputPadding ? transposed(size, steps, o.outputPadding[n]!) : regular(size, steps);
}

/** `bgc(space)(kernel), goc(kernel) → bgo(space)`; `g` is left out for one group. */
function contract(
  g: GraphBuilder,
  x: Value,
  weight: Value,
  windows: readonly Window[],
  o: ConvOptions,
): Value {
  const d = windows.length, space = spaceLabels[d]!, kernel = kernelLabels[d]!, single = isInt(o.groups, 1);
  const [batch, channels, ...sizes] = x.type.shape as readonly [Expr, Expr, ...Expr[]];
  const [first, second, ...lengths] = weight.type.shape as readonly [Expr, Expr, ...Expr[]];
  const outputs = o.outputPadding ? second : floorDiv(first, o.groups);
  const grouped = single ? x : reshape(g, x, [batch, o.groups, floorDiv(channels, o.groups), ...sizes]);
  const apart = single
    ? weight
    : reshape(g, weight, [o.groups, floorDiv(first, o.groups), second, ...lengths]);
  const group = single ? "" : "g", pair = o.outputPadding ? "co" : "oc";
  const columns = slide(g, grouped, windows, numOf(0, x.type.dtype));
  const spec = `b${group}c${space}${kernel},${group}${pair}${kernel}->b${group}o${space}`;
  const out = g.einsum(spec, columns, apart);
  return single ? out : reshape(g, out, [batch, mul(o.groups, outputs), ...windows.map((w) => w.count)]);
}
