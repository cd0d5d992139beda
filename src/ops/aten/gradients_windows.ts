/**
 * Backward formulas of everything that reads windows: convolutions, pools, unfolding, padding.
 *
 * @module
 */
import { add, and, eq, type Expr, floorDiv, ge, int, lt, mod, mul, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { adjointAlong } from "../adjoint.ts";
import { calc, numOf } from "../calc.ts";
import { convolve, type ConvOptions } from "../convolution.ts";
import { everyDim, sum } from "../fold.ts";
import { inWide, sizeAs } from "../numeric.ts";
import { numel, wrapDim } from "../shapes.ts";
import { adaptive, adaptiveLength, regular, slide, type Steps, type Window } from "../sliding.ts";
import { expand, rankOf, reshape } from "../views.ts";
import { padMode } from "./padding.ts";
import { counted, counts } from "./pooling_average.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

const space = ["", "x", "yx", "zyx"] as const, taps = ["", "l", "kl", "jkl"] as const;

/** The gradient of the weight: windows of the larger side against elements of the smaller one. */
function weightGradient(g: GraphBuilder, large: Value, small: Value, weight: Value, o: ConvOptions): Value {
  const d = rankOf(weight) - 2, groups = o.groups;
  const apart = (x: Value) => {
    const [batch, channels, ...sizes] = x.type.shape as readonly [Expr, Expr, ...Expr[]];
    return reshape(g, x, [batch, groups, floorDiv(channels, groups), ...sizes]);
  };
  const windows = o.stride.map((stride, n) => {
    const [before, after] = [o.before[n]!, o.after[n]!];
    const steps = { kernel: weight.type.shape[n + 2]!, stride, before, after, dilation: o.dilation[n]! };
    return regular(large.type.shape[n + 2]!, steps, small.type.shape[n + 2]!);
  });
  const columns = slide(g, apart(large), windows, numOf(0, large.type.dtype));
  const spec = `bgc${space[d]}${taps[d]},bgo${space[d]}->goc${taps[d]}`;
  return reshape(g, g.einsum(spec, columns, apart(small)), weight.type.shape);
}

/** What a transposed convolution must add at the ends to give `size` elements. */
function missing(size: Expr, from: Expr, kernel: Expr, o: ConvOptions, n: number): Expr {
  const grown = add(mul(sub(from, 1), o.stride[n]!), mul(o.dilation[n]!, sub(kernel, 1)), 1);
  return sub(size, sub(sub(grown, o.before[n]!), o.after[n]!));
}

function convolution(g: GraphBuilder, a: Args): (Value | null)[] {
  const [grad, x, weight] = ["grad_output", "input", "weight"].map((n) => a.tensor(n)) as [
    Value,
    Value,
    Value,
  ];
  const d = rankOf(weight) - 2, wanted = a.bools("output_mask"), transposed = a.bool("transposed");
  const all = (list: readonly Expr[]) => list.length === 1 ? Array.from({ length: d }, () => list[0]!) : list;
  const padding = all(a.ints("padding")), stride = all(a.ints("stride")), dilation = all(a.ints("dilation"));
  const o: ConvOptions = { stride, before: padding, after: padding, dilation, groups: a.int("groups") };
  const back = () => {
    if (transposed) return g.remap(convolve(g, grad, weight, undefined, o), x.type.shape, (axes) => axes);
    const outputPadding = x.type.shape.slice(2).map((size, n) =>
      missing(size, grad.type.shape[n + 2]!, weight.type.shape[n + 2]!, o, n)
    );
    return convolve(g, grad, weight, undefined, { ...o, outputPadding });
  };
  const [large, small] = transposed ? [grad, x] : [x, grad];
  return [
    wanted[0] ? back() : null,
    wanted[1] ? weightGradient(g, large, small, weight, o) : null,
    wanted[2] ? sum(g, grad, { dims: everyDim(grad).filter((n) => n !== 1) }) : null,
  ];
}

/** Windows of the outputs that read each of `size` elements. */
function readers(size: Expr, outputs: Expr, s: Steps): Window {
  const from = (i: Expr, k: Expr) => sub(add(i, s.before), mul(k, s.dilation));
  return {
    count: size,
    length: s.kernel,
    position: (i, k) => floorDiv(from(i, k), s.stride),
    valid: (i, k) => {
      const at = from(i, k);
      return and(eq(mod(at, s.stride), 0), ge(at, 0), lt(at, mul(outputs, s.stride)));
    },
  };
}

/** The sum of what windows over the last dims read. */
function gathered(g: GraphBuilder, grad: Value, windows: readonly Window[]): Value {
  const cut = slide(g, grad, windows, numOf(0, grad.type.dtype)), rank = rankOf(grad);
  return g.reduce("sum", cut, windows.map((_, n) => rank + n));
}

function avgPool(d: 2 | 3): AtenOp {
  const list = `int[${d}]`;
  return op(
    `avg_pool${d}d_backward(Tensor grad_output, Tensor self, ${list} kernel_size, ${list} stride, ${list} padding, bool ceil_mode, bool count_include_pad, int? divisor_override) -> Tensor`,
    (g, a) => {
      const x = a.tensor("self"), kernel = a.ints("kernel_size"), padding = a.ints("padding");
      const stride = a.ints("stride").length > 0 ? a.ints("stride") : kernel,
        override = a.intOrNone("divisor_override");
      return inWide(g, [a.tensor("grad_output")], (grad) => {
        const sizes = x.type.shape.slice(-d), outer = grad!.type.shape.slice(-d), { dtype } = grad!.type;
        const steps = sizes.map((_, n): Steps => ({
          kernel: kernel[n]!,
          stride: stride[n]!,
          before: padding[n]!,
          after: padding[n]!,
          dilation: int(1),
        }));
        const [padded, ceil] = [a.bool("count_include_pad"), a.bool("ceil_mode")];
        const by = override
          ? sizeAs(g, override, dtype)
          : counts(g, outer, (out, n) => counted(out, sizes[n]!, steps[n]!, padded, ceil), dtype);
        const windows = steps.map((s, n) => readers(sizes[n]!, outer[n]!, s));
        return gathered(g, calc(g).div(grad!, by), windows);
      });
    },
  );
}

/** Averages over parts: an element is read by the parts that parts of the outputs overlap in the same way. */
function adaptiveAvgPool(d: 2 | 3): AtenOp {
  return op(`_adaptive_avg_pool${d}d_backward(Tensor grad_output, Tensor self) -> Tensor`, (g, a) => {
    const sizes = a.tensor("self").type.shape.slice(-d);
    return inWide(g, [a.tensor("grad_output")], (grad) => {
      const outer = grad!.type.shape.slice(-d);
      const by = counts(g, outer, (out, n) => adaptiveLength(sizes[n]!, outer[n]!, out), grad!.type.dtype);
      return gathered(g, calc(g).div(grad!, by), sizes.map((size, n) => adaptive(outer[n]!, size)));
    });
  });
}

/** Gradients added up where the maxima came from. */
function maxPool(schema: string, d: number): AtenOp {
  return op(schema, (g, a) => {
    const { shape } = a.tensor("self").type, lead = shape.slice(0, -d), size = numel(shape.slice(-d));
    return inWide(g, [a.tensor("grad_output")], (grad) => {
      const { dtype } = grad!.type, into = expand(g, g.constant(numOf(0, dtype), dtype), [...lead, size]);
      const operands = [{ value: g.cast(a.tensor("indices"), "i64"), size, wrap: false }];
      const at = (axes: readonly Expr[], [k]: readonly Expr[]) => [...axes.slice(0, lead.length), k!];
      return reshape(g, g.scatter(into, grad!, operands, "add", at), shape);
    });
  });
}

/** Windows along one dim, added up where they overlap. */
function unfold(g: GraphBuilder, a: Args): Value {
  const grad = a.tensor("grad_in"), shape = a.ints("input_sizes"), step = a.int("step");
  if (shape.length === 0) return reshape(g, grad, []);
  const dim = wrapDim(a.fixed("dim"), shape.length), last = shape.length, outputs = grad.type.shape[dim]!;
  return inWide(g, [grad], (wide) => {
    const spread = g.remap(wide!, [...shape, a.int("size")], (axes) => {
      const at = sub(axes[dim]!, axes[last]!);
      return axes.map((axis, n): Expr => n === dim ? floorDiv(at, step) : axis);
    }, {
      valid: (axes) => {
        const at = sub(axes[dim]!, axes[last]!);
        return and(eq(mod(at, step), 0), ge(at, 0), lt(at, mul(outputs, step)));
      },
      fill: numOf(0, wide!.type.dtype),
    });
    return g.reduce("sum", spread, [last]);
  });
}

function padding(name: string, mode: string, d: number): AtenOp {
  return op(
    `${name}_pad${d}d_backward(Tensor grad_output, Tensor self, SymInt[${2 * d}] padding) -> Tensor`,
    (g, a) => {
      const { shape } = a.tensor("self").type, amounts = a.ints("padding"), rank = shape.length;
      return inWide(
        g,
        [a.tensor("grad_output")],
        (grad) =>
          Array.from({ length: d }, (_, k) => k).reduce((y, k) => {
            const dim = rank - 1 - k, own = amounts.slice(2 * k, 2 * k + 2);
            return adjointAlong(g, y, dim, shape[dim]!, (units) => padMode(g, units, own, mode));
          }, grad!),
      );
    },
  );
}

const pool = (d: number) =>
  `(Tensor grad_output, Tensor self, int[${d}] kernel_size, int[${d}] stride, int[${d}] padding, int[${d}] dilation, bool ceil_mode, Tensor indices) -> Tensor`;

/** Rows of this family. */
export const windowGradientOps: readonly AtenOp[] = [
  op(
    "convolution_backward(Tensor grad_output, Tensor input, Tensor weight, SymInt[]? bias_sizes, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
    convolution,
  ),
  avgPool(2),
  avgPool(3),
  adaptiveAvgPool(2),
  adaptiveAvgPool(3),
  maxPool(`max_pool2d_with_indices_backward${pool(2)}`, 2),
  maxPool(`max_pool3d_with_indices_backward${pool(3)}`, 3),
  ...([2, 3] as const).flatMap((d) => [
    maxPool(`adaptive_max_pool${d}d_backward(Tensor grad_output, Tensor self, Tensor indices) -> Tensor`, d),
    maxPool(
      `fractional_max_pool${d}d_backward(Tensor grad_output, Tensor self, int[${d}] kernel_size, int[${d}] output_size, Tensor indices) -> Tensor`,
      d,
    ),
  ]),
  op(
    "unfold_backward(Tensor grad_in, SymInt[] input_sizes, int dim, int size, int step) -> Tensor",
    unfold,
  ),
  ...[1, 2, 3].flatMap((d) => [padding("reflection", "reflect", d), padding("replication", "replicate", d)]),
];
