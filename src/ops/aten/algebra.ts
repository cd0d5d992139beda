/**
 * Products beyond matrices: einsum, tensordot, kron, bilinear forms, cross products, powers.
 *
 * @module
 */
import { eq, type Expr, floorDiv, int, isInt, mod, mul } from "../../ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { labels, matmul } from "../contract.ts";
import { einsum } from "../einsum.ts";
import { everyDim, sum, vectorNorm } from "../fold.ts";
import { atLeastVector } from "../indexing.ts";
import { isComplexValue } from "../complex/parts.ts";
import { inverse, mustSucceed } from "../linalg.ts";
import { promoted } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { roll } from "../windows.ts";
import { scan } from "./scans.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

function tensordot(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"),
    y = a.tensor("other"),
    letters = labels(Math.min(20, v.rankOf(x) + v.rankOf(y)));
  const from = a.fixeds("dims_self").map((d) => wrapDim(d, v.rankOf(x)));
  const to = a.fixeds("dims_other").map((d) => wrapDim(d, v.rankOf(y)));
  const left = [...letters.slice(0, v.rankOf(x))], right = [...letters.slice(v.rankOf(x))];
  to.forEach((dim, n) => right[dim] = left[from[n]!]!);
  const out = [...left.filter((_, n) => !from.includes(n)), ...right.filter((_, n) => !to.includes(n))];
  return g.einsum(`${left.join("")},${right.join("")}->${out.join("")}`, x, y);
}

/** Every element of `x` times all of `y`. */
function kron(g: GraphBuilder, x: Value, y: Value): Value {
  const rank = Math.max(v.rankOf(x), v.rankOf(y)),
    ones = (n: number) => Array.from({ length: n }, () => int(1));
  const [p, q] = promoted(g, x, y).map((t) =>
    v.reshape(g, t, [...ones(rank - v.rankOf(t)), ...t.type.shape])
  ) as [Value, Value];
  const inner = q.type.shape, shape = p.type.shape.map((size, n) => mul(size, inner[n]!));
  const outer = g.remap(p, shape, (axes) => axes.map((axis, n) => floorDiv(axis, inner[n]!)));
  return calc(g).mul(outer, g.remap(q, shape, (axes) => axes.map((axis, n) => mod(axis, inner[n]!))));
}

/** `out[o] = Σ x1[i] w[o, i, j] x2[j] + b[o]`. */
function bilinear(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("input1"),
    y = a.tensor("input2"),
    lead = labels(v.rankOf(x) - 1),
    bias = a.tensorOrNone("bias");
  const half = g.einsum(`${lead}y,xyz->${lead}xz`, x, a.tensor("weight"));
  const out = g.einsum(`${lead}xz,${lead}z->${lead}x`, half, y);
  return bias ? g.pointwise("add", out, bias) : out;
}

/** `c[i] = a[i+1] b[i+2] - a[i+2] b[i+1]` along a dim of three. */
function cross(g: GraphBuilder, x: Value, y: Value, dim?: number): Value {
  const m = calc(g), pair = promoted(g, x, y), shape = broadcastShapes(x.type.shape, y.type.shape);
  const at = wrapDim(dim ?? shape.findIndex((size) => isInt(size, 3)), shape.length);
  const [p, q] = pair.map((t) => v.expand(g, t, shape)) as [Value, Value];
  const turn = (t: Value, by: number) => roll(g, t, [int(-by)], [at]);
  return m.sub(m.mul(turn(p, 1), turn(q, 2)), m.mul(turn(p, 2), turn(q, 1)));
}

function dotAlong(g: GraphBuilder, a: Args): Value {
  const [x, y] = promoted(g, a.tensor("x"), a.tensor("y")), product = calc(g).mul(x!, y!);
  return sum(g, product, { dims: [wrapDim(a.fixed("dim"), v.rankOf(product))] }, product.type.dtype);
}

function inverseOrFail(g: GraphBuilder, x: Value): Value {
  const result = inverse(g, x);
  mustSucceed(g, result.info, "matrix_power: a negative power of a singular matrix");
  return result.inverse;
}

function matrixPower(g: GraphBuilder, x: Value, n: number): Value {
  if (n < 0) return matrixPower(g, inverseOrFail(g, x), -n);
  if (n === 0) {
    const [rows, columns] = x.type.shape.slice(-2) as [Expr, Expr];
    const unit = g.cast(g.mask([rows, columns], ([i, j]) => eq(i!, j!)), x.type.dtype);
    return v.expand(g, unit, x.type.shape);
  }
  const half = n > 1 ? matrixPower(g, x, Math.floor(n / 2)) : x;
  if (n === 1) return x;
  const square = matmul(g, half, half);
  return n % 2 === 0 ? square : matmul(g, square, x);
}

/** Columns `x^0, x^1, …`, or falling powers. */
function vander(g: GraphBuilder, x: Value, a: Args, increasing: boolean): Value {
  const size = a.intOrNone("N") ?? x.type.shape.at(-1)!, shape = [...x.type.shape, size];
  const base = v.expand(g, v.unsqueeze(g, x, -1), shape), last = shape.length - 1;
  if (isComplexValue(x)) {
    const first = g.mask(shape, (axes) => eq(axes[last]!, 0));
    const products = scan(g, "prod", calc(g).where(first, 1, base), last);
    return increasing ? products : v.flip(g, products, [last]);
  }
  const powers = g.iota(shape, (axes) => axes[last]!, x.type.dtype);
  const out = g.pointwise("pow", base, powers);
  return increasing ? out : v.flip(g, out, [last]);
}

/** Slices along `dim` scaled down to a norm of at most `maxnorm`. */
function renorm(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"),
    m = calc(g),
    keep = wrapDim(a.fixed("dim"), v.rankOf(x)),
    limit = a.float("maxnorm");
  const norm = vectorNorm(g, x, a.float("p"), { dims: everyDim(x).filter((n) => n !== keep), keep: true });
  const factor = m.where(m.gt(norm, limit), m.div(limit, m.add(norm, 1e-7)), 1);
  return m.mul(x, g.cast(factor, x.type.dtype));
}

/** Rows of this family. */
export const algebraOps: readonly AtenOp[] = [
  op(
    "einsum(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor",
    (g, a) => einsum(g, a.string("equation"), promoted(g, ...a.tensors("tensors"))),
  ),
  op("tensordot(Tensor self, Tensor other, int[] dims_self, int[] dims_other) -> Tensor", tensordot),
  op("kron(Tensor self, Tensor other) -> Tensor", (g, a) => kron(g, a.tensor("self"), a.tensor("other"))),
  op("bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor", bilinear),
  op(
    "cross(Tensor self, Tensor other, int? dim=None) -> Tensor",
    (g, a) => cross(g, a.tensor("self"), a.tensor("other"), a.fixedOrNone("dim")),
  ),
  op(
    "linalg_cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor",
    (g, a) => cross(g, a.tensor("self"), a.tensor("other"), a.fixed("dim")),
  ),
  op("linalg_vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor", dotAlong),
  op(
    "linalg_multi_dot(Tensor[] tensors) -> Tensor",
    (g, a) => a.tensors("tensors").reduce((x, y) => matmul(g, x, y)),
  ),
  op(
    "chain_matmul(Tensor[] matrices) -> Tensor",
    (g, a) => a.tensors("matrices").reduce((x, y) => matmul(g, x, y)),
  ),
  op("matrix_power(Tensor self, int n) -> Tensor", (g, a) => matrixPower(g, a.tensor("self"), a.fixed("n"))),
  op(
    "linalg_matrix_power(Tensor self, int n) -> Tensor",
    (g, a) => matrixPower(g, a.tensor("self"), a.fixed("n")),
  ),
  op(
    "vander(Tensor x, int? N=None, bool increasing=False) -> Tensor",
    (g, a) => vander(g, a.tensor("x"), a, a.bool("increasing")),
  ),
  op(
    "linalg_vander(Tensor x, *, SymInt? N=None) -> Tensor",
    (g, a) => vander(g, atLeastVector(g, a.tensor("x")), a, true),
  ),
  op("renorm(Tensor self, Scalar p, int dim, Scalar maxnorm) -> Tensor", renorm),
];
