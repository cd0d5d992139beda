/**
 * Blocks of matrix products that fill a machine's caches.
 *
 * @module
 */
import { bytesOf, type Target } from "../base/mod.ts";
import { type Blocking, divided, keepsRows, MANY_ROWS, type Ready } from "./division.ts";
import { chooseTile, endedWork, type MatmulShape, UNKNOWN } from "./tile.ts";

/**
 * Bytes of an operand's block: half of the second-level cache, where it stays while the other operand streams by; a
 * quarter where the other is packed once for all blocks, so that shorter ones cost nothing.
 */
const BLOCK = 1 << 19;
/** Bytes of a row of A or a column of B in a block: so long that sums rarely leave their registers in between. */
const DEEP = 2048;
/** Rows and columns of a block that pay for its packing. */
const ROWS = 512, COLUMNS = 256;
/** Columns of a job of few rows: so long that memory is read from end to end, and sums stay in the first-level cache. */
const FEW_COLUMNS = 1024;
/** Rows or columns at most where nothing needs packing; bytes of sums that wait for their next block of k, at most. */
const LONG = 1024, WAITING = 1 << 20;

/**
 * Picks the tile with the least work, padding included, and blocks of even size, cut further where that keeps workers
 * busy. What is packed already takes no room, so blocks are long there: each block of the other operand is packed once.
 * Blocks of k are multiples of `window`; `few`: nothing is packed.
 */
export function chooseBlocking(
  shape: MatmulShape,
  dtype: "f32" | "f64",
  target: Target,
  ready: Ready = {},
  window = 1,
  few = shape.m !== undefined && shape.m <= SKINNY_ROWS,
): Blocking {
  const bytes = bytesOf(dtype), lanes = target.vectorBytes / bytes;
  const tile = chooseTile(shape, lanes, target.isa, false);
  const kc = even(shape.k ?? UNKNOWN, Math.floor(DEEP / bytes / window) * window, window);
  const isShallow = shape.k !== undefined && shape.k <= kc, side = BLOCK / (kc * bytes);
  let rows = ready.a ? LONG : ready.b ? Math.min(side, ROWS) : ROWS;
  const isOnce = ready.a ||
    keepsRows({ shape, blocking: { ...tile, mc: rows, nc: tile.nr, kc }, dtype, ready });
  let columns = few ? FEW_COLUMNS : ready.b ? LONG : Math.min(isOnce ? side / 2 : side, COLUMNS);
  for (;;) {
    const mc = even(shape.m ?? MANY_ROWS, Math.max(rows, tile.mr), tile.mr);
    const nc = even(shape.n ?? COLUMNS, Math.max(columns, tile.nr), tile.nr);
    const blocking = { ...tile, mc, nc, kc };
    if (isShallow || mc * nc * bytes <= WAITING) {
      return divided({ shape, blocking, dtype, ready: few ? { a: true, b: true } : ready });
    }
    if (nc <= tile.nr || (mc > nc && mc > tile.mr)) rows = mc / 2;
    else columns = nc / 2;
  }
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
  /** Rows and vectors of columns at a time where lanes run along n. */
  readonly rows: number;
  readonly vectors: number;
  /**
   * Rows and columns at a time where lanes run along k: columns are streams from memory, which few do not fill, but no
   * more than the ways of a cache, in which they may lie 4 KiB apart. `near` is for columns that lie in a cache.
   */
  readonly dots: { readonly rows: number; readonly columns: number; readonly near: number };
  /** Length of a line of A, in elements. */
  readonly kc: number;
}

/** Products of at most this many rows do not pack B, nor do those of more whose B lies in memory as a matrix. */
export const SKINNY_ROWS = 8, FEW_ROWS = 16;

/** Rows of dot products at most: of more, twice, the second time columns are at hand. */
const MOST_DOTS = 6;

/** The tile for few rows. */
export function chooseSkinny(shape: MatmulShape, dtype: "f32" | "f64", target: Target): SkinnyTile {
  const many = target.isa === "avx512" || target.isa === "neon"; // 32 registers, else 16
  const room = many ? 24 : 12, rows = even(shape.m ?? 4, many ? 8 : 4, 1), few = even(rows, MOST_DOTS, 1);
  const fits = Math.floor((shape.n ?? UNKNOWN) / (target.vectorBytes / bytesOf(dtype)));
  const kc = even(shape.k ?? UNKNOWN, Math.min(16384, 98304 / rows) / bytesOf(dtype), 1);
  return {
    rows,
    vectors: Math.max(1, Math.min(8, Math.floor(room / rows), fits)),
    dots: {
      rows: few,
      columns: Math.min(8, Math.floor(room / few)),
      near: Math.min(4, Math.floor(room / few)),
    },
    kc,
  };
}
