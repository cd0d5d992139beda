/**
 * Discrete Fourier transforms along dims, by routine `fft` on pairs (complex tensors) and real numbers.
 *
 * @module
 */
import { add, type Expr, floorDiv, gt, int, isInt, min, sub } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { calc } from "./calc.ts";
import {
  conj,
  fromPairs,
  im,
  isComplexValue,
  join,
  re,
  realType,
  toComplex,
  toPairs,
} from "./complex/parts.ts";
import { isHalf, toFloat } from "./numeric.ts";
import { pad } from "./windows.ts";

/** What a transform of `n` elements is divided by: nothing, √n, n. */
export type Norm = "none" | "root" | "whole";

/** The norm that PyTorch's word means in one direction. */
function normOf(word: string | undefined, forward: boolean): Norm {
  if (word === "ortho") return "root";
  return (word === "forward") === forward ? "whole" : "none";
}

/** `x` with `length` elements along `dim`: cut, or zeros behind. */
export function resize(g: GraphBuilder, x: Value, dim: number, length: Expr): Value {
  const size = x.type.shape[dim]!;
  if (size === length) return x;
  const after = sub(length, size);
  return pad(g, x, x.type.shape.map((_, n) => ({ before: int(0), after: n === dim ? after : int(0) })));
}

/** In f32 what is given in half precision. */
function inSingle(g: GraphBuilder, x: Value, body: (x: Value) => Value): Value {
  const { dtype } = x.type;
  if (dtype === "c32") return g.cast(body(g.cast(x, "c64")), "c32");
  return isHalf(dtype) ? g.cast(body(g.cast(x, "f32")), dtype) : body(x);
}

/** Complex lines along `dims`, one dim after the other. */
export function complexTransform(
  g: GraphBuilder,
  x: Value,
  dims: readonly number[],
  norm: Norm,
  forward: boolean,
): Value {
  if (dims.length === 0) return x;
  return inSingle(g, x, (wide) => {
    const attrs = { kind: "complex", inverse: !forward, norm };
    const pairs = dims.reduce(
      (p, dim) => g.routine("fft", [p], [p.type], { ...attrs, dim, size: p.type.shape[dim]! })[0]!,
      toPairs(g, wide),
    );
    return fromPairs(g, pairs);
  });
}

/** The first half (`n/2 + 1` elements) of the transform of real lines. */
export function fromReal(g: GraphBuilder, x: Value, dim: number, norm: Norm): Value {
  const wide = isHalf(x.type.dtype) ? g.cast(x, "f32") : toFloat(g, x), { dtype, shape } = wide.type;
  const half = shape.toSpliced(dim, 1, halfOf(shape[dim]!));
  const attrs = { kind: "from_real", inverse: false, norm, dim, size: shape[dim]! };
  return fromPairs(g, g.routine("fft", [wide], [{ dtype, shape: [...half, int(2)] }], attrs)[0]!);
}

/** All of the transform whose first half is `x`: the other half are conjugates, backwards. */
export function mirrored(g: GraphBuilder, x: Value, dim: number, length: Expr): Value {
  const shape = x.type.shape.toSpliced(dim, 1, length), m = calc(g);
  const spread = (part: Value) =>
    g.remap(part, shape, (axes) => axes.map((axis, n) => n === dim ? min(axis, sub(length, axis)) : axis));
  const isLate = g.mask(shape, (axes) => gt(axes[dim]!, floorDiv(length, 2)));
  const imaginary = spread(im(g, x));
  return join(g, spread(re(g, x)), m.where(isLate, m.neg(imaginary), imaginary));
}

/** Real lines of `length` from the first half of their transform. */
export function toReal(g: GraphBuilder, x: Value, dim: number, length: Expr, norm: Norm): Value {
  const half = resize(g, toComplex(g, x), dim, halfOf(length));
  const wide = half.type.dtype === "c32" ? g.cast(half, "c64") : half, dtype = realType(wide.type.dtype);
  const shape = wide.type.shape.toSpliced(dim, 1, length);
  const attrs = { kind: "to_real", inverse: true, norm, dim, size: length };
  return g.cast(
    g.routine("fft", [toPairs(g, wide)], [{ dtype, shape }], attrs)[0]!,
    realType(half.type.dtype),
  );
}

function halfOf(length: Expr): Expr {
  return add(floorDiv(length, 2), 1);
}

/** Lengths along dims; absent ones, and -1, are the tensor's own. */
export interface Lines {
  readonly dims: readonly number[];
  readonly lengths?: readonly (Expr | undefined)[];
}

/** What `length` says, the tensor's own size where it says nothing. */
function lengthAt(x: Value, lines: Lines, n: number): Expr {
  const asked = lines.lengths?.[n];
  return asked === undefined || isInt(asked, -1) ? x.type.shape[lines.dims[n]!]! : asked;
}

function resizeAll(g: GraphBuilder, x: Value, lines: Lines, dims = lines.dims): Value {
  return dims.reduce((y, dim, n) => resize(g, y, dim, lengthAt(x, lines, n)), x);
}

/** `fftn` and `ifftn`. */
export function fourier(g: GraphBuilder, x: Value, lines: Lines, word: string | undefined, forward: boolean) {
  const norm = normOf(word, forward), sized = resizeAll(g, toFloat(g, x), lines);
  return complexTransform(g, toComplex(g, sized), lines.dims, norm, forward);
}

/** `rfftn`, and `ihfftn` where it is not `forward`: the last of the dims is the real one. */
export function fourierOfReal(
  g: GraphBuilder,
  x: Value,
  lines: Lines,
  word: string | undefined,
  forward: boolean,
) {
  const norm = normOf(word, forward), sized = resizeAll(g, toFloat(g, x), lines), last = lines.dims.at(-1);
  if (last === undefined) return toComplex(g, sized);
  const half = fromReal(g, sized, last, norm);
  return complexTransform(g, forward ? half : conj(g, half), lines.dims.slice(0, -1), norm, forward);
}

/** `irfftn`, and `hfftn` where it is `forward`; the last length counts real elements. */
export function fourierToReal(
  g: GraphBuilder,
  x: Value,
  lines: Lines,
  word: string | undefined,
  forward: boolean,
) {
  const norm = normOf(word, forward), z = isComplexValue(x) ? x : toComplex(g, toFloat(g, x));
  const last = lines.dims.length - 1, dim = lines.dims[last]!, asked = lines.lengths?.[last];
  const own = sub(add(z.type.shape[dim]!, z.type.shape[dim]!), 2);
  const length = asked === undefined || isInt(asked, -1) ? own : asked;
  const others = lines.dims.slice(0, -1);
  const sized = resize(g, resizeAll(g, z, lines, others), dim, halfOf(length));
  const inner = complexTransform(g, sized, others, norm, forward);
  return toReal(g, forward ? conj(g, inner) : inner, dim, length, norm);
}
