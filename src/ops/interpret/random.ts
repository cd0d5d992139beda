/**
 * Reference of the routine `random`: Philox 4x32-10 for seed 0, the first run and its first launch.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import {
  countOf,
  denseZeros,
  elementOf,
  roundFloat,
  type RoutineReference,
  setElement,
} from "../../ir/scalar/mod.ts";

const MASK = 0xffffffffn;

/** Four 32-bit numbers for a counter and a key. */
export function philox(counter: readonly bigint[], key: bigint): readonly bigint[] {
  let [a, b, c, d] = counter as [bigint, bigint, bigint, bigint], [k, l] = [key & MASK, key >> 32n];
  for (let round = 0; round < 10; round++) {
    const [p, q] = [a * 0xD2511F53n, c * 0xCD9E8D57n];
    [a, b, c, d] = [(q >> 32n) ^ b ^ k, q & MASK, (p >> 32n) ^ d ^ l, p & MASK];
    [k, l] = [(k + 0x9E3779B9n) & MASK, (l + 0xBB67AE85n) & MASK];
  }
  return [a, b, c, d];
}

function pair(u: number, v: number): number[] {
  const r = Math.sqrt(-2 * Math.log(u));
  return [r * Math.cos(2 * Math.PI * v), r * Math.sin(2 * Math.PI * v)];
}

/** What a block of four becomes. */
function elements(fn: string, dtype: DType, x: readonly bigint[]): (number | bigint)[] {
  const longs = [x[1]! << 32n | x[0]!, x[3]! << 32n | x[2]!];
  if (fn === "bits") return longs.map((n) => n >> 1n);
  if (dtype === "f32") {
    if (fn === "uniform") return x.map((n) => Number(n >> 8n) / 2 ** 24);
    const [a, b, c, d] = x.map(Number) as [number, number, number, number];
    return [...pair((a + 1) / 2 ** 32, b / 2 ** 32), ...pair((c + 1) / 2 ** 32, d / 2 ** 32)];
  }
  const [u, w] = longs.map((n) => Number(n >> 11n)) as [number, number];
  return fn === "uniform" ? [u / 2 ** 53, w / 2 ** 53] : pair((u + 1) / 2 ** 53, w / 2 ** 53);
}

/** Uniform numbers of one element: blocks `at`, `at + 2^40`, …, two each. */
function* sequence(at: number): Generator<number, never> {
  for (let block = BigInt(at);; block += 1n << 40n) {
    const [a, b, c, d] = philox([block & MASK, block >> 32n, 0n, 0n], 0n) as [bigint, bigint, bigint, bigint];
    for (const long of [b << 32n | a, d << 32n | c]) yield (Number(long >> 12n) + 0.5) / 2 ** 52;
  }
}

/** The element of a distribution by the kernel's own steps: any other use of the numbers gives another element. */
const distributions: Readonly<Record<string, (next: () => number, x: number, y: number) => number>> = {
  gamma: (next, alpha) => {
    if (!(alpha > 0)) return alpha === 0 ? 0 : NaN;
    const scale = alpha < 1 ? next() ** (1 / alpha) : 1, d = (alpha < 1 ? alpha + 1 : alpha) - 1 / 3;
    for (;;) {
      const x = pair(next(), next())[0]!, v = (1 + x / Math.sqrt(9 * d)) ** 3;
      if (v <= 0) continue;
      const u = next();
      if (u < 1 - 0.0331 * x ** 4 || Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) {
        return scale * d * v;
      }
    }
  },
  poisson: (next, rate) => {
    if (!(rate >= 0)) return NaN;
    const end = Math.exp(-rate);
    let k = 0;
    if (rate < 10) {
      for (let product = next(); product > end; product *= next()) k++;
      return k;
    }
    const b = 0.931 + 2.53 * Math.sqrt(rate), a = -0.059 + 0.02483 * b, inverse = 1.1239 + 1.1328 / (b - 3.4);
    for (;;) {
      const u = next() - 0.5, v = next(), us = 0.5 - Math.abs(u);
      k = Math.floor((2 * a / us + b) * u + rate + 0.43);
      if (us >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return k;
      if (k < 0 || (us < 0.013 && v > us)) continue;
      const height = Math.log(v) + Math.log(inverse) - Math.log(a / (us * us) + b);
      if (height <= -rate + k * Math.log(rate) - logFactorial(k)) return k;
    }
  },
  binomial: (next, count, p) => {
    if (!(count >= 0) || !(p >= 0 && p <= 1)) return NaN;
    if (p > 0.5) return count - distributions.binomial!(next, count, 1 - p);
    if (count === 0 || p === 0) return 0;
    let trials = 0;
    if (count * p < 10) {
      for (let k = 0;; k++) {
        trials += Math.ceil(Math.log(next()) / Math.log1p(-p));
        if (trials > count) return k;
      }
    }
    const spread = Math.sqrt(count * p * (1 - p)),
      b = 1.15 + 2.53 * spread,
      a = -0.0873 + 0.0248 * b + 0.01 * p;
    const alpha = (2.83 + 5.1 / b) * spread, m = Math.floor((count + 1) * p);
    const ways = (k: number) => logFactorial(k) + logFactorial(count - k);
    for (;;) {
      const u = next() - 0.5,
        v = next(),
        us = 0.5 - Math.abs(u),
        k = Math.floor((2 * a / us + b) * u + count * p + 0.5);
      if (us >= 0.07 && v <= 0.92 - 4.2 / b) return k;
      if (k < 0 || k > count) continue;
      const height = Math.log(v * alpha / (a / (us * us) + b));
      if (height <= ways(m) - ways(k) + (k - m) * Math.log(p / (1 - p))) return k;
    }
  },
};

function logFactorial(n: number): number {
  let sum = 0;
  for (let k = 2; k <= n; k++) sum += Math.log(k);
  return sum;
}

/** By name; the shape is an attribute, as there are no operands to take it from. */
export const randomReferences: Readonly<Record<string, RoutineReference>> = {
  random: (_, { fn, dtype, shape }) => {
    const sizes = (shape as readonly number[]).map(Number),
      type = dtype as DType,
      out = denseZeros(type, sizes);
    for (let n = 0, block = 0n; n < countOf(sizes); block++) {
      for (const value of elements(String(fn), type, philox([block, 0n, 0n, 0n], 0n))) {
        const rounded = typeof value === "number" ? roundFloat(value, type) : value;
        if (n < out.data.length) setElement(out, n++, rounded);
        else break;
      }
    }
    return [out];
  },
  random_of: ([first, second], { fn }) => {
    const out = denseZeros(first!.dtype, first!.shape), draw = distributions[String(fn)]!;
    for (let n = 0; n < out.data.length; n++) {
      const numbers = sequence(n), at = (x: typeof first) => x ? Number(elementOf(x, n)) : 0;
      setElement(out, n, roundFloat(draw(() => numbers.next().value, at(first), at(second)), first!.dtype));
    }
    return [out];
  },
};
