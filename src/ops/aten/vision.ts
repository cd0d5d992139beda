/**
 * Operators of torchvision: pooling of regions, suppression of overlapping boxes.
 *
 * @module
 */
import { add, type Expr, floorDiv, int, mod, mul } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { fold } from "../fold.ts";
import { indexSelect } from "../indexing.ts";
import { sizeAs, wideType } from "../numeric.ts";
import { countTrue, dataSize, positions, sizeOfData } from "../positions.ts";
import * as v from "../views.ts";
import { deformedConvolution, ownRoiPool, roiPool } from "../regions.ts";
import { sort } from "./scans.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** How regions lie on an image. */
interface Sampling {
  readonly scale: number;
  readonly aligned: boolean;
  /** Points of each bin that are read along a dim; 0 or less: as many as a bin has pixels. */
  readonly points: number;
}

/** Sample points along one dim: `[regions, bins × points]`. */
interface Points {
  readonly low: Value;
  readonly high: Value;
  /** Weight of `high`. */
  readonly share: Value;
  readonly inside: Value;
  /** Points of a bin, and how many of them each region uses, `[regions]`. */
  readonly points: Expr;
  readonly used: Value;
}

/** How many points each region's bins have: the same for all, or data with a largest one. */
function pointsOf(
  g: GraphBuilder,
  bin: Value,
  points: number,
): { readonly most: Expr; readonly used: Value } {
  const m = calc(g), regions = bin.type.shape[0]!;
  if (points > 0) {
    return { most: int(points), used: v.expand(g, g.constant(points, bin.type.dtype), [regions, int(1)]) };
  }
  const used = m.ceil(bin), most = m.max(fold(g, "max", used, { dims: [0, 1] }), 1);
  return { most: sizeOfData(g, g.cast(most, "i64"), { size: undefined, fresh: [] }), used };
}

/** Where a region's samples are along a dim of `size` elements; columns `from` and `to` of `regions` are its ends. */
function pointsAlong(
  g: GraphBuilder,
  regions: Value,
  [from, to]: readonly [number, number],
  bins: Expr,
  size: Expr,
  s: Sampling & { readonly leastOne: boolean },
): Points {
  const m = calc(g), { dtype } = regions.type, count = regions.type.shape[0]!;
  const end = (column: number) => {
    const at = m.mul(v.select(g, regions, 1, int(column)), s.scale);
    return v.unsqueeze(g, s.aligned ? m.sub(at, 0.5) : at, 1);
  };
  const start = end(from), whole = m.sub(end(to), start);
  const bin = m.div(s.leastOne ? m.max(whole, 1) : whole, sizeAs(g, bins, dtype));
  const { most, used } = pointsOf(g, bin, s.points);
  const along = (of: (n: Expr) => Expr) =>
    g.cast(g.iota([count, mul(bins, most)], (axes) => of(axes[1]!)), dtype);
  const point = along((n) => mod(n, most)), inBin = m.div(m.mul(m.add(point, 0.5), bin), used);
  const at = m.add(m.add(start, m.mul(along((n) => floorDiv(n, most)), bin)), inBin);
  const limit = sizeAs(g, size, dtype), last = m.sub(limit, 1);
  const near = m.max(at, 0), low = m.floor(near), within = m.and(m.ge(at, -1), m.le(at, limit));
  const inside = s.points > 0 ? within : m.and(within, m.lt(point, used));
  const isLast = m.ge(low, last), index = (x: Value) => g.cast(m.where(inside, x, 0), "i64");
  return {
    low: index(m.min(low, last)),
    high: index(m.min(m.add(low, 1), last)),
    share: m.where(isLast, 0, m.sub(near, low)),
    inside,
    points: most,
    used: v.select(g, used, 1, int(0)),
  };
}

/** Bilinear samples summed over each bin, over the number of points (at `least`): `[regions, channels, rows, columns]`. */
function binMeans(
  g: GraphBuilder,
  x: Value,
  image: Value,
  [y, z]: readonly [Points, Points],
  [channels, rows, columns]: readonly [Expr, Expr, Expr],
  channel: (axes: readonly Expr[], row: Expr, column: Expr) => Expr,
  least: 0 | 1,
): Value {
  const m = calc(g), [batch, , height, width] = x.type.shape as [Expr, Expr, Expr, Expr];
  const count = image.type.shape[0]!, shape = [count, channels, mul(rows, y.points), mul(columns, z.points)];
  const down = (t: Value) => g.remap(t, shape, ([k, , p]) => [k!, p!]);
  const across = (t: Value) => g.remap(t, shape, ([k, , , q]) => [k!, q!]);
  const item = g.remap(g.cast(image, "i64"), shape, ([k]) => [k!]);
  const read = (row: Value, column: Value) => {
    const operands = [[item, batch], [down(row), height], [across(column), width]] as const;
    const bounds = operands.map(([value, size]) => ({ value, size, wrap: false }));
    const from = (axes: readonly Expr[]) =>
      channel(axes, floorDiv(axes[2]!, y.points), floorDiv(axes[3]!, z.points));
    return g.lookup(x, shape, bounds, (axes, [n, p, q]): readonly Expr[] => [n!, from(axes), p!, q!]);
  };
  const mix = (low: Value, high: Value, share: Value) =>
    m.add(m.mul(low, m.sub(1, share)), m.mul(high, share));
  const inRow = (row: Value) => mix(read(row, z.low), read(row, z.high), across(z.share));
  const sample = mix(inRow(y.low), inRow(y.high), down(y.share));
  const known = m.where(m.and(down(y.inside), across(z.inside)), sample, 0);
  const split = v.reshape(g, known, [count, channels, rows, y.points, columns, z.points]);
  const sums = fold(g, "sum", split, { dims: [3, 5] }), points = m.max(m.mul(y.used, z.used), least);
  return m.div(sums, v.reshape(g, points, [count, int(1), int(1), int(1)]));
}

/** The mean of bilinear samples in each bin of each region. */
function roiAlign(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("input"), regions = a.tensor("rois"), aligned = a.bool("aligned");
  const s = {
    scale: a.float("spatial_scale"),
    aligned,
    points: a.fixed("sampling_ratio"),
    leastOne: !aligned,
  };
  const [, channels, height, width] = x.type.shape as [Expr, Expr, Expr, Expr];
  const [rows, columns] = [a.int("pooled_height"), a.int("pooled_width")];
  const y = pointsAlong(g, regions, [2, 4], rows, height, s);
  const z = pointsAlong(g, regions, [1, 3], columns, width, s);
  const image = v.select(g, regions, 1, int(0));
  return binMeans(g, x, image, [y, z], [channels, rows, columns], (axes) => axes[1]!, 1);
}

/** As `roiAlign`, but each bin reads channels of its own; also which ones. */
function ownRoiAlign(g: GraphBuilder, a: Args): Value[] {
  const x = a.tensor("input"), regions = a.tensor("rois");
  const s = {
    scale: a.float("spatial_scale"),
    aligned: true,
    points: a.fixed("sampling_ratio"),
    leastOne: false,
  };
  const [, channels, height, width] = x.type.shape as [Expr, Expr, Expr, Expr];
  const [rows, columns] = [a.int("pooled_height"), a.int("pooled_width")], bins = mul(rows, columns);
  const y = pointsAlong(g, regions, [2, 4], rows, height, s);
  const z = pointsAlong(g, regions, [1, 3], columns, width, s);
  const own = (c: Expr, row: Expr, column: Expr) => add(mul(c, bins), mul(row, columns), column);
  const sizes = [floorDiv(channels, bins), rows, columns] as const;
  const out = binMeans(
    g,
    x,
    v.select(g, regions, 1, int(0)),
    [y, z],
    sizes,
    (axes, p, q) => own(axes[1]!, p, q),
    0,
  );
  return [out, g.iota(out.type.shape, ([, c, p, q]) => own(c!, p!, q!), "i32")];
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
  op(
    "torchvision::ps_roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width, int sampling_ratio) -> (Tensor, Tensor)",
    ownRoiAlign,
  ),
  op(
    "torchvision::roi_pool(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width) -> (Tensor, Tensor)",
    roiPool,
  ),
  op(
    "torchvision::ps_roi_pool(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width) -> (Tensor, Tensor)",
    ownRoiPool,
  ),
  op(
    "torchvision::deform_conv2d(Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias, SymInt stride_h, SymInt stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, SymInt dilation_w, SymInt groups, SymInt offset_groups, bool use_mask) -> Tensor",
    deformedConvolution,
  ),
  op("torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor", nms),
];
