/**
 * Attention's tiles and blocks: lanes run along rows (queries), so that statistics of rows are vectors and nothing of
 * keys and values is transposed; a block of rows meets one block of columns (keys) after the other.
 *
 * @module
 */
import { bytesOf, type Isa, type Target } from "../base/mod.ts";
import { asInt } from "../ir/expr/mod.ts";
import type { Attention } from "../ir/loops/mod.ts";
import type { AttentionChoice } from "../ir/plan/mod.ts";
import { chooseSkinny, SKINNY_ROWS, type SkinnyTile } from "./matmul.ts";
import { sizeOf, worthPairing } from "./product.ts";

/** A register tile of `mr` keys (or value channels) and `nv` vectors of rows. */
interface AttentionTile {
  readonly isa: Isa;
  readonly mr: number;
  readonly nv: number;
}

/** Tiles need mr·nv sums, nv vectors of rows and one broadcast, as those of matrix products. */
const tiles = [
  { isa: "avx512", mr: 6, nv: 4 },
  { isa: "avx512", mr: 8, nv: 3 },
  { isa: "avx512", mr: 12, nv: 2 },
  { isa: "avx512", mr: 16, nv: 1 },
  { isa: "avx2", mr: 6, nv: 2 },
  { isa: "avx2", mr: 10, nv: 1 },
  { isa: "neon", mr: 6, nv: 4 },
  { isa: "neon", mr: 8, nv: 3 },
  { isa: "neon", mr: 12, nv: 2 },
  { isa: "neon", mr: 16, nv: 1 },
  { isa: "generic", mr: 4, nv: 2 },
  { isa: "generic", mr: 8, nv: 1 },
] as const satisfies readonly AttentionTile[];

/** How few rows are done: scores by lanes along the depth, sums by lanes along the values. */
export interface FewRows {
  readonly scores: SkinnyTile;
  readonly sums: SkinnyTile;
  /** Columns of a block. */
  readonly columns: number;
}

/** How an attention is cut, in elements. */
export interface AttentionPlan {
  readonly dtype: "f32" | "f64";
  readonly mr: number;
  readonly nv: number;
  /** Rows of a job, a multiple of the tile's. */
  readonly rows: number;
  /** Columns of a block. */
  readonly columns: number;
  readonly depth: number;
  readonly values: number;
  /** Operands and powers of bf16 may be multiplied in pairs along channels and along columns. */
  readonly inPairs: boolean;
  /** Known number of rows. */
  readonly count: number | undefined;
  /** Present when jobs of at most `SKINNY_ROWS` rows can occur. */
  readonly few: FewRows | undefined;
}

/** Rows of a job, at most: the panel of queries stays in the first-level cache. */
const ROWS = 64;
/** What a job costs besides, in rows: packing, and keys and values that come from far away. */
const START = 3;
/** Columns of a block, at most, and bytes of its keys and values. */
const COLUMNS = 192, BLOCK = 1 << 18;
/** Columns of a block where rows are few. */
const FEW_COLUMNS = 512;
/** A number of rows that nothing is known of. */
const UNKNOWN = 1024;

/** What decides beside sizes. */
export interface AttentionHints {
  /** A block of rows sees columns up to its last row only. */
  readonly skips?: boolean;
  /** A measured way. */
  readonly choice?: AttentionChoice | undefined;
}

/** Decides how an attention is computed on a machine, as `choice` says where there is one. */
export function planAttention(
  nest: Attention,
  target: Target,
  { skips = false, choice }: AttentionHints = {},
): AttentionPlan {
  const dtype = nest.accumulate;
  if (dtype !== "f32" && dtype !== "f64") throw new RangeError(`attention does not accumulate in ${dtype}`);
  const [count, length] = [nest.rows, nest.columns].map((axes) => asInt(sizeOf(axes)));
  const [depth, values] = [nest.depth, nest.values].map((axes) => asInt(sizeOf(axes))) as [number, number];
  const bytes = bytesOf(dtype);
  const { mr, nv, rows } = choice ?? chooseRows(count ?? UNKNOWN, skips, target, bytes);
  const columns = choice?.columns ?? chooseColumns(length ?? COLUMNS, mr, (depth + values) * bytes);
  const few = count === undefined || count <= SKINNY_ROWS
    ? {
      scores: chooseSkinny({ m: count, n: length, k: depth }, dtype, target),
      sums: chooseSkinny({ m: count, n: values, k: length }, dtype, target),
      columns: FEW_COLUMNS,
    }
    : undefined;
  const inPairs = nest.weight === "bf16" && depth % 2 === 0 && worthPairing([nest.q, nest.k, nest.v], target);
  return { dtype, mr, nv, rows, columns, depth, values, inPairs, count, few };
}

/** Blocks of about equal columns, whole tiles each; `each`: bytes of a column's key and value. */
function chooseColumns(length: number, mr: number, each: number): number {
  const most = Math.max(mr, Math.min(COLUMNS, BLOCK / each));
  const blocks = Math.max(1, Math.ceil(length / most));
  return Math.ceil(Math.ceil(length / blocks) / mr) * mr;
}

/** Tiles of the machine with the rows that a job may have. */
function rowTiles(target: Target, lanes: number) {
  return tiles.filter((t) => t.isa === target.isa).flatMap(({ mr, nv }) => {
    const most = Math.max(1, Math.floor(ROWS / lanes / nv));
    return Array.from({ length: most }, (_, n) => ({ mr, nv, rows: nv * lanes * (n + 1) }));
  });
}

/** Ways to cut an attention: every tile and number of rows, blocks of columns as costs choose and half as long. */
export function attentionVariants(nest: Attention, target: Target): readonly AttentionChoice[] {
  const { dtype, depth, values, count, columns } = planAttention(nest, target);
  if (count !== undefined && count <= SKINNY_ROWS) return []; // one way
  const bytes = bytesOf(dtype), length = asInt(sizeOf(nest.columns)) ?? COLUMNS;
  return rowTiles(target, target.vectorBytes / bytes).flatMap(({ mr, nv, rows }) => {
    const usual = chooseColumns(length, mr, (depth + values) * bytes);
    const half = Math.ceil(columns / 2 / mr) * mr;
    return [usual, half].map((n): AttentionChoice => ({ kind: "attention", mr, nv, rows, columns: n }));
  });
}

/** The tile and the rows of a job with the fewest lanes to waste; of equal ones the longest job. */
function chooseRows(count: number, skips: boolean, target: Target, bytes: number) {
  const lanes = target.vectorBytes / bytes;
  const candidates = rowTiles(target, lanes);
  const work = (rows: number) => {
    const jobs = Math.ceil(count / rows);
    const seen = skips ? Math.min(1, (jobs + 1) / (2 * jobs)) : 1; // a triangle of blocks
    return jobs * (rows * seen + START);
  };
  return candidates.reduce((best, c) => {
    const [a, b] = [work(c.rows), work(best.rows)];
    return a < b || (a === b && c.rows > best.rows) ? c : best;
  });
}
