/**
 * Matrices taken apart: Cholesky, LU, LDL, QR, eigenvalues, singular values.
 *
 * @module
 */
import { type Expr, int, min } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { numOf } from "../calc.ts";
import * as m from "../linalg.ts";
import * as v from "../views.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

const notPositive = (name: string) =>
  `${name}: The factorization could not be completed because the input is not positive-definite`;

/** Result `n` where it is not asked for: no elements, or what the export recorded, all zero. */
function absent(g: GraphBuilder, a: Args, n: number, dtype: Value["type"]["dtype"]): Value {
  return v.expand(g, g.constant(numOf(0, dtype), dtype), a.recorded[n]?.shape ?? [int(0)]);
}

function choleskyOp(schema: string, results: "factor" | "info"): AtenOp {
  return op(schema, (g, a) => {
    const { factor, info } = m.cholesky(g, a.tensor("self"), a.bool("upper")), checked = results === "factor";
    if (checked || a.bool("check_errors")) m.mustSucceed(g, info, notPositive(a.schema.target));
    return checked ? factor : [factor, info];
  });
}

/** `X` of `A X = B` for the factor `L` of `A = L L^H`, or `U` of `A = U^H U`. */
function choleskySolve(g: GraphBuilder, b: Value, factor: Value, upper: boolean): Value {
  const lower = upper ? m.adjoint(g, factor) : factor;
  const half = m.solveTriangular(g, lower, b, { upper: false });
  return m.solveTriangular(g, m.adjoint(g, lower), half, { upper: true });
}

function factorMatrix(
  g: GraphBuilder,
  a: Args,
  name: string,
  check: boolean,
  factors = m.lu(g, a.tensor(name), a.bool("pivot")),
): m.Lu {
  const message = `${a.schema.target}: the matrix has a column without a pivot, it is singular`;
  if (check) m.mustSucceed(g, factors.info, message);
  return factors;
}

/** `P`, `L` and `U` as matrices. */
function unpack(g: GraphBuilder, packed: Value, pivots: Value): [Value, Value, Value] {
  const [rows, columns] = m.sidesOf(packed), size = min(rows, columns);
  return [
    m.exchanges(g, pivots, rows, packed.type.dtype),
    m.unitLowerOf(g, m.corner(g, packed, rows, size)),
    m.upperOf(g, m.corner(g, packed, size, columns)),
  ];
}

function luUnpack(g: GraphBuilder, a: Args): Value[] {
  const x = a.tensor("LU_data"), parts = unpack(g, x, a.tensor("LU_pivots")), { dtype } = x.type;
  const wanted = [a.bool("unpack_pivots"), a.bool("unpack_data"), a.bool("unpack_data")];
  return parts.map((part, n) => wanted[n] ? part : absent(g, a, n, dtype));
}

function qrOf(g: GraphBuilder, a: Args, x: Value, mode: string): Value[] {
  const { packed, tau } = m.qr(g, x), [rows, columns] = m.sidesOf(x), size = min(rows, columns);
  const width = mode === "complete" ? rows : size;
  const r = m.upperOf(g, m.corner(g, packed, width, columns));
  return mode === "r" ? [absent(g, a, 0, x.type.dtype), r] : [columnsOfQ(g, packed, tau, width), r];
}

/** The first `width` columns of Q. */
function columnsOfQ(g: GraphBuilder, packed: Value, tau: Value, width: Expr): Value {
  const shape = [...m.batchOf(packed), m.sidesOf(packed)[0], width];
  return m.applyQ(g, packed, tau, m.unit(g, shape, packed.type.dtype));
}

function householderProduct(schema: string, packed: string, tau: string): AtenOp {
  return op(schema, (g, a) => {
    const x = a.tensor(packed);
    return columnsOfQ(g, x, a.tensor(tau), m.sidesOf(x)[1]);
  });
}

/** `Q C`, `Q^H C`, `C Q` or `C Q^H`. */
function ormqr(g: GraphBuilder, a: Args): Value {
  const packed = a.tensor("self"), tau = a.tensor("input2"), c = a.tensor("input3");
  const transposed = a.bool("transpose");
  if (a.bool("left")) return m.applyQ(g, packed, tau, c, transposed);
  return m.adjoint(g, m.applyQ(g, packed, tau, m.adjoint(g, c), !transposed));
}

function isUpper(a: Args): boolean {
  const triangle = a.string("UPLO").toUpperCase();
  return triangle === "U" || triangle === "L"
    ? triangle === "U"
    : unsupported(a.schema.target, `triangle "${triangle}"`);
}

/** `U`, `S` and `V'`; without vectors, `blank` stands for them. */
function svdOf(g: GraphBuilder, x: Value, full: boolean, vectors: boolean, blank: (n: number) => Value) {
  if (!vectors) return { u: blank(0), s: m.singularValues(g, x), vh: blank(2) };
  return m.svd(g, x, full);
}

/** `torch.svd`, which gives `V` and, without vectors, zeros. */
function oldSvd(g: GraphBuilder, a: Args): Value[] {
  const x = a.tensor("self"), sides = m.sidesOf(x), { dtype } = x.type;
  const zeros = (n: number) =>
    v.expand(g, g.constant(0, dtype), [...m.batchOf(x), sides[n && 1]!, sides[n && 1]!]);
  const { u, s, vh } = svdOf(g, x, !a.bool("some"), a.bool("compute_uv"), zeros);
  return [u, s, m.adjoint(g, vh)];
}

/** Rows of this family. */
export const factorizationOps: readonly AtenOp[] = [
  choleskyOp("cholesky(Tensor self, bool upper=False) -> Tensor", "factor"),
  choleskyOp("linalg_cholesky(Tensor self, *, bool upper=False) -> Tensor", "factor"),
  choleskyOp(
    "linalg_cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)",
    "info",
  ),
  op(
    "cholesky_solve(Tensor self, Tensor input2, bool upper=False) -> Tensor",
    (g, a) => choleskySolve(g, a.tensor("self"), a.tensor("input2"), a.bool("upper")),
  ),
  op(
    "_cholesky_solve_helper(Tensor self, Tensor A, bool upper) -> Tensor",
    (g, a) => choleskySolve(g, a.tensor("self"), a.tensor("A"), a.bool("upper")),
  ),
  op("cholesky_inverse(Tensor self, bool upper=False) -> Tensor", (g, a) => {
    const x = a.tensor("self");
    return choleskySolve(g, m.unit(g, x.type.shape, x.type.dtype), x, a.bool("upper"));
  }),
  op("linalg_lu_factor(Tensor A, *, bool pivot=True) -> (Tensor LU, Tensor pivots)", (g, a) => {
    const { packed, pivots } = factorMatrix(g, a, "A", true);
    return [packed, pivots];
  }),
  op(
    "linalg_lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False) -> (Tensor LU, Tensor pivots, Tensor info)",
    (g, a) => {
      const { packed, pivots, info } = factorMatrix(g, a, "A", a.bool("check_errors"));
      return [packed, pivots, info];
    },
  ),
  op(
    "_lu_with_info(Tensor self, bool pivot=True, bool check_errors=True) -> (Tensor LU, Tensor pivots, Tensor info)",
    (g, a) => {
      const { packed, pivots, info } = factorMatrix(g, a, "self", a.bool("check_errors"));
      return [packed, pivots, info];
    },
  ),
  op("linalg_lu(Tensor A, *, bool pivot=True) -> (Tensor P, Tensor L, Tensor U)", (g, a) => {
    const { packed, pivots } = factorMatrix(g, a, "A", false), parts = unpack(g, packed, pivots);
    return a.bool("pivot") ? parts : parts.with(0, absent(g, a, 0, packed.type.dtype));
  }),
  op(
    "lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True) -> (Tensor P, Tensor L, Tensor U)",
    luUnpack,
  ),
  op("linalg_ldl_factor(Tensor self, *, bool hermitian=False) -> (Tensor LD, Tensor pivots)", (g, a) => {
    const { packed, pivots } = factorMatrix(g, a, "self", true, m.ldl(g, a.tensor("self")));
    return [packed, pivots];
  }),
  op(
    "linalg_ldl_factor_ex(Tensor self, *, bool hermitian=False, bool check_errors=False) -> (Tensor LD, Tensor pivots, Tensor info)",
    (g, a) => {
      const factors = m.ldl(g, a.tensor("self"));
      const { packed, pivots, info } = factorMatrix(g, a, "self", a.bool("check_errors"), factors);
      return [packed, pivots, info];
    },
  ),
  op(
    "linalg_ldl_solve(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=False) -> Tensor",
    (g, a) => m.ldlSolve(g, a.tensor("LD"), a.tensor("pivots"), a.tensor("B")),
  ),
  op(
    "linalg_qr(Tensor A, str mode='reduced') -> (Tensor Q, Tensor R)",
    (g, a) => qrOf(g, a, a.tensor("A"), a.string("mode")),
  ),
  op(
    "qr(Tensor self, bool some=True) -> (Tensor Q, Tensor R)",
    (g, a) => qrOf(g, a, a.tensor("self"), a.bool("some") ? "reduced" : "complete"),
  ),
  op("geqrf(Tensor self) -> (Tensor a, Tensor tau)", (g, a) => {
    const { packed, tau } = m.qr(g, a.tensor("self"));
    return [packed, tau];
  }),
  householderProduct("orgqr(Tensor self, Tensor input2) -> Tensor", "self", "input2"),
  householderProduct("linalg_householder_product(Tensor input, Tensor tau) -> Tensor", "input", "tau"),
  op(
    "ormqr(Tensor self, Tensor input2, Tensor input3, bool left=True, bool transpose=False) -> Tensor",
    ormqr,
  ),
  op(
    "linalg_eigh(Tensor self, str UPLO='L') -> (Tensor eigenvalues, Tensor eigenvectors)",
    (g, a) => {
      const { values, vectors } = m.eigh(g, a.tensor("self"), isUpper(a));
      return [values, vectors];
    },
  ),
  op(
    "_linalg_eigh(Tensor A, str UPLO='L', bool compute_v=True) -> (Tensor eigenvalues, Tensor eigenvectors)",
    (g, a) => {
      const x = a.tensor("A");
      if (!a.bool("compute_v")) return [m.eigenvalues(g, x, isUpper(a)), absent(g, a, 1, x.type.dtype)];
      const { values, vectors } = m.eigh(g, x, isUpper(a));
      return [values, vectors];
    },
  ),
  op(
    "linalg_eigvalsh(Tensor self, str UPLO='L') -> Tensor",
    (g, a) => m.eigenvalues(g, a.tensor("self"), isUpper(a)),
  ),
  op("linalg_eig(Tensor self) -> (Tensor eigenvalues, Tensor eigenvectors)", (g, a) => {
    const { values, vectors } = m.eig(g, a.tensor("self"));
    return [values, vectors];
  }),
  ...["linalg_eigvals", "_linalg_eigvals"].map((name) =>
    op(`${name}(Tensor self) -> Tensor`, (g, a) => m.eigvals(g, a.tensor("self")))
  ),
  op(
    "linalg_svd(Tensor A, bool full_matrices=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)",
    (g, a) => {
      const { u, s, vh } = m.svd(g, a.tensor("A"), a.bool("full_matrices"));
      return [u, s, vh];
    },
  ),
  op(
    "_linalg_svd(Tensor A, bool full_matrices=False, bool compute_uv=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)",
    (g, a) => {
      const x = a.tensor("A"), blank = (n: number) => absent(g, a, n, x.type.dtype);
      const { u, s, vh } = svdOf(g, x, a.bool("full_matrices"), a.bool("compute_uv"), blank);
      return [u, s, vh];
    },
  ),
  op(
    "svd(Tensor self, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)",
    oldSvd,
  ),
  op("linalg_svdvals(Tensor A, *, str? driver=None) -> Tensor", (g, a) => m.singularValues(g, a.tensor("A"))),
];
