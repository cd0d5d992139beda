/**
 * Sizes that are data: how many elements a mask has, where they are, and searching in sorted lines.
 *
 * @module
 */
import { type DType, isInteger } from "../base/mod.ts";
import { type Expr, int, isInt, rangeOf, type Sym, sym, symsOf } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { unsupported } from "./aten/refuse.ts";
import type { Args } from "./aten/types.ts";
import { calc } from "./calc.ts";
import { fold } from "./fold.ts";
import { sizeAs, wideType } from "./numeric.ts";
import { numel, rowMajor } from "./shapes.ts";
import { expand, flattenDims, rankOf } from "./views.ts";

/** A size that the export wrote for some result: an unbacked symbol where it knew nothing. */
export function recordedSize(a: Args, output: number, dim: number): Expr | undefined {
  return a.recorded[output]?.shape[dim];
}

/** What the export says of a size that is data. */
export interface DataSize {
  readonly size: Expr | undefined;
  /** Symbols that no earlier node defines. */
  readonly fresh: readonly Sym[];
}

/** What the export recorded at `dim` of the first of `outputs` whose meta it kept. */
export function dataSize(a: Args, dim = 0, outputs: readonly number[] = [0]): DataSize {
  const size = outputs.map((n) => recordedSize(a, n, dim)).find((e) => e !== undefined);
  return { size, fresh: outputs.flatMap((n) => a.recorded[n]?.fresh ?? []) };
}

/** The 0-d i64 `count` as a size: defines the export's symbol, or checks what the export took for granted. */
export function sizeOfData(g: GraphBuilder, count: Value, { size, fresh }: DataSize): Expr {
  if (size?.kind === "sym" && fresh.includes(size)) return bind(g, count, size);
  if (size && !symsOf(size).some((s) => fresh.includes(s))) {
    g.assert(calc(g).eq(count, sizeAs(g, size, "i64")), `"${count.name}" is not what the export assumed`);
    return size;
  }
  if (size) return unsupported("a size that is data", "the export wrote it as a formula of unknown symbols");
  return bind(g, count, sym(`u_${count.name}`, { min: 0, unbacked: true }));
}

function bind(g: GraphBuilder, count: Value, symbol: Sym): Expr {
  const m = calc(g), { min, max } = rangeOf(symbol), within: Value[] = [];
  if (min > 0) within.push(m.ge(count, min));
  if (Number.isFinite(max)) within.push(m.le(count, max));
  if (within.length > 0) {
    const all = within.reduce((x, y) => m.and(x, y));
    g.assert(all, `${symbol.name}, the value of "${count.name}", is not in ${min}..${max}`);
  }
  g.item(count, symbol);
  return symbol;
}

/** True elements of a mask, as a 0-d i64. */
export function countTrue(g: GraphBuilder, mask: Value): Value {
  const flat = flattenDims(g, mask);
  return fold(g, "sum", g.cast(flat, "i64"), { dims: [0] });
}

/** The first `room` positions of true elements in row-major order; -1 where there are no more. */
export function positions(g: GraphBuilder, mask: Value, room: Expr): Value {
  return g.routine("positions", [flattenDims(g, mask)], [{ dtype: "i64", shape: [room] }], { room })[0]!;
}

/** Positions in row-major order as an index for each dim of `shape`. */
export function coordinates(g: GraphBuilder, flat: Value, shape: readonly Expr[]): Value[] {
  const m = calc(g), strides = rowMajor(shape);
  return shape.map((size, n) => {
    const outer = isInt(strides[n]!, 1) ? flat : m.floordiv(flat, sizeAs(g, strides[n]!, "i64"));
    return n === 0 ? outer : m.mod(outer, sizeAs(g, size, "i64"));
  });
}

/** Elements of `x` at flat positions. */
export function pick(g: GraphBuilder, x: Value, at: Value): Value {
  const flat = flattenDims(g, x), operands = [{ value: at, size: numel(x.type.shape), wrap: false }];
  return g.lookup(flat, at.type.shape, operands, (_, [k]) => [k!]);
}

/** True for what selects rather than addresses. */
export function isMask(index: Value): boolean {
  return index.type.dtype === "bool" || index.type.dtype === "u8";
}

/** `indices` with every mask replaced by the coordinates of its true elements. */
export function withoutMasks(
  g: GraphBuilder,
  indices: readonly (Value | undefined)[],
  size: (dim: number) => DataSize,
): readonly (Value | undefined)[] {
  if (!indices.some((index) => index && isMask(index))) return indices;
  const ranks = indices.map((index) => index && isMask(index) ? 1 : index ? rankOf(index) : 0);
  const dims: number[] = [];
  let dim = 0;
  for (const index of indices) {
    const width = index && isMask(index) ? rankOf(index) : 1;
    if (index) { for (let n = 0; n < width; n++) dims.push(dim + n); }
    dim += width;
  }
  const adjacent = dims.every((at, k) => k === 0 || at === dims[k - 1]! + 1);
  const place = (adjacent ? dims[0] ?? 0 : 0) + Math.max(...ranks) - 1;
  let known: DataSize | undefined;
  return indices.flatMap((index) => {
    if (!index || !isMask(index)) return [index];
    const mask = g.cast(index, "bool");
    const room = sizeOfData(g, countTrue(g, mask), known ?? size(place));
    known = { size: room, fresh: [] };
    return coordinates(g, positions(g, mask, room), index.type.shape);
  });
}

/** How many edges lie below each value (or not above it, when `right`); the edges ascend. */
export function search(
  g: GraphBuilder,
  edges: Value,
  values: Value,
  right: boolean,
  dtype: DType = "i64",
): Value {
  const wide = wideType(values.type.dtype), inputs = [g.cast(edges, wide), g.cast(values, wide)];
  return g.routine("search", inputs, [{ dtype, shape: values.type.shape }], { right, dtype })[0]!;
}

/** `0, 1, 2, …`. */
export function counting(g: GraphBuilder, size: Expr): Value {
  return g.iota([size], ([i]) => i!);
}

/** Zeros of a shape. */
export function zeros(g: GraphBuilder, shape: readonly Expr[], dtype: DType): Value {
  const zero = isInteger(dtype) ? sizeAs(g, int(0), dtype) : g.constant(dtype === "bool" ? false : 0, dtype);
  return expand(g, zero, shape);
}
