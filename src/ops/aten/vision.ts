/**
 * Operators of torchvision: pooling of regions, suppression of overlapping boxes.
 *
 * @module
 */
import { type Expr, floorDiv, int, mod, mul } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { fold } from "../fold.ts";
import { indexSelect } from "../indexing.ts";
import { sizeAs, wideType } from "../numeric.ts";
import { countTrue, dataSize, positions, sizeOfData } from "../positions.ts";
import * as v from "../views.ts";
import { unsupported } from "./refuse.ts";
import { sort } from "./scans.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** How regions lie on an image, and how many points of each bin are read along a dim. */
interface Sampling {
  readonly scale: number;
  readonly aligned: boolean;
  readonly points: number;
}

/** Sample points along one dim: `[regions, bins × points]`. */
interface Points {
  readonly low: Value;
  readonly high: Value;
  /** Weight of `high`. */
  readonly share: Value;
  readonly inside: Value;
}

/** Where a region's samples are along a dim of `size` elements; columns `from` and `to` of `regions` are its ends. */
function pointsAlong(
  g: GraphBuilder,
  regions: Value,
  [from, to]: readonly [number, number],
  bins: Expr,
  size: Expr,
  s: Sampling,
): Points {
  const m = calc(g), { dtype } = regions.type, count = regions.type.shape[0]!;
  const end = (column: number) => {
    const at = m.mul(v.select(g, regions, 1, int(column)), s.scale);
    return v.unsqueeze(g, s.aligned ? m.sub(at, 0.5) : at, 1);
  };
  const start = end(from), whole = m.sub(end(to), start);
  const bin = m.div(s.aligned ? whole : m.max(whole, 1), sizeAs(g, bins, dtype));
  const along = (of: (n: Expr) => Expr) =>
    g.cast(g.iota([count, mul(bins, s.points)], (axes) => of(axes[1]!)), dtype);
  const inBin = m.div(m.mul(m.add(along((n) => mod(n, s.points)), 0.5), bin), s.points);
  const at = m.add(m.add(start, m.mul(along((n) => floorDiv(n, s.points)), bin)), inBin);
  const limit = sizeAs(g, size, dtype), last = m.sub(limit, 1);
  const inside = m.and(m.ge(at, -1), m.le(at, limit)), near = m.max(at, 0), low = m.floor(near);
  const isLast = m.ge(low, last), index = (x: Value) => g.cast(m.where(inside, x, 0), "i64");
  return {
    low: index(m.min(low, last)),
    high: index(m.min(m.add(low, 1), last)),
    share: m.where(isLast, 0, m.sub(near, low)),
    inside,
  };
}

/** The mean of bilinear samples in each bin of each region. */
function roiAlign(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("input"), regions = a.tensor("rois"), points = a.fixed("sampling_ratio"), m = calc(g);
  if (points <= 0) unsupported("torchvision.roi_align", "the sampling ratio depends on the sizes of regions");
  const s = { scale: a.float("spatial_scale"), aligned: a.bool("aligned"), points };
  const [batch, channels, height, width] = x.type.shape as [Expr, Expr, Expr, Expr];
  const [rows, columns] = [a.int("pooled_height"), a.int("pooled_width")], count = regions.type.shape[0]!;
  const y = pointsAlong(g, regions, [2, 4], rows, height, s);
  const z = pointsAlong(g, regions, [1, 3], columns, width, s);
  const shape = [count, channels, mul(rows, points), mul(columns, points)];
  const down = (t: Value) => g.remap(t, shape, ([k, , p]) => [k!, p!]);
  const across = (t: Value) => g.remap(t, shape, ([k, , , q]) => [k!, q!]);
  const image = g.remap(g.cast(v.select(g, regions, 1, int(0)), "i64"), shape, ([k]) => [k!]);
  const read = (row: Value, column: Value) => {
    const operands = [[image, batch], [down(row), height], [across(column), width]] as const;
    const bounds = operands.map(([value, size]) => ({ value, size, wrap: false }));
    return g.lookup(x, shape, bounds, (axes, [n, p, q]) => [n!, axes[1]!, p!, q!]);
  };
  const mix = (low: Value, high: Value, share: Value) =>
    m.add(m.mul(low, m.sub(1, share)), m.mul(high, share));
  const inRow = (row: Value) => mix(read(row, z.low), read(row, z.high), across(z.share));
  const sample = mix(inRow(y.low), inRow(y.high), down(y.share));
  const known = m.where(m.and(down(y.inside), across(z.inside)), sample, 0);
  const split = v.reshape(g, known, [count, channels, rows, int(points), columns, int(points)]);
  return m.div(fold(g, "sum", split, { dims: [3, 5] }), points * points);
}

/** Boxes that overlap no better one, best first: their positions. */
function nms(g: GraphBuilder, a: Args): Value {
  const boxes = a.tensor("dets"), [, order] = sort(g, a.tensor("scores"), 0, true, true);
  const sorted = indexSelect(g, boxes, 0, order!), count = boxes.type.shape[0]!;
  const attrs = { threshold: a.float("iou_threshold") };
  const kept = g.routine("suppress", [g.cast(sorted, wideType(boxes.type.dtype))], [{
    dtype: "bool",
    shape: [count],
  }], attrs)[0]!;
  const at = positions(g, kept, sizeOfData(g, countTrue(g, kept), dataSize(a)));
  return indexSelect(g, order!, 0, at);
}

/** Rows of this family. */
export const visionOps: readonly AtenOp[] = [
  op(
    "torchvision::roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width, int sampling_ratio, bool aligned) -> Tensor",
    roiAlign,
  ),
  op("torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor", nms),
];
