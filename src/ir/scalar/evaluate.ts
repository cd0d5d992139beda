/**
 * What scalar functions and casts mean: the arithmetic of all evaluators, hence the oracle of all tests.
 *
 * Floats are computed on doubles and rounded once to their type (half types through f32); that is right to the last
 * bit for arithmetic and roots, and within a unit in the last place for the functions of `Math`. Integers wrap,
 * division of integers by zero gives 0, casts are those of x86: what does not fit a 32 or 64-bit integer gives its
 * minimum, and narrower integers keep the low bits.
 *
 * @module
 */
import { type DType, dtypes, isFloat } from "../../base/mod.ts";
import { bigToFloat, fusedMultiplyAdd, scaleByPower } from "./exact.ts";
import { evaluateInteger, evaluateTruth, toHeld, wrap } from "./integers.ts";
import { roundFloat, roundHalfEven } from "./round.ts";
import { digamma, erf, erfc, erfinv, lgamma } from "./special.ts";
import { rareFloats } from "./rare.ts";
import type { Num, ScalarFn } from "./types.ts";

type FloatFn = (a: number, b: number, single: boolean) => number;

const isMinus = (x: number) => x < 0 || Object.is(x, -0);
const withSign = (size: number, sign: number) => (isMinus(sign) ? -Math.abs(size) : Math.abs(size));
const rounded = (x: number, single: boolean) => (single ? Math.fround(x) : x);

const mod: FloatFn = (a, b, single) => {
  const rest = a % b;
  return rest !== 0 && b < 0 !== rest < 0 ? rounded(rest + b, single) : rest;
};

/** As torch: the quotient of what remains without the remainder, and the plain quotient where the divisor is 0. */
const floordiv: FloatFn = (a, b, single) => {
  const quotient = rounded(a / b, single), rest = a % b;
  if (b === 0) return quotient;
  let q = rounded(rounded(a - rest, single) / b, single);
  if (rest !== 0 && b < 0 !== rest < 0) q = rounded(q - 1, single);
  if (q === 0) return withSign(0, quotient);
  const floor = Math.floor(q);
  return q - floor > 0.5 ? floor + 1 : floor;
};

/** C's pow: 1 to any power is 1, and so is -1 to an infinite one. */
function pow(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;
}

function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

const doubles = new Float64Array(1), doubleBits = new BigInt64Array(doubles.buffer);
const singles = new Float32Array(1), singleBits = new Int32Array(singles.buffer);

/** The next value of the type on the way from `a` to `b`. */
const nextafter: FloatFn = (a, b, single) => {
  if (a !== a || b !== b) return NaN;
  if (a === b) return b;
  const up = b > a === a > 0;
  if (single) {
    singles[0] = a;
    singleBits[0] = a === 0 ? 1 : singleBits[0]! + (up ? 1 : -1);
    return a === 0 ? withSign(singles[0], b) : singles[0];
  }
  doubles[0] = a;
  doubleBits[0] = a === 0 ? 1n : doubleBits[0]! + (up ? 1n : -1n);
  return a === 0 ? withSign(doubles[0], b) : doubles[0];
};

const floats: Partial<Record<ScalarFn, FloatFn>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  floordiv,
  mod,
  fmod: (a, b) => a % b,
  neg: (a) => -a,
  abs: (a) => Math.abs(a),
  sign: (a) => (a > 0 ? 1 : a < 0 ? -1 : 0),
  min: (a, b) => (a !== a || a <= b ? a : b), // of zeros the first, as clamps keep x
  max: (a, b) => (a !== a || a >= b ? a : b),
  fmin: (a, b) => (b !== b || a <= b ? a : b),
  fmax: (a, b) => (b !== b || a >= b ? a : b),
  copysign: withSign,
  nextafter,
  ldexp: scaleByPower,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  round: roundHalfEven,
  frac: (a) => a - Math.trunc(a),
  sqrt: Math.sqrt,
  rsqrt: (a) => 1 / Math.sqrt(a),
  reciprocal: (a) => 1 / a,
  pow,
  hypot: (a, b) => Math.hypot(a, b),
  exp: Math.exp,
  exp2: (a) => 2 ** a,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  atan2: Math.atan2,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  sigmoid,
  erf,
  erfc,
  erfinv,
  lgamma,
  digamma,
  ...rareFloats,
};

const tests: Partial<Record<ScalarFn, (a: number) => boolean>> = {
  isnan: (a) => a !== a,
  isinf: (a) => Math.abs(a) === Infinity,
  isfinite: Number.isFinite,
  signbit: isMinus,
};

const comparisons: Partial<Record<ScalarFn, (a: Num, b: Num) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};

/** `fn` of values of `dtype` (for `where`: the type of its second and third argument). */
export function evaluateScalar(fn: ScalarFn, args: readonly Num[], dtype: DType): Num {
  if (fn === "where") return args[0] ? args[1]! : args[2]!;
  const compare = comparisons[fn];
  if (compare) return compare(args[0]!, args[1]!);
  const value = isFloat(dtype)
    ? evaluateFloat(fn, args.map(Number), dtype)
    : dtype === "bool"
    ? evaluateTruth(fn, args)
    : evaluateInteger(fn, args, dtype);
  if (value === undefined) throw new RangeError(`Cannot evaluate ${fn}: it is not defined for ${dtype}`);
  return value;
}

function evaluateFloat(fn: ScalarFn, args: readonly number[], dtype: DType): Num | undefined {
  const [a, b, c] = args as [number, number, number], test = tests[fn];
  if (test) return test(a);
  const single = dtype !== "f64";
  const value = fn === "fma" ? fusedMultiplyAdd(a, b, c, single) : floats[fn]?.(a, b, single);
  return value === undefined ? undefined : roundFloat(value, dtype);
}

/** A value of `from` as one of `to`. */
export function castScalar(value: Num, from: DType, to: DType): Num {
  if (from === to) return value;
  if (to === "bool") return isFloat(from) ? Number(value) !== 0 : Boolean(value);
  if (isFloat(from)) {
    return isFloat(to) ? roundFloat(Number(value), to) : toHeld(floatToInteger(Number(value), to), to);
  }
  const whole = BigInt(value);
  return isFloat(to) ? roundFloat(bigToFloat(whole, to !== "f64"), to) : toHeld(wrap(whole, to), to);
}

const LEAST = -(2n ** 63n), LEAST32 = -(2n ** 31n);

function floatToInteger(value: number, to: DType): bigint {
  if (to === "u64") {
    const high = value >= 2 ** 63;
    return BigInt.asUintN(64, truncated(high ? value - 2 ** 63 : value, 64) ^ (high ? LEAST : 0n));
  }
  const narrow = to === "i32" || to === "i16" || to === "i8" || to === "u16";
  return wrap(truncated(value, narrow ? 32 : 64), to);
}

/** Towards zero, into 32 or 64 bits; what does not fit gives the least. */
function truncated(value: number, bits: 32 | 64): bigint {
  const limit = 2 ** (bits - 1), whole = Math.trunc(value);
  return whole >= -limit && whole < limit ? BigInt(whole) : bits === 32 ? LEAST32 : LEAST;
}

/** A literal as a value of `dtype`, whatever kind of number it was written as. */
export function literalOf(value: Num, dtype: DType): Num {
  if (typeof value === "bigint") {
    return castScalar(value, dtypes[dtype].kind === "unsigned" ? "u64" : "i64", dtype);
  }
  if (typeof value === "boolean") return castScalar(value, "bool", dtype);
  return castScalar(value, "f64", dtype);
}
