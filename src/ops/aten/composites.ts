/**
 * Rare operators that are a few steps of others: kernels of one back end, helpers of PyTorch's own Python code.
 *
 * @module
 */
import { add, and, asInt, eq, type Expr, int, max as largest, mod, sub, truth } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { everyDim, fold, vectorNorm } from "../fold.ts";
import { asTensor, inWide, promoted } from "../numeric.ts";
import { sizeOfData } from "../positions.ts";
import { numel, wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { noPad, pad, stack } from "../windows.ts";
import { addScaled } from "./binary.ts";
import { buildAll, buildRow, type Find } from "./derived.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Sequences side by side, filled up to the longest. */
function padSequence(g: GraphBuilder, a: Args): Value {
  const all = a.tensors("sequences"), sizes = all.map((x) => x.type.shape[0]!), first = a.bool("batch_first");
  const length = a.recorded[0]?.shape[first ? 1 : 0] ?? largest(...sizes), side = a.string("padding_side");
  if (side !== "left" && side !== "right") unsupported(a.schema.target, `padding_side "${side}" is unknown`);
  const padded = all.map((x, n) => {
    const gap = sub(length, sizes[n]!), more = { ...noPad, [side === "left" ? "before" : "after"]: gap };
    return pad(g, x, x.type.shape.map((_, dim) => dim === 0 ? more : noPad), a.float("padding_value"));
  });
  return stack(g, padded, first ? 0 : 1);
}

/** The main diagonal set; with `wrap` it begins again below its end. */
function fillDiagonal(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), value = asTensor(g, a.scalar("fill_value"), x.type.dtype), rank = v.rankOf(x);
  const wraps = rank === 2 && a.bool("wrap"), width = x.type.shape[1]!;
  const onIt = g.mask(x.type.shape, ([first, ...rest]) => {
    if (wraps) return eq(mod(sub(first!, rest[0]!), add(width, 1)), 0); // every `width + 1` elements in flat order
    return and(truth(true), ...rest.map((axis) => eq(first!, axis)));
  });
  return g.pointwise("where", onIt, value, x);
}

/** `sum(i1 * i2 * i3)` over some dims, each operand with sizes of one put in. */
function trilinear(g: GraphBuilder, a: Args): Value {
  const m = calc(g);
  const operands = [1, 2, 3].map((n) => v.unsqueezeAll(g, a.tensor(`i${n}`), a.fixeds(`expand${n}`)));
  return inWide(g, operands, (x, y, z) => {
    const product = m.mul(m.mul(x!, y!), z!), rank = v.rankOf(product);
    return fold(g, "sum", product, { dims: a.fixeds("sumdim").map((dim) => wrapDim(dim, rank)) });
  });
}

/** Distances by the product of the sets, as PyTorch takes them of many rows: what cancels is lost. */
function euclidean(g: GraphBuilder, a: Args): Value {
  const [x, y] = [a.tensor("x1"), a.tensor("x2")],
    m = calc(g),
    last = { dims: [v.rankOf(x) - 1], keep: true };
  const square = (t: Value) => fold(g, "sum", m.mul(t, t), last), lead = "abcdefgh".slice(0, v.rankOf(x) - 2);
  const product = g.einsum(`${lead}yz,${lead}xz->${lead}yx`, m.mul(x, -2), y);
  const sum = m.add(m.add(product, square(x)), v.transpose(g, square(y), -2, -1));
  return m.sqrt(m.max(sum, 0));
}

/** Norms over all dims but one. */
function normExcept(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("v"), dim = a.fixed("dim"), p = a.float("pow");
  if (dim === -1) return vectorNorm(g, x, p, { dims: everyDim(x) });
  return vectorNorm(g, x, p, {
    dims: everyDim(x).filter((n) => n !== wrapDim(dim, v.rankOf(x))),
    keep: true,
  });
}

/** The slope of `glu` along `dx`. */
function gluSlope(g: GraphBuilder, a: Args): Value {
  const [x, dx, out] = [a.tensor("x"), a.tensor("dx"), a.tensor("glu")],
    dim = wrapDim(a.fixed("dim"), v.rankOf(x));
  const m = calc(g), size = out.type.shape[dim]!;
  const second = (t: Value) => v.narrow(g, t, dim, size, size), first = v.narrow(g, dx, dim, int(0), size);
  const share = m.sigmoid(second(x));
  return m.add(m.mul(first, share), m.mul(out, m.mul(m.sub(1, share), second(dx))));
}

/** From a position that is data. */
function narrowAt(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), dim = wrapDim(a.fixed("dim"), v.rankOf(x)), length = a.int("length");
  return from(g, x, dim, a.tensor("start"), length);
}

function from(g: GraphBuilder, x: Value, dim: number, start: Value, length: Expr): Value {
  const m = calc(g), size = x.type.shape[dim]!, shape = x.type.shape.toSpliced(dim, 1, length);
  const first = g.cast(v.reshape(g, start, []), "i64"),
    wrapped = m.where(m.lt(first, 0), m.add(first, asTensor(g, { kind: "int", expr: size })), first);
  const at = v.expand(g, wrapped, shape), steps = g.iota(shape, (axes) => axes[dim]!);
  const operands = [{ value: m.add(at, steps), size, wrap: false }];
  return g.lookup(x, shape, operands, (axes, [k]) => axes.toSpliced(dim, 1, k!));
}

/** Pieces between positions that are data; so are their lengths unless the export knows them. */
function splitAt(g: GraphBuilder, a: Args): Value[] {
  const x = a.tensor("self"),
    dim = wrapDim(a.fixed("dim"), v.rankOf(x)),
    at = a.tensor("tensor_indices_or_sections");
  if (v.rankOf(at) === 0) unsupported(a.schema.target, "the number of pieces is data");
  const m = calc(g), size = asTensor(g, { kind: "int", expr: x.type.shape[dim]! });
  const bounds = a.recorded.slice(1).map((_, n) => {
    const cut = v.select(g, g.cast(at, "i64"), 0, int(n)),
      wrapped = m.where(m.lt(cut, 0), m.add(cut, size), cut);
    return m.min(m.max(wrapped, 0), size);
  });
  return a.recorded.map(({ shape, fresh }, n) => {
    const start = bounds[n - 1] ?? g.constant(0n, "i64"), count = m.max(m.sub(bounds[n] ?? size, start), 0);
    return from(g, x, dim, start, sizeOfData(g, count, { size: shape[dim]!, fresh }));
  });
}

/** Tensors as one vector, and the vector cut into their shapes again. */
const flattened = (g: GraphBuilder, a: Args) =>
  g.concat(promoted(g, ...a.tensors("tensors")).map((x) => v.reshape(g, x, [numel(x.type.shape)])), 0);

function unflattened(g: GraphBuilder, a: Args): Value[] {
  const shapes = a.tensors("tensors").map((x) => x.type.shape);
  const parts = v.splitInto(g, a.tensor("flat"), shapes.map((shape) => numel(shape)), 0);
  return parts.map((part, n) => v.reshape(g, part, shapes[n]!));
}

/** The first elements under another shape; what is new has no defined value, here zero. */
function resized(g: GraphBuilder, x: Value, shape: readonly Expr[], target: string): Value {
  const flat = v.reshape(g, x, [numel(x.type.shape)]), before = flat.type.shape[0]!, now = numel(shape);
  const more = sub(now, before), known = asInt(more);
  if (known === undefined) return unsupported(target, "whether the tensor grows depends on a dynamic size");
  const line = known > 0 ? pad(g, flat, [{ ...noPad, after: more }]) : v.narrow(g, flat, 0, int(0), now);
  return v.reshape(g, line, shape);
}

function shapeOf(g: GraphBuilder, a: Args): Value {
  const sizes = a.tensor("self").type.shape.map((expr) => asTensor(g, { kind: "int", expr }));
  return sizes.length === 0
    ? g.iota([int(0)], ([i]) => i!)
    : g.concat(sizes.map((x) => v.reshape(g, x, [int(1)])), 0);
}

/** `batch_norm` with what its backward wants; the number says which back end computed it. */
function batchNormIndexed(g: GraphBuilder, a: Args, find: Find) {
  const row = find("aten.native_batch_norm.default");
  const given = Object.fromEntries(row.schema.args.map(({ name }) => [name, a.given(name)]));
  return [...buildAll(g, row, given), g.iota([int(0)], ([i]) => i!, "u8"), int(0)];
}

function addmmActivation(g: GraphBuilder, a: Args, find: Find): Value {
  const row = find("aten.addmm.default"), m = calc(g);
  const sum = buildRow(g, row, Object.fromEntries(row.schema.args.map(({ name }) => [name, a.given(name)])));
  return a.bool("use_gelu")
    ? buildRow(g, find("aten.gelu.default"), { self: { kind: "tensor", value: sum } })
    : m.max(sum, 0);
}

function addRelu(g: GraphBuilder, a: Args): Value {
  const [x, y] = promoted(g, a.tensor("self"), a.scalar("other"));
  return calc(g).max(addScaled(g, x!, y!, a.scalar("alpha")), 0);
}

/** Rows that need no others. */
const plainOps: readonly AtenOp[] = [
  op(
    'pad_sequence(Tensor[] sequences, bool batch_first=False, float padding_value=0., str padding_side="right") -> Tensor',
    padSequence,
  ),
  op("fill_diagonal(Tensor self, Scalar fill_value, bool wrap=False) -> Tensor", fillDiagonal),
  op(
    "_trilinear(Tensor i1, Tensor i2, Tensor i3, int[] expand1, int[] expand2, int[] expand3, int[] sumdim, int unroll_dim=1) -> Tensor",
    trilinear,
  ),
  op("_euclidean_dist(Tensor x1, Tensor x2) -> Tensor", euclidean),
  op("norm_except_dim(Tensor v, int pow=2, int dim=0) -> Tensor", normExcept),
  op("glu_jvp(Tensor glu, Tensor x, Tensor dx, int dim) -> Tensor", gluSlope),
  op("narrow.Tensor(Tensor self, int dim, Tensor start, SymInt length) -> Tensor", narrowAt),
  op(
    "tensor_split.tensor_indices_or_sections(Tensor self, Tensor tensor_indices_or_sections, int dim=0) -> Tensor[]",
    splitAt,
  ),
  op("flatten_dense_tensors(Tensor[] tensors) -> Tensor", flattened),
  op("unflatten_dense_tensors(Tensor flat, Tensor[] tensors) -> Tensor[]", unflattened),
  op(
    "resize(Tensor self, SymInt[] size, *, MemoryFormat? memory_format=None) -> Tensor",
    (g, a) => resized(g, a.tensor("self"), a.ints("size"), a.schema.target),
  ),
  op(
    "resize_as(Tensor self, Tensor the_template, *, MemoryFormat? memory_format=None) -> Tensor",
    (g, a) => resized(g, a.tensor("self"), a.tensor("the_template").type.shape, a.schema.target),
  ),
  op("_shape_as_tensor(Tensor self) -> Tensor", shapeOf),
  op(
    "_dim_arange(Tensor like, int dim) -> Tensor",
    (g, a) =>
      g.iota(
        [a.tensor("like").type.shape[wrapDim(a.fixed("dim"), v.rankOf(a.tensor("like")))]!],
        ([i]) => i!,
      ),
  ),
  op("_add_relu.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", addRelu),
  op("_add_relu.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor", addRelu),
  op("_masked_scale(Tensor self, Tensor mask, float scale) -> Tensor", (g, a) => {
    const x = a.tensor("self"), m = calc(g);
    return inWide(
      g,
      [x, g.cast(a.tensor("mask"), x.type.dtype)],
      (y, mask) => m.mul(m.mul(y!, mask!), a.float("scale")),
    );
  }),
  op("_saturate_weight_to_fp16(Tensor weight) -> Tensor", (g, a) => {
    const m = calc(g);
    return m.min(m.max(a.tensor("weight"), -65504), 65504);
  }),
];

/** Rows of this family; `find` gives the rows that some are made of. */
export function compositeOps(find: Find): readonly AtenOp[] {
  return [
    ...plainOps,
    op(
      "_batch_norm_impl_index(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled) -> (Tensor, Tensor, Tensor, Tensor, int)",
      (g, a) => batchNormIndexed(g, a, find),
    ),
    op(
      "_addmm_activation(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1, bool use_gelu=False) -> Tensor",
      (g, a) => addmmActivation(g, a, find),
    ),
  ];
}
