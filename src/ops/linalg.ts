/**
 * Factorizations of matrices as graph values: routines over the last two dims, and what every solver needs around them.
 *
 * @module
 */
import { eq, type Expr, ge, gt, int, isInt, max, min, type Pred, type Sym } from "../ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type TensorType, type Value } from "../ir/graph/mod.ts";
import { calc, numOf } from "./calc.ts";
import { everyDim, fold } from "./fold.ts";
import { absolute, complexType, conj, im, isComplexValue, join, re, realType } from "./complex/parts.ts";
import { unsupported } from "./aten/refuse.ts";
import * as v from "./views.ts";

/** Dims before the matrices. */
export function batchOf(x: Value): readonly Expr[] {
  return x.type.shape.slice(0, -2);
}

/** `[rows, columns]` of the matrices. */
export function sidesOf(x: Value): readonly [Expr, Expr] {
  return [x.type.shape.at(-2)!, x.type.shape.at(-1)!];
}

/** The last two dims exchanged. */
export function turned(g: GraphBuilder, x: Value): Value {
  return v.transpose(g, x, -2, -1);
}

/** The last two dims exchanged, and every element's conjugate. */
export function adjoint(g: GraphBuilder, x: Value): Value {
  return conj(g, turned(g, x));
}

/** Ones on the diagonal. */
export function unit(g: GraphBuilder, shape: readonly Expr[], dtype: Value["type"]["dtype"]): Value {
  return g.cast(g.mask(shape, (axes) => eq(axes.at(-2)!, axes.at(-1)!)), dtype);
}

function keep(g: GraphBuilder, x: Value, where: (row: Sym, column: Sym) => Pred): Value {
  const valid = (axes: readonly Sym[]) => where(axes.at(-2)!, axes.at(-1)!);
  return g.remap(x, x.type.shape, (axes) => axes, { valid, fill: numOf(0, x.type.dtype) });
}

/** The triangle on and above the diagonal. */
export function upperOf(g: GraphBuilder, x: Value): Value {
  return keep(g, x, (row, column) => ge(column, row));
}

/** The triangle below the diagonal, and ones on it. */
export function unitLowerOf(g: GraphBuilder, x: Value): Value {
  return calc(g).add(keep(g, x, (row, column) => gt(row, column)), unit(g, x.type.shape, x.type.dtype));
}

/** Elements on the diagonal, as the last dim. */
export function diagonalOf(g: GraphBuilder, x: Value): Value {
  const shape = [...batchOf(x), min(...sidesOf(x))];
  return g.remap(x, shape, (axes) => [...axes, axes.at(-1)!]);
}

/** Rows and columns up to the given numbers. */
export function corner(g: GraphBuilder, x: Value, rows: Expr, columns: Expr): Value {
  return g.remap(x, [...batchOf(x), rows, columns], (axes) => axes);
}

/** Operands with their leading dims stretched to fit; `ranks` are the dims at the end that stay. */
export function sameBatch(g: GraphBuilder, ranks: readonly number[], ...xs: readonly Value[]): Value[] {
  const cut = xs.map((x, n) => v.rankOf(x) - ranks[n]!);
  const batch = broadcastShapes(...xs.map((x, n) => x.type.shape.slice(0, cut[n]!)));
  return xs.map((x, n) => v.expand(g, x, [...batch, ...x.type.shape.slice(cut[n]!)]));
}

function type(x: Value, shape: readonly Expr[], dtype = x.type.dtype): TensorType {
  return { dtype, shape };
}

/** Fails the run with `message` unless all of `info` is zero. */
export function mustSucceed(g: GraphBuilder, info: Value, message: string): void {
  g.assert(fold(g, "all", calc(g).eq(info, 0), { dims: everyDim(info) }), message);
}

/** `A = L L^H` with its info; reads one triangle and gives that one. */
export function cholesky(g: GraphBuilder, x: Value, upper: boolean): { factor: Value; info: Value } {
  const types = [x.type, type(x, batchOf(x), "i32")];
  const [factor, info] = g.routine("linalg_cholesky", [upper ? adjoint(g, x) : x], types);
  return { factor: upper ? adjoint(g, factor!) : factor!, info: info! };
}

/** Factors in one matrix, row exchanges, info. */
export interface Lu {
  readonly packed: Value;
  readonly pivots: Value;
  readonly info: Value;
}

export function lu(g: GraphBuilder, x: Value, pivot = true): Lu {
  const size = min(...sidesOf(x)), batch = batchOf(x);
  const types = [x.type, type(x, [...batch, size], "i32"), type(x, batch, "i32")];
  const [packed, pivots, info] = g.routine("linalg_lu", [x], types, { pivot });
  return { packed: packed!, pivots: pivots!, info: info! };
}

/** Solves `A X = B`, or `A' X = B` where `A'` is transposed, not conjugated. */
export function luSolve(g: GraphBuilder, factors: Omit<Lu, "info">, b: Value, transposed = false): Value {
  const [packed, pivots, right] = sameBatch(g, [2, 1, 2], factors.packed, factors.pivots, b);
  return g.routine("linalg_lu_solve", [packed!, pivots!, right!], [right!.type], { transposed })[0]!;
}

/** The matrix `P` of `A = P L U` for matrices of `rows` rows. */
export function exchanges(g: GraphBuilder, pivots: Value, rows: Expr, dtype: Value["type"]["dtype"]): Value {
  const batch = pivots.type.shape.slice(0, -1);
  const [from] = g.routine("linalg_lu_rows", [pivots], [{ dtype: "i64", shape: [...batch, rows] }], { rows });
  const shape = [...batch, rows, rows], row = g.iota(shape, (axes) => axes.at(-2)!);
  return g.cast(calc(g).eq(row, v.unsqueeze(g, from!, -2)), dtype);
}

/** How a triangular system is meant. */
export interface Triangular {
  readonly upper: boolean;
  readonly unit?: boolean;
  /** `X T = B` instead of `T X = B`. */
  readonly right?: boolean;
}

/** Solves a triangular system; the other triangle is not read. */
export function solveTriangular(g: GraphBuilder, t: Value, b: Value, how: Triangular): Value {
  if (how.right) {
    const flipped = { upper: !how.upper, unit: how.unit ?? false };
    return turned(g, solveTriangular(g, turned(g, t), turned(g, b), flipped));
  }
  const [left, right] = sameBatch(g, [2, 2], t, b), attrs = { upper: how.upper, unit: how.unit ?? false };
  return g.routine("linalg_triangular", [left!, right!], [right!.type], attrs)[0]!;
}

/** R on and above the diagonal, reflections below; and their factors. */
export function qr(g: GraphBuilder, x: Value): { packed: Value; tau: Value } {
  const types = [x.type, type(x, [...batchOf(x), min(...sidesOf(x))])];
  const [packed, tau] = g.routine("linalg_qr", [x], types);
  return { packed: packed!, tau: tau! };
}

/** `Q C`, or Q's adjoint times `C`, for the Q that `packed` and `tau` stand for. */
export function applyQ(g: GraphBuilder, packed: Value, tau: Value, c: Value, transposed = false): Value {
  const [p, t, x] = sameBatch(g, [2, 1, 2], packed, tau, c);
  return g.routine("linalg_qr_apply", [p!, t!, x!], [x!.type], { transposed })[0]!;
}

/** Ascending eigenvalues of symmetric or Hermitian matrices, and vectors as columns. */
export function eigh(g: GraphBuilder, x: Value, upper: boolean): { values: Value; vectors: Value } {
  const types = [type(x, x.type.shape.slice(0, -1), realType(x.type.dtype)), x.type];
  const [values, vectors] = g.routine("linalg_eigh", [x], types, { upper, vectors: true });
  return { values: values!, vectors: vectors! };
}

/** Ascending eigenvalues alone. */
export function eigenvalues(g: GraphBuilder, x: Value, upper: boolean): Value {
  const types = [type(x, x.type.shape.slice(0, -1), realType(x.type.dtype))];
  return g.routine("linalg_eigh", [x], types, { upper, vectors: false })[0]!;
}

/** Eigenvalues of matrices that need not be symmetric, and vectors as columns; complex, in LAPACK's order. */
export function eig(g: GraphBuilder, x: Value): { values: Value; vectors: Value } {
  const dtype = complexType(x.type.dtype),
    types = [type(x, x.type.shape.slice(0, -1), dtype), type(x, x.type.shape, dtype)];
  const [values, vectors] = g.routine("linalg_eig", [x], types, { vectors: true });
  return { values: values!, vectors: vectors! };
}

/** The same values alone. */
export function eigvals(g: GraphBuilder, x: Value): Value {
  const types = [type(x, x.type.shape.slice(0, -1), complexType(x.type.dtype))];
  return g.routine("linalg_eig", [x], types, { vectors: false })[0]!;
}

/** Singular values, descending, with vectors; `full`: as many vectors as there are rows or columns. */
export function svd(g: GraphBuilder, x: Value, full: boolean): { u: Value; s: Value; vh: Value } {
  const [m, n] = sidesOf(x), batch = batchOf(x), k = min(m, n);
  const types = [
    type(x, [...batch, k], realType(x.type.dtype)),
    type(x, [...batch, m, full ? m : k]),
    type(x, [...batch, full ? n : k, n]),
  ];
  const [s, u, vh] = g.routine("linalg_svd", [x], types, { vectors: full ? "full" : "thin" });
  return { u: u!, s: s!, vh: vh! };
}

/** Singular values alone. */
export function singularValues(g: GraphBuilder, x: Value): Value {
  const types = [type(x, [...batchOf(x), min(...sidesOf(x))], realType(x.type.dtype))];
  return g.routine("linalg_svd", [x], types, { vectors: "none" })[0]!;
}

/** `A = L D L'` with exchanges in one matrix, as LAPACK's sytrf gives it. */
export function ldl(g: GraphBuilder, x: Value): Lu {
  if (isComplexValue(x)) unsupported("linalg_ldl_factor", "complex matrices");
  const batch = batchOf(x),
    types = [
      x.type,
      type(x, [...batch, sidesOf(x)[0]], "i32"),
      type(x, batch, "i32"),
    ];
  const [packed, pivots, info] = g.routine("linalg_ldl", [x], types);
  return { packed: packed!, pivots: pivots!, info: info! };
}

/** Solves `A X = B` with the factors that `ldl` gives. */
export function ldlSolve(g: GraphBuilder, packed: Value, pivots: Value, b: Value): Value {
  if (isComplexValue(packed)) unsupported("linalg_ldl_solve", "complex matrices");
  const [p, order, x] = sameBatch(g, [2, 1, 2], packed, pivots, b);
  return g.routine("linalg_ldl_solve", [p!, order!, x!], [x!.type])[0]!;
}

/** Inverses, with info. */
export function inverse(g: GraphBuilder, x: Value): { inverse: Value; info: Value } {
  const factors = lu(g, x);
  return { inverse: luSolve(g, factors, unit(g, x.type.shape, x.type.dtype)), info: factors.info };
}

/** The exponential; of a complex matrix by way of the real one that does the same to both parts. */
export function matrixExp(g: GraphBuilder, x: Value): Value {
  if (isComplexValue(x)) {
    const [p, q] = [re(g, x), im(g, x)], rank = v.rankOf(x), n = sidesOf(x)[0];
    const rows = [g.concat([p, calc(g).neg(q)], rank - 1), g.concat([q, p], rank - 1)];
    const grown = matrixExp(g, g.concat(rows, rank - 2)), left = v.narrow(g, grown, rank - 1, int(0), n);
    return join(g, v.narrow(g, left, rank - 2, int(0), n), v.narrow(g, left, rank - 2, n, n));
  }
  return g.routine("linalg_exp", [x], [x.type])[0]!;
}

/** `values` as the type of `like`, to be multiplied with it. */
export function alike(g: GraphBuilder, values: Value, like: Value): Value {
  return g.cast(values, like.type.dtype);
}

/** Sizes of elements: real for complex matrices too. */
export function sizes(g: GraphBuilder, x: Value): Value {
  return absolute(g, x);
}

/** Largest element of the last dim, kept; zero where there are none. */
export function largestOf(g: GraphBuilder, x: Value): Value {
  const last = v.rankOf(x) - 1, size = x.type.shape[last]!;
  if (!isInt(size, 0)) return fold(g, "max", x, { dims: [last], keep: true });
  return v.expand(g, g.constant(0, x.type.dtype), x.type.shape.with(last, int(1)));
}

/** The longer side. */
export function longerSide(x: Value): Expr {
  return max(...sidesOf(x));
}
