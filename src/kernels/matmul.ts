/**
 * Tiles of matrix products that fill a machine's registers, and blocks that fill its caches.
 *
 * @module
 */
import { bytesOf, type Isa, type Target } from "../base/mod.ts";

/** A register tile of up to `mr` rows and `nv` vectors of columns (AOTI_MICROKERNEL in aoti/kernel/matmul.h). */
export interface MatmulTile {
  readonly isa: Isa;
  readonly mr: number;
  readonly nv: number;
}

/** Every tile needs mr·nv accumulators, nv vectors of B and one of A: 32 registers with AVX-512 and NEON, else 16. */
export const matmulTiles = [
  { isa: "avx512", mr: 14, nv: 2 },
  { isa: "avx512", mr: 9, nv: 3 },
  { isa: "avx512", mr: 6, nv: 4 },
  { isa: "avx512", mr: 3, nv: 6 },
  { isa: "avx2", mr: 6, nv: 2 },
  { isa: "avx2", mr: 4, nv: 3 },
  { isa: "avx2", mr: 2, nv: 4 },
  { isa: "neon", mr: 8, nv: 3 },
  { isa: "neon", mr: 6, nv: 4 },
  { isa: "neon", mr: 4, nv: 6 },
  { isa: "generic", mr: 4, nv: 2 },
  { isa: "generic", mr: 2, nv: 4 },
] as const satisfies readonly MatmulTile[];

/** A problem; what is not known at build time is left out. */
export interface MatmulShape {
  readonly batch?: number | undefined;
  readonly m: number | undefined;
  readonly n: number | undefined;
  readonly k: number | undefined;
}

/** A tile with exact numbers. */
export interface Microkernel {
  readonly mr: number;
  readonly nv: number;
  /** Columns of the tile: vectors times lanes. */
  readonly nr: number;
}

/** How a product is cut: all in elements; `mc` and `nc` are multiples of the tile. */
export interface Blocking extends Microkernel {
  readonly mc: number;
  readonly nc: number;
  readonly kc: number;
}

/** Cycles of one step along k, with two multiply-adds and two loads per cycle and a latency of four. */
export function tileCost(mr: number, nv: number): number {
  return Math.max((mr * nv) / 2, (mr + nv) / 2, 4);
}

/** Bytes of an operand's block: a third of the second-level cache, with room for what streams by. */
const BLOCK = 3 << 17;
/** Rows or columns of a block that pay for its packing. */
const SIDE = 256;
/** Rows or columns at most where nothing needs packing; bytes of a block of C, at most. */
const LONG = 1024, C_BLOCK = 1 << 18;
/** How many jobs a product should come to, and multiply-adds that make a job of its own (some 70 microseconds). */
const JOBS = 4, SMALL_JOB = 1 << 22;
/** Sizes that nothing is known of are taken as this. */
const UNKNOWN = 1024;

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
  const tile = chooseTile(shape, lanes, target.isa);
  const kc = even(shape.k ?? UNKNOWN, 1408 / bytes, window);
  const few = shape.m !== undefined && shape.m <= SKINNY_ROWS;
  const side = Math.min(SIDE, BLOCK / (kc * bytes));
  let rows = ready.a ? LONG : side, columns = ready.b ? LONG : few ? Math.min(side, SIDE / 2) : side;
  for (;;) {
    const mc = even(shape.m ?? SIDE, Math.max(rows, tile.mr), tile.mr);
    const nc = even(shape.n ?? SIDE, Math.max(columns, tile.nr), tile.nr);
    const fits = mc * nc * bytes <= C_BLOCK;
    if (fits && keepsBusy(shape, mc, nc)) return { ...tile, mc, nc, kc };
    const [perRow, perColumn] = [mc / (ready.a && fits ? 4 : 1), nc / (ready.b && fits ? 4 : 1)];
    if (nc <= tile.nr || (perRow > perColumn && mc > tile.mr)) rows = mc / 2;
    else columns = nc / 2;
  }
}

/** True when there are jobs enough for some cores, or jobs so small that fewer multiply-adds do not pay: one by itself is
 * halved all the same, unless it is smaller still. */
function keepsBusy(
  { batch = 1, m = UNKNOWN, n = UNKNOWN, k = UNKNOWN }: MatmulShape,
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
  const work = (s: MatmulShape) => tileWork(chooseTile(s, lanes, target.isa), s);
  const now = work(shape), then = work({ ...shape, m: shape.n, n: shape.m });
  return then < 0.95 * now && (now - then) * k > ACROSS * m * n;
}

/** Cycles of all tiles for one step along k. */
function tileWork({ mr, nv, nr }: Microkernel, { m = UNKNOWN, n = UNKNOWN }: Partial<MatmulShape>): number {
  return Math.ceil(m / mr) * Math.ceil(n / nr) * tileCost(mr, nv);
}

/** The tile with the least work, padding included. */
export function chooseTile(shape: MatmulShape, lanes: number, isa: Isa): Microkernel {
  const candidates = matmulTiles.filter((t) => t.isa === isa).flatMap((t) =>
    (shape.m === undefined ? [t.mr] : range(1, t.mr)).flatMap((mr) =>
      (shape.n === undefined ? [t.nv] : range(1, t.nv)).map((nv) => ({ mr, nv, nr: nv * lanes }))
    )
  );
  return candidates.reduce((best, c) => {
    return better(tileWork(c, shape), tileWork(best, shape), c, best) ? c : best;
  });
}

/** Less work; of equal ones the tile that reads less. */
function better(a: number, b: number, x: Microkernel, y: Microkernel): boolean {
  return a < b || (a === b && x.mr * x.nv > y.mr * y.nv);
}

/** The largest multiple of `unit` up to `most` that cuts `size` into pieces of much the same size. */
function even(size: number, most: number, unit: number): number {
  const units = Math.max(1, Math.ceil(size / unit)), fits = Math.max(1, Math.floor(most / unit));
  return Math.ceil(units / Math.ceil(units / fits)) * unit;
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
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
