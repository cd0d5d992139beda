/**
 * Sampling an image or a volume at points in [-1, 1].
 *
 * @module
 */
import { type Expr, int, sub } from "../ir/expr/mod.ts";
import type { GraphBuilder, IndexOperand, Value } from "../ir/graph/mod.ts";
import { type Calc, calc } from "./calc.ts";
import { sizeAs } from "./numeric.ts";
import { cubicWeights } from "./resample.ts";
import { rankOf, select, unsqueeze } from "./views.ts";

/** How points are read. */
export interface SampleOptions {
  readonly mode: "bilinear" | "nearest" | "bicubic";
  readonly padding: "zeros" | "border" | "reflection";
  /** -1 and 1 mean the centres of the outermost elements, not their outer edges. */
  readonly corners: boolean;
}

/** One of the elements that a point is made of: its index in each dim and its weight. */
interface Tap {
  readonly index: readonly Value[];
  readonly weight?: Value;
}

/**
 * `input` [n, c, …] at `grid` [n, …, d], whose last dim names the last dim first. Half types compute in their own type
 * throughout, as PyTorch's kernel does.
 */
export function sampleGrid(g: GraphBuilder, input: Value, grid: Value, o: SampleOptions): Value {
  const d = rankOf(input) - 2, sizes = input.type.shape.slice(2), m = calc(g);
  const at = sizes.map((size, n) => {
    const coordinate = select(g, grid, -1, int(d - 1 - n));
    const position = unnormalise(g, coordinate, size, o.corners);
    return o.mode === "bicubic" ? position : bounded(g, position, size, o);
  });
  if (o.mode === "bicubic") return throughRows(g, input, at, sizes, o);
  const terms = tapsOf(g, at, o).map(({ index, weight }) => {
    const value = read(g, input, index, sizes, o);
    return weight ? m.mul(value, unsqueeze(g, weight, 1)) : value;
  });
  return terms.reduce((sum, term) => m.add(sum, term));
}

/** Bicubic in a plane: four rows of four elements each, then down the rows, as PyTorch's kernel rounds half types. */
function throughRows(
  g: GraphBuilder,
  input: Value,
  at: readonly Value[],
  sizes: readonly Expr[],
  o: SampleOptions,
): Value {
  const m = calc(g), [rows, columns] = at.map((x) => neighbours(g, x, o)) as [Neighbour[], Neighbour[]];
  const mixed = (list: readonly Neighbour[], value: (one: Neighbour) => Value) =>
    list.map((one) => m.mul(unsqueeze(g, one.weight, 1), value(one))).reduce((sum, term) => m.add(sum, term));
  return mixed(
    rows,
    (row) => mixed(columns, (column) => read(g, input, [row.index, column.index], sizes, o)),
  );
}

/** From [-1, 1] to positions of elements. */
export function unnormalise(g: GraphBuilder, x: Value, size: Expr, corners: boolean): Value {
  const m = calc(g), n = sizeAs(g, size, x.type.dtype);
  if (corners) return m.mul(m.add(x, 1), m.div(m.sub(n, 1), 2));
  return m.sub(m.mul(m.add(x, 1), m.div(n, 2)), 0.5);
}

/** Positions outside moved inside, unless they read zeros. */
export function bounded(g: GraphBuilder, x: Value, size: Expr, o: SampleOptions): Value {
  if (o.padding === "zeros") return x;
  const m = calc(g), inside = o.padding === "reflection" ? reflected(g, m, x, size, o.corners) : x;
  return m.min(m.max(inside, 0), sizeAs(g, sub(size, 1), x.type.dtype));
}

/** Folded at the outermost centres or edges. */
function reflected(g: GraphBuilder, m: Calc, x: Value, size: Expr, corners: boolean): Value {
  const low = corners ? 0 : -0.5, span = sizeAs(g, corners ? sub(size, 1) : size, x.type.dtype);
  const away = m.abs(m.sub(x, low)),
    turns = m.floor(m.div(away, span)),
    rest = m.sub(away, m.mul(turns, span));
  const isEven = m.eq(m.mod(turns, 2), 0);
  const folded = m.add(m.where(isEven, rest, m.sub(span, rest)), low);
  return m.where(m.eq(span, 0), 0, folded);
}

/** An element beside a position of one dim, and how far the position is from the one before it. */
export interface Neighbour {
  readonly index: Value;
  readonly weight: Value;
  readonly share: Value;
}

/** The elements of one dim that a position is between. */
export function neighbours(g: GraphBuilder, x: Value, o: SampleOptions): Neighbour[] {
  const m = calc(g), low = m.floor(x), share = m.sub(x, low);
  if (o.mode === "bicubic") {
    return cubicWeights(g, share).map((weight, n) => ({ index: m.add(low, n - 1), weight, share }));
  }
  return [{ index: low, weight: m.sub(1, share), share }, { index: m.add(low, 1), weight: share, share }];
}

/** The elements around a point. */
function tapsOf(g: GraphBuilder, at: readonly Value[], o: SampleOptions): Tap[] {
  const m = calc(g);
  if (o.mode === "nearest") return [{ index: at.map((x) => m.round(x)) }];
  return at.map((x) => neighbours(g, x, o)).reduce<Tap[]>(
    (taps, choices) =>
      taps.flatMap((tap) =>
        choices.map(({ index, weight }) => ({
          index: [...tap.index, index],
          weight: tap.weight ? m.mul(tap.weight, weight) : weight,
        }))
      ),
    [{ index: [] }],
  );
}

/** Where float positions lie: an index operand for each dim over `[n, c, points…]`, and which lie inside. */
export function located(
  g: GraphBuilder,
  x: Value,
  index: readonly Value[],
  sizes: readonly Expr[],
  o: SampleOptions,
): { readonly shape: readonly Expr[]; readonly operands: readonly IndexOperand[]; readonly inside: Value } {
  const m = calc(g),
    moved = o.mode === "bicubic" ? index.map((at, n) => bounded(g, at, sizes[n]!, o)) : index;
  const points = moved[0]!.type.shape, shape = [points[0]!, x.type.shape[1]!, ...points.slice(1)];
  const spread = (v: Value) => g.remap(v, shape, (axes) => axes.toSpliced(1, 1));
  const limits = sizes.map((size) => sizeAs(g, sub(size, 1), "f32"));
  const inside = moved.map((at, n) => m.and(m.ge(at, 0), m.le(at, g.cast(limits[n]!, at.type.dtype))));
  const all = inside.reduce((p, q) => m.and(p, q));
  const operands = moved.map((at, n) => ({
    value: spread(g.cast(m.where(all, at, 0), "i64")),
    size: sizes[n]!,
    wrap: false,
  }));
  return { shape, operands, inside: spread(all) };
}

/** Elements at float positions; zero where one lies outside. */
export function read(
  g: GraphBuilder,
  x: Value,
  index: readonly Value[],
  sizes: readonly Expr[],
  o: SampleOptions,
): Value {
  const { shape, operands, inside } = located(g, x, index, sizes, o);
  const value = g.lookup(x, shape, operands, (axes, looked) => [axes[0]!, axes[1]!, ...looked]);
  return calc(g).where(inside, value, 0);
}
