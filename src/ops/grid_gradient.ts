/**
 * Gradients of sampling at points: of the image, where every tap adds its share, and of the points.
 *
 * @module
 */
import { type Expr, int, sub } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { type Calc, calc, numOf } from "./calc.ts";
import {
  bounded,
  located,
  type Neighbour,
  neighbours,
  read,
  type SampleOptions,
  unnormalise,
} from "./grid_sample.ts";
import { sizeAs, wideType } from "./numeric.ts";
import { expand, rankOf, select, unsqueeze } from "./views.ts";

/** Gradients of `input` [n, c, …] and of `grid` [n, …, d] for `grad` [n, c, …points]. */
export function gridGradients(
  g: GraphBuilder,
  grad: Value,
  input: Value,
  grid: Value,
  o: SampleOptions,
): readonly [Value, Value] {
  const wide = wideType(input.type.dtype),
    [y, x, points] = [grad, input, grid].map((v) => g.cast(v, wide)) as [Value, Value, Value];
  const d = rankOf(x) - 2, sizes = x.type.shape.slice(2), m = calc(g);
  const zeros = (shape: readonly Expr[]) => expand(g, g.constant(numOf(0, wide), wide), shape);
  const free = sizes.map((size, n) => unnormalise(g, select(g, points, -1, int(d - 1 - n)), size, o.corners));
  const at = free.map((p, n) => o.mode === "bicubic" ? p : bounded(g, p, sizes[n]!, o));
  const perDim = o.mode === "nearest"
    ? at.map((p) => [{ index: m.round(p) }])
    : at.map((p) => neighbours(g, p, o));
  let image = zeros(x.type.shape);
  const slopes: (Value | undefined)[] = sizes.map(() => undefined);
  for (const tap of combinations<Partial<Neighbour> & { index: Value }>(perDim)) {
    const places = tap.map(({ index }) => index), weights = tap.map(({ weight }) => weight);
    const share = product(m, weights), given = share ? m.mul(y, unsqueeze(g, share, 1)) : y;
    const { operands, inside } = located(g, x, places, sizes, o);
    image = g.scatter(image, m.where(inside, given, 0), operands, "add", (axes, looked) => [
      axes[0]!,
      axes[1]!,
      ...looked,
    ]);
    if (o.mode === "nearest") continue;
    const value = g.reduce("sum", m.mul(y, read(g, x, places, sizes, o)), [1]);
    tap.forEach((own, n) => {
      const slope = slopeOf(m, own as Neighbour, perDim[n]!.indexOf(own as never), o);
      const term = product(m, [value, slope, ...weights.toSpliced(n, 1)])!;
      slopes[n] = slopes[n] ? m.add(slopes[n], term) : term;
    });
  }
  const parts = slopes.map((slope, n) =>
    slope ? m.mul(slope, stretch(g, free[n]!, sizes[n]!, o)) : zeros(free[n]!.type.shape)
  );
  const last = rankOf(grid) - 1, ordered = parts.reverse().map((part) => unsqueeze(g, part, last));
  return [g.cast(image, input.type.dtype), g.cast(g.concat(ordered, last), grid.type.dtype)];
}

function combinations<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((all, list) => all.flatMap((head) => list.map((item) => [...head, item])), [[]]);
}

function product(m: Calc, factors: readonly (Value | undefined)[]): Value | undefined {
  const known = factors.filter((f) => f !== undefined);
  return known.length > 0 ? known.reduce((x, y) => m.mul(x, y)) : undefined;
}

/** How the weight of neighbour `n` grows with the position. */
function slopeOf(m: Calc, { share, weight }: Neighbour, n: number, o: SampleOptions): Value {
  if (o.mode !== "bicubic") return m.add(m.mul(weight, 0), n === 0 ? -1 : 1);
  const a = -0.75;
  const near = (t: Value) => m.mul(m.sub(m.mul(t, 3 * (a + 2)), 2 * (a + 3)), t);
  const far = (t: Value) => m.add(m.mul(m.sub(m.mul(t, 3 * a), 10 * a), t), 8 * a);
  const slopes = [
    () => far(m.add(share, 1)),
    () => near(share),
    () => m.neg(near(m.sub(1, share))),
    () => m.neg(far(m.sub(2, share))),
  ];
  return slopes[n]!();
}

/** How a position inside grows with the point's coordinate: nothing where it was clamped, backwards where it was folded. */
function stretch(g: GraphBuilder, x: Value, size: Expr, o: SampleOptions): Value {
  const m = calc(g), { dtype } = x.type, full = sizeAs(g, size, dtype);
  const scale = m.div(o.corners ? m.sub(full, 1) : full, 2);
  if (o.padding === "zeros" || o.mode === "bicubic") return expand(g, scale, x.type.shape);
  const last = sizeAs(g, sub(size, 1), dtype);
  if (o.padding === "border") return m.where(m.and(m.gt(x, 0), m.lt(x, last)), scale, 0);
  const low = o.corners ? 0 : -0.5, span = sizeAs(g, o.corners ? sub(size, 1) : size, dtype);
  const from = m.sub(x, low), turns = m.floor(m.div(m.abs(from), span));
  const rest = m.sub(m.abs(from), m.mul(turns, span)), isEven = m.eq(m.mod(turns, 2), 0);
  const folded = m.add(m.where(isEven, rest, m.sub(span, rest)), low);
  const isForth = m.eq(isEven, m.ge(from, 0)), inside = m.and(m.gt(folded, 0), m.lt(folded, last));
  return m.where(m.and(inside, m.ne(span, 0)), m.where(isForth, scale, m.neg(scale)), 0);
}
