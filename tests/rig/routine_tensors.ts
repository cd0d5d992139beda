/**
 * What tests of routines share: tensors with the values that sorting and comparing get wrong most easily (nan, infinities,
 * both zeros, ties), shapes, and the comparison with a reference.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type DType, isFloat } from "../../src/base/mod.ts";
import {
  type AttrValue,
  denseOf,
  type DenseTensor,
  elementsOf,
  type Num,
  roundFloat,
} from "../../src/ir/scalar/mod.ts";
import { nativeTarget } from "./native_kernel.ts";

/** What this machine runs; absent without a C compiler. */
export const target = await nativeTarget();
if (!target) console.warn("Routines: skipped, no C compiler here");

/** Numbers from 0 up to `below`, the same in every run. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** In the order that sorting has. */
export const sorted = (values: Num[]) =>
  values.sort((a, b) => a !== a ? 1 : b !== b ? -1 : a < b ? -1 : a > b ? 1 : 0);
export const dtypes: readonly DType[] = [
  "f32",
  "f64",
  "f16",
  "bf16",
  "i64",
  "i32",
  "i16",
  "i8",
  "u8",
  "bool",
];
export const wides: readonly DType[] = ["f32", "f64", "i64", "i16", "u8"];
export const specials = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 1.5];
/** `[outer, size, inner]`: nothing, one, short and long lines, lines side by side. */
export const shapes: readonly (readonly number[])[] = [
  [1, 1, 1],
  [3, 0, 2],
  [1, 7, 1],
  [5, 33, 1],
  [2, 5, 70],
  [1, 900, 1],
  [1, 2000, 2],
  [0, 4, 3],
];

/** A tensor of small numbers with many ties, or of wide ones; floats have every special value among them. */
export function tensor(dtype: DType, shape: readonly number[], seed: number, spread = 9): DenseTensor {
  const next = random(seed + shape.join().length), count = shape.reduce((p, s) => p * s, 1);
  const values = Array.from({ length: count }, (): Num => {
    const n = next(spread) - (spread >> 1);
    if (dtype === "bool") return n > 0;
    if (isFloat(dtype)) return next(6) === 0 ? specials[next(specials.length)]! : roundFloat(n / 4, dtype);
    if (dtype === "i64") return next(8) === 0 ? BigInt(n) << 40n : BigInt(n);
    return dtype === "u8" ? n & 255 : n;
  });
  return denseOf(dtype, shape, values);
}

/** Without nan, for what adds up. */
export function finite(x: DenseTensor): DenseTensor {
  const values = elementsOf(x).map((v) => typeof v === "number" && !Number.isFinite(v) ? 0.25 : v);
  return denseOf(x.dtype, x.shape, values);
}

export function assertClose(actual: DenseTensor, expected: DenseTensor, about: string, ulps = 0): void {
  const [a, e] = [elementsOf(actual), elementsOf(expected)];
  assertEquals(a.length, e.length, about);
  e.forEach((want, n) => {
    const got = a[n]!;
    if (Object.is(got, want) || got === want) return;
    const far = Math.abs(Number(got) - Number(want)), size = Math.abs(Number(want));
    assert(ulps > 0 && far <= ulps * size * 1.2e-7 + 1e-30, `${about}: element ${n} is ${got}, not ${want}`);
  });
}

export type Values = Readonly<Record<string, AttrValue>>;
export const sizesOf = ([s0, s1, s2]: readonly number[]) => ({ s0: s0!, s1: s1!, s2: s2! });
export const full = ["s0", "s1", "s2"];
