/**
 * Elements in other places: flips, rolls, repeats, padding, triangles, channel shuffles.
 *
 * @module
 */
import {
  add,
  asInt,
  ceilDiv,
  type Expr,
  floorDiv,
  int,
  isInt,
  le,
  max,
  min,
  mod,
  mul,
  neg,
  type Pred,
  sub,
} from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { numOf } from "../calc.ts";
import { isTensor, type Mixed } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import {
  diagEmbed,
  diagonal,
  noPad,
  type Pad,
  pad,
  remapDims,
  repeat,
  repeatInterleave,
  roll,
} from "../windows.ts";
import { badArgument, unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** One row on argument `self`. */
function move(schema: string, body: (g: GraphBuilder, x: Value, a: Args) => Value): AtenOp {
  return op(schema, (g, a) => body(g, a.tensor("self"), a));
}

function rot90(g: GraphBuilder, x: Value, k: number, dims: readonly number[]): Value {
  const [a, b] = dims as readonly [number, number], turns = ((k % 4) + 4) % 4;
  if (turns === 0) return x;
  if (turns === 2) return v.flip(g, x, [a, b]);
  return v.transpose(g, v.flip(g, x, [turns === 1 ? b : a]), a, b);
}

/** `pad` arguments: pairs from the last dim on. */
function padPairs(x: Value, amounts: readonly Expr[]): Pad[] {
  return x.type.shape.map((size, n) => {
    const k = 2 * (v.rankOf(x) - 1 - n);
    if (k >= amounts.length) return noPad;
    const [before, after] = [amounts[k]!, amounts[k + 1]!], left = asInt(add(size, before, after));
    if (left !== undefined && left < 0) {
      badArgument("aten.pad", "pad", `takes more from dim ${n} than it has`);
    }
    return { before, after };
  });
}

/** Position in a dim of `size` that a padded position `p` is read from. */
const readers: Readonly<Record<string, (p: Expr, size: Expr) => Expr>> = {
  reflect: (p, size) => {
    const folded = max(p, neg(p));
    return min(folded, sub(mul(2, sub(size, 1)), folded));
  },
  replicate: (p, size) => min(max(p, 0), sub(size, 1)),
  circular: (p, size) => mod(p, size),
};

/** `x` padded on its last dims as `mode` says. */
export function padMode(g: GraphBuilder, x: Value, amounts: readonly Expr[], mode: string, fill = 0): Value {
  const pads = padPairs(x, amounts), read = readers[mode];
  if (mode === "constant") return pad(g, x, pads, fill);
  if (!read) return unsupported("aten.pad", `mode "${mode}" is unknown`);
  if (mode === "circular" && !amounts.every((by) => (asInt(by) ?? -1) >= 0)) {
    // what negative amounts cut off is no part of the circle
    const kept = pad(
      g,
      x,
      pads.map(({ before, after }) => ({ before: min(before, 0), after: min(after, 0) })),
      0,
    );
    return readPadded(
      g,
      kept,
      pads.map(({ before, after }) => ({ before: max(before, 0), after: max(after, 0) })),
      read,
    );
  }
  return readPadded(g, x, pads, read);
}

/** `x` read at padded positions. */
function readPadded(
  g: GraphBuilder,
  x: Value,
  pads: readonly Pad[],
  read: (p: Expr, size: Expr) => Expr,
): Value {
  const sizes = new Map<number, Expr>();
  x.type.shape.forEach((size, n) => {
    const { before, after } = pads[n]!;
    if (!isInt(before, 0) || !isInt(after, 0)) sizes.set(n, add(size, before, after));
  });
  return remapDims(g, x, sizes, (axis, n) => read(sub(axis, pads[n]!.before), x.type.shape[n]!));
}

const padNames = ["constant", "reflect", "replicate", "circular"] as const;

function padRows(name: string, mode: string): AtenOp[] {
  return [1, 2, 3].map((n) =>
    move(
      `${name}_pad${n}d(Tensor self, SymInt[${2 * n}] padding) -> Tensor`,
      (g, x, a) => padMode(g, x, a.ints("padding"), mode),
    )
  );
}

/** Zero where `keep(row, column)` does not hold. */
function triangle(
  keep: (row: Expr, column: Expr, k: Expr) => Pred,
): (g: GraphBuilder, x: Value, a: Args) => Value {
  return (g, x, a) =>
    g.remap(x, x.type.shape, (axes) => axes, {
      valid: (axes) => keep(axes.at(-2)!, axes.at(-1)!, a.int("diagonal")),
      fill: numOf(0, x.type.dtype),
    });
}

/** `[…, c·r·r, h, w]` → `[…, c, h·r, w·r]`. */
function pixelShuffle(g: GraphBuilder, x: Value, r: number): Value {
  const lead = x.type.shape.slice(0, -3), [c, h, w] = x.type.shape.slice(-3) as [Expr, Expr, Expr];
  const n = lead.length, deep = floorDiv(c, r * r);
  const apart = v.reshape(g, x, [...lead, deep, int(r), int(r), h, w]);
  const order = [...lead.map((_, k) => k), ...[0, 3, 1, 4, 2].map((k) => n + k)];
  return v.reshape(g, v.permute(g, apart, order), [...lead, deep, mul(h, r), mul(w, r)]);
}

/** `[…, c, h·r, w·r]` → `[…, c·r·r, h, w]`. */
function pixelUnshuffle(g: GraphBuilder, x: Value, r: number): Value {
  const lead = x.type.shape.slice(0, -3), [c, h, w] = x.type.shape.slice(-3) as [Expr, Expr, Expr];
  const n = lead.length, low = floorDiv(h, r), wide = floorDiv(w, r);
  const apart = v.reshape(g, x, [...lead, c, low, int(r), wide, int(r)]);
  const order = [...lead.map((_, k) => k), ...[0, 2, 4, 1, 3].map((k) => n + k)];
  return v.reshape(g, v.permute(g, apart, order), [...lead, mul(c, r * r), low, wide]);
}

function channelShuffle(g: GraphBuilder, x: Value, groups: Expr): Value {
  const [n, c, ...rest] = x.type.shape as readonly [Expr, Expr, ...Expr[]];
  const apart = v.reshape(g, x, [n, groups, floorDiv(c, groups), ...rest]);
  return v.reshape(g, v.transpose(g, apart, 1, 2), x.type.shape);
}

function tile(g: GraphBuilder, x: Value, times: readonly Expr[]): Value {
  const missing = Math.max(v.rankOf(x) - times.length, 0);
  return repeat(g, x, [...Array.from({ length: missing }, () => int(1)), ...times]);
}

/** Half a turn of every dim, forwards or back. */
function halfTurn(g: GraphBuilder, x: Value, a: Args, half: (size: Expr) => Expr): Value {
  const dims = (a.intsOrNone("dim") ? a.fixeds("dim") : x.type.shape.map((_, n) => n)).map((d) =>
    wrapDim(d, v.rankOf(x))
  );
  return roll(g, x, dims.map((dim) => half(x.type.shape[dim]!)), dims);
}

function numberOf(x: Mixed | undefined): number {
  if (x === undefined) return 0;
  if (isTensor(x) || x.kind === "complex") {
    return unsupported("aten.constant_pad_nd", "the fill is not a constant");
  }
  return x.kind === "float"
    ? x.float
    : x.kind === "bool"
    ? Number(x.truth)
    : asInt(x.expr) ?? unsupported("aten.constant_pad_nd", "the fill is not a constant");
}

/** Rows of this family. */
export const moveOps: readonly AtenOp[] = [
  move("flip(Tensor self, int[] dims) -> Tensor", (g, x, a) => v.flip(g, x, a.fixeds("dims"))),
  move("fliplr(Tensor self) -> Tensor", (g, x) => v.flip(g, x, [1])),
  move("flipud(Tensor self) -> Tensor", (g, x) => v.flip(g, x, [0])),
  move(
    "roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor",
    (g, x, a) => roll(g, x, a.ints("shifts"), a.fixeds("dims")),
  ),
  move(
    "rot90(Tensor self, int k=1, int[] dims=[0,1]) -> Tensor",
    (g, x, a) => rot90(g, x, a.fixed("k"), a.fixeds("dims")),
  ),
  move(
    "fft_fftshift(Tensor self, int[1]? dim=None) -> Tensor",
    (g, x, a) => halfTurn(g, x, a, (size) => floorDiv(size, 2)),
  ),
  move(
    "fft_ifftshift(Tensor self, int[1]? dim=None) -> Tensor",
    (g, x, a) => halfTurn(g, x, a, (size) => ceilDiv(size, 2)),
  ),
  move("repeat(Tensor self, SymInt[] repeats) -> Tensor", (g, x, a) => repeat(g, x, a.ints("repeats"))),
  move("tile(Tensor self, SymInt[] dims) -> Tensor", (g, x, a) => tile(g, x, a.ints("dims"))),
  move(
    "repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
    (g, x, a) => {
      const dim = a.fixedOrNone("dim");
      return repeatInterleave(g, dim === undefined ? v.flattenDims(g, x) : x, a.int("repeats"), dim ?? 0);
    },
  ),
  move(
    "constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
    (g, x, a) => pad(g, x, padPairs(x, a.ints("pad")), numberOf(a.scalar("value"))),
  ),
  move(
    'pad(Tensor self, SymInt[] pad, str mode="constant", float? value=None) -> Tensor',
    (g, x, a) => padMode(g, x, a.ints("pad"), a.string("mode"), a.floatOrNone("value") ?? 0),
  ),
  move(
    "_pad_enum(Tensor self, SymInt[] pad, int mode, float? value=None) -> Tensor",
    (g, x, a) => padMode(g, x, a.ints("pad"), padNames[a.fixed("mode")]!, a.floatOrNone("value") ?? 0),
  ),
  move(
    "_pad_circular(Tensor self, SymInt[] pad) -> Tensor",
    (g, x, a) => padMode(g, x, a.ints("pad"), "circular"),
  ),
  ...padRows("reflection", "reflect"),
  ...padRows("replication", "replicate"),
  move(
    "tril(Tensor self, SymInt diagonal=0) -> Tensor",
    triangle((row, column, k) => le(sub(column, row), k)),
  ),
  move(
    "triu(Tensor self, SymInt diagonal=0) -> Tensor",
    triangle((row, column, k) => le(k, sub(column, row))),
  ),
  move(
    "diag(Tensor self, int diagonal=0) -> Tensor",
    (g, x, a) => (v.rankOf(x) === 1 ? diagEmbed : diagonal)(g, x, a.fixed("diagonal")),
  ),
  move(
    "diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor",
    (g, x, a) => diagEmbed(g, x, a.fixed("offset"), a.fixed("dim1"), a.fixed("dim2")),
  ),
  move(
    "diagflat(Tensor self, int offset=0) -> Tensor",
    (g, x, a) => diagEmbed(g, v.flattenDims(g, x), a.fixed("offset")),
  ),
  move(
    "pixel_shuffle(Tensor self, int upscale_factor) -> Tensor",
    (g, x, a) => pixelShuffle(g, x, a.fixed("upscale_factor")),
  ),
  move(
    "pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor",
    (g, x, a) => pixelUnshuffle(g, x, a.fixed("downscale_factor")),
  ),
  move(
    "channel_shuffle(Tensor self, SymInt groups) -> Tensor",
    (g, x, a) => channelShuffle(g, x, a.int("groups")),
  ),
  move(
    "native_channel_shuffle(Tensor self, SymInt groups) -> Tensor",
    (g, x, a) => channelShuffle(g, x, a.int("groups")),
  ),
];
