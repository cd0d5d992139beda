/**
 * Large reductions to few elements in two steps: pieces of what is reduced, which cores share, then the pieces. Or in
 * one, by pieces of many columns.
 *
 * @module
 */
import { add, asInt, type Expr, int, isInt, mul } from "../ir/expr/mod.ts";
import { type Axis, type Block, loopAxis, type Nest, Scalars, tempBuffer } from "../ir/loops/mod.ts";
import { reducesColumns, staticSize } from "./align.ts";

/** Pieces at most; elements of a piece at least; iterations that are enough without pieces. */
const MOST = 32, LARGE = 1 << 16, ENOUGH = 16;
/** Rows of a piece of columns at least, and columns of a piece that has all rows. */
const ROWS = 64, COLUMNS = 1 << 12;

/** A block whose reductions are spread over pieces where that is worth it; a position is of the whole. */
export function spreadReductions(block: Block, scalars: Scalars): Block {
  return block.flatMap((s): Block => {
    if (s.kind !== "nest") return [s];
    const { rows, columns } = piecesOf(s);
    if (columns > rows) return [spreadColumns(s, columns, scalars)];
    return rows > 1 ? spread(s, rows, scalars) : [s];
  });
}

/** Even pieces of the first reduced axis, and of the columns: 1 for what is small, or shared by cores already. */
function piecesOf(nest: Nest): { readonly rows: number; readonly columns: number } {
  const { axes, reduce } = nest, none = { rows: 1, columns: 1 };
  const total = staticSize([...axes, ...reduce?.over ?? []]), first = reduce?.over[0];
  if (!first || total === undefined || total < 2 * LARGE) return none;
  const isColumns = reducesColumns(nest), last = axes.findLastIndex((a) => !isInt(a.extent, 1));
  if (staticSize(isColumns ? axes.slice(0, Math.max(0, last)) : axes)! >= ENOUGH) return none;
  const most = Math.min(MOST, Math.floor(total / LARGE)), extent = asInt(first.extent)!;
  if (!isColumns || last < 0) return { rows: isWhole(nest) ? 1 : evenly(extent, most), columns: 1 };
  const down = Math.floor(staticSize(reduce.over)! / ROWS), along = asInt(axes[last]!.extent)!;
  return {
    rows: isWhole(nest) ? 1 : evenly(extent, Math.min(most, down)),
    columns: evenly(along, Math.min(most, Math.floor(along / COLUMNS))),
  };
}

/** True for what no parts make up: positions are of the whole, and half types would round parts. */
function isWhole({ reduce, value }: Nest): boolean {
  return reduce?.fn === "argmin" || reduce?.fn === "argmax" || value.dtype === "bf16" ||
    value.dtype === "f16";
}

/** The most even pieces of `extent`, up to `most`. */
function evenly(extent: number, most: number): number {
  for (let pieces = most; pieces > 1; pieces--) if (extent % pieces === 0) return pieces;
  return 1;
}

/** The same sums, but for loops over pieces of the last axis. */
function spreadColumns(nest: Nest, pieces: number, scalars: Scalars): Nest {
  const at = nest.axes.findLastIndex((a) => !isInt(a.extent, 1)), { sym, extent } = nest.axes[at]!;
  const size = int(asInt(extent)! / pieces);
  const piece = loopAxis(`${sym.name}_piece`, int(pieces)), part = loopAxis(`${sym.name}_part`, size);
  const map = new Map([[sym.name, add(mul(piece.sym, size), part.sym)]]);
  return {
    ...nest,
    axes: nest.axes.flatMap((a, n) => (n === at ? [piece, part] : [a])),
    value: scalars.substitute(nest.value, map),
    store: { ...nest.store, index: Scalars.indices(nest.store.index, map) },
  };
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
