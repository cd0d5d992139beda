/**
 * How products are divided into jobs: blocks that fill caches, cut further until some workers are equally busy.
 *
 * @module
 */
import { bytesOf } from "../base/mod.ts";
import { endedWork, evenParts, type MatmulShape, type Microkernel, UNKNOWN } from "./tile.ts";

/** How a product is cut: all in elements; `mc` and `nc` are multiples of the tile. */
export interface Blocking extends Microkernel {
  readonly mc: number;
  readonly nc: number;
  readonly kc: number;
}

/** Operands that are packed already. */
export interface Ready {
  readonly a?: boolean;
  readonly b?: boolean;
}

/** A product that is cut: what is packed already costs a job nothing. */
export interface Cut {
  readonly shape: MatmulShape;
  readonly blocking: Blocking;
  readonly dtype: "f32" | "f64";
  readonly ready: Ready;
}

/** An unknown number of rows is often a batch: these should divide well, and are one block. */
const ANY_ROWS = [64, 128];
export const MANY_ROWS = 128;
/** Bytes of packed rows that are kept from job to job, at most. */
const KEPT = 1 << 23;
/** Multiply-adds that are worth waking another core for: fewer are one piece. */
const WORTHWHILE = 1 << 18;
/** Cycles of packing a vector, and of reading a packed one that the second-level cache does not keep. */
const PACK = 4, READ = 2, NEAR = 1 << 19;
/** Cycles of taking a piece of work, and until a helper has noticed that there is some. */
const PIECE = 200, NOTICE = 3000;
/** Numbers of workers that a product should keep busy. */
const WORKERS = [1, 2, 4];
/** Jobs that are enough for any of them, and blocks of a side beyond which it is cut no further. */
const MANY = 64, MOST = 24;
/** How much better a division must be than a coarser one, and by what factor each block tried is smaller than the last. */
const BETTER = 0.99, FINER = 1.15;
/** What one worker may lose to a division that helps several: it packs the same more often. */
const LOSS = 1.04;

/**
 * True where packed rows stay for the next job of a worker, which has the same rows and other columns: all of k fits into
 * a share of the last cache.
 */
export function keepsRows(
  { shape: { n, k }, blocking: { mc, nc }, dtype, ready }: Cut,
): boolean {
  const fits = k !== undefined && k > 0 && mc * k * bytesOf(dtype) <= KEPT;
  return !ready.a && fits && (n === undefined || n > nc);
}

/** Jobs that a piece of work has at least. */
export function grainOf({ m, n, k }: MatmulShape, { mc, nc }: Pick<Blocking, "mc" | "nc">): number {
  const perJob = Math.min(mc, m ?? mc) * Math.min(nc, n ?? nc) * (k ?? 256);
  return Math.max(1, Math.round(WORTHWHILE / Math.max(1, perJob)));
}

/** Divisions by what they are of: a model has few products, each planned several times and many alike. */
const divisions = new Map<string, Blocking>();

/** Cuts a product's blocks further where the workers' cycles come to less. */
export function divided(it: Cut): Blocking {
  const key = JSON.stringify(it), known = divisions.get(key) ?? division(it);
  divisions.set(key, known);
  return known;
}

function division(it: Cut): Blocking {
  const { shape: { batch = 1, m = MANY_ROWS, n = UNKNOWN }, blocking } = it;
  const rows = cuts(m, blocking.mc, blocking.mr), columns = cuts(n, blocking.nc, blocking.nr);
  const usual = cyclesOf(it);
  if (usual[0]! * WORKERS.length >= BETTER * sum(usual)) return blocking; // cutting further only packs more
  const candidates = rows.flatMap((mc) => columns.map((nc) => ({ ...blocking, mc, nc })))
    .filter(({ mc, nc }, n) => n === 0 || batch * Math.ceil(m / mc) * Math.ceil(n / nc) <= MANY);
  let best = blocking, least = sum(usual);
  for (const candidate of candidates.slice(1)) {
    const cycles = cyclesOf({ ...it, blocking: candidate }), cost = sum(cycles);
    if (cycles[0]! <= LOSS * usual[0]! && cost < BETTER * least) [best, least] = [candidate, cost];
  }
  return best;
}

/** Cycles of all workers until a product is done, waiting included, for each number of workers. */
export function cyclesOf(it: Cut): readonly number[] {
  const perRows = (it.shape.m === undefined ? ANY_ROWS : [it.shape.m]).map((m) => {
    const { batch = 1, n = UNKNOWN } = it.shape, { mc, nc } = it.blocking, shape = { ...it.shape, m };
    const count = batch * Math.ceil(m / mc) * Math.ceil(n / nc);
    return sharedCycles({ count, grain: grainOf(it.shape, it.blocking), cost: jobCost({ ...it, shape }) });
  });
  return WORKERS.map((_, n) => sum(perRows.map((cycles) => cycles[n]!)));
}

/** Jobs of a kernel with the cycles of each; `before` is the one that the same worker did before it. */
export interface Jobs {
  readonly count: number;
  readonly grain: number;
  readonly cost: (job: number, before: number | undefined) => number;
}

/** Cycles of all workers until the jobs are done, for 1, 2 and 4 workers; of very many jobs, estimated. */
export function sharedCycles(jobs: Jobs): readonly number[] {
  const count = Math.min(jobs.count, 4 * MANY);
  return WORKERS.map((workers) => workers * span({ ...jobs, count }, workers) * jobs.count / count);
}

/** Cycles of a job by its number; packed rows are there already where the job before it, by the same worker, had them. */
function jobCost(it: Cut): Jobs["cost"] {
  const { shape, blocking: { mc, nc }, blocking, ready } = it;
  const { m = MANY_ROWS, n = UNKNOWN, k = UNKNOWN } = shape, cost = sideCost(it), keeps = keepsRows(it);
  const down = Math.ceil(m / mc), across = Math.ceil(n / nc);
  const sizes = (total: number, most: number) => [Math.min(most, total), (total - 1) % most + 1];
  const rows = sizes(m, mc), columns = sizes(n, nc), packing = rows.map((m) => cost(m, shape.m, ready.a));
  const work = rows.map((m) =>
    columns.map((n) => endedWork(blocking, { m, n }) * k + cost(n, shape.n, ready.b))
  );
  const group = (job: number) => Math.floor(job / across);
  return (job, before) => {
    const [i, j] = [group(job) % down === down - 1 ? 1 : 0, job % across === across - 1 ? 1 : 0];
    const isThere = keeps && before !== undefined && group(before) === group(job);
    return work[i]![j]! + (isThere ? 0 : packing[i]!);
  };
}

/** Cycles of having so many rows or columns at hand: they are packed, or are read where they lie packed. */
function sideCost({ shape: { k = UNKNOWN }, blocking: { nr, nv }, dtype }: Cut) {
  return (count: number, all = UNKNOWN, isReady = false) => {
    const isNear = all * k * bytesOf(dtype) <= NEAR;
    return (count * k * nv / nr) * (isReady ? (isNear ? 0 : READ) : PACK);
  };
}

/** Cycles until the last worker is done: pieces are taken as the runtime's pool does (slot.h, `take_piece`). */
function span({ count, grain, cost }: Jobs, most: number): number {
  const size = Math.min(most, Math.ceil(count / grain));
  const workers = Array.from(
    { length: size },
    (_, n) => ({ clock: n === 0 ? 0 : NOTICE, last: undefined as number | undefined }),
  );
  let end = 0;
  for (let at = 0; at < count;) {
    const share = Math.floor((count - at) / (2 * size));
    const to = at + Math.min(count - at, Math.max(grain, share - share % grain));
    const worker = workers.reduce((a, b) => (b.clock < a.clock ? b : a));
    for (; at < to; at++) {
      worker.clock += cost(at, worker.last);
      worker.last = at;
    }
    worker.clock += PIECE;
    end = Math.max(end, worker.clock);
  }
  return end;
}

/** Sizes of blocks that cut a side into ever more pieces, the given one first; sides are long, so not every size is tried. */
function cuts(size: number, block: number, unit: number): readonly number[] {
  const units = Math.ceil(size / unit), first = Math.ceil(size / block), sizes = [block];
  for (const part of evenParts(units, first + 1, Math.min(units, Math.max(first, MOST)))) {
    const next = part * unit, last = sizes.at(-1)!;
    if (next * FINER <= last || (next === unit && next < last)) sizes.push(next);
  }
  return sizes;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
