/**
 * What singular values and eigenvalues tell: ranks, pseudo-inverses, conditions, norms.
 *
 * @module
 */
import { int, isInt } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { matmul } from "../contract.ts";
import { fold, type Over, sum, vectorNorm } from "../fold.ts";
import { epsilon } from "../limits.ts";
import * as m from "../linalg.ts";
import { isTensor, type Mixed, sizeAs } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Matrix norms by name or order; dims are `[rows, columns]`. */
export function spectralNorm(g: GraphBuilder, x: Value, ord: "nuc" | 2 | -2, o: Over): Value {
  const rank = v.rankOf(x), matrix = v.moveDims(g, x, o.dims, [rank - 2, rank - 1]);
  const s = m.singularValues(g, matrix), fn = ord === "nuc" ? "sum" : ord > 0 ? "max" : "min";
  const norm = fold(g, fn, s, { dims: [v.rankOf(s) - 1] });
  return o.keep ? [...o.dims].sort((a, b) => a - b).reduce((y, dim) => v.unsqueeze(g, y, dim), norm) : norm;
}

/** Absolute and relative limits below which values count as zeros. */
interface Limits {
  readonly atol?: Value | number | undefined;
  readonly rtol?: Value | number | undefined;
}

function limits(a: Args): Limits {
  return { atol: limit(a.scalarOrNone("atol")), rtol: limit(a.scalarOrNone("rtol")) };
}

function limit(x: Mixed | undefined): Value | number | undefined {
  if (x === undefined || isTensor(x)) return x;
  return x.kind === "float" ? x.float : unsupported("linalg", "a limit that is no float");
}

/** Values along the last dim that count, where the largest size is given. */
function isCounted(g: GraphBuilder, x: Value, sizes: Value, { atol, rtol }: Limits): Value {
  const c = calc(g), { dtype } = sizes.type, usual = c.mul(sizeAs(g, m.longerSide(x), dtype), epsilon(dtype));
  const fit = (given: Value | number) =>
    typeof given === "number" ? g.constant(given, dtype) : v.unsqueeze(g, g.cast(given, dtype), -1);
  const low = fit(atol ?? 0);
  const share = rtol !== undefined ? fit(rtol) : atol === undefined ? usual : c.where(c.gt(low, 0), 0, usual);
  return c.gt(sizes, c.max(low, c.mul(share, m.largestOf(g, sizes))));
}

function rank(g: GraphBuilder, a: Args, x: Value, by: Limits): Value {
  const hermitian = a.bool("hermitian");
  const sizes = hermitian ? calc(g).abs(m.eigenvalues(g, x, false)) : m.singularValues(g, x);
  return sum(g, g.cast(isCounted(g, x, sizes, by), "i64"), { dims: [v.rankOf(sizes) - 1] });
}

/** `V diag(1/s) U^H` over the values that count. */
function pseudoInverse(g: GraphBuilder, x: Value, by: Limits, hermitian: boolean): Value {
  const c = calc(g);
  const parts = hermitian ? symmetricParts(g, x) : m.svd(g, x, false);
  const inverse = c.where(isCounted(g, x, c.abs(parts.s), by), c.div(1, parts.s), 0);
  const scaled = c.mul(m.adjoint(g, parts.vh), m.alike(g, v.unsqueeze(g, inverse, -2), x));
  return matmul(g, scaled, m.adjoint(g, parts.u));
}

function symmetricParts(g: GraphBuilder, x: Value): { u: Value; s: Value; vh: Value } {
  const { values, vectors } = m.eigh(g, x, false);
  return { u: vectors, s: values, vh: m.adjoint(g, vectors) };
}

/** The norm of `x` times the norm of its inverse; infinite for singular matrices. */
function condition(g: GraphBuilder, a: Args, ord: number | string | undefined): Value {
  const x = a.tensor("self"), c = calc(g);
  if (ord === undefined || ord === 2 || ord === -2) {
    const s = m.singularValues(g, x), ends = [int(0), int(-1)].map((n) => v.select(g, s, -1, n));
    return ord === -2 ? c.div(ends[1]!, ends[0]!) : c.div(ends[0]!, ends[1]!);
  }
  const { inverse, info } = m.inverse(g, x), singular = c.gt(info, 0);
  const back = c.where(v.unsqueezeAll(g, singular, [v.rankOf(x) - 2, v.rankOf(x) - 1]), Infinity, inverse);
  return c.mul(matrixNorm(g, a, x, ord), matrixNorm(g, a, back, ord));
}

function matrixNorm(g: GraphBuilder, a: Args, x: Value, ord: number | string): Value {
  const dims = [v.rankOf(x) - 2, v.rankOf(x) - 1] as const;
  if (ord === "fro") return vectorNorm(g, x, 2, { dims });
  if (ord === "nuc") return spectralNorm(g, x, "nuc", { dims });
  if (typeof ord === "string" || ![1, -1, Infinity, -Infinity].includes(ord)) {
    return unsupported(a.schema.target, `norm "${ord}"`);
  }
  const sums = fold(g, "sum", m.sizes(g, x), { dims: [Math.abs(ord) === 1 ? dims[0] : dims[1]] });
  return fold(g, ord > 0 ? "max" : "min", sums, { dims: [dims[0]] });
}

function numberOrNone(a: Args, name: string): number | undefined {
  const value = a.scalarOrNone(name);
  return value === undefined ? undefined : a.float(name);
}

function nuclear(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), some = a.schema.args.some((arg) => arg.name === "dim");
  const dims = some ? a.fixeds("dim").map((d) => wrapDim(d, v.rankOf(x))) : [0, 1];
  return spectralNorm(g, x, "nuc", { dims, keep: a.bool("keepdim") });
}

const withLimits = (
  name: string,
  self: string,
  build: (g: GraphBuilder, a: Args, x: Value, by: Limits) => Value,
) => [
  op(
    `${name}.atol_rtol_tensor(Tensor ${self}, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False) -> Tensor`,
    (g, a) => build(g, a, a.tensor(self), limits(a)),
  ),
  op(
    `${name}.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False) -> Tensor`,
    (g, a) => build(g, a, a.tensor("self"), floatLimits(a)),
  ),
];

/** A float limit above zero leaves no relative one, unless it is given. */
function floatLimits(a: Args): Limits {
  const atol = a.floatOrNone("atol"), rtol = a.floatOrNone("rtol");
  return { atol: atol ?? 0, rtol: rtol ?? (atol !== undefined && atol > 0 ? 0 : undefined) };
}

const inverseBy = (g: GraphBuilder, a: Args, x: Value, by: Limits) =>
  isInt(m.longerSide(x), 0) || m.sidesOf(x).some((size) => isInt(size, 0))
    ? m.turned(g, x)
    : pseudoInverse(g, x, by, a.bool("hermitian"));

/** Rows of this family. */
export const spectraOps: readonly AtenOp[] = [
  ...withLimits("linalg_matrix_rank", "input", rank),
  op(
    "linalg_matrix_rank(Tensor self, float tol, bool hermitian=False) -> Tensor",
    (g, a) => rank(g, a, a.tensor("self"), { atol: a.float("tol"), rtol: 0 }),
  ),
  op(
    "linalg_matrix_rank.tol_tensor(Tensor input, Tensor tol, bool hermitian=False) -> Tensor",
    (g, a) => rank(g, a, a.tensor("input"), { atol: a.tensor("tol"), rtol: 0 }),
  ),
  ...withLimits("linalg_pinv", "self", inverseBy),
  op(
    "linalg_pinv(Tensor self, float rcond, bool hermitian=False) -> Tensor",
    (g, a) => inverseBy(g, a, a.tensor("self"), { atol: 0, rtol: a.float("rcond") }),
  ),
  op(
    "linalg_pinv.rcond_tensor(Tensor self, Tensor rcond, bool hermitian=False) -> Tensor",
    (g, a) => inverseBy(g, a, a.tensor("self"), { atol: 0, rtol: a.tensor("rcond") }),
  ),
  op(
    "pinverse(Tensor self, float rcond=1e-15) -> Tensor",
    (g, a) => pseudoInverse(g, a.tensor("self"), { atol: 0, rtol: a.float("rcond") }, false),
  ),
  op(
    "linalg_cond(Tensor self, Scalar? p=None) -> Tensor",
    (g, a) => condition(g, a, numberOrNone(a, "p")),
  ),
  op("linalg_cond.p_str(Tensor self, str p) -> Tensor", (g, a) => condition(g, a, a.string("p"))),
  op("nuclear_norm(Tensor self, bool keepdim=False) -> Tensor", nuclear),
  op("nuclear_norm.dim(Tensor self, int[2] dim, bool keepdim=False) -> Tensor", nuclear),
  op("frobenius_norm.dim(Tensor self, int[1] dim, bool keepdim=False) -> Tensor", (g, a) => {
    const x = a.tensor("self"), dims = a.fixeds("dim").map((d) => wrapDim(d, v.rankOf(x)));
    return vectorNorm(g, x, 2, { dims, keep: a.bool("keepdim") });
  }),
];
