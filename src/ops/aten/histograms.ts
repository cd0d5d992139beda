/**
 * Histograms over one or several dimensions, with bins that are counted or given.
 *
 * @module
 */
import { type Expr, int, mul, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, number } from "../calc.ts";
import { fold } from "../fold.ts";
import { search, zeros } from "../positions.ts";
import { numel } from "../shapes.ts";
import * as v from "../views.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** `bins + 1` edges from `low` to `high`, computed from both ends as linspace does. */
function evenEdges(g: GraphBuilder, low: Value, high: Value, bins: number): Value {
  const m = calc(g), { dtype } = low.type, shape = [int(bins + 1)];
  const step = m.div(m.sub(high, low), number(g, bins, dtype));
  const up = g.iota(shape, ([i]) => i!, dtype), down = g.iota(shape, ([i]) => sub(bins, i!), dtype);
  const lower = m.lt(up, Math.floor((bins + 1) / 2));
  return m.where(lower, m.add(low, m.mul(step, up)), m.sub(high, m.mul(step, down)));
}

/** The outer edges of column `n`: what `range` says, else the data's own ends, apart by one where they meet. */
function outerEdges(
  g: GraphBuilder,
  column: Value,
  range: readonly number[] | undefined,
  n: number,
): [Value, Value] {
  const m = calc(g), { dtype } = column.type;
  const ends = range
    ? [number(g, range[2 * n]!, dtype), number(g, range[2 * n + 1]!, dtype)] as const
    : [fold(g, "min", column, { dims: [0] }), fold(g, "max", column, { dims: [0] })] as const;
  const same = m.eq(ends[0], ends[1]);
  return [m.where(same, m.sub(ends[0], 0.5), ends[0]), m.where(same, m.add(ends[1], 0.5), ends[1])];
}

/** Counts (or sums of weights) in the cells that `edges` make, a vector of edges for each column of points. */
function count(g: GraphBuilder, a: Args, columns: readonly Value[], edges: readonly Value[]): Value {
  const m = calc(g), { dtype } = columns[0]!.type, bins = edges.map((e) => sub(e.type.shape[0]!, 1));
  const weights = a.tensorOrNone("weight"), inside: Value[] = [];
  let at: Value | undefined;
  columns.forEach((x, d) => {
    const line = edges[d]!,
      end = (index: Expr) => v.select(g, line, 0, index),
      last = sub(line.type.shape[0]!, 1);
    inside.push(m.ge(x, end(int(0))), m.le(x, end(last)));
    const bin = m.min(m.sub(search(g, line, x, true), 1), g.iota([], () => sub(bins[d]!, 1)));
    at = at ? m.add(m.mul(at, g.iota([], () => bins[d]!)), bin) : bin;
  });
  const good = inside.reduce((p, q) => m.and(p, q)), one = number(g, 1, dtype);
  const weight = weights
    ? v.flattenDims(g, g.cast(weights, dtype))
    : v.expand(g, one, columns[0]!.type.shape);
  const operands = [{ value: m.where(good, at!, 0), size: numel(bins), wrap: false }];
  const cells = g.scatter(
    zeros(g, [mul(...bins, 1)], dtype),
    m.where(good, weight, 0),
    operands,
    "add",
    (_, [k]) => [k!],
  );
  const shaped = v.reshape(g, cells, bins);
  return a.bool("density") ? density(g, shaped, edges) : shaped;
}

/** So that the integral over all cells is one. */
function density(g: GraphBuilder, cells: Value, edges: readonly Value[]): Value {
  const m = calc(g), dims = cells.type.shape.map((_, n) => n);
  let out = m.div(cells, fold(g, "sum", cells, { dims }));
  edges.forEach((line, d) => {
    const size = sub(line.type.shape[0]!, 1);
    const widths = m.sub(v.narrow(g, line, 0, int(1), size), v.narrow(g, line, 0, int(0), size));
    out = m.div(out, g.remap(widths, cells.type.shape, (axes) => [axes[d]!]));
  });
  return out;
}

/** Columns of points `[…, dims]`, flat. */
function columnsOf(g: GraphBuilder, x: Value): Value[] {
  const dims = x.type.shape.at(-1)!, flat = v.reshape(g, x, [int(-1), dims]);
  const known = dims.kind === "int" ? dims.value : 0;
  return Array.from({ length: known }, (_, n) => v.select(g, flat, 1, int(n)));
}

function edgesByCount(g: GraphBuilder, a: Args, columns: readonly Value[], bins: readonly number[]): Value[] {
  const range = a.floatsOrNone("range");
  return columns.map((x, n) => evenEdges(g, ...outerEdges(g, x, range, n), bins[n]!));
}

/** Rows of this family. */
export const histogramOps: readonly AtenOp[] = [
  op(
    "histogram.bins_tensor(Tensor self, Tensor bins, *, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)",
    (g, a) => [count(g, a, [v.flattenDims(g, a.tensor("self"))], [a.tensor("bins")]), a.tensor("bins")],
  ),
  op(
    "histogram.bin_ct(Tensor self, int bins=100, *, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)",
    (g, a) => {
      const columns = [v.flattenDims(g, a.tensor("self"))],
        edges = edgesByCount(g, a, columns, [a.fixed("bins")]);
      return [count(g, a, columns, edges), edges[0]!];
    },
  ),
  op(
    "histogramdd(Tensor self, int[] bins, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor[] bin_edges)",
    (g, a) => {
      const columns = columnsOf(g, a.tensor("self")), edges = edgesByCount(g, a, columns, a.fixeds("bins"));
      return [count(g, a, columns, edges), edges];
    },
  ),
  op(
    "histogramdd.int_bins(Tensor self, int bins, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor[] bin_edges)",
    (g, a) => {
      const columns = columnsOf(g, a.tensor("self"));
      const edges = edgesByCount(g, a, columns, columns.map(() => a.fixed("bins")));
      return [count(g, a, columns, edges), edges];
    },
  ),
  op(
    "histogramdd.TensorList_bins(Tensor self, Tensor[] bins, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor[] bin_edges)",
    (g, a) => [count(g, a, columnsOf(g, a.tensor("self")), a.tensors("bins")), a.tensors("bins")],
  ),
  op(
    "_histogramdd_bin_edges(Tensor self, int[] bins, *, float[]? range=None, Tensor? weight=None, bool density=False) -> Tensor[]",
    (g, a) => {
      return [edgesByCount(g, a, columnsOf(g, a.tensor("self")), a.fixeds("bins"))];
    },
  ),
  op(
    "_histogramdd_from_bin_cts(Tensor self, int[] bins, *, float[]? range=None, Tensor? weight=None, bool density=False) -> Tensor",
    (g, a) => {
      const columns = columnsOf(g, a.tensor("self"));
      return count(g, a, columns, edgesByCount(g, a, columns, a.fixeds("bins")));
    },
  ),
  op(
    "_histogramdd_from_bin_tensors(Tensor self, Tensor[] bins, *, Tensor? weight=None, bool density=False) -> Tensor",
    (g, a) => count(g, a, columnsOf(g, a.tensor("self")), a.tensors("bins")),
  ),
];
