/**
 * Tiles of matrix products that fill a machine's registers.
 *
 * @module
 */
import type { Isa } from "../base/mod.ts";

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

/** Sizes that nothing is known of are taken as this. */
export const UNKNOWN = 1024;

/** Cycles of a vector of B that multiply-adds do not hide: a panel of it comes from the second-level cache. */
const FAR = 0.15;

/** Cycles of one step along k, with two multiply-adds and two loads per cycle and a latency of four. */
export function tileCost(mr: number, nv: number): number {
  return Math.max((mr * nv) / 2, (mr + nv) / 2, 4) + FAR * nv;
}

/** Cycles of all tiles for one step along k. */
function tileWork({ mr, nv, nr }: Microkernel, { m = UNKNOWN, n = UNKNOWN }: Partial<MatmulShape>): number {
  return Math.ceil(m / mr) * Math.ceil(n / nr) * tileCost(mr, nv);
}

/** The same where smaller tiles finish rows and columns that are left over. */
export function endedWork(
  { mr, nv, nr }: Microkernel,
  { m = UNKNOWN, n = UNKNOWN }: Partial<MatmulShape>,
): number {
  const parts = (size: number, tile: number, full: number): readonly (readonly [number, number])[] => {
    return [[Math.floor(size / tile), full], [1, Math.ceil(size % tile / (tile / full))]];
  };
  const cost = (a: number, b: number) => (a && b ? tileCost(a, b) : 0);
  return parts(m, mr, mr).reduce((sum, [rows, a]) => {
    return parts(n, nr, nv).reduce((all, [columns, b]) => all + rows * columns * cost(a, b), sum);
  }, 0);
}

/**
 * The tile with the least work, padding included; `whole`, where rows and columns that are left over take a tile each.
 */
export function chooseTile(shape: MatmulShape, lanes: number, isa: Isa, whole = true): Microkernel {
  const work = whole ? tileWork : endedWork;
  const candidates = matmulTiles.filter((t) => t.isa === isa).flatMap((t) =>
    (shape.m === undefined ? [t.mr] : range(1, t.mr)).flatMap((mr) =>
      (shape.n === undefined ? [t.nv] : range(1, t.nv)).map((nv) => ({ mr, nv, nr: nv * lanes }))
    )
  );
  return candidates.reduce((best, c) => {
    const [a, b] = [c, best].map((tile) => work(tile, shape) * (whole ? 1 : tailCost(tile, shape)));
    return a! < b! || (a === b && c.mr * c.nv > best.mr * best.nv) ? c : best;
  });
}

/** Sums of a tile that keep a machine busy all the same. */
const PLENTY = 20;

/** Factor of a tile that leaves rows over, and so needs more code, where one of plenty that leaves none does nearly as well. */
function tailCost({ mr, nv }: Microkernel, { m }: Partial<MatmulShape>): number {
  return m !== undefined && m % mr === 0 && mr * nv >= PLENTY ? 1 : 1.01;
}

/** Tiles that a product takes, full ones and those for what is left over: rows and vectors of columns, falling. */
export interface TileEnds {
  readonly rows: readonly number[];
  readonly vectors: readonly number[];
}

/** Ends of blocks: what is left over of a known size, else some parts of the tile to choose from. */
export function tileEnds({ m, n }: Partial<MatmulShape>, { mr, nv, nr }: Microkernel): TileEnds {
  const known = (size: number, tile: number, full: number) => {
    const rest = Math.ceil(size % tile / (tile / full));
    return [
      ...(size >= tile || rest === 0 ? [full] : []),
      ...(rest > 0 && (rest < full || size < tile) ? [rest] : []),
    ];
  };
  const parts = (full: number, ...shares: readonly number[]) => {
    return [...new Set([1, ...shares].map((share) => Math.ceil(full * share)))];
  };
  return {
    rows: m === undefined ? parts(mr, 3 / 4, 1 / 2, 1 / 4, 1 / 8) : known(m, mr, mr),
    vectors: n === undefined ? parts(nv, 1 / 2) : known(n, nr, nv),
  };
}

/** Sizes of even parts that `count` is cut into, falling: `least` parts to `most`. */
export function evenParts(count: number, least: number, most: number): readonly number[] {
  return [...new Set(range(least, most).map((parts) => Math.ceil(count / parts)))];
}

/** Whole numbers from `from` to `to`, both included. */
export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}
