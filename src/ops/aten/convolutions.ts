/**
 * Convolutions in one to three dims, forward and transposed, and their column matrices.
 *
 * @module
 */
import { add, and, eq, type Expr, floorDiv, ge, int, lt, mod, mul, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { convolve, type ConvOptions } from "../convolution.ts";
import { outputSize, regular, slide, type Steps } from "../sliding.ts";
import { numOf } from "../calc.ts";
import { numel } from "../shapes.ts";
import { permute, rankOf, reshape } from "../views.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** One entry for all dims, or one each. */
function spread(list: readonly Expr[], d: number): readonly Expr[] {
  return list.length === 1 ? Array.from({ length: d }, () => list[0]!) : list;
}

function options(a: Args, d: number, transposed: boolean): ConvOptions {
  const read = (name: string) => spread(a.ints(name), d), padding = read("padding");
  const common = {
    stride: read("stride"),
    before: padding,
    after: padding,
    dilation: read("dilation"),
    groups: a.int("groups"),
  };
  return transposed ? { ...common, outputPadding: read("output_padding") } : common;
}

/** Padding that is given as a word. */
function worded(a: Args, weight: Value, d: number): ConvOptions {
  const word = a.string("padding"),
    stride = spread(a.ints("stride"), d),
    dilation = spread(a.ints("dilation"), d);
  if (word !== "same" && word !== "valid") {
    return unsupported(a.schema.target, `padding "${word}" is unknown`);
  }
  const totals = dilation.map((by, n) =>
    word === "valid" ? int(0) : mul(by, sub(weight.type.shape[2 + n]!, 1))
  );
  const before = totals.map((total) => floorDiv(total, 2)),
    after = totals.map((total, n) => sub(total, before[n]!));
  return { stride, before, after, dilation, groups: a.int("groups") };
}

function conv(schema: string, read: (a: Args, weight: Value, d: number) => ConvOptions): AtenOp {
  return op(schema, (g, a) => {
    const weight = a.tensor("weight"), d = rankOf(weight) - 2;
    return convolve(g, a.tensor("input"), weight, a.tensorOrNone("bias"), read(a, weight, d));
  });
}

const forward = (a: Args, _: Value, d: number) => options(a, d, false);
const backward = (a: Args, _: Value, d: number) => options(a, d, true);
const either = (a: Args, _: Value, d: number) => options(a, d, a.bool("transposed"));

/** Time, batch, channels; the weight is [taps, channels, outputs]. */
function timeFirst(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), weight = a.tensor("weight"), pad = a.int("pad"), one = [int(1)];
  const o = { stride: one, before: [pad], after: [pad], dilation: one, groups: int(1) };
  return permute(
    g,
    convolve(g, permute(g, x, [1, 2, 0]), permute(g, weight, [2, 1, 0]), a.tensor("bias"), o),
    [2, 0, 1],
  );
}

/** Steps of `im2col` and `col2im`, row then column. */
function columnSteps(a: Args): Steps[] {
  const [kernel, dilation, padding, stride] = ["kernel_size", "dilation", "padding", "stride"].map((n) =>
    a.ints(n)
  );
  return [0, 1].map((n) => ({
    kernel: kernel![n]!,
    dilation: dilation![n]!,
    before: padding![n]!,
    after: padding![n]!,
    stride: stride![n]!,
  }));
}

/** `[n, c, h, w]` → `[n, c·kernel, windows]`. */
function im2col(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), steps = columnSteps(a), lead = x.type.shape.slice(0, -2), n = lead.length;
  const windows = steps.map((s, k) => regular(x.type.shape[n + k]!, s));
  const cut = slide(g, x, windows, numOf(0, x.type.dtype));
  const order = [...lead.map((_, k) => k), n + 2, n + 3, n, n + 1];
  const channels = mul(lead.at(-1)!, numel(windows.map((w) => w.length)));
  return reshape(g, permute(g, cut, order), [
    ...lead.slice(0, -1),
    channels,
    numel(windows.map((w) => w.count)),
  ]);
}

/** The inverse with overlapping windows added: a transposed convolution that only sums. */
function col2im(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"),
    size = a.ints("output_size"),
    steps = columnSteps(a),
    lead = x.type.shape.slice(0, -2);
  const counts = steps.map((s, k) => outputSize(size[k]!, s)), kernels = steps.map((s) => s.kernel);
  const channels = floorDiv(x.type.shape.at(-2)!, numel(kernels));
  const apart = reshape(g, x, [...lead, channels, ...kernels, ...counts]), n = lead.length + 1;
  const shape = [...lead, channels, ...size, ...kernels];
  const from = (axes: readonly Expr[], k: number) =>
    sub(add(axes[n + k]!, steps[k]!.before), mul(axes[n + 2 + k]!, steps[k]!.dilation));
  const spread = g.remap(apart, shape, (axes) => [
    ...axes.slice(0, n),
    axes[n + 2]!,
    axes[n + 3]!,
    ...[0, 1].map((k) => floorDiv(from(axes, k), steps[k]!.stride)),
  ], {
    valid: (axes) =>
      and(...[0, 1].flatMap((k) => {
        const at = from(axes, k), s = steps[k]!;
        return [eq(mod(at, s.stride), 0), ge(at, 0), lt(at, mul(counts[k]!, s.stride))];
      })),
    fill: numOf(0, x.type.dtype),
  });
  return g.reduce("sum", spread, [n + 2, n + 3]);
}

/** Rows of this family. */
export const convolutionOps: readonly AtenOp[] = [
  conv(
    "conv1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=1, SymInt[1] padding=0, SymInt[1] dilation=1, SymInt groups=1) -> Tensor",
    forward,
  ),
  conv(
    "conv2d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=1, SymInt[2] padding=0, SymInt[2] dilation=1, SymInt groups=1) -> Tensor",
    forward,
  ),
  conv(
    "conv3d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=1, SymInt[3] padding=0, SymInt[3] dilation=1, SymInt groups=1) -> Tensor",
    forward,
  ),
  conv(
    'conv1d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=1, str padding="valid", SymInt[1] dilation=1, SymInt groups=1) -> Tensor',
    worded,
  ),
  conv(
    'conv2d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=1, str padding="valid", SymInt[2] dilation=1, SymInt groups=1) -> Tensor',
    worded,
  ),
  conv(
    'conv3d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=1, str padding="valid", SymInt[3] dilation=1, SymInt groups=1) -> Tensor',
    worded,
  ),
  conv(
    "conv_transpose1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=1, SymInt[1] padding=0, SymInt[1] output_padding=0, SymInt groups=1, SymInt[1] dilation=1) -> Tensor",
    backward,
  ),
  conv(
    "conv_transpose2d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=1, SymInt[2] padding=0, SymInt[2] output_padding=0, SymInt groups=1, SymInt[2] dilation=1) -> Tensor",
    backward,
  ),
  conv(
    "conv_transpose3d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=1, SymInt[3] padding=0, SymInt[3] output_padding=0, SymInt groups=1, SymInt[3] dilation=1) -> Tensor",
    backward,
  ),
  conv(
    "convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups) -> Tensor",
    either,
  ),
  conv(
    "_convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups, bool benchmark, bool deterministic, bool cudnn_enabled, bool allow_tf32) -> Tensor",
    either,
  ),
  conv(
    "_convolution_mode(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, str padding, SymInt[] dilation, SymInt groups) -> Tensor",
    worded,
  ),
  op("conv_tbc(Tensor self, Tensor weight, Tensor bias, int pad=0) -> Tensor", timeFirst),
  op(
    "im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor",
    im2col,
  ),
  op(
    "col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor",
    col2im,
  ),
];
