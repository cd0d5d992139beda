/**
 * Jobs of convolutions straight from the image: strips of rows, blocks of these, parts of the output channels.
 *
 * @module
 */
import { sharedCycles } from "./division.ts";
import { type Image, tapsOf } from "./image.ts";
import { evenParts, type Microkernel, range } from "./tile.ts";

/** Positions of a strip, at least and at most: so many sums of a panel stay in the first-level cache. */
const STRIP = { least: 112, most: 192 } as const;
/** Bytes of weights that a job reads in a cycle before the first of its rows. */
const FETCHED = 16;
/** Bytes of the image that a job reads again for every panel, at most: they stay in the second-level cache. */
const SLAB = 3 << 17;
/** Jobs of a kernel that is cut, at most, and how much better a division must be than a coarser one. */
const JOBS = 64, BETTER = 0.99;

/** A convolution in tiles. */
export interface Tiled {
  readonly image: Image;
  readonly images: number;
  readonly outputs: number;
  readonly lanes: number;
  readonly tile: Microkernel;
  /** Cycles of an image. */
  readonly cost: number;
}

/** How a convolution is cut. */
export interface Jobs {
  /** Rows whose sums wait together for what follows them. */
  readonly strip: number;
  /** Rows and panels of a job. */
  readonly rows: number;
  readonly panels: number;
}

/** Bytes of the weights of a panel. */
export function panelBytes(image: Image, { nr }: Microkernel): number {
  return 4 * nr * image.channels * tapsOf(image);
}

/** Jobs of whole strips, cut as far as some workers' cycles come to less. */
export function jobsOf(it: Tiled): Jobs {
  const strip = stripOf(it), strips = Math.ceil(it.image.rows.extent / strip);
  const panels = Math.ceil(it.outputs / it.tile.nr);
  const inSlab = Math.max(1, Math.floor(SLAB / slabOf(it, strip)));
  const all = evenParts(strips, Math.ceil(strips / inSlab), strips).flatMap((per) =>
    evenParts(panels, 1, panels).map((panels): Jobs => ({ strip, rows: strip * per, panels }))
  );
  const candidates = all.filter((jobs, n) => n === 0 || countOf(it, jobs).count <= JOBS);
  const costs = candidates.map((jobs) => cyclesOf(it, jobs));
  return candidates[costs.reduce((best, cost, n) => (cost < BETTER * costs[best]! ? n : best), 0)]!;
}

/** Rows of a strip: few lanes are left over. */
function stripOf({ image: { rows, columns: { extent: width } }, lanes }: Tiled): number {
  const count = (n: number) => Math.ceil((n * width) / lanes);
  const vectors = (n: number) => Math.floor(rows.extent / n) * count(n) + count(rows.extent % n);
  const fitting = (positions: number) => {
    return Math.max(1, Math.min(rows.extent, Math.floor(positions / width)));
  };
  return range(fitting(STRIP.least), fitting(STRIP.most)).reduce((a, b) => vectors(b) < vectors(a) ? b : a);
}

/** Bytes of the image that a strip reads, much the same in any layout. */
function slabOf({ image: { rows, channels, channelStep } }: Tiled, strip: number): number {
  const lines = Math.abs(channelStep) > Math.abs(rows.step) ? channels : 1;
  return Math.max(1, 4 * strip * Math.abs(rows.step) * lines);
}

function countOf({ image, images, outputs, tile }: Tiled, { rows, panels }: Jobs) {
  const blocks = Math.ceil(image.rows.extent / rows), parts = Math.ceil(outputs / tile.nr / panels);
  return { blocks, count: images * blocks * parts };
}

/** Cycles of all workers until the jobs are done, for some numbers of workers. */
function cyclesOf(it: Tiled, jobs: Jobs): number {
  const { image, images, tile, cost } = it, { rows, panels } = jobs, height = image.rows.extent;
  const { blocks, count } = countOf(it, jobs), all = Math.ceil(it.outputs / tile.nr);
  const each = cost / height / all, weights = panelBytes(image, tile) / FETCHED;
  const jobCost = (job: number) => {
    const block = job % blocks, part = Math.floor(job / blocks / images);
    return Math.min(panels, all - part * panels) * (Math.min(rows, height - block * rows) * each + weights);
  };
  return sharedCycles({ count, grain: 1, cost: jobCost }).reduce((a, b) => a + b, 0);
}
