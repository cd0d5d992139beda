/**
 * Which products of few rows pack nothing.
 *
 * @module
 */
import { isInt, linear } from "../ir/expr/mod.ts";
import { type Contraction, linearIndex } from "../ir/loops/mod.ts";
import { FEW_ROWS, SKINNY_ROWS } from "./matmul.ts";
import type { MatmulShape } from "./tile.ts";

/** Positions of k for each row that pay for adding up the lanes of a dot product, where two rows always do. */
const DOT = 16, PAIR = 2;
/** Positions of k that pay for sweeping over B once more, for the second group of rows. */
const SWEEP = 64;

/**
 * True where jobs of few rows can occur that read B where it lies. Of more than `SKINNY_ROWS` rows, only where B is a
 * matrix in memory that is no constant, which is better packed when it is loaded.
 */
export function packsNothing({ n, k, b }: Pick<Contraction, "n" | "k" | "b">, shape: MatmulShape): boolean {
  const { m: rows, k: steps = Infinity } = shape, [axis, ...more] = k;
  if (rows === undefined || rows <= PAIR) return true;
  const load = b.kind === "cast" ? b.arg : b, isMatrix = more.length === 0 && n.length === 1;
  if (load.kind !== "load" || !axis || !isMatrix) return rows <= SKINNY_ROWS;
  const isPlain = b.kind === "load" && load.buffer.role !== "constant";
  if (rows > (isPlain ? FEW_ROWS : SKINNY_ROWS)) return false;
  const step = linear(linearIndex(load.buffer, load.index), axis.sym.name)?.coef;
  if (step && isInt(step, 1)) return steps >= DOT * rows;
  return rows <= SKINNY_ROWS || steps >= SWEEP;
}
