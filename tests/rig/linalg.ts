/**
 * What tests of linear algebra share: sizes, random matrices, residuals within rounding errors, the comparison with the
 * references.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../src/base/mod.ts";
import type { Attr } from "../../src/ir/graph/mod.ts";
import { denseOf, type DenseTensor, elementsOf, roundFloat } from "../../src/ir/scalar/mod.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import { matricesOf, type Matrix, product } from "../../src/ops/interpret/matrices.ts";
import { nativeTarget } from "./native_kernel.ts";
import { compileRoutines, type NativeRoutine, type RoutineSpec } from "./native_routines.ts";

/** What this machine runs; absent without a C compiler. */
export const target = await nativeTarget();
if (!target) console.warn("Linear algebra: skipped, no C compiler here");

/** Matrices of a batch, their rows and columns, and another count: of right sides, of reflections. */
export type Sizes = Readonly<Record<"b" | "m" | "n" | "k", number>>;
export type Shape = readonly (keyof Sizes)[];
export type Attrs = Readonly<Record<string, Attr>>;
/** How a routine is called. */
export interface Row {
  readonly attrs?: Attrs;
  readonly inputs: readonly (readonly [DType, Shape])[];
  readonly outputs: readonly (readonly [DType, Shape])[];
}

export const epsilons = { f32: 2 ** -23, f64: 2 ** -52 } as const;
export type Float = keyof typeof epsilons;
export const floats: readonly Float[] = ["f32", "f64"];
export const sizes: readonly Sizes[] = [
  { b: 2, m: 0, n: 0, k: 0 },
  { b: 1, m: 1, n: 1, k: 1 },
  { b: 3, m: 2, n: 2, k: 2 },
  { b: 4, m: 5, n: 5, k: 5 },
  { b: 2, m: 7, n: 4, k: 4 },
  { b: 2, m: 4, n: 9, k: 4 },
  { b: 1, m: 60, n: 53, k: 53 },
  { b: 1, m: 50, n: 131, k: 50 },
  { b: 0, m: 3, n: 3, k: 3 },
];
export const square = sizes.map(({ b, m }) => ({ b, m, n: m, k: m }));

export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  };
}
export function matrices(dtype: Float, shape: readonly number[], seed = 1): DenseTensor {
  const next = random(seed), count = shape.reduce((p, s) => p * s, 1);
  return denseOf(dtype, shape, Array.from({ length: count }, () => roundFloat(next(), dtype)));
}
export function fromMatrices(dtype: DType, shape: readonly number[], items: readonly Matrix[]): DenseTensor {
  return denseOf(dtype, shape, items.flat(2));
}
/** `A A' + A A' ...`, symmetric and as positive as `shift` makes it. */
export function symmetric(dtype: Float, b: number, n: number, shift: number): DenseTensor {
  const items = matricesOf(matrices(dtype, [b, n, n], 7 + n)).map((a) =>
    a.map((row, i) =>
      row.map((x, j) => roundFloat((x + a[j]![i]!) / 2 + (i === j ? shift * Math.sqrt(n) * 2 : 0), dtype))
    )
  );
  return fromMatrices(dtype, [b, n, n], items);
}

export const largest = (x: Matrix) => Math.max(0, ...x.flat().map(Math.abs));
export function assertNear(got: Matrix, want: Matrix, limit: number, about: string): void {
  const far = Math.max(0, ...got.flatMap((row, i) => row.map((x, j) => Math.abs(x - want[i]![j]!))));
  assert(far <= limit, `${about}: ${far} is more than ${limit}`);
}
export const times = (a: Matrix, b: Matrix) => product(a, b);
/** Limit of a residual: a few rounding errors for each element that goes into a sum. */
export const room = (dtype: Float, n: number, size: number) =>
  8 * (n + 2) * epsilons[dtype] * Math.max(size, 1e-3);

/** Compiles one routine for both float types; F stands for them in `rows`. */
export async function compiled(routine: string, row: (dtype: Float) => Row) {
  const specs = floats.map((dtype): RoutineSpec => {
    const { attrs = {}, inputs, outputs } = row(dtype);
    const typed = (list: Row["inputs"]) => list.map(([d, shape]) => [d, ...shape] as const);
    return { routine, attrs, inputs: typed(inputs), outputs: typed(outputs) };
  });
  const { run, close } = await compileRoutines(specs, target!);
  return {
    run: Object.fromEntries(floats.map((d, n) => [d, run[n]!])) as Record<Float, NativeRoutine>,
    close,
  };
}

/** A test that needs a compiler. */
export function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !target, fn });
}

/** Elementwise agreement with the reference. */
export function agree(
  routine: string,
  got: readonly DenseTensor[],
  inputs: readonly DenseTensor[],
  attrs: Attrs,
  ulps: number,
) {
  const want = routineReferences[routine]!(inputs, attrs as Record<string, boolean>);
  assertEquals(got.length, want.length);
  want.forEach((x, n) => {
    const [a, e] = [elementsOf(got[n]!).map(Number), elementsOf(x).map(Number)];
    const scale = Math.max(1e-3, ...e.map(Math.abs)) * (x.dtype in epsilons ? epsilons[x.dtype as Float] : 0);
    e.forEach((value, k) => {
      const far = Math.abs(a[k]! - value);
      assert(far <= ulps * scale, `${routine}: output ${n}, element ${k} is ${a[k]}, not ${value}`);
    });
  });
}
