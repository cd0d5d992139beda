/**
 * Norms and distances.
 *
 * @module
 */
import { asInt, int, sub } from "../../ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { absolute } from "../complex/parts.ts";
import { fold, type Over, vectorNorm } from "../fold.ts";
import { inWide, isTensor, promotedFloat, toFloat } from "../numeric.ts";
import { dimsOrAll, wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { distance } from "./losses.ts";
import { over } from "./reductions.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import { spectralNorm } from "./spectra.ts";
import type { Args, AtenOp } from "./types.ts";

/** Argument `name` as a power; `absent` where it is None. */
function powerOf(a: Args, name: string, absent = 2): number {
  const value = a.scalarOrNone(name);
  if (value === undefined) return absent;
  if (isTensor(value)) return unsupported(a.schema.target, `"${name}" is only known at run time`);
  return a.float(name);
}

function input(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), hasType = a.schema.args.some((arg) => arg.name === "dtype");
  return g.cast(x, (hasType && a.dtypeOrNone("dtype")) || x.type.dtype);
}

function norm(schema: string, power: string): AtenOp {
  return op(schema, (g, a) => {
    const x = toFloat(g, input(g, a)), some = a.schema.args.some((arg) => arg.name === "dim");
    return vectorNorm(
      g,
      x,
      powerOf(a, power),
      some ? over(a, x) : { dims: dimsOrAll(undefined, v.rankOf(x)) },
    );
  });
}

/** Matrix norms over dims `[rows, columns]`. */
function matrixNorm(g: GraphBuilder, x: Value, ord: number | string, o: Over, target: string): Value {
  const [rows, columns] = o.dims as readonly [number, number];
  if (ord === "fro") return vectorNorm(g, x, 2, o);
  if (ord === "nuc" || ord === 2 || ord === -2) return spectralNorm(g, x, ord, o);
  if (typeof ord === "string" || ![1, -1, Infinity, -Infinity].includes(ord)) {
    return unsupported(target, `matrix norm "${ord}"`);
  }
  const [first, second] = Math.abs(ord) === 1 ? [rows, columns] : [columns, rows];
  return inWide(g, [x], (wide) => {
    const sums = fold(g, "sum", absolute(g, wide!), { dims: [first], keep: true });
    const best = fold(g, ord > 0 ? "max" : "min", sums, { dims: [second], keep: true });
    return o.keep ? best : v.squeeze(g, best, [first, second]);
  });
}

function matrixDims(a: Args, x: Value): Over {
  const asked = a.intsOrNone("dim") ? a.fixeds("dim") : [-2, -1];
  return { dims: asked.map((d) => wrapDim(d, v.rankOf(x))), keep: a.bool("keepdim") };
}

function linalgNorm(g: GraphBuilder, a: Args): Value {
  const x = input(g, a), dims = a.intsOrNone("dim") && a.fixeds("dim"), ord = a.scalarOrNone("ord");
  const isMatrix = ord !== undefined && (dims ? dims.length === 2 : v.rankOf(x) === 2);
  return isMatrix
    ? matrixNorm(g, x, powerOf(a, "ord"), matrixDims(a, x), a.schema.target)
    : vectorNorm(g, x, powerOf(a, "ord"), over(a, x));
}

function cosine(g: GraphBuilder, a: Args): Value {
  const pair = promotedFloat(g, a.tensor("x1"), a.tensor("x2")), eps = a.float("eps");
  const shape = broadcastShapes(...pair.map((x) => x.type.shape)),
    dim = wrapDim(a.fixed("dim"), shape.length);
  return inWide(g, pair.map((x) => v.expand(g, x, shape)), (...both) => {
    const m = calc(g), over = { dims: [dim], keep: true };
    const [x, y] = both.map((t) => m.div(t, m.max(vectorNorm(g, t, 2, over), eps))) as [Value, Value];
    return fold(g, "sum", m.mul(x, y), { dims: [dim] });
  });
}

/** All distances between the rows of two sets. */
function cdist(g: GraphBuilder, a: Args): Value {
  const [x, y] = promotedFloat(g, a.tensor("x1"), a.tensor("x2")), m = calc(g);
  const gaps = m.sub(v.unsqueeze(g, x!, -2), v.unsqueeze(g, y!, -3));
  return vectorNorm(g, gaps, a.float("p"), { dims: [v.rankOf(gaps) - 1] });
}

/** Distances between the rows of one set, each pair once. */
function pdist(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), rows = asInt(x.type.shape[0]!), m = calc(g);
  if (rows === undefined) return unsupported(a.schema.target, "a dynamic number of rows");
  if (rows < 2) return v.expand(g, g.constant(0, x.type.dtype), [int(0)]);
  return g.concat(
    Array.from({ length: rows - 1 }, (_, n) => {
      const others = v.narrow(g, x, 0, int(n + 1), sub(x.type.shape[0]!, n + 1));
      return vectorNorm(g, m.sub(v.select(g, x, 0, int(n)), others), a.float("p"), { dims: [1] });
    }),
    0,
  );
}

/** Rows of this family. */
export const distanceOps: readonly AtenOp[] = [
  norm(
    "linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    "ord",
  ),
  norm("norm.Scalar(Tensor self, Scalar p=2) -> Tensor", "p"),
  norm("norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor", "p"),
  norm("norm.ScalarOpt_dtype(Tensor self, Scalar? p, *, ScalarType dtype) -> Tensor", "p"),
  norm(
    "norm.ScalarOpt_dim_dtype(Tensor self, Scalar? p, int[1] dim, bool keepdim, *, ScalarType dtype) -> Tensor",
    "p",
  ),
  op(
    "linalg_norm(Tensor self, Scalar? ord=None, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    linalgNorm,
  ),
  op(
    "linalg_norm.ord_str(Tensor self, str ord, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (g, a) => {
      const x = input(g, a);
      return matrixNorm(g, x, a.string("ord"), matrixDims(a, x), a.schema.target);
    },
  ),
  op(
    "linalg_matrix_norm(Tensor self, Scalar ord, int[] dim=[-2,-1], bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (g, a) => {
      const x = input(g, a);
      return matrixNorm(g, x, powerOf(a, "ord"), matrixDims(a, x), a.schema.target);
    },
  ),
  op(
    "linalg_matrix_norm.str_ord(Tensor self, str ord='fro', int[] dim=[-2,-1], bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (g, a) => {
      const x = input(g, a);
      return matrixNorm(g, x, a.string("ord"), matrixDims(a, x), a.schema.target);
    },
  ),
  op("dist(Tensor self, Tensor other, Scalar p=2) -> Tensor", (g, a) => {
    const [x, y] = promotedFloat(g, a.tensor("self"), a.tensor("other")), gap = calc(g).sub(x!, y!);
    return vectorNorm(g, gap, powerOf(a, "p"), { dims: dimsOrAll(undefined, v.rankOf(gap)) });
  }),
  op(
    "pairwise_distance(Tensor x1, Tensor x2, float p=2, float eps=1e-06, bool keepdim=False) -> Tensor",
    (g, a) => distance(g, a.tensor("x1"), a.tensor("x2"), a.float("p"), a.float("eps"), a.bool("keepdim")),
  ),
  op("cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor", cosine),
  op("cdist(Tensor x1, Tensor x2, float p=2, int? compute_mode=None) -> Tensor", cdist),
  op("_cdist_forward(Tensor x1, Tensor x2, float p, int? compute_mode) -> Tensor", cdist),
  op("pdist(Tensor self, float p=2) -> Tensor", pdist),
  op("_pdist_forward(Tensor self, float p=2) -> Tensor", pdist),
];
