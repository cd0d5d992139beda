/**
 * The inner loops of a blocked product: panels of A times panels of B, tile by tile. Sums of all but the last block of k
 * wait in `partial`, tile after tile; the last block finishes each tile while the first-level cache has it.
 *
 * @module
 */
import type { Microkernel, TileEnds } from "../../kernels/mod.ts";
import { type Block, BlockBuilder, type Piece } from "./block.ts";

/**
 * What the loops need to know. The C variables `steps`, `k_from`, `k_to`, `K`, `m_from`, `m_to`, `n_from`, `n_to` are their
 * block.
 */
export interface Tiles {
  readonly tile: Microkernel;
  readonly ends: TileEnds;
  /** C text of panel `i` of A and panel `j` of B, from their first element of this block of k. */
  readonly a: string;
  readonly b: string;
  /** Panels of the outer loop, which pass once: B's, else A's. */
  readonly streams: "a" | "b";
  /** Bytes of a step along k of the panels that pass, where they come from far away, one after the other. */
  readonly far?: number | undefined;
  /** C text of the steps along k from a panel that passes to the next. */
  readonly long: string;
  /** One block of k is all. */
  readonly isShallow: boolean;
  /** Columns of a block. */
  readonly nc: number;
  /** The tile `tile` of the sums [m_from, m_to) × [n_from, n_to), to results. */
  readonly finish: Piece;
  /** The same in registers, by functions `finish_…`, where the condition holds; `ragged`: rows may be missing. */
  readonly registers?: { readonly condition: string; readonly isRagged: boolean } | undefined;
}

/** The product of a block. */
export function tileLoops(it: Tiles): Block {
  const { isShallow } = it, before = isShallow ? "0" : "k_from == 0 ? 0 : partial + at";
  const last = overTiles(it, (block) => {
    const memory = () => [call({ ...it, ends: endsInMemory(it) }, product(it, before, "tile")), it.finish];
    if (!it.registers) return block.pieces.push(...memory());
    const { condition, isRagged } = it.registers, rows = isRagged ? ", m_to - m_from" : "";
    const whole = call(
      it,
      (size) =>
        `finish_${size}(args, steps, ${it.a}, ${it.b}, ${before}, batch, m_from, n_from, ${
          ahead(it)
        }${rows});`,
    );
    if (condition === "") block.push(whole);
    else block.push({ kind: "choice", condition, then: [whole], otherwise: memory() });
  });
  if (isShallow) return last;
  const next = overTiles(it, (block) => block.push(call(it, product(it, before, "partial + at"))));
  return [{ kind: "choice", condition: "k_to == K", then: last, otherwise: next }];
}

/** Tiles that are finished in memory: where that is rare and nothing waits, the largest alone, lest code doubles. */
export function endsInMemory(
  { ends, isShallow, registers }: Pick<Tiles, "ends" | "isShallow" | "registers">,
): TileEnds {
  if (!registers || !isShallow) return ends;
  return registers.condition === ""
    ? { rows: [], vectors: [] }
    : { rows: ends.rows.slice(0, 1), vectors: ends.vectors.slice(0, 1) };
}

/** Both loops, with the bounds of each tile under the names of the block's. */
function overTiles(it: Tiles, work: (block: BlockBuilder) => void): Block {
  const { mr, nr } = it.tile, inner = new BlockBuilder(), outer = new BlockBuilder();
  const order = it.streams === "b" ? (["n", "m"] as const) : (["m", "n"] as const);
  const loop = (side: "m" | "n", body: Block): Piece => {
    const [index, step] = side === "m" ? ["i", mr] : ["j", nr];
    return { kind: "loop", index, from: "0", count: `${side}_end - ${side}_first`, step: String(step), body };
  };
  inner.line(`const int64_t m_from = m_first + i, m_to = AOTI_MIN(m_from + ${mr}, m_end);`);
  inner.line(`const int64_t n_from = n_first + j, n_to = AOTI_MIN(n_from + ${nr}, n_end);`);
  if (!it.isShallow) inner.line(`const int64_t at = i * ${it.nc} + j * ${mr};`);
  work(inner);
  outer.line("const int64_t m_first = m_from, m_end = m_to, n_first = n_from, n_end = n_to;");
  if (it.far !== undefined) {
    const inside = it.streams === "b"
      ? `m_end - m_first + ${mr - 1}) / ${mr}`
      : `n_end - n_first + ${nr - 1}) / ${nr}`;
    outer.line(`const int64_t tiles = (${inside}, skip = (${it.far} + tiles - 1) / tiles;`);
  }
  outer.push(loop(order[0], [loop(order[1], inner.pieces)]));
  return [{ kind: "group", body: outer.pieces }];
}

function product(it: Tiles, from: string, to: string): (size: string) => string {
  return (size) => `tile_${size}(steps, ${it.a}, ${it.b}, ${from}, ${to}, ${ahead(it)});`;
}

/** Where the tile's share of the next panel lies, and the bytes of it to ask for in every step along k. */
function ahead({ far, streams, a, b, tile, long }: Tiles): string {
  if (far === undefined) return "0, 0";
  const [panel, part] = streams === "b" ? [b, `i / ${tile.mr}`] : [a, `j / ${tile.nr}`];
  return `(const char*)(${panel}) + (${long}) * ${far} + ${part} * steps * skip, skip`;
}

/** The call for the smallest tile with all rows and columns that there are. */
function call({ tile, ends }: Tiles, of: (size: string) => string): Piece {
  const choose = (count: string, sizes: readonly number[], unit: number, of: (n: number) => Piece): Piece => {
    const [size, next, ...rest] = sizes as [number, ...number[]];
    if (next === undefined) return of(size);
    const otherwise = choose(count, [next, ...rest], unit, of);
    return {
      kind: "choice",
      condition: `${count} > ${next * unit}`,
      then: [of(size)],
      otherwise: [otherwise],
    };
  };
  return choose("m_to - m_from", ends.rows, 1, (mr) => {
    return choose("n_to - n_from", ends.vectors, tile.nr / tile.nv, (nv): Piece => {
      return { kind: "line", text: of(`${mr}x${nv}`) };
    });
  });
}
