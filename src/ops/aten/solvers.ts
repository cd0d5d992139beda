/**
 * Systems of equations and what solves them: inverses, determinants, least squares.
 *
 * @module
 */
import { asInt, int, isInt } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { matmul } from "../contract.ts";
import { fold, sum } from "../fold.ts";
import { epsilon } from "../limits.ts";
import { conj, isComplexValue } from "../complex/parts.ts";
import * as m from "../linalg.ts";
import { sizeAs, wideType } from "../numeric.ts";
import { numel, rowMajor, sameShape, wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** True when `b` is one right side for each matrix of `a`, without a dim for several. */
function isVector(a: Value, b: Value): boolean {
  return v.rankOf(b) === 1 ||
    (v.rankOf(a) - 1 === v.rankOf(b) && sameShape(a.type.shape.slice(0, -1), b.type.shape));
}

/** `X` of `A X = B` or `X A = B`. */
function solveWith(g: GraphBuilder, factors: m.Lu, a: Value, b: Value, left: boolean, flip = false): Value {
  const vector = left && isVector(a, b), right = vector ? v.unsqueeze(g, b, -1) : b;
  const x = left
    ? m.luSolve(g, factors, right, flip)
    : m.turned(g, m.luSolve(g, factors, m.turned(g, right), !flip));
  return vector ? v.squeeze(g, x, [v.rankOf(x) - 1]) : x;
}

/**
 * Whether PyTorch takes apart the transposed matrix, whose factors these forms hand out for gradients: it does so where a
 * real matrix lies in rows, because LAPACK reads columns.
 */
function isFactoredTurned(a: Args, matrix: Value): boolean {
  const strides = a.stridesOf(matrix), dense = rowMajor(matrix.type.shape);
  return !isComplexValue(matrix) &&
    matrix.type.shape.every((size, n) => isInt(size, 1) || strides[n] === dense[n]);
}

/** Solution, factors and info; singular matrices end the run when asked to be checked. */
function solve(g: GraphBuilder, a: Args, check: boolean): { x: Value; factors: m.Lu } {
  const matrix = a.tensor("A"), flip = isFactoredTurned(a, matrix);
  const factors = m.lu(g, flip ? m.turned(g, matrix) : matrix);
  if (check) {
    const message = `${a.schema.target}: The solver failed because the input matrix is singular`;
    m.mustSucceed(g, factors.info, message);
  }
  return { x: solveWith(g, factors, matrix, a.tensor("B"), a.bool("left"), flip), factors };
}

function invert(g: GraphBuilder, a: Args, x: Value, check: boolean): { inverse: Value; info: Value } {
  const result = m.inverse(g, x);
  const message =
    `${a.schema.target}: The diagonal element is zero, the inversion could not be completed because the input matrix is singular`;
  if (check) m.mustSucceed(g, result.info, message);
  return result;
}

/** 1 for an even number of row exchanges, -1 for an odd one. */
function exchangeSign(g: GraphBuilder, { packed, pivots }: m.Lu): Value {
  const c = calc(g), stay = g.iota(pivots.type.shape, (axes) => axes.at(-1)!, "i32");
  const moved = g.cast(c.ne(pivots, c.add(stay, 1)), "i64"), last = v.rankOf(pivots) - 1;
  const odd = c.eq(c.mod(fold(g, "sum", moved, { dims: [last] }), 2), 1);
  const one = g.constant(1, packed.type.dtype);
  return g.pointwise("where", odd, c.neg(one), one);
}

function determinant(g: GraphBuilder, factors: m.Lu): Value {
  const diagonal = m.diagonalOf(g, factors.packed), over = { dims: [v.rankOf(diagonal) - 1] };
  return calc(g).mul(fold(g, "prod", diagonal, over), exchangeSign(g, factors));
}

/** Sign and logarithm of the size of the determinant. */
function signAndLog(g: GraphBuilder, factors: m.Lu): [Value, Value] {
  const diagonal = m.diagonalOf(g, factors.packed), over = { dims: [v.rankOf(diagonal) - 1] }, c = calc(g);
  const size = m.sizes(g, diagonal), none = c.eq(size, 0);
  const turn = isComplexValue(diagonal)
    ? c.where(none, 0, c.div(diagonal, m.alike(g, c.where(none, 1, size), diagonal)))
    : c.sign(diagonal);
  const sign = c.mul(fold(g, "prod", turn, over), exchangeSign(g, factors));
  return [sign, fold(g, "sum", c.log(size), over)];
}

/** `X` of a triangular system where import may have to transpose first. */
function triangularSolve(g: GraphBuilder, a: Args): Value[] {
  const t = a.tensor("A"), flip = a.bool("transpose"), upper = a.bool("upper") !== flip;
  const how = { upper, unit: a.bool("unitriangular") };
  const x = m.solveTriangular(g, flip ? m.turned(g, t) : t, a.tensor("self"), how);
  return [x, m.sameBatch(g, [2, 2], t, a.tensor("self"))[0]!];
}

/** Least squares by singular values, which covers matrices of any rank; drivers differ in what they hand out. */
function leastSquares(g: GraphBuilder, a: Args): Value[] {
  const x = a.tensor("self"), given = a.tensor("b"), vector = isVector(x, given), c = calc(g);
  const [rows, columns] = m.sidesOf(x), driver = a.stringOrNone("driver") ?? "gelsy";
  const b = vector ? v.unsqueeze(g, given, -1) : given, { u, s, vh } = m.svd(g, x, false);
  const { dtype } = s.type, rcond = a.floatOrNone("rcond"), wide = sizeAs(g, m.longerSide(x), dtype);
  const least = c.mul(m.largestOf(g, s), rcond ?? c.mul(wide, epsilon(dtype)));
  const kept = c.gt(s, driver === "gels" ? 0 : least), inverse = c.where(kept, c.div(1, s), 0);
  const scaled = c.mul(m.alike(g, v.unsqueeze(g, inverse, -1), b), matmul(g, m.adjoint(g, u), b));
  const solution = matmul(g, m.adjoint(g, vh), scaled);
  const nothing = (type: typeof dtype) => v.expand(g, g.cast(g.constant(0, "f32"), type), [int(0)]);
  const gap = m.sizes(g, c.sub(matmul(g, x, solution), b)), errors = c.mul(gap, gap);
  const [m1, n1] = [asInt(rows), asInt(columns)], tall = m1 !== undefined && n1 !== undefined && m1 > n1;
  const last = v.rankOf(s) - 1;
  return [
    vector ? v.squeeze(g, solution, [v.rankOf(solution) - 1]) : solution,
    tall && driver !== "gelsy" ? fold(g, "sum", errors, { dims: [v.rankOf(errors) - 2] }) : nothing(dtype),
    driver === "gels" ? nothing("i64") : sum(g, g.cast(kept, "i64"), { dims: [last] }),
    driver === "gelsd" || driver === "gelss" ? s : nothing(dtype),
  ];
}

/** The inverse of a tensor as a map from its last dims to its first `ind`. */
function tensorInverse(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), at = a.fixed("ind"), { shape } = x.type, rows = numel(shape.slice(0, at));
  const matrix = v.reshape(g, x, [rows, numel(shape.slice(at))]);
  return v.reshape(g, invert(g, a, matrix, true).inverse, [...shape.slice(at), ...shape.slice(0, at)]);
}

function tensorSolve(g: GraphBuilder, a: Args): Value {
  const given = a.tensor("self"), b = a.tensor("other"), rank = v.rankOf(given);
  const dims = a.intsOrNone("dims") ? a.fixeds("dims").map((d) => wrapDim(d, rank)) : [];
  const x = v.moveDims(g, given, dims, dims.map((_, n) => rank - dims.length + n));
  const shape = x.type.shape.slice(v.rankOf(b)),
    matrix = v.reshape(g, x, [numel(b.type.shape), numel(shape)]);
  const factors = m.lu(g, matrix), message = `${a.schema.target}: the tensor is singular as a matrix`;
  m.mustSucceed(g, factors.info, message);
  return v.reshape(g, solveWith(g, factors, matrix, v.flattenDims(g, b), true), shape);
}

const ofMatrix = (schema: string, name: string, build: (g: GraphBuilder, factors: m.Lu) => Value | Value[]) =>
  op(schema, (g, a) => {
    const x = a.tensor(name), flip = a.schema.results > 2 && isFactoredTurned(a, x);
    return build(g, m.lu(g, flip ? m.turned(g, x) : x));
  });

function logDet(g: GraphBuilder, factors: m.Lu): Value {
  const [sign, log] = signAndLog(g, factors), c = calc(g);
  if (isComplexValue(sign)) return c.add(c.log(sign), m.alike(g, log, sign));
  return c.where(c.eq(sign, -1), NaN, log);
}

function exponential(g: GraphBuilder, x: Value): Value {
  return g.cast(m.matrixExp(g, g.cast(x, wideType(x.type.dtype))), x.type.dtype);
}

/** Rows of this family. */
export const solverOps: readonly AtenOp[] = [
  op("linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor", (g, a) => solve(g, a, true).x),
  op(
    "linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor info)",
    (g, a) => {
      const { x, factors } = solve(g, a, a.bool("check_errors"));
      return [x, factors.info];
    },
  ),
  op(
    "_linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor LU, Tensor pivots, Tensor info)",
    (g, a) => {
      const { x, factors } = solve(g, a, a.bool("check_errors"));
      return [x, factors.packed, factors.pivots, factors.info];
    },
  ),
  op("lu_solve(Tensor self, Tensor LU_data, Tensor LU_pivots) -> Tensor", (g, a) => {
    const factors = { packed: a.tensor("LU_data"), pivots: a.tensor("LU_pivots") };
    return m.luSolve(g, factors, a.tensor("self"));
  }),
  op(
    "linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False) -> Tensor",
    (g, a) => {
      const factors = { packed: a.tensor("LU"), pivots: a.tensor("pivots") }, b = a.tensor("B");
      const adjoint = a.bool("adjoint");
      if (a.bool("left")) {
        return adjoint ? conj(g, m.luSolve(g, factors, conj(g, b), true)) : m.luSolve(g, factors, b);
      }
      if (adjoint) return m.adjoint(g, m.luSolve(g, factors, m.adjoint(g, b)));
      return m.turned(g, m.luSolve(g, factors, m.turned(g, b), true));
    },
  ),
  op(
    "linalg_solve_triangular(Tensor self, Tensor B, *, bool upper, bool left=True, bool unitriangular=False) -> Tensor",
    (g, a) => {
      const how = { upper: a.bool("upper"), unit: a.bool("unitriangular"), right: !a.bool("left") };
      return m.solveTriangular(g, a.tensor("self"), a.tensor("B"), how);
    },
  ),
  op(
    "triangular_solve(Tensor self, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False) -> (Tensor solution, Tensor cloned_coefficient)",
    triangularSolve,
  ),
  op("linalg_inv(Tensor A) -> Tensor", (g, a) => invert(g, a, a.tensor("A"), true).inverse),
  op("inverse(Tensor self) -> Tensor", (g, a) => invert(g, a, a.tensor("self"), true).inverse),
  op(
    "linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)",
    (g, a) => {
      const { inverse, info } = invert(g, a, a.tensor("A"), a.bool("check_errors"));
      return [inverse, info];
    },
  ),
  ofMatrix("linalg_det(Tensor A) -> Tensor", "A", determinant),
  ofMatrix("det(Tensor self) -> Tensor", "self", determinant),
  ofMatrix(
    "_linalg_det(Tensor A) -> (Tensor result, Tensor LU, Tensor pivots)",
    "A",
    (g, factors) => [determinant(g, factors), factors.packed, factors.pivots],
  ),
  ofMatrix("linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet)", "A", signAndLog),
  ofMatrix("slogdet(Tensor self) -> (Tensor sign, Tensor logabsdet)", "self", signAndLog),
  ofMatrix(
    "_linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet, Tensor LU, Tensor pivots)",
    "A",
    (g, factors) => [...signAndLog(g, factors), factors.packed, factors.pivots],
  ),
  ofMatrix("logdet(Tensor self) -> Tensor", "self", logDet),
  op(
    "linalg_lstsq(Tensor self, Tensor b, float? rcond=None, *, str? driver=None) -> (Tensor solution, Tensor residuals, Tensor rank, Tensor singular_values)",
    leastSquares,
  ),
  op("linalg_tensorinv(Tensor self, int ind=2) -> Tensor", tensorInverse),
  op("linalg_tensorsolve(Tensor self, Tensor other, int[]? dims=None) -> Tensor", tensorSolve),
  op("matrix_exp(Tensor self) -> Tensor", (g, a) => exponential(g, a.tensor("self"))),
  op("linalg_matrix_exp(Tensor self) -> Tensor", (g, a) => exponential(g, a.tensor("self"))),
  op("_linalg_check_errors(Tensor info, str api_name, *, bool is_matrix) -> ()", (g, a) => {
    m.mustSucceed(g, a.tensor("info"), `${a.string("api_name")}: the matrix cannot be taken apart`);
    return [];
  }),
];
