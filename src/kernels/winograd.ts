/**
 * Convolutions of 3 × 3 taps by Winograd's minimal filtering: which ones, in which tiles.
 *
 * Tiles of t × t outputs are sums over channels of elementwise products of (t + 2)² transformed values, that is 9/4
 * (t = 2) or 4 (t = 4) times fewer multiplications than taps ask for (Lavin and Gray, "Fast Algorithms for
 * Convolutional Neural Networks", 2015). Points of t = 4 are 0, ±1, ½, -2: its sums are 2 to 3 times less accurate than
 * direct ones in f32, where 0, ±1, ±2 are 7 times less.
 *
 * @module
 */
import type { Target } from "../base/mod.ts";
import { add, asInt, type Expr, int, sub, symsOf, symsOfPred } from "../ir/expr/mod.ts";
import {
  type Axis,
  type Contraction,
  loopAxis,
  type Scalar,
  type Scalars,
  scalarsOf,
} from "../ir/loops/mod.ts";
import type { ProductChoice } from "../ir/plan/mod.ts";
import { chooseTile } from "./tile.ts";
import { sizeOf } from "./product.ts";

/** Outputs of a tile along each axis. */
export type WinogradTile = 2 | 4;

/** The image that a convolution of stride one reads, by absolute position, borders included. */
export interface Patch {
  readonly row: Axis;
  readonly column: Axis;
  readonly value: Scalar;
}

/** How a convolution is computed in tiles. */
export interface WinogradPlan {
  readonly tile: WinogradTile;
  /** Tiles across the image, and rows of tiles of a job. */
  readonly across: number;
  readonly rows: number;
  /** Columns from one row of tiles to the next, and whether rows share vectors: these are a power of two then. */
  readonly per: number;
  readonly inRows: boolean;
  /** Tiles of a job with padding: whole vectors. */
  readonly columns: number;
  /** Microkernel on transformed values. */
  readonly mr: number;
  readonly nv: number;
  /** Panels of `mr` output channels of a job. */
  readonly panels: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly patch: Patch;
}

const POINTS: Readonly<Record<WinogradTile, readonly number[]>> = { 2: [0, 1, -1], 4: [0, 1, -1, 0.5, -2] };

/** The matrix G of a tile, `[t + 2][3]`: taps to factors along one axis. */
export function tapTransform(tile: WinogradTile): readonly (readonly number[])[] {
  const points = POINTS[tile];
  const rows = points.map((p, i) => {
    const scale = points.reduce((f, q, j) => (i === j ? f : f * (p - q)), 1);
    return [1 / scale, p / scale, (p * p) / scale];
  });
  return [...rows, [0, 0, 1]];
}

/** Bytes of transformed values of a job, at most: they and a panel of sums live in the second-level cache. */
const VALUES = 640 << 10;
/** Cycles of a vector of tiles: its values transformed, its sums transformed and stored. */
const COST: Readonly<Record<WinogradTile, { readonly values: number; readonly sums: number }>> = {
  2: { values: 60, sums: 40 },
  4: { values: 180, sums: 130 },
};
/** How much more a vector costs that takes in rows of tiles: they are laid side by side twice. */
const IN_ROWS = 1.4;
/** Bytes of factors per cycle, from the last cache or from memory. */
const FACTORS = 8;
/** Jobs at least, where the image has so many rows of tiles or panels. */
const JOBS = 2;
/** Share of the direct product's cycles from which tiles pay. */
const PAYS = 0.95;

/** Plans a convolution in tiles; undefined where it is not one, or where costs or `choice` say otherwise. */
export function planWinograd(
  nest: Contraction,
  target: Target,
  scalars: Scalars,
  choice?: ProductChoice,
): WinogradPlan | undefined {
  if (choice && choice.kind !== "winograd") return undefined;
  const lanes = target.vectorBytes / 4;
  if (nest.accumulate !== "f32" || lanes < 8 || nest.n.length < 2 || nest.k.length < 3) return undefined;
  const sizes = [sizeOf(nest.m), sizeOf(nest.k.slice(0, -2)), ...nest.n.slice(-2).map((a) => a.extent)].map(
    asInt,
  );
  const [outputs, channels, height, width] = sizes;
  if (!outputs || !channels || !height || !width || asInt(sizeOf(nest.batch)) !== 1) return undefined;
  const patch = patchOf(nest, scalars);
  if (!patch) return undefined;
  const images = asInt(sizeOf(nest.n.slice(0, -2))) ?? 1;
  const direct = outputs * height * width * channels * 9 / lanes / 2;
  const plans = (choice ? [choice.tile] : [4, 2] as const).flatMap((tile) => {
    return candidates(tile, { outputs, channels, height, width, images, lanes }, target, patch);
  });
  const best = plans.reduce<typeof plans[number] | undefined>(
    (a, b) => (a && a.cost <= b.cost ? a : b),
    undefined,
  );
  return best && (choice || best.cost < PAYS * direct) ? best.plan : undefined;
}

interface Problem {
  readonly outputs: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly images: number;
  readonly lanes: number;
}

/** Plans for every number of rows of tiles, with cycles for one image. */
function candidates(tile: WinogradTile, it: Problem, target: Target, patch: Patch) {
  const { outputs, channels, height, width, lanes } = it, square = (tile + 2) ** 2;
  const down = Math.ceil(height / tile), across = Math.ceil(width / tile);
  const found: { readonly plan: WinogradPlan; readonly cost: number }[] = [];
  for (let rows = 1; rows <= down; rows++) {
    const { per, inRows } = rowsOf(across, rows, lanes), count = rows * per;
    const { mr, nv, nr } = chooseTile({ m: outputs, n: count, k: channels }, lanes, target.isa);
    const columns = Math.ceil(count / nr) * nr;
    if (4 * square * columns * channels > VALUES) break;
    const jobs = Math.ceil(down / rows), all = Math.ceil(outputs / mr);
    const parts = Math.min(all, Math.ceil(JOBS / (jobs * it.images)));
    const products = all * (columns / nr) * Math.max((mr * nv) / 2, (mr + nv) / 2) * square * channels;
    const vectors = inRows ? IN_ROWS * Math.ceil(count / lanes) : rows * Math.ceil(across / lanes);
    const transforms = vectors * (COST[tile].values * channels * parts + COST[tile].sums * outputs);
    const cost = jobs * (products + transforms + (4 * square * outputs * channels) / FACTORS / 4);
    const panels = Math.ceil(all / parts);
    found.push({
      plan: { tile, across, rows, per, inRows, columns, mr, nv, panels, channels, height, width, patch },
      cost,
    });
  }
  return found;
}

/** Rows of few tiles share vectors where that makes columns no more. */
function rowsOf(across: number, rows: number, lanes: number): Pick<WinogradPlan, "per" | "inRows"> {
  const per = 2 ** Math.ceil(Math.log2(across)), vectors = (columns: number) => Math.ceil(columns / lanes);
  const inRows = per < lanes && rows > 1 && vectors(rows * per) === vectors(rows * across);
  return { per: inRows ? per : across, inRows };
}

/** The image by absolute position, when `b` is a function of it alone: stride and dilation are one. */
function patchOf(nest: Contraction, scalars: Scalars): Patch | undefined {
  const [y, x] = nest.n.slice(-2) as [Axis, Axis], [ky, kx] = nest.k.slice(-2) as [Axis, Axis];
  if (asInt(ky.extent) !== 3 || asInt(kx.extent) !== 3) return undefined;
  const [row, column] = [["$row", y], ["$column", x]].map(([name, axis]) => {
    return loopAxis(name as string, add((axis as Axis).extent, int(2)));
  }) as [Axis, Axis];
  const there = new Map<string, Expr>([
    [y.sym.name, sub(row.sym, ky.sym)],
    [x.sym.name, sub(column.sym, kx.sym)],
  ]);
  const value = scalars.substitute(nest.b, there), taps = new Set([ky.sym.name, kx.sym.name]);
  const depends = scalarsOf(value).some((s) => symbolsOf(s).some((name) => taps.has(name)));
  return depends ? undefined : { row, column, value };
}

function symbolsOf(s: Scalar): readonly string[] {
  switch (s.kind) {
    case "load":
      return s.index.flatMap(symsOf).map((x) => x.name);
    case "index":
      return symsOf(s.expr).map((x) => x.name);
    case "truth":
    case "guarded":
      return symsOfPred(s.pred).map((x) => x.name);
    case "bound":
      return symsOf(s.size).map((x) => x.name);
    default:
      return [];
  }
}
