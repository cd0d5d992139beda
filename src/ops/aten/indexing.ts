/**
 * Operators that read or write at indices.
 *
 * @module
 */
import { type Expr, isInt } from "../../ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type Value } from "../../ir/graph/mod.ts";
import { calc, numOf } from "../calc.ts";
import {
  advanced,
  alongDim,
  atLeastVector,
  gather,
  indexSelect,
  scatter,
  scatterReduce,
} from "../indexing.ts";
import { asTensor } from "../numeric.ts";
import { dataSize, isMask, withoutMasks } from "../positions.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { scaled } from "./binary.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

type Build = (g: GraphBuilder, a: Args) => Value;

function embedding(g: GraphBuilder, a: Args): Value {
  return indexSelect(g, a.tensor("weight"), 0, a.tensor("indices"));
}

const select: Build = (g, a) => {
  const x = a.tensor("self"),
    out = indexSelect(g, atLeastVector(g, x), a.fixed("dim"), atLeastVector(g, a.tensor("index")));
  return v.rankOf(x) === 0 ? v.reshape(g, out, []) : out;
};

/** Positions in the flat order. */
const take: Build = (g, a) => {
  const flat = v.flattenDims(g, a.tensor("self")), index = a.tensor("index");
  const operands = [{ value: index, size: flat.type.shape[0]!, wrap: true }];
  return g.lookup(flat, index.type.shape, operands, (_, [k]) => [k!]);
};

const put: Build = (g, a) => {
  const x = a.tensor("self"), flat = v.flattenDims(g, x), index = a.tensor("index");
  const source = v.reshape(g, g.cast(a.tensor("source"), x.type.dtype), index.type.shape);
  const operands = [{ value: index, size: flat.type.shape[0]!, wrap: true }];
  const out = g.scatter(flat, source, operands, a.bool("accumulate") ? "add" : "set", (_, [k]) => [k!]);
  return v.reshape(g, out, x.type.shape);
};

const takeAlong: Build = (g, a) => {
  const x = a.tensor("self"), index = a.tensor("indices"), dim = a.fixedOrNone("dim");
  if (dim === undefined) return gather(g, v.flattenDims(g, x), 0, v.flattenDims(g, index));
  const at = wrapDim(dim, v.rankOf(x)), common = [...broadcastShapes(without(x, at), without(index, at))];
  const stretch = (t: Value) => v.expand(g, t, common.toSpliced(at, 0, t.type.shape[at]!));
  return gather(g, stretch(x), at, stretch(index));
};

function without(x: Value, dim: number): readonly Expr[] {
  return x.type.shape.toSpliced(dim, 1);
}

const index: Build = (g, a) => {
  const indices = withoutMasks(g, a.optionalTensors("indices"), (dim) => dataSize(a, dim));
  const x = a.tensor("self"), at = advanced(g, x, indices);
  return g.lookup(x, at.shape, at.operands, at.index);
};

const indexPut: Build = (g, a) => {
  const everywhere = putWhere(g, a);
  if (everywhere) return everywhere;
  const x = a.tensor("self"), at = advanced(g, x, indicesOfPut(g, a));
  const values = v.expand(g, g.cast(a.tensor("values"), x.type.dtype), at.shape);
  return g.scatter(x, values, at.operands, a.bool("accumulate") ? "add" : "set", at.index);
};

/** Indices without masks; a mask has as many true elements as there are values for them. */
function indicesOfPut(g: GraphBuilder, a: Args): readonly (Value | undefined)[] {
  const x = a.tensor("self"), given = a.optionalTensors("indices"), { shape } = a.tensor("values").type;
  const used = given.reduce((n, i) => n + (i && isMask(i) ? v.rankOf(i) : i ? 1 : 0), 0);
  const common = Math.max(...given.map((i) => !i ? 0 : isMask(i) ? 1 : v.rankOf(i)));
  return withoutMasks(g, given, (dim) => {
    const size = shape[dim - (v.rankOf(x) - used + common - shape.length)];
    return { size: size && !isInt(size, 1) ? size : undefined, fresh: [] };
  });
}

/** Where one mask selects and all that it selects gets the same values, nothing has to be found first. */
function putWhere(g: GraphBuilder, a: Args): Value | undefined {
  const x = a.tensor("self"), given = a.optionalTensors("indices"), mask = given.at(-1);
  if (!mask || !isMask(mask) || given.slice(0, -1).some((i) => i !== undefined)) return undefined;
  const before = given.length - 1, after = v.rankOf(x) - before - v.rankOf(mask);
  const values = g.cast(a.tensor("values"), x.type.dtype), { shape } = values.type;
  const shared = shape.slice(0, Math.max(0, shape.length - after)), { shape: full } = x.type;
  if (shared.some((size) => !isInt(size, 1))) return undefined;
  const inner = v.reshape(g, values, shape.slice(shared.length)), m = calc(g);
  const inside = g.remap(g.cast(mask, "bool"), full, (axes) => axes.slice(before, before + v.rankOf(mask)));
  return m.where(inside, a.bool("accumulate") ? m.add(x, inner) : v.expand(g, inner, full), x);
}

/** `scatter` of a tensor or of one number. */
function scattered(schema: string, source: "src" | "value", reduce: boolean): AtenOp {
  return op(schema, (g, a) => {
    const x = a.tensor("self"), index = a.tensor("index"), dim = a.fixed("dim");
    const updates = source === "src"
      ? a.tensor("src")
      : v.expand(g, asTensor(g, a.scalar("value"), x.type.dtype), index.type.shape);
    if (!reduce) return scatter(g, x, dim, index, updates, "set");
    return scatterReduce(g, x, dim, index, g.cast(updates, x.type.dtype), {
      reduce: a.string("reduce"),
      includeSelf: true,
    });
  });
}

/** Rows of `source` combined into rows of `self`. */
const indexAdd: Build = (g, a) => {
  const x = a.tensor("self"),
    dim = a.fixed("dim"),
    source = atLeastVector(g, g.cast(a.tensor("source"), x.type.dtype));
  const index = alongDim(g, a.tensor("index"), source, dim);
  return scatter(
    g,
    x,
    dim,
    index,
    scaled(g, source, a.scalar("alpha")),
    x.type.dtype === "bool" ? "max" : "add",
  );
};

const indexCopy: Build = (g, a) => {
  const source = atLeastVector(g, a.tensor("source")), dim = a.fixed("dim");
  return scatter(g, a.tensor("self"), dim, alongDim(g, a.tensor("index"), source, dim), source, "set");
};

const indexFill: Build = (g, a) => {
  const x = a.tensor("self"), base = atLeastVector(g, x), dim = wrapDim(a.fixed("dim"), v.rankOf(base));
  const line = atLeastVector(g, a.tensor("index"));
  const shape = base.type.shape.toSpliced(dim, 1, line.type.shape[0]!);
  const updates = v.expand(g, asTensor(g, a.scalar("value"), x.type.dtype), shape);
  const operands = [{
    value: g.remap(line, shape, (axes) => [axes[dim]!]),
    size: base.type.shape[dim]!,
    wrap: true,
  }];
  const out = g.scatter(base, updates, operands, "set", (axes, [k]) => axes.toSpliced(dim, 1, k!));
  return v.reshape(g, out, x.type.shape);
};

const indexReduce: Build = (g, a) => {
  const x = a.tensor("self"), dim = a.fixed("dim"), source = atLeastVector(g, a.tensor("source"));
  const index = alongDim(g, a.tensor("index"), source, dim);
  return scatterReduce(g, x, dim, index, source, {
    reduce: a.string("reduce"),
    includeSelf: a.bool("include_self"),
  });
};

/** Masked-out positions read `fill`. */
const maskedIndex: Build = (g, a) => {
  const x = a.tensor("self"), at = advanced(g, x, a.optionalTensors("indices"));
  const inside = v.expand(g, g.cast(a.tensor("mask"), "bool"), at.shape);
  const safe = at.operands.map((o) => ({ ...o, value: onlyWhere(g, inside, o.value) }));
  return g.pointwise(
    "where",
    inside,
    g.lookup(x, at.shape, safe, at.index),
    asTensor(g, a.scalar("fill"), x.type.dtype),
  );
};

/** Masked-out positions add nothing. */
const maskedPut: Build = (g, a) => {
  const x = a.tensor("self"), at = advanced(g, x, a.optionalTensors("indices")), dtype = x.type.dtype;
  const inside = v.expand(g, g.cast(a.tensor("mask"), "bool"), at.shape);
  const values = v.expand(g, g.cast(a.tensor("values"), dtype), at.shape);
  const safe = at.operands.map((o) => ({ ...o, value: onlyWhere(g, inside, o.value) }));
  const updates = g.pointwise("where", inside, values, g.constant(numOf(0, dtype), dtype));
  return g.scatter(x, updates, safe, "add", at.index);
};

function onlyWhere(g: GraphBuilder, inside: Value, value: Value): Value {
  return g.pointwise("where", inside, value, g.constant(numOf(0, value.type.dtype), value.type.dtype));
}

/** Rows of this family. */
export const indexingOps: readonly AtenOp[] = [
  op(
    "embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor",
    embedding,
  ),
  op("index_select(Tensor self, int dim, Tensor index) -> Tensor", select),
  op(
    "gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
    (g, a) => gather(g, a.tensor("self"), a.fixed("dim"), a.tensor("index")),
  ),
  op("take(Tensor self, Tensor index) -> Tensor", take),
  op("put(Tensor self, Tensor index, Tensor source, bool accumulate=False) -> Tensor", put),
  op("take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor", takeAlong),
  op("index.Tensor(Tensor self, Tensor?[] indices) -> Tensor", index),
  op("_unsafe_index.Tensor(Tensor self, Tensor?[] indices) -> Tensor", index),
  op("_unsafe_masked_index(Tensor self, Tensor mask, Tensor?[] indices, Scalar fill) -> Tensor", maskedIndex),
  op(
    "_unsafe_masked_index_put_accumulate(Tensor self, Tensor mask, Tensor?[] indices, Tensor values) -> Tensor",
    maskedPut,
  ),
  op("index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor", indexPut),
  op(
    "_unsafe_index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor",
    indexPut,
  ),
  scattered("scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor", "src", false),
  scattered("scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor", "value", false),
  scattered(
    "scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor",
    "src",
    true,
  ),
  scattered(
    "scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor",
    "value",
    true,
  ),
  op(
    "scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
    (g, a) => scatter(g, a.tensor("self"), a.fixed("dim"), a.tensor("index"), a.tensor("src"), "add"),
  ),
  op(
    "scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor",
    (g, a) =>
      scatterReduce(g, a.tensor("self"), a.fixed("dim"), a.tensor("index"), a.tensor("src"), {
        reduce: a.string("reduce"),
        includeSelf: a.bool("include_self"),
      }),
  ),
  op("index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor", indexAdd),
  op("index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor", indexCopy),
  op("index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor", indexFill),
  op("index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor", indexFill),
  op(
    "index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True) -> Tensor",
    indexReduce,
  ),
];
