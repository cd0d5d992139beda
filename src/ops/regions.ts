/**
 * Pooling of regions in whole pixels, and convolution at positions that are data (torchvision).
 *
 * @module
 */
import { add, asInt, type Expr, floorDiv, int, mul, sub } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import type { Args } from "./aten/types.ts";
import { calc } from "./calc.ts";
import { fold } from "./fold.ts";
import { sizeAs } from "./numeric.ts";
import { sizeOfData } from "./positions.ts";
import * as v from "./views.ts";

/** Where the windows of each region's bins begin and end along a dim, `[regions, bins]` of i64; and the longest. */
interface Bins {
  readonly start: Value;
  readonly end: Value;
  readonly most: Expr;
}

/** `⌊bin·size⌋` to `⌈(bin + 1)·size⌉` of a region that begins at `first` (in pixels), cut to the image. */
function binsAlong(g: GraphBuilder, first: Value, size: Value, count: Expr, limit: Expr): Bins {
  const m = calc(g), { dtype } = size.type, shape = [first.type.shape[0]!, count];
  const bin = g.iota(shape, ([, n]) => n!, dtype),
    each = v.unsqueeze(g, m.div(size, sizeAs(g, count, dtype)), 1);
  const from = v.unsqueeze(g, first, 1), last = sizeAs(g, limit, dtype);
  const cut = (x: Value) => g.cast(m.min(m.max(x, 0), last), "i64");
  const start = cut(m.floor(m.add(m.mul(bin, each), from))),
    end = cut(m.ceil(m.add(m.mul(m.add(bin, 1), each), from)));
  const longest = m.max(fold(g, "max", m.sub(end, start), { dims: [0, 1] }), 1);
  return { start, end, most: sizeOfData(g, longest, { size: undefined, fresh: [] }) };
}

/** Elements of each bin in two further dims, those outside marked; and where they lie in the image. */
function windows(
  g: GraphBuilder,
  x: Value,
  image: Value,
  [y, z]: readonly [Bins, Bins],
  channels: Expr,
  channel: (axes: readonly Expr[]) => Expr,
) {
  const m = calc(g), [batch, , height, width] = x.type.shape as [Expr, Expr, Expr, Expr];
  const shape = [
    image.type.shape[0]!,
    channels,
    y.start.type.shape[1]!,
    z.start.type.shape[1]!,
    y.most,
    z.most,
  ];
  const at = (bins: Bins, dim: 2 | 3) => {
    const read = (t: Value) => g.remap(t, shape, (axes) => [axes[0]!, axes[dim]!]);
    const place = m.add(read(bins.start), g.iota(shape, (axes) => axes[dim + 2]!));
    return { place, inside: m.lt(place, read(bins.end)) };
  };
  const [p, q] = [at(y, 2), at(z, 3)], inside = m.and(p.inside, q.inside);
  const operands = [[g.remap(g.cast(image, "i64"), shape, ([k]) => [k!]), batch], [p.place, height], [
    q.place,
    width,
  ]] as const;
  const bounds = operands.map(([value, size]) => ({ value: m.where(inside, value, 0), size, wrap: false }));
  const values = g.lookup(
    x,
    shape,
    bounds,
    (axes, [n, row, column]): readonly Expr[] => [n!, channel(axes), row!, column!],
  );
  return { values, inside, place: m.add(m.mul(p.place, sizeAs(g, width, "i64")), q.place) };
}

/** Halves away from zero, as C's `round`. */
function nearest(g: GraphBuilder, x: Value): Value {
  const m = calc(g);
  return m.mul(m.sign(x), m.floor(m.add(m.abs(x), 0.5)));
}

/** The largest pixel of each bin and where it lies; 0 and -1 where a bin has none. */
export function roiPool(g: GraphBuilder, a: Args): Value[] {
  const x = a.tensor("input"), regions = a.tensor("rois"), m = calc(g), scale = a.float("spatial_scale");
  const [, channels, height, width] = x.type.shape as [Expr, Expr, Expr, Expr];
  const edge = (n: number) => nearest(g, m.mul(v.select(g, regions, 1, int(n)), scale));
  const along = (from: number, to: number, count: Expr, limit: Expr) => {
    const size = m.max(m.add(m.sub(edge(to), edge(from)), 1), 1);
    return binsAlong(g, edge(from), size, count, limit);
  };
  const y = along(2, 4, a.int("pooled_height"), height), z = along(1, 3, a.int("pooled_width"), width);
  const image = v.select(g, regions, 1, int(0));
  const { values, inside, place } = windows(g, x, image, [y, z], channels, (axes) => axes[1]!);
  const known = m.where(inside, values, -Infinity),
    flat = [...known.type.shape.slice(0, 4), mul(y.most, z.most)];
  const [line, used, at] = [known, inside, place].map((t) => v.reshape(g, t, flat)) as [Value, Value, Value];
  const some = g.reduce("any", used, [4]), best = g.reduce("argmax", line, [4]);
  const chosen = g.lookup(
    at,
    best.type.shape,
    [{ value: best, size: flat[4]!, wrap: false }],
    (axes, [k]) => [...axes, k!],
  );
  return [m.where(some, g.reduce("max", line, [4]), 0), g.cast(m.where(some, chosen, -1), "i32")];
}

/** The mean of each bin, which reads channels of its own; also which ones. */
export function ownRoiPool(g: GraphBuilder, a: Args): Value[] {
  const x = a.tensor("input"), regions = a.tensor("rois"), m = calc(g), scale = a.float("spatial_scale");
  const [, channels, height, width] = x.type.shape as [Expr, Expr, Expr, Expr];
  const [rows, columns] = [a.int("pooled_height"), a.int("pooled_width")], bins = mul(rows, columns);
  const along = (from: number, to: number, count: Expr, limit: Expr) => {
    const start = nearest(g, m.mul(v.select(g, regions, 1, int(from)), scale));
    const end = nearest(g, m.mul(v.select(g, regions, 1, int(to)), scale));
    // torchvision's kernel leaves out the last row and column
    return binsAlong(g, start, m.max(m.sub(end, start), 1), count, sub(limit, 1));
  };
  const own = (c: Expr, row: Expr, column: Expr) => add(mul(c, bins), mul(row, columns), column);
  const y = along(2, 4, rows, height), z = along(1, 3, columns, width);
  const image = v.select(g, regions, 1, int(0)), outputs = floorDiv(channels, bins);
  const { values, inside } = windows(
    g,
    x,
    image,
    [y, z],
    outputs,
    (axes) => own(axes[1]!, axes[2]!, axes[3]!),
  );
  const sums = fold(g, "sum", m.where(inside, values, 0), { dims: [4, 5] });
  const counts = fold(g, "sum", g.cast(inside, sums.type.dtype), { dims: [4, 5] });
  const means = m.where(m.eq(counts, 0), 0, m.div(sums, m.max(counts, 1)));
  return [means, g.iota(means.type.shape, ([, c, p, q]) => own(c!, p!, q!), "i32")];
}

/** A convolution whose taps are read beside their places, between pixels, each times a factor. */
export function deformedConvolution(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("input"),
    weight = a.tensor("weight"),
    offset = a.tensor("offset"),
    m = calc(g),
    { dtype } = x.type;
  const [batch, channels, height, width] = x.type.shape as [Expr, Expr, Expr, Expr];
  const [outputs, , kh, kw] = weight.type.shape as [Expr, Expr, Expr, Expr];
  const [, , rows, columns] = offset.type.shape as [Expr, Expr, Expr, Expr];
  const shape = [batch, channels, kh, kw, rows, columns], taps = mul(kh, kw);
  const share = floorDiv(channels, a.int("offset_groups"));
  const tap = (axes: readonly Expr[]) =>
    add(mul(floorDiv(axes[1]!, share), taps), mul(axes[2]!, kw), axes[3]!);
  const along = (part: 0 | 1, axis: 4 | 5, tapAxis: 2 | 3, names: readonly [string, string, string]) => {
    const [stride, padding, dilation] = names.map((name) => a.int(name)) as [Expr, Expr, Expr];
    const place = g.iota(
      shape,
      (axes) => add(mul(axes[axis]!, stride), mul(-1, padding), mul(axes[tapAxis]!, dilation)),
      dtype,
    );
    const moved = g.remap(
      offset,
      shape,
      (axes) => [axes[0]!, add(mul(tap(axes), 2), part), axes[4]!, axes[5]!],
    );
    return m.add(place, moved);
  };
  const y = along(0, 4, 2, ["stride_h", "pad_h", "dilation_h"]),
    z = along(1, 5, 3, ["stride_w", "pad_w", "dilation_w"]);
  const sample = between(g, x, shape, y, z, [height, width]);
  const factors = a.bool("use_mask")
    ? m.mul(sample, g.remap(a.tensor("mask"), shape, (axes) => [axes[0]!, tap(axes), axes[4]!, axes[5]!]))
    : sample;
  const out = tapsSummed(g, factors, weight, a.int("groups"), [batch, outputs, rows, columns]);
  return m.add(out, v.reshape(g, a.tensor("bias"), [outputs, int(1), int(1)]));
}

/** Bilinear samples of the channel that axis 1 of `shape` names; what lies outside counts as zero. */
function between(
  g: GraphBuilder,
  x: Value,
  shape: readonly Expr[],
  y: Value,
  z: Value,
  sizes: readonly [Expr, Expr],
): Value {
  const m = calc(g), [low, left] = [m.floor(y), m.floor(z)], [down, right] = [m.sub(y, low), m.sub(z, left)];
  const read = (row: Value, column: Value) => {
    const within = [row, column].map((at, n) =>
      m.and(m.ge(at, 0), m.lt(at, sizeAs(g, sizes[n]!, at.type.dtype)))
    );
    const inside = m.and(within[0]!, within[1]!);
    const operands = [row, column].map((at, n) => ({
      value: g.cast(m.where(inside, at, 0), "i64"),
      size: sizes[n]!,
      wrap: false,
    }));
    return m.where(inside, g.lookup(x, shape, operands, (axes, [p, q]) => [axes[0]!, axes[1]!, p!, q!]), 0);
  };
  const row = (at: Value) =>
    m.add(m.mul(read(at, left), m.sub(1, right)), m.mul(read(at, m.add(left, 1)), right));
  return m.add(m.mul(row(low), m.sub(1, down)), m.mul(row(m.add(low, 1)), down));
}

/** Taps `[batch, channels, kernel…, out…]` times the weight, group by group. */
function tapsSummed(
  g: GraphBuilder,
  taps: Value,
  weight: Value,
  groups: Expr,
  shape: readonly Expr[],
): Value {
  if (asInt(groups) === 1) return g.einsum("bcklyx,ockl->boyx", taps, weight);
  const [batch, channels, ...rest] = taps.type.shape as [Expr, Expr, ...Expr[]];
  const apart = v.reshape(g, taps, [batch, groups, floorDiv(channels, groups), ...rest]);
  const [outputs, ...inner] = weight.type.shape as [Expr, ...Expr[]];
  const weights = v.reshape(g, weight, [groups, floorDiv(outputs, groups), ...inner]);
  return v.reshape(g, g.einsum("bgcklyx,gockl->bgoyx", apart, weights), shape);
}
