/**
 * Elements in other places: flips, rolls, repeats, triangles, channel shuffles.
 *
 * @module
 */
import { ceilDiv, type Expr, floorDiv, int, le, mul, type Pred, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { numOf } from "../calc.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { diagEmbed, diagonal, repeat, repeatInterleave, roll } from "../windows.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** One row on argument `self`. */
export function move(schema: string, body: (g: GraphBuilder, x: Value, a: Args) => Value): AtenOp {
  return op(schema, (g, a) => body(g, a.tensor("self"), a));
}

function rot90(g: GraphBuilder, x: Value, k: number, dims: readonly number[]): Value {
  const [a, b] = dims as readonly [number, number], turns = ((k % 4) + 4) % 4;
  if (turns === 0) return x;
  if (turns === 2) return v.flip(g, x, [a, b]);
  return v.transpose(g, v.flip(g, x, [turns === 1 ? b : a]), a, b);
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
