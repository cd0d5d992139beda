/**
 * Convolutions straight from the image: no panels of it are packed, lanes run along output channels, and each value is
 * broadcast from where it lies. Taps that read the border are left out.
 *
 * @module
 */
import type { Target } from "../base/mod.ts";
import { asInt } from "../ir/expr/mod.ts";
import { type Contraction, loadsOf, readsConstants } from "../ir/loops/mod.ts";
import type { DirectTile, ProductChoice } from "../ir/plan/mod.ts";
import { type Jobs, jobsOf, panelBytes } from "./direct_jobs.ts";
import { type Band, bandsOf, type Span, spansOf } from "./direct_spans.ts";
import { type Image, imageOf, tapsOf } from "./image.ts";
import { worthTransposing } from "./matmul.ts";
import { sizeOf } from "./product.ts";
import { rowsInPlace } from "./rows.ts";
import { chooseTile, endedWork, matmulTiles, type Microkernel, range } from "./tile.ts";

/** How a convolution is computed: `mr` positions of a row and `nv` vectors of output channels at a time. */
export interface DirectPlan extends Microkernel, Jobs {
  readonly image: Image;
  readonly outputs: number;
  readonly spans: readonly Span[];
  readonly bands: readonly Band[];
  /** The same of planes. */
  readonly layers: readonly Band[];
  /** Channels are the product's columns: sums are finished where they are made, lanes along channels. */
  readonly isAcross: boolean;
}

/** Cycles of packing a vector of the image by its step from column to column; further apart, one by one. */
const PACKED: readonly number[] = [2, 1.5, 2.5], GATHERED = 8;
/** Cycles of turning a square of sums and storing it. */
const TURNED = 45;
/** Cycles of a vector of weights by the bytes of a panel: from the first-level cache, the second, or from beyond it. */
const WEIGHTS = [{ bytes: 24 << 10, cycles: 0 }, { bytes: 1 << 19, cycles: 2.4 }], BEYOND = 3.2;
/** Sums at most, with 32 registers and with 16: of more, the compiler keeps some in memory, as taps are printed one by one. */
const SUMS = { many: 24, few: 12 } as const;
/** Factor of a last panel with fewer vectors, which is code of its own. */
const UNEVEN = 1.01;
/** Share of the packed product's cycles from which this pays. */
const PAYS = 0.98;

/** Plans a convolution; undefined where it is not one, or where costs or `choice` say otherwise. */
export function planDirect(
  nest: Contraction,
  target: Target,
  choice?: ProductChoice,
): DirectPlan | undefined {
  if (choice && choice.kind !== "direct") return undefined;
  const it = problemOf(nest, target);
  if (!it) return undefined;
  const { image, bands, layers, outputs, lanes, isAcross } = it;
  const [best] = candidates(it, choice ? [{ ...choice, nr: choice.nv * lanes }] : tilesOf(it, target));
  if (!best || (!choice && best.cost > PAYS * packedCost(it, target))) return undefined;
  const images = it.images === undefined ? 1 : it.groups * it.images;
  const { tile: { mr, nv, nr }, spans } = best;
  return {
    mr,
    nv,
    nr,
    image,
    outputs,
    spans,
    bands,
    layers,
    isAcross,
    ...jobsOf({ ...it, ...best, images }),
  };
}

/** True where the image is the product's rows, and the columns are constants' own. */
function hasImageRows({ a, b }: Contraction): boolean {
  return readsConstants(b) && loadsOf(a).some((l) => l.buffer.role !== "constant");
}

/** The product the other way round. */
export function turnedOf(nest: Contraction): Contraction {
  return { ...nest, m: nest.n, n: nest.m, a: nest.b, b: nest.a };
}

/** The `most` cheapest tiles, whether they pay or not. */
export function directTiles(nest: Contraction, target: Target, most: number): readonly DirectTile[] {
  const it = problemOf(nest, target);
  const best = it ? candidates(it, tilesOf(it, target)).slice(0, most) : [];
  return best.map(({ tile: { mr, nv } }) => ({ mr, nv }));
}

/** What tiles are chosen for. */
interface Problem {
  readonly image: Image;
  readonly bands: readonly Band[];
  /** The same of planes. */
  readonly layers: readonly Band[];
  /** Images with weights of their own, and images that share weights; the latter may not be known. */
  readonly groups: number;
  readonly images: number | undefined;
  readonly outputs: number;
  readonly lanes: number;
  readonly isAcross: boolean;
}

function problemOf(whole: Contraction, target: Target): Problem | undefined {
  const isAcross = hasImageRows(whole), nest = isAcross ? turnedOf(whole) : whole;
  if (isAcross && rowsInPlace(whole)) return undefined; // a product already
  const lanes = target.vectorBytes / 4, [outputs, groups] = [nest.m, nest.batch].map((a) => asInt(sizeOf(a)));
  if (nest.accumulate !== "f32" || lanes < 8 || !outputs || !groups) return undefined;
  const image = imageOf(nest);
  if (!image || isMatrix(image)) return undefined;
  const [bands, layers] = [image.rows, image.planes].map(bandsOf);
  const images = asInt(sizeOf(nest.n.slice(0, -image.dims)));
  return bands && layers ? { image, bands, layers, groups, images, outputs, lanes, isAcross } : undefined;
}

/** Tiles that a row can be cut into, cheapest first. */
function candidates(it: Problem, tiles: readonly Microkernel[]) {
  return tiles.flatMap((tile) => {
    const spans = spansOf(it.image.columns, tile.mr);
    return spans ? [{ tile, spans, cost: costOf(it, tile, spans) }] : [];
  }).toSorted((a, b) => a.cost - b.cost);
}

/** A matrix in memory needs no convolution. */
function isMatrix(image: Image): boolean {
  return image.columns.step === 1 && tapsOf(image) === 1;
}

/** Even parts of a row that registers hold, largest first. */
function tilesOf({ image, outputs, lanes }: Problem, target: Target): readonly Microkernel[] {
  const most = Math.ceil(outputs / lanes);
  return matmulTiles.filter((t) => t.isa === target.isa).flatMap((t) =>
    range(1, Math.min(t.mr, image.columns.extent)).flatMap((mr) =>
      range(1, Math.min(t.nv, most)).map((nv) => ({ mr, nv, nr: nv * lanes }))
    )
  ).filter(({ mr, nv }) => {
    const { extent } = image.columns, isEven = Math.ceil(extent / Math.ceil(extent / mr)) === mr;
    return isEven && mr * nv <= (target.isa === "avx512" ? SUMS.many : SUMS.few);
  }).toSorted((a, b) => b.mr * b.nv - a.mr * a.nv);
}

/** Vectors of output channels, panel by panel: full ones, and what is left over. */
export function panelVectors(outputs: number, { nv, nr }: Microkernel): { full: number; rest: number } {
  return { full: Math.floor(outputs / nr), rest: Math.ceil((outputs % nr) / (nr / nv)) };
}

/** Cycles of a plane, with two multiply-adds a cycle. */
function costOf(
  { image, bands, layers, outputs, lanes, isAcross }: Problem,
  tile: Microkernel,
  spans: readonly Span[],
): number {
  const { rows, channels } = image,
    { full, rest } = panelVectors(outputs, tile),
    bytes = panelBytes(image, tile);
  const streamed = WEIGHTS.find((w) => bytes <= w.bytes)?.cycles ?? BEYOND;
  const step = (p: number, nv: number) => {
    return p && nv ? Math.max((p * nv) / 2, (p + nv) / 2, 4, streamed * nv) : 0;
  };
  const panels = (cost: (nv: number) => number) => full * cost(tile.nv) + cost(rest);
  const steps = tapsIn(bands) * tapsIn(layers) / image.planes.extent;
  const squares = (p: number, nv: number) => (2 * p <= lanes ? nv / 2 : nv);
  const cycles = spans.reduce((sum, { count, taps }) => {
    const sums = taps.reduce((all, t) => all + panels((nv) => step(t.last - t.first, nv)), 0);
    const turned = isAcross ? 0 : TURNED * panels((nv) => squares(count, nv));
    return sum + steps * channels * sums + rows.extent * turned;
  }, 0);
  return rest > 0 ? UNEVEN * cycles : cycles;
}

/** Taps of all rows together. */
function tapsIn(bands: readonly Band[]): number {
  return bands.reduce((sum, { end, taps }, n) => {
    return sum + (end - (bands[n - 1]?.end ?? 0)) * (taps.last - taps.first);
  }, 0);
}

/** Cycles of a plane as part of a product of packed panels, transposed where that wastes less. */
function packedCost({ image, images = 1, outputs, lanes }: Problem, target: Target): number {
  const { rows, columns, channels } = image,
    k = channels * tapsOf(image),
    planes = image.planes.extent * images;
  const n = planes * rows.extent * columns.extent;
  const shape = { m: outputs, n, k }, each = PACKED[Math.abs(columns.step)] ?? GATHERED;
  const product = worthTransposing(shape, "f32", target) ? { ...shape, m: n, n: outputs } : shape;
  const work = endedWork(chooseTile(product, lanes, target.isa, false), product);
  return (work * k + (each * k * n) / lanes) / planes;
}
