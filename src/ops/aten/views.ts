/**
 * Views: the same elements under other shapes.
 *
 * @module
 */
import { bytesOf, type DType, isComplex } from "../../base/mod.ts";
import { asInt, type Expr, floorDiv, int, mul } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { fromPairs, isComplexValue, realType, toPairs } from "../complex/parts.ts";
import { rowMajor } from "../shapes.ts";
import * as v from "../views.ts";
import { asStrided, diagonal, unfold } from "../windows.ts";
import { op, viewOp } from "./schema.ts";
import type { Args, AtenOp, OutValue } from "./types.ts";

type OnSelf = (g: GraphBuilder, x: Value, a: Args) => OutValue;

/** A view of argument `self`, and, where PyTorch has it, the row of the same name with `_copy`. */
function view(schema: string, body: OnSelf): AtenOp {
  return viewOp(schema, (g, a) => body(g, a.tensor("self"), a));
}

function both(schema: string, body: OnSelf): AtenOp[] {
  const copying = schema.replace(/^\w+/, (name) => `${name}_copy`);
  return [view(schema, body), op(copying, (g, a) => body(g, a.tensor("self"), a))];
}

/** `name(self, dim0, dim1)` under PyTorch's many names. */
const swapped = (first: string, second: string): OnSelf => (g, x, a) =>
  v.transpose(g, x, a.fixed(first), a.fixed(second));

const reversed: OnSelf = (g, x) => v.permute(g, x, x.type.shape.map((_, n) => v.rankOf(x) - 1 - n));
const lastTwo: OnSelf = (g, x) => v.transpose(g, x, -2, -1);
const matrix: OnSelf = (g, x) => v.rankOf(x) < 2 ? x : v.transpose(g, x, 0, 1);

const sliced: OnSelf = (g, x, a) => {
  const dim = a.fixed("dim"), start = a.intOrNone("start"), end = a.intOrNone("end"), step = a.fixed("step");
  const recorded = a.recorded[0]?.shape[dim < 0 ? dim + v.rankOf(x) : dim];
  const unsure = [start, end].some((bound) => bound && asInt(bound) === undefined);
  const dynamic = recorded && (unsure || asInt(x.type.shape.at(dim)!) === undefined)
    ? { length: recorded }
    : {};
  return v.slice(g, x, dim, { start, end, step, ...dynamic });
};

/** Dims of size one put in before (and after) until there are `rank`. */
function atLeast(rank: 1 | 2 | 3): (g: GraphBuilder, x: Value) => Value {
  return (g, x) => {
    const one = int(1), shape = x.type.shape;
    if (shape.length >= rank) return x;
    const lead: Expr[] = shape.length === 0 ? Array.from({ length: rank }, () => one) : [one, ...shape];
    return v.reshape(
      g,
      x,
      rank === 3 && shape.length > 0 ? [...lead.slice(shape.length === 2 ? 1 : 0), one] : lead,
    );
  };
}

const sizes = (a: Args) => a.ints("size");

/** The same bytes as elements of another type; the last dim grows or shrinks with their size. */
function reinterpret(g: GraphBuilder, x: Value, dtype: DType): Value {
  if (dtype === x.type.dtype) return x;
  if (isComplexValue(x)) return reinterpret(g, v.flattenDims(g, toPairs(g, x), -2, -1), dtype);
  if (isComplex(dtype)) {
    const parts = reinterpret(g, x, realType(dtype)), lead = parts.type.shape.slice(0, -1);
    return fromPairs(g, v.reshape(g, parts, [...lead, int(-1), int(2)]));
  }
  const { shape } = x.type, [from, to] = [bytesOf(x.type.dtype), bytesOf(dtype)];
  const last = shape.at(-1), length = last && floorDiv(mul(last, from), to);
  const out = length ? [...shape.slice(0, -1), length] : [];
  return g.routine("reinterpret", [x], [{ dtype, shape: out }], { dtype })[0]!;
}

/** Rows of this family. */
export const viewOps: readonly AtenOp[] = [
  ...both("view(Tensor self, SymInt[] size) -> Tensor", (g, x, a) => v.reshape(g, x, sizes(a))),
  view("reshape(Tensor self, SymInt[] shape) -> Tensor", (g, x, a) => v.reshape(g, x, a.ints("shape"))),
  view("_unsafe_view(Tensor self, SymInt[] size) -> Tensor", (g, x, a) => v.reshape(g, x, sizes(a))),
  ...both(
    "_reshape_alias(Tensor self, SymInt[] size, SymInt[] stride) -> Tensor",
    (g, x, a) => v.reshape(g, x, sizes(a)),
  ),
  view(
    "view_as(Tensor self, Tensor other) -> Tensor",
    (g, x, a) => v.reshape(g, x, a.tensor("other").type.shape),
  ),
  view(
    "reshape_as(Tensor self, Tensor other) -> Tensor",
    (g, x, a) => v.reshape(g, x, a.tensor("other").type.shape),
  ),
  view(
    "view.dtype(Tensor self, ScalarType dtype) -> Tensor",
    (g, x, a) => reinterpret(g, x, a.dtypeOrNone("dtype")!),
  ),
  view(
    "flatten.using_ints(Tensor self, int start_dim=0, int end_dim=-1) -> Tensor",
    (g, x, a) => v.flattenDims(g, x, a.fixed("start_dim"), a.fixed("end_dim")),
  ),
  view("ravel(Tensor self) -> Tensor", (g, x) => v.flattenDims(g, x)),
  view(
    "unflatten.int(Tensor self, int dim, SymInt[] sizes) -> Tensor",
    (g, x, a) => v.unflattenDim(g, x, a.fixed("dim"), a.ints("sizes")),
  ),
  ...both("permute(Tensor self, int[] dims) -> Tensor", (g, x, a) => v.permute(g, x, a.fixeds("dims"))),
  ...both("transpose.int(Tensor self, int dim0, int dim1) -> Tensor", swapped("dim0", "dim1")),
  view("swapaxes(Tensor self, int axis0, int axis1) -> Tensor", swapped("axis0", "axis1")),
  view("swapdims(Tensor self, int dim0, int dim1) -> Tensor", swapped("dim0", "dim1")),
  ...both("t(Tensor self) -> Tensor", matrix),
  view("numpy_T(Tensor self) -> Tensor", reversed),
  ...[
    "mT(Tensor self) -> Tensor",
    "mH(Tensor self) -> Tensor",
    "matrix_H(Tensor self) -> Tensor",
    "adjoint(Tensor self) -> Tensor",
  ].map((schema) => view(schema, lastTwo)),
  ...["movedim", "moveaxis"].flatMap((name) => [
    view(`${name}.int(Tensor self, int source, int destination) -> Tensor`, moved),
    view(`${name}.intlist(Tensor self, int[] source, int[] destination) -> Tensor`, moved),
  ]),
  ...both(
    "expand(Tensor self, SymInt[] size, *, bool implicit=False) -> Tensor",
    (g, x, a) => v.expand(g, x, sizes(a)),
  ),
  view(
    "expand_as(Tensor self, Tensor other) -> Tensor",
    (g, x, a) => v.expand(g, x, a.tensor("other").type.shape),
  ),
  view("broadcast_to(Tensor self, SymInt[] size) -> Tensor", (g, x, a) => v.expand(g, x, sizes(a))),
  ...both(
    "slice.Tensor(Tensor self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor",
    sliced,
  ),
  ...both(
    "select.int(Tensor self, int dim, SymInt index) -> Tensor",
    (g, x, a) => v.select(g, x, a.fixed("dim"), a.int("index")),
  ),
  view(
    "narrow(Tensor self, int dim, SymInt start, SymInt length) -> Tensor",
    (g, x, a) => v.narrow(g, x, a.fixed("dim"), a.int("start"), a.int("length")),
  ),
  op(
    "narrow_copy(Tensor self, int dim, SymInt start, SymInt length) -> Tensor",
    (g, a) => v.narrow(g, a.tensor("self"), a.fixed("dim"), a.int("start"), a.int("length")),
  ),
  ...both("squeeze(Tensor self) -> Tensor", (g, x) => v.squeeze(g, x)),
  ...both("squeeze.dim(Tensor self, int dim) -> Tensor", (g, x, a) => v.squeeze(g, x, [a.fixed("dim")])),
  ...both("squeeze.dims(Tensor self, int[] dim) -> Tensor", (g, x, a) => v.squeeze(g, x, a.fixeds("dim"))),
  ...both("unsqueeze(Tensor self, int dim) -> Tensor", (g, x, a) => v.unsqueeze(g, x, a.fixed("dim"))),
  ...both(
    "diagonal(Tensor self, int offset=0, int dim1=0, int dim2=1) -> Tensor",
    (g, x, a) => diagonal(g, x, a.fixed("offset"), a.fixed("dim1"), a.fixed("dim2")),
  ),
  viewOp(
    "linalg_diagonal(Tensor A, *, int offset=0, int dim1=-2, int dim2=-1) -> Tensor",
    (g, a) => diagonal(g, a.tensor("A"), a.fixed("offset"), a.fixed("dim1"), a.fixed("dim2")),
  ),
  ...both(
    "unfold(Tensor self, int dimension, int size, int step) -> Tensor",
    (g, x, a) => unfold(g, x, a.fixed("dimension"), a.int("size"), a.fixed("step")),
  ),
  ...both(
    "as_strided(Tensor self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor",
    strided,
  ),
  view("atleast_1d(Tensor self) -> Tensor", atLeast(1)),
  view("atleast_2d(Tensor self) -> Tensor", atLeast(2)),
  view("atleast_3d(Tensor self) -> Tensor", atLeast(3)),
  ...([1, 2, 3] as const).map((rank) =>
    op(
      `atleast_${rank}d.Sequence(Tensor[] tensors) -> Tensor[]`,
      (g, a) => a.tensors("tensors").map((x) => atLeast(rank)(g, x)),
    )
  ),
];

function moved(g: GraphBuilder, x: Value, a: Args): Value {
  return v.moveDims(g, x, a.fixeds("source"), a.fixeds("destination"));
}

function strided(g: GraphBuilder, x: Value, a: Args): Value {
  const known = a.stridesOf(x), strides = known.length === v.rankOf(x) ? known : rowMajor(x.type.shape);
  const offset = a.intOrNone("storage_offset") ?? int(0);
  return asStrided(g, x, strides, { size: sizes(a), stride: a.ints("stride"), offset });
}
