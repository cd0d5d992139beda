/**
 * Fractional pooling: windows of one length whose distances vary so that they end where the dim ends.
 *
 * @module
 */
import { isFloat } from "../base/mod.ts";
import { add, type Expr, int, sub } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { calc } from "./calc.ts";
import { sizeAs } from "./numeric.ts";
import { numel, rowMajor } from "./shapes.ts";
import { reshape, select } from "./views.ts";

/**
 * Where window `i` of `count` begins in a dim of `size`, for each sample: `⌊(i + s)·α⌋ - ⌊s·α⌋` with
 * `α = (size - length) / (count - 1)`, the last one at the end. `samples` are numbers of `[0, 1)`; the result is i64
 * with a further last dim. Everything is computed in the samples' type, as PyTorch does.
 */
function starts(g: GraphBuilder, samples: Value, size: Expr, count: Expr, length: Expr): Value {
  const m = calc(g), { dtype, shape } = samples.type, lead = shape.length, end = sub(size, length);
  const out = [...shape, count], last = sub(count, 1);
  const spread = (x: Value) => g.remap(x, out, (axes) => axes.slice(0, lead));
  const alpha = m.div(sizeAs(g, end, dtype), sizeAs(g, last, dtype));
  const at = g.iota(out, (axes) => axes[lead]!, dtype), s = spread(samples);
  const whole = (x: Value) => g.cast(m.trunc(x), "i64");
  const isLast = m.eq(g.iota(out, (axes) => axes[lead]!), sizeAs(g, last, "i64"));
  const between = m.sub(whole(m.mul(m.add(at, s), alpha)), whole(m.mul(s, alpha)));
  return m.where(isLast, sizeAs(g, end, "i64"), between);
}

/**
 * Largest elements of the windows of `x` `[batch, channels, sizes…]` and where they lie in the pooled dims. `samples` is
 * `[batch, channels, dims]`, `order` says which sample belongs to which dim.
 */
export function fractionalMaxPool(
  g: GraphBuilder,
  x: Value,
  samples: Value,
  lengths: readonly Expr[],
  counts: readonly Expr[],
  order: readonly number[],
): readonly [Value, Value] {
  const d = lengths.length,
    m = calc(g),
    [batch, channels, ...sizes] = x.type.shape as readonly [Expr, Expr, ...Expr[]];
  const shape = [batch, channels, ...counts, ...lengths];
  const first = sizes.map((size, n) =>
    starts(g, select(g, samples, 2, int(order[n]!)), size, counts[n]!, lengths[n]!)
  );
  const operands = first.map((value, n) => ({
    value: g.remap(value, shape, (axes) => [axes[0]!, axes[1]!, axes[2 + n]!]),
    size: sizes[n]!,
    wrap: false,
  }));
  const within = (axes: readonly Expr[], n: number) => axes[2 + d + n]!;
  const windows = g.lookup(
    x,
    shape,
    operands,
    (axes, looked) => [axes[0]!, axes[1]!, ...looked.map((at, n) => add(at, within(axes, n)))],
  );
  const flat = reshape(g, windows, [batch, channels, ...counts, numel(lengths)]);
  const best = lastNanOrMaximum(g, flat), strides = rowMajor(sizes), inner = rowMajor(lengths);
  const positions = first.map((value, n) => {
    const k = m.mod(m.floordiv(best, sizeAs(g, inner[n]!, "i64")), sizeAs(g, lengths[n]!, "i64"));
    const start = g.remap(value, best.type.shape, (axes) => [axes[0]!, axes[1]!, axes[2 + n]!]);
    return m.mul(m.add(start, k), sizeAs(g, strides[n]!, "i64"));
  });
  return [g.reduce("max", flat, [2 + d]), positions.reduce((sum, part) => m.add(sum, part))];
}

/** Position of the maximum in the last dim; where there is nan, of the last one. */
function lastNanOrMaximum(g: GraphBuilder, x: Value): Value {
  const m = calc(g), dim = x.type.shape.length - 1, first = g.reduce("argmax", x, [dim]);
  if (!isFloat(x.type.dtype)) return first;
  const at = g.iota(x.type.shape, (axes) => axes[dim]!),
    nan = g.reduce("max", m.where(m.isnan(x), at, -1), [dim]);
  return m.where(m.ge(nan, 0), nan, first);
}
