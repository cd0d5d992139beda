/**
 * Tensors with a part replaced: the inverse of a view, as a choice between two reads.
 *
 * @module
 */
import {
  add,
  and,
  eq,
  type Expr,
  floorDiv,
  ge,
  int,
  lt,
  mod,
  mul,
  type Pred,
  sub,
  type Sym,
} from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { numOf } from "../calc.ts";
import { sliceLength, slicePosition, wrapDim, wrapIndex } from "../shapes.ts";
import * as v from "../views.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

type Build = (g: GraphBuilder, a: Args) => Value;

/** `src` where `inside`, read at `at`; `self` elsewhere. */
function overlay(
  g: GraphBuilder,
  x: Value,
  src: Value,
  at: (axes: readonly Sym[]) => readonly Expr[],
  inside: (axes: readonly Sym[]) => Pred,
): Value {
  const dtype = x.type.dtype;
  const moved = g.remap(g.cast(src, dtype), x.type.shape, at, { valid: inside, fill: numOf(0, dtype) });
  return g.pointwise("where", g.mask(x.type.shape, inside), moved, x);
}

const selectScatter: Build = (g, a) => {
  const x = a.tensor("self"), dim = wrapDim(a.fixed("dim"), v.rankOf(x));
  const position = wrapIndex(a.int("index"), x.type.shape[dim]!);
  return overlay(g, x, a.tensor("src"), (axes) => axes.toSpliced(dim, 1), (axes) => eq(axes[dim]!, position));
};

const sliceScatter: Build = (g, a) => {
  const x = a.tensor("self"), dim = wrapDim(a.fixed("dim"), v.rankOf(x)), size = x.type.shape[dim]!;
  const start = slicePosition(a.intOrNone("start") ?? int(0), size),
    end = slicePosition(a.intOrNone("end") ?? size, size);
  const step = a.fixed("step"),
    length = sliceLength(start, end, step),
    src = v.expand(g, a.tensor("src"), x.type.shape.toSpliced(dim, 1, length));
  const from = (axes: readonly Expr[]) => sub(axes[dim]!, start);
  return overlay(
    g,
    x,
    src,
    (axes) => (axes as readonly Expr[]).toSpliced(dim, 1, floorDiv(from(axes), step)),
    (axes) => and(ge(from(axes), 0), lt(from(axes), mul(length, step)), eq(mod(from(axes), step), 0)),
  );
};

const diagonalScatter: Build = (g, a) => {
  const x = a.tensor("self"), rank = v.rankOf(x), src = a.tensor("src"), offset = a.fixed("offset");
  const [p, q] = [wrapDim(a.fixed("dim1"), rank), wrapDim(a.fixed("dim2"), rank)];
  const down = Math.max(-offset, 0);
  return overlay(
    g,
    x,
    src,
    (axes) => [...axes.filter((_, n) => n !== p && n !== q), sub(axes[p]!, down)],
    (axes) => and(eq(sub(axes[q]!, axes[p]!), offset), ge(axes[p]!, down)),
  );
};

const stridedScatter: Build = (g, a) => {
  const x = a.tensor("self"), src = g.cast(a.tensor("src"), x.type.dtype), stride = a.ints("stride");
  const offset = a.intOrNone("storage_offset") ?? int(0), flat = v.flattenDims(g, x);
  const out = g.scatter(
    flat,
    src,
    [],
    "set",
    (axes) => [add(offset, ...axes.map((axis, n) => mul(axis, stride[n]!)))],
  );
  return v.reshape(g, out, x.type.shape);
};

/** Rows of this family. */
export const overlayOps: readonly AtenOp[] = [
  op("select_scatter(Tensor self, Tensor src, int dim, SymInt index) -> Tensor", selectScatter),
  op(
    "slice_scatter(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor",
    sliceScatter,
  ),
  op(
    "diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor",
    diagonalScatter,
  ),
  op(
    "as_strided_scatter(Tensor self, Tensor src, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor",
    stridedScatter,
  ),
];
