/**
 * Fourier transforms: `torch.fft`, what it decomposes to, and short-time transforms.
 *
 * @module
 */
import { add, asInt, ceilDiv, type Expr, floorDiv, int, lt, mul, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, number } from "../calc.ts";
import { isComplexValue, toComplex, toPairs } from "../complex/parts.ts";
import * as f from "../fourier.ts";
import { defaultFloat, promotedFloat, sizeAs } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { pad, unfold } from "../windows.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

type Transform = (
  g: GraphBuilder,
  x: Value,
  lines: f.Lines,
  norm: string | undefined,
  forward: boolean,
) => Value;

/** By the family's last letters: fft, rfft, … and whether it transforms forward. */
const transforms: Readonly<Record<string, readonly [Transform, boolean]>> = {
  fft: [f.fourier, true],
  ifft: [f.fourier, false],
  rfft: [f.fourierOfReal, true],
  ihfft: [f.fourierOfReal, false],
  irfft: [f.fourierToReal, false],
  hfft: [f.fourierToReal, true],
};

/** `fft_fft`, `fft_fft2`, `fft_fftn` and so on. */
function family([name, [transform, forward]]: readonly [string, readonly [Transform, boolean]]): AtenOp[] {
  const build = (lines: (a: Args, x: Value) => f.Lines): AtenOp["build"] => (g, a) => {
    const x = a.tensor("self");
    return transform(g, x, lines(a, x), a.stringOrNone("norm"), forward);
  };
  return [
    op(
      `fft_${name}(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor`,
      build((a, x) => ({ dims: [wrapDim(a.fixed("dim"), v.rankOf(x))], lengths: [a.intOrNone("n")] })),
    ),
    op(
      `fft_${name}2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2,-1], str? norm=None) -> Tensor`,
      build(linesOf),
    ),
    op(
      `fft_${name}n(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor`,
      build(linesOf),
    ),
  ];
}

/** Without dims the last ones that have lengths, or all. */
function linesOf(a: Args, x: Value): f.Lines {
  const rank = v.rankOf(x), asked = a.intsOrNone("dim") && a.fixeds("dim"), lengths = a.intsOrNone("s");
  const count = lengths ? lengths.length : rank;
  const dims = asked?.map((dim) => wrapDim(dim, rank)) ??
    Array.from({ length: count }, (_, n) => rank - count + n);
  return { dims, ...(lengths && { lengths }) };
}

const norms: readonly f.Norm[] = ["none", "root", "whole"];

function plainNorm(a: Args): f.Norm {
  return norms[a.fixed("normalization")] ?? unsupported(a.schema.target, "an unknown normalization");
}

function dimsOf(a: Args): number[] {
  return a.fixeds("dim").map((dim) => wrapDim(dim, v.rankOf(a.tensor("self"))));
}

/** Frequencies of a transform's elements: 0, 1, …, -2, -1 over `n·d`. */
function frequencies(g: GraphBuilder, a: Args, isHalf: boolean): Value {
  const n = a.int("n"), dtype = a.dtypeOrNone("dtype") ?? defaultFloat, d = a.float("d"), m = calc(g);
  const size = isHalf ? add(floorDiv(n, 2), 1) : n, known = asInt(n);
  const up = g.iota([size], ([i]) => i!, dtype);
  const down = g.iota([size], ([i]) => sub(i!, n), dtype);
  const line = isHalf ? up : m.where(g.mask([size], ([i]) => lt(i!, ceilDiv(n, 2))), up, down);
  return known === undefined ? m.div(line, m.mul(sizeAs(g, n, dtype), d)) : m.mul(line, 1 / (known * d));
}

const layout = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None";

/** Window and steps of a short-time transform. */
interface Frames {
  readonly size: number;
  readonly hop: number;
  readonly window?: Value;
}

/** The window is centred in a frame. */
function framesOf(g: GraphBuilder, a: Args): Frames {
  const size = a.fixed("n_fft"), hop = a.fixedOrNone("hop_length") ?? Math.floor(size / 4);
  const length = a.fixedOrNone("win_length") ?? size, given = a.tensorOrNone("window");
  if (!given && length === size) return { size, hop };
  const whole = given ?? v.expand(g, g.constant(1, "f32"), [int(length)]);
  const before = Math.floor((size - length) / 2);
  return { size, hop, window: pad(g, whole, [{ before: int(before), after: int(size - length - before) }]) };
}

/** `stft` of lines that are padded already. */
function shortTime(g: GraphBuilder, a: Args, signal = a.tensor("self")): Value {
  const { size, hop, window } = framesOf(g, a), isFlat = v.rankOf(signal) === 1;
  const lines = isFlat ? v.unsqueeze(g, signal, 0) : signal;
  const cut = unfold(g, lines, 1, int(size), hop);
  const frames = window ? g.pointwise("mul", ...promotedFloat(g, cut, window)) : cut;
  const norm: f.Norm = a.bool("normalized") ? "root" : "none", isReal = !isComplexValue(frames);
  const oneSided = a.boolOrNone("onesided") ?? isReal;
  const half = isReal && oneSided;
  const spectrum = half
    ? f.fromReal(g, frames, 2, norm)
    : f.complexTransform(g, toComplex(g, frames), [2], norm, true);
  const turned = v.transpose(g, spectrum, 1, 2), out = isFlat ? v.squeeze(g, turned, [0]) : turned;
  return a.boolOrNone("return_complex") === false ? toPairs(g, out) : out;
}

/** Reflected (or otherwise extended) at both ends first. */
function centred(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), by = Math.floor(a.fixed("n_fft") / 2), dim = v.rankOf(x) - 1;
  if (!a.bool("center")) return shortTime(g, a);
  if (a.string("pad_mode") !== "reflect") unsupported(a.schema.target, `pad_mode "${a.string("pad_mode")}"`);
  const edge = (at: (i: Expr, size: Expr) => Expr) =>
    g.remap(
      x,
      x.type.shape.toSpliced(dim, 1, int(by)),
      (axes) => axes.map((axis, n) => n === dim ? at(axis, x.type.shape[dim]!) : axis),
    );
  const before = edge((i) => sub(by, i)), after = edge((i, size) => sub(sub(size, 2), i));
  return shortTime(g, a, g.concat([before, x, after], dim));
}

/** Frames added up where they lie, over the windows' squares. */
function inverseShortTime(g: GraphBuilder, a: Args): Value {
  const { size, hop, window } = framesOf(g, a), given = a.tensor("self"), isFlat = v.rankOf(given) === 2;
  const x = v.transpose(g, isFlat ? v.unsqueeze(g, given, 0) : given, 1, 2), m = calc(g);
  const norm: f.Norm = a.bool("normalized") ? "root" : "whole", isComplex = a.bool("return_complex");
  const frames = isComplex ? f.complexTransform(g, x, [2], norm, false) : f.toReal(g, x, 2, int(size), norm);
  const shape = frames.type.shape, dtype = frames.type.dtype, count = shape[1]!;
  const weights = g.cast(window ?? v.expand(g, number(g, 1, "f32"), [int(size)]), dtype);
  const length = add(size, mul(hop, sub(count, 1)));
  const added = addUp(g, m.mul(frames, weights), length, hop);
  const squares = v.expand(g, m.mul(weights, weights), [int(1), count, int(size)]);
  const start = a.bool("center") ? Math.floor(size / 2) : 0, asked = a.intOrNone("length");
  const kept = asked ?? sub(length, 2 * start), there = sub(length, start);
  const piece = (y: Value) => v.slice(g, y, 1, { start: int(start), length: there, end: length });
  const out = f.resize(g, m.div(piece(added), piece(addUp(g, squares, length, hop))), 1, kept);
  return isFlat ? v.select(g, out, 0, int(0)) : out;
}

/** Overlapping frames `[b, t, k]` as lines `[b, t·hop + k]`. */
function addUp(g: GraphBuilder, frames: Value, length: Expr, hop: number): Value {
  const zeros = v.expand(g, g.cast(g.constant(0, "f32"), frames.type.dtype), [frames.type.shape[0]!, length]);
  return g.scatter(zeros, frames, [], "add", ([b, t, k]) => [b!, add(mul(hop, t!), k!)]);
}

/** Rows of this family. */
export const fourierOps: readonly AtenOp[] = [
  ...Object.entries(transforms).flatMap(family),
  op(
    "_fft_c2c(Tensor self, SymInt[] dim, int normalization, bool forward) -> Tensor",
    (g, a) =>
      f.complexTransform(g, toComplex(g, a.tensor("self")), dimsOf(a), plainNorm(a), a.bool("forward")),
  ),
  op("_fft_r2c(Tensor self, int[] dim, int normalization, bool onesided) -> Tensor", (g, a) => {
    const x = a.tensor("self"), dims = dimsOf(a), last = dims.at(-1)!, norm = plainNorm(a);
    const half = f.complexTransform(g, f.fromReal(g, x, last, norm), dims.slice(0, -1), norm, true);
    if (a.bool("onesided")) return half;
    if (dims.length === 1) return f.mirrored(g, half, last, x.type.shape[last]!);
    return f.complexTransform(g, toComplex(g, x), dims, norm, true);
  }),
  op("_fft_c2r(Tensor self, int[] dim, int normalization, SymInt last_dim_size) -> Tensor", (g, a) => {
    const dims = dimsOf(a), norm = plainNorm(a);
    const inner = f.complexTransform(g, a.tensor("self"), dims.slice(0, -1), norm, false);
    return f.toReal(g, inner, dims.at(-1)!, a.int("last_dim_size"), norm);
  }),
  op(`fft_fftfreq(int n, float d=1.0, *, ${layout}) -> Tensor`, (g, a) => frequencies(g, a, false)),
  op(`fft_rfftfreq(int n, float d=1.0, *, ${layout}) -> Tensor`, (g, a) => frequencies(g, a, true)),
  op(
    "stft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool normalized=False, bool? onesided=None, bool? return_complex=None, bool? align_to_window=None) -> Tensor",
    (g, a) => shortTime(g, a),
  ),
  op(
    'stft.center(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, str pad_mode="reflect", bool normalized=False, bool? onesided=None, bool? return_complex=None, bool? align_to_window=None) -> Tensor',
    centred,
  ),
  op(
    "istft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, bool normalized=False, bool? onesided=None, int? length=None, bool return_complex=False) -> Tensor",
    inverseShortTime,
  ),
];
