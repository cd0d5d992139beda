/**
 * Pools: sliding windows reduced.
 *
 * @module
 */
import { add, asInt, type Expr, int, isInt, mul, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, numOf } from "../calc.ts";
import { fractionalMaxPool } from "../fractional.ts";
import { extreme } from "../limits.ts";
import { isHalf, sizeAs } from "../numeric.ts";
import { numel, rowMajor } from "../shapes.ts";
import {
  adaptive,
  adaptiveLength,
  ceilSize,
  outputSize,
  regular,
  slide,
  type Steps,
  type Window,
  windowDims,
} from "../sliding.ts";
import { expand, rankOf, reshape, squeeze, unsqueeze } from "../views.ts";
import { average, averageStepwise, counted, type Counting, MOST_STEPS } from "./pooling_average.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Windows of a pool over `d` dims, from `kernel_size`, `stride`, `padding`, `dilation`, `ceil_mode`. */
function poolWindows(a: Args, x: Value, d: number) {
  const has = (name: string) => a.schema.args.some((arg) => arg.name === name);
  const kernel = a.ints("kernel_size"), stride = a.ints("stride").length > 0 ? a.ints("stride") : kernel;
  const padding = a.ints("padding"),
    dilation = has("dilation") ? a.ints("dilation") : kernel.map(() => int(1));
  const lead = rankOf(x) - d, ceil = a.bool("ceil_mode");
  return Array.from({ length: d }, (_, n) => {
    const before = padding[n]!, size = x.type.shape[lead + n]!;
    const steps: Steps = {
      kernel: kernel[n]!,
      stride: stride[n]!,
      before,
      after: before,
      dilation: dilation[n]!,
    };
    const recorded = a.recorded[0]?.shape.at(n - d);
    const count = ceil ? ceilSize(size, steps) ?? recorded : outputSize(size, steps);
    if (!count) return unsupported(a.schema.target, "ceil_mode with a dynamic size");
    return { size, steps, window: regular(size, steps, count) };
  });
}

/** Largest element of every window. */
function maximum(g: GraphBuilder, x: Value, windows: readonly Window[]): { cut: Value; values: Value } {
  const cut = slide(g, x, windows, extreme(x.type.dtype, -1));
  return { cut, values: g.reduce("max", cut, windowDims(x, windows.length)) };
}

/** Where each maximum lies, as a position in the pooled dims. */
function positions(g: GraphBuilder, x: Value, cut: Value, windows: readonly Window[]): Value {
  const d = windows.length, lead = rankOf(x) - d, m = calc(g);
  const strides = rowMajor(x.type.shape.slice(lead)), lengths = windows.map((w) => w.length);
  const best = g.reduce("argmax", cut, windowDims(x, d));
  const shape = best.type.shape, zero = int(0);
  let at = g.iota(
    shape,
    (axes) => add(...windows.map((w, n) => mul(w.position(axes[lead + n]!, zero), strides[n]!))),
  );
  windows.forEach((w, n) => {
    const inner = sizeAs(g, numel(lengths.slice(n + 1)), "i64"), length = sizeAs(g, w.length, "i64");
    const k = m.mod(m.floordiv(best, inner), length);
    const step = sub(w.position(zero, int(1)), w.position(zero, zero));
    at = m.add(at, m.mul(k, sizeAs(g, mul(step, strides[n]!), "i64")));
  });
  return at;
}

function maxPool(schema: string, d: number, indices: boolean): AtenOp {
  return op(schema, (g, a) => {
    const x = a.tensor("self"), windows = poolWindows(a, x, d).map((p) => p.window);
    const { cut, values } = maximum(g, x, windows);
    return indices ? [values, positions(g, x, cut, windows)] : values;
  });
}

function avgPool(schema: string, d: number): AtenOp {
  return op(schema, (g, a) => {
    const x = a.tensor("self"), pools = poolWindows(a, x, d), padded = a.bool("count_include_pad");
    const count: Counting = (out, n) =>
      counted(out, pools[n]!.size, pools[n]!.steps, padded, a.bool("ceil_mode"));
    const override = d > 1 ? a.intOrNone("divisor_override") : undefined;
    return average(g, x, pools.map((p) => p.window), count, override);
  });
}

/** Sizes asked for, -1 meaning as they are. */
function adaptiveSizes(a: Args, x: Value): readonly Expr[] {
  const asked = a.ints("output_size"), lead = rankOf(x) - asked.length;
  return asked.map((size, n) => isInt(size, -1) ? x.type.shape[lead + n]! : size);
}

function adaptiveAvg(schema: string): AtenOp {
  return op(schema, (g, a) => {
    const x = a.tensor("self"), sizes = adaptiveSizes(a, x), from = x.type.shape.slice(-sizes.length);
    const windows = sizes.map((size, n) => adaptive(from[n]!, size));
    const count: Counting = (out, n) =>
      windows[n]!.valid ? adaptiveLength(from[n]!, sizes[n]!, out) : windows[n]!.length;
    const taps = asInt(numel(windows.map((w) => w.length))) ?? Infinity;
    const stepwise = isHalf(x.type.dtype) && sizes.length === 3 && taps <= MOST_STEPS;
    return stepwise ? averageStepwise(g, x, windows, count) : average(g, x, windows, count);
  });
}

function adaptiveMax(schema: string): AtenOp {
  return op(schema, (g, a) => {
    const x = a.tensor("self"), sizes = adaptiveSizes(a, x), from = x.type.shape.slice(-sizes.length);
    const windows = sizes.map((size, n) => adaptive(from[n]!, size));
    const { cut, values } = maximum(g, x, windows);
    return [values, positions(g, x, cut, windows)];
  });
}

/** Values put back where `indices` say they came from, zero elsewhere. */
function unpool(schema: string, d: number): AtenOp {
  return op(schema, (g, a) => {
    const x = a.tensor("self"), size = a.ints("output_size"), lead = x.type.shape.slice(0, rankOf(x) - d);
    const flat = [...lead, numel(size)],
      into = expand(g, g.constant(numOf(0, x.type.dtype), x.type.dtype), flat);
    const operands = [{ value: a.tensor("indices"), size: numel(size), wrap: false }];
    const out = g.scatter(into, x, operands, "set", (axes, [at]) => [...axes.slice(0, lead.length), at!]);
    return reshape(g, out, [...lead, ...size]);
  });
}

/** Windows between random steps; a sample's numbers are for the dims in `order`. */
function fractional(schema: string, order: readonly number[]): AtenOp {
  return op(schema, (g, a) => {
    const given = a.tensor("self"), single = rankOf(given) === order.length + 1;
    const x = single ? unsqueeze(g, given, 0) : given;
    const found = fractionalMaxPool(
      g,
      x,
      a.tensor("random_samples"),
      a.ints("kernel_size"),
      a.ints("output_size"),
      order,
    );
    return single ? found.map((y) => squeeze(g, y, [0])) : found;
  });
}

const dims = [1, 2, 3] as const;
const args = (d: number, rest: string) =>
  `(Tensor self, int[${d}] kernel_size, int[${d}] stride=[], int[${d}] padding=0, ${rest}`;

/** Rows of this family. */
export const poolingOps: readonly AtenOp[] = [
  ...dims.flatMap((d) => {
    const rest = args(d, `int[${d}] dilation=1, bool ceil_mode=False)`);
    return [
      maxPool(`max_pool${d}d${rest} -> Tensor`, d, false),
      maxPool(`max_pool${d}d_with_indices${rest} -> (Tensor, Tensor)`, d, true),
    ];
  }),
  avgPool(
    "avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=0, bool ceil_mode=False, bool count_include_pad=True) -> Tensor",
    1,
  ),
  avgPool(
    "avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor",
    2,
  ),
  avgPool(
    "avg_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor",
    3,
  ),
  ...[
    "adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor",
    "adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor",
    "_adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor",
  ].map(adaptiveAvg),
  ...[
    "adaptive_avg_pool3d(Tensor self, SymInt[3] output_size) -> Tensor",
    "_adaptive_avg_pool3d(Tensor self, SymInt[3] output_size) -> Tensor",
  ].map(adaptiveAvg),
  ...[
    "adaptive_max_pool1d(Tensor self, int[1] output_size) -> (Tensor, Tensor)",
    "adaptive_max_pool2d(Tensor self, int[2] output_size) -> (Tensor, Tensor)",
    "adaptive_max_pool3d(Tensor self, int[3] output_size) -> (Tensor, Tensor)",
  ].map(adaptiveMax),
  unpool("max_unpool2d(Tensor self, Tensor indices, SymInt[2] output_size) -> Tensor", 2),
  unpool(
    "max_unpool3d(Tensor self, Tensor indices, SymInt[3] output_size, int[3] stride, int[3] padding) -> Tensor",
    3,
  ),
  fractional(
    "fractional_max_pool2d(Tensor self, int[2] kernel_size, int[2] output_size, Tensor random_samples) -> (Tensor, Tensor)",
    [1, 0],
  ),
  fractional(
    "fractional_max_pool3d(Tensor self, int[3] kernel_size, int[3] output_size, Tensor random_samples) -> (Tensor, Tensor)",
    [0, 1, 2],
  ),
];
