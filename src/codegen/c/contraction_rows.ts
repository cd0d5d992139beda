/**
 * What the ways to compute products of few rows share.
 *
 * @module
 */
import type { SkinnyTile } from "../../kernels/mod.ts";
import type { Piece } from "./block.ts";
import type { PackSetting } from "./contraction_pack.ts";
import { elementType } from "./types.ts";

/** What a product of few rows shares with the blocked one. */
export interface SkinnySetting extends PackSetting {
  readonly tile: SkinnyTile;
  /** Elements of a line of A, and from one row of the tile to the next. */
  readonly rowStride: number;
  readonly tileStride: number;
  /** C condition: sums are added to what the tile holds. */
  readonly accumulate: string;
  /** The tile has room for rows of a group that are beyond the last. */
  readonly hasAllRows?: boolean;
  /** B may lie in the last cache from the run before. */
  readonly isResident?: boolean;
}

/** Names `prefix0 …`. */
export function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}${n}`);
}

/** A loop over groups of rows with pointers `a0 …` to their lines; rows beyond the last repeat it. */
export function rowGroups(it: SkinnySetting, body: readonly Piece[]): Piece {
  const type = elementType(it.dtype);
  const pointers = numbered("a", it.tile.rows).map((name, r): Piece => ({
    kind: "line",
    text: `const ${type}* const ${name} = rows + AOTI_MIN(i + ${r}, count - 1) * ${it.rowStride};`,
  }));
  return {
    kind: "loop",
    index: "i",
    from: "0",
    count: "count",
    step: String(it.tile.rows),
    body: [...pointers, ...body],
  };
}
