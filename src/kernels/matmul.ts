/**
 * Blocks of matrix products that fill a machine's caches.
 *
 * @module
 */
import { bytesOf, type Target } from "../base/mod.ts";
import { chooseTile, endedWork, type MatmulShape, type Microkernel, UNKNOWN } from "./tile.ts";

/** How a product is cut: all in elements; `mc` and `nc` are multiples of the tile. */
export interface Blocking extends Microkernel {
  readonly mc: number;
  readonly nc: number;
  readonly kc: number;
}

/** Bytes of an operand's block: half of the second-level cache, where it stays while the other operand streams by. */
const BLOCK = 1 << 19;
/** Bytes of a row of A or a column of B in a block: so long that sums rarely leave their registers in between. */
const DEEP = 2048;
/** Rows and columns of a block that pay for its packing. */
const ROWS = 512, COLUMNS = 256;
/** Rows or columns at most where nothing needs packing; bytes of sums that wait for their next block of k, at most. */
const LONG = 1024, WAITING = 1 << 20;
/** How many jobs a product should come to, and multiply-adds that make a job of its own (some 70 microseconds). */
const JOBS = 4, SMALL_JOB = 1 << 22;
/** An unknown number of rows is often a batch: this many should come to that many jobs. */
const ANY_ROWS = 128;

/** Operands that are packed already. */
export interface Ready {
  readonly a?: boolean;
  readonly b?: boolean;
}

/**
 * Picks the tile with the least work, padding included, and blocks of even size. What is packed already costs nothing
 * to split and no room, so blocks are long there: each block of the other operand is packed once. Blocks of k are
 * multiples of `window`.
 */
export function chooseBlocking(
  shape: MatmulShape,
  dtype: "f32" | "f64",
  target: Target,
  ready: Ready = {},
  window = 1,
): Blocking {
  const bytes = bytesOf(dtype), lanes = target.vectorBytes / bytes;
  const tile = chooseTile(shape, lanes, target.isa, false);
  const kc = even(shape.k ?? UNKNOWN, Math.floor(DEEP / bytes / window) * window, window);
  const isShallow = shape.k !== undefined && shape.k <= kc, side = BLOCK / (kc * bytes);
  const few = shape.m !== undefined && shape.m <= SKINNY_ROWS;
  const most = shape.m === undefined ? ANY_ROWS / 2 : ROWS;
  let rows = ready.a ? LONG : ready.b ? Math.min(side, most) : most;
  let columns = ready.b ? LONG : Math.min(side, few ? COLUMNS / 2 : COLUMNS);
  for (;;) {
    const mc = even(shape.m ?? COLUMNS, Math.max(rows, tile.mr), tile.mr);
    const nc = even(shape.n ?? COLUMNS, Math.max(columns, tile.nr), tile.nr);
    const fits = isShallow || mc * nc * bytes <= WAITING;
    if (fits && keepsBusy(shape, mc, nc)) return { ...tile, mc, nc, kc };
    const [perRow, perColumn] = [mc / (ready.a && fits ? 4 : 1), nc / (ready.b && fits ? 4 : 1)];
    if (nc <= tile.nr || (perRow > perColumn && mc > tile.mr)) rows = mc / 2;
    else columns = nc / 2;
  }
}

/** True when there are jobs enough for some cores, or jobs so small that fewer multiply-adds do not pay: one by itself is
 * halved all the same, unless it is smaller still. */
function keepsBusy(
  { batch = 1, m = ANY_ROWS, n = UNKNOWN, k = UNKNOWN }: MatmulShape,
  mc: number,
  nc: number,
) {
  const jobs = batch * Math.ceil(m / mc) * Math.ceil(n / nc);
  const small = jobs > 1 ? 2 * SMALL_JOB : SMALL_JOB / 2;
  return jobs >= JOBS || Math.min(m, mc) * Math.min(n, nc) * k < small;
}

/** Cycles that reading an element of C across costs. */
const ACROSS = 1.5;

/** True when the transposed product wastes so much less of its tiles that reading C's tile across pays. */
export function worthTransposing(shape: MatmulShape, dtype: "f32" | "f64", target: Target): boolean {
  if (shape.n === undefined) return false;
  const lanes = target.vectorBytes / bytesOf(dtype), { m = UNKNOWN, n, k = UNKNOWN } = shape;
  const work = (s: MatmulShape) => endedWork(chooseTile(s, lanes, target.isa, false), s);
  const now = work(shape), then = work({ ...shape, m: shape.n, n: shape.m });
  return then < 0.95 * now && (now - then) * k > ACROSS * m * n;
}

/** The largest multiple of `unit` up to `most` (and what the last one lacks) that cuts `size` into pieces of much the same size. */
function even(size: number, most: number, unit: number): number {
  const units = Math.max(1, Math.ceil(size / unit)), fits = Math.max(1, Math.ceil(most / unit));
  return Math.ceil(units / Math.ceil(units / fits)) * unit;
}

/** How a product of few rows keeps its sums in registers. */
export interface SkinnyTile {
  /** Rows at a time. */
  readonly rows: number;
  /** Columns at a time where lanes run along k (no more than the ways of a cache: columns may lie 4 KiB apart). */
  readonly columns: number;
  /** Vectors of columns at a time where lanes run along n. */
  readonly vectors: number;
  /** Length of a line of A, in elements. */
  readonly kc: number;
}

/** Products of at most this many rows do not pack B. */
export const SKINNY_ROWS = 8;

/** The tile for few rows. */
export function chooseSkinny(shape: MatmulShape, dtype: "f32" | "f64", target: Target): SkinnyTile {
  const many = target.isa === "avx512" || target.isa === "neon"; // 32 registers, else 16
  const rows = even(shape.m ?? 4, many ? 8 : 4, 1),
    fill = Math.floor((many ? 24 : 12) / rows);
  const fits = Math.floor((shape.n ?? UNKNOWN) / (target.vectorBytes / bytesOf(dtype)));
  const kc = even(shape.k ?? UNKNOWN, Math.min(8192, 24576 / rows) / bytesOf(dtype), 1);
  return { rows, columns: Math.min(4, fill), vectors: Math.max(1, Math.min(8, fill, fits)), kc };
}
