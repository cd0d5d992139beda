/**
 * The scalar functions that bodies of loops are made of: one row each.
 *
 * A row says how many arguments, which element types the function is defined for and what type comes out. The C
 * printer forms `aoti_<name>_<dtype>` from it, evaluators use `evaluate` of evaluate.ts, and pointwise graph
 * operations carry the row's name.
 *
 * @module
 */
import { type DType, isFloat } from "../../base/mod.ts";

/** What a function accepts: floats, integers, bool, or several of them. */
export type Domain = "float" | "integer" | "bool" | "number" | "bits" | "any";
/** `same`: the type of the first value argument; `bool`: a truth value. */
export type ResultRule = "same" | "bool";

interface ScalarRow {
  readonly arity: 1 | 2 | 3;
  readonly domain: Domain;
  readonly result: ResultRule;
  /** Rough cost in vector instructions, for the choice between storing and computing again. */
  readonly cost: number;
}

function row(arity: 1 | 2 | 3, domain: Domain, cost = 1, result: ResultRule = "same"): ScalarRow {
  return { arity, domain, result, cost };
}

const table = {
  // arithmetic; integers wrap, integer division by zero gives 0
  add: row(2, "number"),
  sub: row(2, "number"),
  mul: row(2, "number"),
  div: row(2, "number", 4), // floats: IEEE; integers: towards zero
  floordiv: row(2, "number", 6), // towards minus infinity
  mod: row(2, "number", 6), // sign of the divisor (Python)
  fmod: row(2, "number", 6), // sign of the dividend (C)
  neg: row(1, "number"),
  abs: row(1, "number"),
  sign: row(1, "number", 2),
  min: row(2, "any"), // nan if either is nan (torch.minimum)
  max: row(2, "any"),
  fmin: row(2, "number"), // the other if one is nan (torch.fmin)
  fmax: row(2, "number"),
  fma: row(3, "float"),
  // comparison and choice
  eq: row(2, "any", 1, "bool"),
  ne: row(2, "any", 1, "bool"),
  lt: row(2, "any", 1, "bool"),
  le: row(2, "any", 1, "bool"),
  gt: row(2, "any", 1, "bool"),
  ge: row(2, "any", 1, "bool"),
  where: row(3, "any"), // (bool, a, b): type of a
  // bits and truth
  and: row(2, "bits"),
  or: row(2, "bits"),
  xor: row(2, "bits"),
  not: row(1, "bits"),
  shl: row(2, "integer"),
  shr: row(2, "integer"),
  // floats: classification
  isnan: row(1, "float", 1, "bool"),
  isinf: row(1, "float", 1, "bool"),
  isfinite: row(1, "float", 1, "bool"),
  signbit: row(1, "number", 1, "bool"),
  copysign: row(2, "float"),
  nextafter: row(2, "float", 8),
  ldexp: row(2, "float", 4),
  // rounding
  floor: row(1, "float"),
  ceil: row(1, "float"),
  trunc: row(1, "float"),
  round: row(1, "float"), // half to even
  frac: row(1, "float", 2),
  // powers and roots
  sqrt: row(1, "float", 4),
  rsqrt: row(1, "float", 6),
  reciprocal: row(1, "float", 4),
  pow: row(2, "number", 30),
  hypot: row(2, "float", 8),
  // exponentials and logarithms
  exp: row(1, "float", 10),
  exp2: row(1, "float", 10),
  expm1: row(1, "float", 14),
  log: row(1, "float", 12),
  log2: row(1, "float", 12),
  log10: row(1, "float", 12),
  log1p: row(1, "float", 14),
  // circular and hyperbolic
  sin: row(1, "float", 16),
  cos: row(1, "float", 16),
  tan: row(1, "float", 24),
  asin: row(1, "float", 16),
  acos: row(1, "float", 16),
  atan: row(1, "float", 16),
  atan2: row(2, "float", 20),
  sinh: row(1, "float", 20),
  cosh: row(1, "float", 20),
  tanh: row(1, "float", 16),
  asinh: row(1, "float", 20),
  acosh: row(1, "float", 20),
  atanh: row(1, "float", 20),
  sigmoid: row(1, "float", 14),
  // special
  erf: row(1, "float", 20),
  erfc: row(1, "float", 24),
  erfinv: row(1, "float", 30),
  lgamma: row(1, "float", 60),
  digamma: row(1, "float", 60),
} as const satisfies Record<string, ScalarRow>;

/** Rare functions, lane by lane: they live in a header of their own. */
const specialTable = {
  gcd: row(2, "integer", 200), // never negative
  zeta: row(2, "float", 400), // Hurwitz's, of (x, q)
  igamma: row(2, "float", 400), // lower and upper part of the gamma function, of (a, x), over the whole
  igammac: row(2, "float", 400),
  erfcx: row(1, "float", 200),
  log_ndtr: row(1, "float", 200),
  ndtri: row(1, "float", 400),
  bessel_j0: row(1, "float", 200),
  bessel_j1: row(1, "float", 200),
  bessel_y0: row(1, "float", 200),
  bessel_y1: row(1, "float", 200),
  bessel_i0: row(1, "float", 200), // modified ones; those with e are scaled: e^-|x| I, e^x K
  bessel_i0e: row(1, "float", 200),
  bessel_i1: row(1, "float", 200),
  bessel_i1e: row(1, "float", 200),
  bessel_k0: row(1, "float", 400),
  bessel_k0e: row(1, "float", 400),
  bessel_k1: row(1, "float", 400),
  bessel_k1e: row(1, "float", 400),
  spherical_j0: row(1, "float", 100),
  airy_ai: row(1, "float", 400),
  chebyshev_t: row(2, "float", 200), // polynomials, of (x, order)
  chebyshev_u: row(2, "float", 200),
  chebyshev_v: row(2, "float", 200),
  chebyshev_w: row(2, "float", 200),
  hermite_h: row(2, "float", 200),
  hermite_he: row(2, "float", 200),
  laguerre: row(2, "float", 200),
  legendre: row(2, "float", 200),
} as const satisfies Record<string, ScalarRow>;

/** All rows. */
const rows = { ...table, ...specialTable } as const;

/** Name of a scalar function. */
export type ScalarFn = keyof typeof rows;
/** A function that is computed lane by lane. */
export type SpecialFn = keyof typeof specialTable;
/** All functions on scalars, with their types. */
export const scalarFns: Readonly<Record<ScalarFn, ScalarRow>> = rows;
/** Their names, in the order of the table. */
export const scalarFnNames = Object.keys(rows) as readonly ScalarFn[];

/** True for the rare functions. */
export function isSpecial(fn: ScalarFn): fn is SpecialFn {
  return Object.hasOwn(specialTable, fn);
}

/** Element type of `fn` applied to values of `dtypes` (all alike but for `where`, whose first is bool). */
export function scalarResult(fn: ScalarFn, dtypes: readonly DType[]): DType {
  if (scalarFns[fn].result === "bool") return "bool";
  const value = fn === "where" ? dtypes[1] : dtypes[0];
  if (!value) throw new RangeError(`${fn} has no arguments`);
  return value;
}

/** The type that arithmetic on `dtype` is done in: half types compute in f32 and are rounded after each function. */
export function computeType(dtype: DType): DType {
  return isFloat(dtype) && dtype !== "f64" ? "f32" : dtype;
}

/** How many values become one in a reduction. */
export type ReduceFn = "sum" | "prod" | "min" | "max" | "any" | "all" | "argmin" | "argmax";
/** All reductions. */
export const reduceFns: readonly ReduceFn[] = ["sum", "prod", "min", "max", "any", "all", "argmin", "argmax"];

/** A scalar in an evaluator or an attribute: bigint for i64/u64, boolean for bool, number for the others. */
export type Num = number | bigint | boolean;
