/**
 * Integer and truth functions. Integers wrap; division and remainder by zero give 0.
 *
 * @module
 */
import { type DType, dtypes } from "../../base/mod.ts";
import type { Num, ScalarFn } from "./types.ts";

/** The low bits of `value` as an integer of `dtype`. */
export function wrap(value: bigint, dtype: DType): bigint {
  const { kind, bytes } = dtypes[dtype];
  return kind === "unsigned" ? BigInt.asUintN(8 * bytes, value) : BigInt.asIntN(8 * bytes, value);
}

/** A big integer as evaluators hold it: bigint for the 64-bit types, number for the others. */
export function toHeld(value: bigint, dtype: DType): Num {
  return dtype === "i64" || dtype === "u64" ? value : Number(value);
}

/** A number as its type holds it: whole numbers beyond the range of an integer type wrap, as PyTorch's scalars do. */
export function heldAs(value: Num, dtype: DType): Num {
  const { kind } = dtypes[dtype], isWhole = typeof value === "bigint" || Number.isInteger(value);
  if ((kind !== "signed" && kind !== "unsigned") || !isWhole) return value;
  return toHeld(wrap(BigInt(value as number | bigint), dtype), dtype);
}

type Binary = (a: bigint, b: bigint, bits: bigint) => bigint;

const div: Binary = (a, b) => (b === 0n ? 0n : a / b);
const fmod: Binary = (a, b) => (b === 0n ? 0n : a % b);
const mod: Binary = (a, b, bits) => {
  const rest = fmod(a, b, bits);
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
};
const floordiv: Binary = (a, b, bits) => {
  const quotient = div(a, b, bits);
  return b !== 0n && a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
};
const shl: Binary = (a, b, bits) => (b >= 0n && b < bits ? a << b : 0n);
/** An amount that is negative or too large shifts everything out; the sign stays. */
const shr: Binary = (a, b, bits) => (b >= 0n && b < bits ? a >> b : a < 0n ? -1n : 0n);

/** Powers wrap in 64 bits; negative ones are 0 but for bases 1 and -1. */
const pow: Binary = (a, b) => {
  if (b < 0n) return a === 1n ? 1n : a === -1n ? (b % 2n ? -1n : 1n) : 0n;
  let result = 1n, square = BigInt.asUintN(64, a);
  for (let rest = b; rest > 0n; rest >>= 1n, square = BigInt.asUintN(64, square * square)) {
    if (rest & 1n) result = BigInt.asUintN(64, result * square);
  }
  return result;
};

const gcd: Binary = (a, b) => {
  let [p, q] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (q) [p, q] = [q, p % q];
  return p;
};

const lesser: Binary = (a, b) => (a < b ? a : b), greater: Binary = (a, b) => (a > b ? a : b);

const binary: Partial<Record<ScalarFn, Binary>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div,
  fmod,
  mod,
  floordiv,
  shl,
  shr,
  pow,
  min: lesser,
  fmin: lesser,
  max: greater,
  fmax: greater,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  gcd,
};

const unary: Partial<Record<ScalarFn, (a: bigint) => bigint>> = {
  neg: (a) => -a,
  abs: (a) => (a < 0n ? -a : a),
  sign: (a) => (a > 0n ? 1n : a < 0n ? -1n : 0n),
  not: (a) => ~a,
};

/** `fn` on integers; undefined where it is not defined for them. */
export function evaluateInteger(fn: ScalarFn, args: readonly Num[], dtype: DType): Num | undefined {
  const [a, b] = args.map((x) => BigInt(x)) as [bigint, bigint?];
  const one = unary[fn], two = binary[fn];
  if (fn === "signbit") return a < 0n;
  if (one) return toHeld(wrap(one(a), dtype), dtype);
  if (!two || b === undefined) return undefined;
  return toHeld(wrap(two(a, b, BigInt(8 * dtypes[dtype].bytes)), dtype), dtype);
}

const truths: Partial<Record<ScalarFn, (a: boolean, b: boolean) => boolean>> = {
  add: (a, b) => a || b,
  mul: (a, b) => a && b,
  min: (a, b) => a && b,
  max: (a, b) => a || b,
  and: (a, b) => a && b,
  or: (a, b) => a || b,
  xor: (a, b) => a !== b,
  not: (a) => !a,
};

/** `fn` on truth values; undefined where it is not defined for them. */
export function evaluateTruth(fn: ScalarFn, args: readonly Num[]): boolean | undefined {
  return truths[fn]?.(Boolean(args[0]), Boolean(args[1]));
}
