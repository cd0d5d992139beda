/**
 * Reference of the routine `random`: Philox 4x32-10 for seed 0, the first run and its first launch.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { countOf, denseZeros, roundFloat, type RoutineReference, setElement } from "../../ir/scalar/mod.ts";

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
};
