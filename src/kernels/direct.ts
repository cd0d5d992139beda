/**
 * Convolutions straight from the image: no panels of it are packed, lanes run along output channels, and each value is
 * broadcast from where it lies. Taps that read the border are left out.
 *
 * @module
 */
import type { Target } from "../base/mod.ts";
import { asInt } from "../ir/expr/mod.ts";
import type { Contraction } from "../ir/loops/mod.ts";
import type { DirectTile, ProductChoice } from "../ir/plan/mod.ts";
import { type Image, imageOf, type Side } from "./image.ts";
import { sizeOf } from "./product.ts";
import { chooseTile, endedWork, matmulTiles, type Microkernel } from "./tile.ts";

/** A range [first, last). */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Outputs of a row, side by side: `count` of them, of which each tap takes a range. */
export interface Span {
  readonly from: number;
  readonly count: number;
  readonly taps: readonly Range[];
}

/** Rows of outputs up to `end` that have the same taps. */
export interface Band {
  readonly end: number;
  readonly taps: Range;
}

/** How a convolution is computed: `mr` positions of a row and `nv` vectors of output channels at a time. */
export interface DirectPlan extends Microkernel {
  readonly image: Image;
  readonly outputs: number;
  readonly spans: readonly Span[];
  readonly bands: readonly Band[];
  /** Rows whose sums wait together for what follows them. */
  readonly strip: number;
  /** Rows and panels of a job. */
  readonly rows: number;
  readonly panels: number;
}

/** Cycles of packing a vector of the image by its step from column to column; further apart, one by one. */
const PACKED: readonly number[] = [2, 1.5, 2.5], GATHERED = 8;
/** Cycles of turning a square of sums and storing it. */
const TURNED = 45;
/** Cycles of a vector of weights that comes from the second-level cache, where a panel is larger than `NEAR` bytes. */
const STREAMED = 2.4, NEAR = 24 << 10;
/** Sums at most, with 32 registers and with 16: of more, the compiler keeps some in memory, as taps are printed one by one. */
const SUMS = { many: 24, few: 12 } as const;
/** Different spans of a row, at most: each is code of its own. */
const KINDS = 6;
/** Positions of a strip, at least and at most: so many sums of a panel stay in the first-level cache. */
const STRIP = { least: 112, most: 192 } as const;
/** Bytes of the image that a job reads again for every panel, at most: they stay in the second-level cache. */
const SLAB = 3 << 17;
/** Jobs at least, where there are so many strips and panels. */
const JOBS = 4;
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
  const { image, bands, outputs, lanes } = it;
  const [best] = candidates(it, choice ? [{ ...choice, nr: choice.nv * lanes }] : tilesOf(it, target));
  if (!best || (!choice && best.cost > PAYS * packedCost(it, target))) return undefined;
  const images = asInt(sizeOf([...nest.batch, ...nest.n.slice(0, -image.dims)])) ?? 1;
  const { tile: { mr, nv, nr }, spans } = best;
  return { mr, nv, nr, image, outputs, spans, bands, ...jobsOf(it, best.tile, images) };
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
  readonly outputs: number;
  readonly lanes: number;
}

function problemOf(nest: Contraction, target: Target): Problem | undefined {
  const lanes = target.vectorBytes / 4, [outputs, batch] = [nest.m, nest.batch].map((a) => asInt(sizeOf(a)));
  if (nest.accumulate !== "f32" || lanes < 8 || !outputs || !batch) return undefined;
  const image = imageOf(nest), bands = image && bandsOf(image.rows);
  return image && bands && !isMatrix(image) ? { image, bands, outputs, lanes } : undefined;
}

/** Tiles that a row can be cut into, cheapest first. */
function candidates(it: Problem, tiles: readonly Microkernel[]) {
  return tiles.flatMap((tile) => {
    const spans = spansOf(it.image.columns, tile.mr);
    return spans ? [{ tile, spans, cost: costOf(it, tile, spans) }] : [];
  }).toSorted((a, b) => a.cost - b.cost);
}

/** A matrix in memory needs no convolution. */
function isMatrix({ rows, columns }: Image): boolean {
  return columns.step === 1 && rows.taps * columns.taps === 1;
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

/** Rows by the taps that they have; undefined where these are no range. */
function bandsOf({ inside, extent }: Side): readonly Band[] | undefined {
  const bands: Band[] = [];
  for (let y = 0; y < extent; y++) {
    const taps = rangeOf(inside[y]!), last = bands.at(-1);
    if (!taps) return undefined;
    if (last && last.taps.first === taps.first && last.taps.last === taps.last) bands.pop();
    bands.push({ end: y + 1, taps });
  }
  return bands;
}

/** A row in even spans of up to `mr` positions; undefined where a tap takes no range of them, or they differ too much. */
function spansOf({ inside, extent, taps }: Side, mr: number): readonly Span[] | undefined {
  const count = Math.ceil(extent / mr), start = (n: number) => Math.ceil((n * extent) / count);
  const spans = range(0, count - 1).map((n) => {
    const from = start(n), positions = inside.slice(from, start(n + 1));
    const ranges = range(0, taps - 1).map((tap) => rangeOf(positions.map((p) => p[tap]!)));
    return { from, count: positions.length, taps: ranges.flatMap((r) => r ?? []) };
  });
  const kinds = new Set(spans.map(kindOf));
  return kinds.size > KINDS || spans.some((s) => s.taps.length < taps) ? undefined : spans;
}

/** What is the same in spans that are computed by the same code. */
export function kindOf({ count, taps }: Span): string {
  return [count, ...taps.map((t) => `${t.first}-${t.last}`)].join(" ");
}

/** Where `there` is true; undefined where that is no range. */
function rangeOf(there: readonly boolean[]): Range | undefined {
  const first = Math.max(0, there.indexOf(true)), last = there.lastIndexOf(true) + 1;
  return there.slice(first, last).every((x) => x) ? { first, last } : undefined;
}

/** Vectors of output channels, panel by panel: full ones, and what is left over. */
export function panelVectors(outputs: number, { nv, nr }: Microkernel): { full: number; rest: number } {
  return { full: Math.floor(outputs / nr), rest: Math.ceil((outputs % nr) / (nr / nv)) };
}

/** Cycles of an image, with two multiply-adds a cycle. */
function costOf(
  { image, bands, outputs, lanes }: Problem,
  tile: Microkernel,
  spans: readonly Span[],
): number {
  const { rows, columns, channels } = image, { full, rest } = panelVectors(outputs, tile);
  const panel = 4 * tile.nr * channels * rows.taps * columns.taps, isFar = panel > NEAR;
  const step = (p: number, nv: number) => {
    return p && nv ? Math.max((p * nv) / 2, (p + nv) / 2, 4, isFar ? STREAMED * nv : 0) : 0;
  };
  const panels = (cost: (nv: number) => number) => full * cost(tile.nv) + cost(rest);
  const steps = bands.reduce((sum, { end, taps }, n) => {
    return sum + (end - (bands[n - 1]?.end ?? 0)) * (taps.last - taps.first);
  }, 0);
  const squares = (p: number, nv: number) => (2 * p <= lanes ? Math.ceil(nv / 2) : nv);
  return spans.reduce((sum, { count, taps }) => {
    const sums = taps.reduce((all, t) => all + panels((nv) => step(t.last - t.first, nv)), 0);
    return sum + steps * channels * sums + rows.extent * TURNED * panels((nv) => squares(count, nv));
  }, 0);
}

/** Cycles of an image as a product of packed panels. */
function packedCost({ image, outputs, lanes }: Problem, target: Target): number {
  const { rows, columns, channels } = image, k = channels * rows.taps * columns.taps;
  const shape = { m: outputs, n: rows.extent * columns.extent, k };
  const each = PACKED[Math.abs(columns.step)] ?? GATHERED;
  return endedWork(chooseTile(shape, lanes, target.isa, false), shape) * k + (each * k * shape.n) / lanes;
}

/** Strips with few lanes left over, and jobs of whole strips. */
function jobsOf({ image, outputs, lanes }: Problem, tile: Microkernel, images: number) {
  const { rows, channels } = image, width = image.columns.extent;
  const vectors = (strip: number) => {
    const count = (n: number) => Math.ceil((n * width) / lanes);
    return Math.floor(rows.extent / strip) * count(strip) + count(rows.extent % strip);
  };
  const [least, most] = [STRIP.least, STRIP.most].map((n) => {
    return Math.max(1, Math.min(rows.extent, Math.floor(n / width)));
  }) as [number, number];
  const strip = range(least, most).reduce((a, b) => (vectors(b) < vectors(a) ? b : a));
  const strips = Math.ceil(rows.extent / strip), all = Math.ceil(outputs / tile.nr);
  const lines = Math.abs(image.channelStep) > Math.abs(rows.step) ? channels : 1;
  const slab = 4 * strip * Math.abs(rows.step) * lines;
  let per = Math.max(1, Math.min(strips, Math.floor(SLAB / Math.max(1, slab)))), parts = 1;
  while (images * Math.ceil(strips / per) * parts < JOBS && (per > 1 || parts < all)) {
    if (parts < all) parts++;
    else per = Math.ceil(per / 2);
  }
  return { strip, rows: strip * per, panels: Math.ceil(all / parts) };
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n);
}
