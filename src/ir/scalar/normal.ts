/**
 * Functions of the normal distribution that keep its tails, on doubles.
 *
 * @module
 */
import { erfc, erfinv } from "./special.ts";

/** `exp(x²) erfc(x)`: from 1 on by Laplace's continued fraction. */
export function erfcx(x: number): number {
  if (x < 0) return 2 * Math.exp(x * x) - erfcx(-x);
  if (x < 1 || x !== x) return Math.exp(x * x) * erfc(x);
  let tail = x;
  for (let n = x < 2 ? 400 : 120; n > 0; n--) tail = x + n / 2 / tail;
  return 1 / (Math.sqrt(Math.PI) * tail);
}

/** Logarithm of the normal distribution function. */
export function logNdtr(x: number): number {
  const t = x * Math.SQRT1_2;
  return x < -1 ? Math.log(erfcx(-t) / 2) - t * t : Math.log1p(-erfc(t) / 2);
}

/** Inverse of the normal distribution function: Newton's steps on the logarithm of the tail. */
export function ndtri(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  if (Math.abs(p - 0.5) < 0.25) return Math.SQRT2 * erfinv(2 * p - 1);
  const tail = p < 0.5 ? p : 1 - p;
  let z = Math.sqrt(-2 * Math.log(tail)) - 0.5;
  for (let step = 0; step < 12; step++) {
    z += (logNdtr(-z) - Math.log(tail)) * erfcx(z * Math.SQRT1_2) * Math.sqrt(Math.PI / 2);
  }
  return p < 0.5 ? -z : z;
}
