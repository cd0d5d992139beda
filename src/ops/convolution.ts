/**
 * Convolutions: a contraction of sliding windows with the weight, over groups `g`, channels `c`, outputs `o`.
 *
 * @module
 */
import {
  add,
  and,
  asInt,
  ceilDiv,
  type Expr,
  floorDiv,
  ge,
  int,
  isInt,
  lt,
  mod,
  mul,
  sub,
} from "../ir/expr/mod.ts";
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
const phaseLabels = ["", "w", "vw", "uvw"] as const;

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
  const strides = byPhases(o);
  if (strides) return shuffled(g, phases(g, grouped, apart, windows, strides, o), windows, strides, o);
  const columns = slide(g, grouped, windows, numOf(0, x.type.dtype));
  const spec = `b${group}c${space}${kernel},${group}${pair}${kernel}->b${group}o${space}`;
  const out = g.einsum(spec, columns, apart);
  return single ? out : reshape(g, out, [batch, mul(o.groups, outputs), ...windows.map((w) => w.count)]);
}

/**
 * The strides of a transposed convolution that is worth computing phase by phase: output `q*stride + phase`, counted
 * from before the padding, is made of every stride-th element of the kernel only. Read as one window, most of what it
 * multiplies were zeros.
 */
function byPhases(o: ConvOptions): readonly number[] | undefined {
  const strides = o.stride.map((s) => asInt(s) ?? 0);
  const fits = o.outputPadding && strides.every((s) => s > 0) && strides.some((s) => s > 1) &&
    o.dilation.every((d) => isInt(d, 1));
  return fits ? strides : undefined;
}

/** `[b, g, o, phases…, q…]`; `g` is left out for one group. */
function phases(
  g: GraphBuilder,
  x: Value,
  weight: Value,
  windows: readonly Window[],
  strides: readonly number[],
  o: ConvOptions,
): Value {
  const d = windows.length, group = isInt(o.groups, 1) ? "" : "g", zero = numOf(0, x.type.dtype);
  const lead = weight.type.shape.slice(0, -d), kernel = weight.type.shape.slice(-d);
  const taps = kernel.map((length, n) => ceilDiv(length, strides[n]!));
  const steps = windows.map(({ count }, n): Window => {
    const size = x.type.shape.at(n - d)!;
    return {
      count: ceilDiv(add(o.before[n]!, count), strides[n]!),
      length: taps[n]!,
      position: (q, t) => sub(q, t),
      valid: (q, t) => and(ge(q, t), lt(sub(q, t), size)),
    };
  });
  const at = (axes: readonly Expr[], n: number) =>
    add(axes[lead.length + n]!, mul(axes[lead.length + d + n]!, strides[n]!));
  const whole = kernel.every((length, n) => isInt(sub(length, mul(taps[n]!, strides[n]!)), 0));
  const shape = [...lead, ...strides.map((s) => int(s)), ...taps];
  const split = g.remap(
    weight,
    shape,
    (axes) => [...axes.slice(0, lead.length), ...kernel.map((_, n) => at(axes, n))],
    whole ? {} : { valid: (axes) => and(...kernel.map((length, n) => lt(at(axes, n), length))), fill: zero },
  );
  const [space, inner, phase] = [spaceLabels[d]!, kernelLabels[d]!, phaseLabels[d]!];
  const spec = `b${group}c${space}${inner},${group}co${phase}${inner}->b${group}o${phase}${space}`;
  return g.einsum(spec, slide(g, x, steps, zero), split);
}

/** Phases side by side: element `y` is `y + before` in strides. */
function shuffled(
  g: GraphBuilder,
  x: Value,
  windows: readonly Window[],
  strides: readonly number[],
  o: ConvOptions,
): Value {
  const d = windows.length, lead = x.type.shape.slice(0, -2 * d), counts = windows.map((w) => w.count);
  const out = g.remap(x, [...lead, ...counts], (axes) => {
    const from = counts.map((_, n) => add(axes[lead.length + n]!, o.before[n]!));
    const phase = from.map((y, n) => mod(y, strides[n]!)),
      step = from.map((y, n) => floorDiv(y, strides[n]!));
    return [...axes.slice(0, lead.length), ...phase, ...step];
  });
  const [batch, ...channels] = lead;
  return channels.length === 1 ? out : reshape(g, out, [batch!, mul(...channels), ...counts]);
}
