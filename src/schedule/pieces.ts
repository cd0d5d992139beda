/**
 * Large reductions to few elements in two steps: pieces of what is reduced, which cores share, then the pieces.
 *
 * @module
 */
import { add, asInt, type Expr, int, isInt, mul } from "../ir/expr/mod.ts";
import { type Axis, type Block, loopAxis, type Nest, type Scalars, tempBuffer } from "../ir/loops/mod.ts";
import { reducesColumns, staticSize } from "./align.ts";

/** Pieces at most; elements of a piece at least; iterations that are enough without pieces. */
const MOST = 32, LARGE = 1 << 16, ENOUGH = 16;

/** A block whose reductions are spread over pieces where that is worth it; a position is of the whole. */
export function spreadReductions(block: Block, scalars: Scalars): Block {
  return block.flatMap((s): Block => {
    const pieces = s.kind === "nest" ? piecesOf(s) : 1;
    return s.kind === "nest" && pieces > 1 ? spread(s, pieces, scalars) : [s];
  });
}

/** How many pieces the first reduced axis falls into evenly: 1 for what is small, or shared by cores already. */
function piecesOf(nest: Nest): number {
  const { axes, reduce, value } = nest;
  if (!reduce || reduce.fn === "argmin" || reduce.fn === "argmax") return 1;
  if (value.dtype === "bf16" || value.dtype === "f16") return 1; // parts would be rounded
  const total = staticSize([...axes, ...reduce.over]), first = reduce.over[0];
  if (total === undefined || !first || total < 2 * LARGE) return 1;
  const shared = reducesColumns(nest)
    ? axes.slice(0, Math.max(0, axes.findLastIndex((a) => !isInt(a.extent, 1))))
    : axes;
  if (staticSize(shared)! >= ENOUGH) return 1;
  const extent = asInt(first.extent)!, most = Math.min(MOST, Math.floor(total / LARGE));
  for (let pieces = most; pieces > 1; pieces--) if (extent % pieces === 0) return pieces;
  return 1;
}

function spread(nest: Nest, pieces: number, scalars: Scalars): Block {
  const { fn, over } = nest.reduce!, first = over[0]!, size = int(asInt(first.extent)! / pieces);
  const renamed = (a: Axis, extent = a.extent) => loopAxis(`${a.sym.name}_part`, extent);
  const piece = loopAxis(`${first.sym.name}_piece`, int(pieces)), part = renamed(first, size);
  const axes = nest.axes.map((a) => renamed(a)), rest = over.slice(1).map((a) => renamed(a));
  const map = new Map<string, Expr>([
    ...nest.axes.map((a, n) => [a.sym.name, axes[n]!.sym] as const),
    ...over.slice(1).map((a, n) => [a.sym.name, rest[n]!.sym] as const),
    [first.sym.name, add(mul(piece.sym, size), part.sym)],
  ]);
  const name = `${nest.store.buffer.name}_pieces`, all = [piece, ...axes];
  const parts = tempBuffer(name, nest.store.buffer.dtype, all.map((a) => a.extent));
  const value = scalars.load(parts, [piece.sym, ...nest.axes.map((a) => a.sym)]);
  return [
    {
      ...nest,
      name: `${nest.name}_pieces`,
      axes: all,
      value: scalars.substitute(nest.value, map),
      store: { buffer: parts, index: all.map((a) => a.sym) },
      reduce: { fn, over: [part, ...rest] },
    },
    { ...nest, value, reduce: { fn, over: [piece] } },
  ];
}
