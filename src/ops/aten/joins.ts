/**
 * Taking apart and putting together: split, chunk, unbind, cat, stack and their relatives.
 *
 * @module
 */
import {
  add,
  asInt,
  ceilDiv,
  type Expr,
  floorDiv,
  int,
  isInt,
  min,
  mod,
  mul,
  sub,
} from "../../ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type Value } from "../../ir/graph/mod.ts";
import { promoted } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { pad, stack } from "../windows.ts";
import { unsupported } from "./refuse.ts";
import { op, viewOp } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Size of the dim that an operator cuts. */
function sizeAt(x: Value, dim: number): Expr {
  return x.type.shape[wrapDim(dim, v.rankOf(x))]!;
}

/** Pieces of `each`, the last one shorter; their number is known or recorded. */
function splitEvenly(g: GraphBuilder, x: Value, each: Expr, dim: number, a: Args): Value[] {
  const size = sizeAt(x, dim);
  if (isInt(each, 0) || isInt(size, 0)) return [x];
  const count = asInt(ceilDiv(size, each)) ?? a.recorded.length;
  if (count === 0) unsupported("aten.split", "the number of pieces depends on a dynamic size");
  const last = sub(size, mul(each, count - 1));
  return v.splitInto(g, x, Array.from({ length: count }, (_, n) => n < count - 1 ? each : last), dim);
}

const bySize = (g: GraphBuilder, a: Args) =>
  splitEvenly(g, a.tensor("self"), a.int("split_size"), a.fixed("dim"), a);
const bySizes = (name: string) => (g: GraphBuilder, a: Args) =>
  v.splitInto(g, a.tensor("self"), a.ints(name), a.fixed("dim"));

const chunked = (g: GraphBuilder, a: Args) => {
  const x = a.tensor("self"), dim = a.fixed("dim");
  return splitEvenly(g, x, ceilDiv(sizeAt(x, dim), a.fixed("chunks")), dim, a);
};

/** Pieces of nearly equal length, the longer ones first. */
function sections(g: GraphBuilder, x: Value, count: number, dim: number): Value[] {
  const size = sizeAt(x, dim), each = floorDiv(size, count), longer = mod(size, count);
  const starts = Array.from({ length: count + 1 }, (_, n) => add(mul(n, each), min(n, longer)));
  return v.splitInto(g, x, starts.slice(1).map((end, n) => sub(end, starts[n]!)), dim);
}

/** Pieces between `cuts`, as Python slices. */
function cutAt(g: GraphBuilder, x: Value, cuts: readonly Expr[], dim: number): Value[] {
  return [...cuts, undefined].map((end, n) => v.slice(g, x, dim, { start: cuts[n - 1] ?? int(0), end }));
}

/** The dim that `hsplit`, `vsplit`, `dsplit` cut. */
const splitDims = { hsplit: 1, vsplit: 0, dsplit: 2 } as const;

function stackSplits(name: keyof typeof splitDims): AtenOp[] {
  const dimOf = (x: Value) => name === "hsplit" && v.rankOf(x) === 1 ? 0 : splitDims[name];
  return [
    viewOp(
      `${name}.int(Tensor self, int sections) -> Tensor[]`,
      (g, a) => sections(g, a.tensor("self"), a.fixed("sections"), dimOf(a.tensor("self"))),
    ),
    viewOp(
      `${name}.array(Tensor self, int[] indices) -> Tensor[]`,
      (g, a) => cutAt(g, a.tensor("self"), a.ints("indices"), dimOf(a.tensor("self"))),
    ),
  ];
}

/** Tensors side by side after promotion; 1-D tensors without elements are left out. */
export function cat(g: GraphBuilder, tensors: readonly Value[], dim: number): Value {
  const full = tensors.filter((x) => !(v.rankOf(x) === 1 && isInt(x.type.shape[0]!, 0)));
  const some = full.length === 0 ? tensors.slice(0, 1) : full;
  const all = promoted(g, ...tensors), same = promotedLike(g, some, all[0]!);
  return g.concat(same, wrapDim(dim, v.rankOf(same[0]!)));
}

function promotedLike(g: GraphBuilder, xs: readonly Value[], like: Value): Value[] {
  return xs.map((x) => g.cast(x, like.type.dtype));
}

const unbind = (g: GraphBuilder, a: Args) => {
  const x = a.tensor("self"), dim = a.fixed("dim");
  const count = asInt(sizeAt(x, dim)) ?? a.recorded.length;
  return Array.from({ length: count }, (_, n) => v.select(g, x, dim, int(n)));
};

const atLeast = (g: GraphBuilder, x: Value, rank: number): Value => {
  const missing = rank - v.rankOf(x);
  if (missing <= 0) return x;
  if (rank < 3) return v.reshape(g, x, [...Array.from({ length: missing }, () => int(1)), ...x.type.shape]);
  const row = atLeast(g, x, 2);
  return v.unsqueeze(g, row, 2);
};

function joined(rank: number, dim: (x: Value) => number): AtenOp["build"] {
  return (g, a) => {
    const xs = a.tensors("tensors").map((x) => atLeast(g, x, rank));
    return cat(g, xs, dim(xs[0]!));
  };
}

function columnStack(g: GraphBuilder, a: Args): Value {
  const columns = a.tensors("tensors").map((x) => v.rankOf(x) > 1 ? x : v.reshape(g, x, [int(-1), int(1)]));
  return cat(g, columns, 1);
}

/** Vectors as the axes of a grid. */
export function meshgrid(g: GraphBuilder, tensors: readonly Value[], indexing = "ij"): Value[] {
  const lines = tensors.map((x) => v.flattenDims(g, x)), sizes = lines.map((x) => x.type.shape[0]!);
  const grids = lines.map((x, n) => g.remap(x, sizes, (axes) => [axes[n]!]));
  return indexing === "xy" && grids.length > 1 ? grids.map((x) => v.transpose(g, x, 0, 1)) : grids;
}

/** Matrices along the diagonal of a larger one. */
function blockDiag(g: GraphBuilder, tensors: readonly Value[]): Value {
  const blocks = promoted(g, ...tensors).map((x) => atLeast(g, x, 2));
  const widths = blocks.map((x) => x.type.shape[1]!), total = add(...widths);
  return g.concat(
    blocks.map((x, n) => {
      const before = add(0, ...widths.slice(0, n)), after = sub(total, add(before, widths[n]!));
      return pad(g, x, [{ before: int(0), after: int(0) }, { before, after }]);
    }),
    0,
  );
}

/** Every tensor in `count` chunks along `dim`, chunk n of all side by side, flattened behind `dim`. */
function chunkCat(g: GraphBuilder, tensors: readonly Value[], dim: number, count: number): Value {
  const parts = tensors.map((x) => {
    const at = wrapDim(dim, v.rankOf(x)), size = x.type.shape[at]!, each = ceilDiv(size, count);
    const pads = x.type.shape.map((_, n) => ({
      before: int(0),
      after: n === at ? sub(mul(each, count), size) : int(0),
    }));
    return v.reshape(g, pad(g, x, pads), [...x.type.shape.slice(0, at), int(count), int(-1)]);
  });
  return cat(g, parts, -1);
}

function cartesian(g: GraphBuilder, tensors: readonly Value[]): Value {
  if (tensors.length === 1) return tensors[0]!;
  return stack(g, meshgrid(g, tensors).map((x) => v.flattenDims(g, x)), 1);
}

/** Rows of this family. */
export const joinOps: readonly AtenOp[] = [
  viewOp("split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]", bySize),
  op("split_copy.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]", bySize),
  op("unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]", bySize),
  viewOp("split.sizes(Tensor self, SymInt[] split_size, int dim=0) -> Tensor[]", bySizes("split_size")),
  viewOp(
    "split_with_sizes(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]",
    bySizes("split_sizes"),
  ),
  op(
    "split_with_sizes_copy(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]",
    bySizes("split_sizes"),
  ),
  op(
    "unsafe_split_with_sizes(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]",
    bySizes("split_sizes"),
  ),
  viewOp("chunk(Tensor self, int chunks, int dim=0) -> Tensor[]", chunked),
  op("unsafe_chunk(Tensor self, int chunks, int dim=0) -> Tensor[]", chunked),
  viewOp(
    "tensor_split.sections(Tensor self, SymInt sections, int dim=0) -> Tensor[]",
    (g, a) => sections(g, a.tensor("self"), a.fixed("sections"), a.fixed("dim")),
  ),
  viewOp(
    "tensor_split.indices(Tensor self, SymInt[] indices, int dim=0) -> Tensor[]",
    (g, a) => cutAt(g, a.tensor("self"), a.ints("indices"), a.fixed("dim")),
  ),
  ...stackSplits("hsplit"),
  ...stackSplits("vsplit"),
  ...stackSplits("dsplit"),
  viewOp("unbind.int(Tensor self, int dim=0) -> Tensor[]", unbind),
  op("unbind_copy.int(Tensor self, int dim=0) -> Tensor[]", unbind),
  ...[
    "cat(Tensor[] tensors, int dim=0) -> Tensor",
    "concat(Tensor[] tensors, int dim=0) -> Tensor",
    "concatenate(Tensor[] tensors, int dim=0) -> Tensor",
  ].map((schema) => op(schema, (g, a) => cat(g, a.tensors("tensors"), a.fixed("dim")))),
  op(
    "stack(Tensor[] tensors, int dim=0) -> Tensor",
    (g, a) => stack(g, promoted(g, ...a.tensors("tensors")), a.fixed("dim")),
  ),
  op("hstack(Tensor[] tensors) -> Tensor", joined(1, (x) => v.rankOf(x) === 1 ? 0 : 1)),
  op("vstack(Tensor[] tensors) -> Tensor", joined(2, () => 0)),
  op("row_stack(Tensor[] tensors) -> Tensor", joined(2, () => 0)),
  op("dstack(Tensor[] tensors) -> Tensor", joined(3, () => 2)),
  op("column_stack(Tensor[] tensors) -> Tensor", columnStack),
  op("meshgrid(Tensor[] tensors) -> Tensor[]", (g, a) => meshgrid(g, a.tensors("tensors"))),
  op(
    "meshgrid.indexing(Tensor[] tensors, *, str indexing) -> Tensor[]",
    (g, a) => meshgrid(g, a.tensors("tensors"), a.string("indexing")),
  ),
  op("broadcast_tensors(Tensor[] tensors) -> Tensor[]", (g, a) => {
    const tensors = a.tensors("tensors"), shape = broadcastShapes(...tensors.map((x) => x.type.shape));
    return tensors.map((x) => v.expand(g, x, shape));
  }),
  op("block_diag(Tensor[] tensors) -> Tensor", (g, a) => blockDiag(g, a.tensors("tensors"))),
  op(
    "_chunk_cat(Tensor[] tensors, int dim, int num_chunks) -> Tensor",
    (g, a) => chunkCat(g, a.tensors("tensors"), a.fixed("dim"), a.fixed("num_chunks")),
  ),
  op("cartesian_prod(Tensor[] tensors) -> Tensor", (g, a) => cartesian(g, a.tensors("tensors"))),
];
