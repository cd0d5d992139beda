/**
 * What tests of complex matrices share: sizes, random and Hermitian matrices, residuals, the comparison with the references.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../src/base/mod.ts";
import { denseOf, type DenseTensor, elementsOf, roundFloat } from "../../src/ir/scalar/mod.ts";
import {
  complexMatricesOf,
  type ComplexMatrix,
  complexMatrix,
  complexTurned,
  conj,
  minus,
} from "../../src/ops/interpret/complex_matrices.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import { compileRoutines } from "./native_routines.ts";
import { type Attrs, epsilons, type Float, floats, matrices, type Sizes, target } from "./linalg.ts";

/** Elements are pairs: a last dim of 2. */
export type Shape = readonly (keyof Sizes | 2)[];

export const square = [[2, 0], [1, 1], [3, 2], [2, 5], [1, 24], [0, 3]].map(([b, n]) => ({
  b: b!,
  m: n!,
  n: n!,
  k: n!,
}));
export const oblong = [[2, 7, 4], [2, 4, 9], [1, 30, 4], [1, 3, 20]].map(([b, m, n]) => ({
  b: b!,
  m: m!,
  n: n!,
  k: Math.min(m!, n!),
}));

/** Random elements in [-1, 1), the same for the same shape. */
export function noise(dtype: Float, shape: readonly number[]): DenseTensor {
  return matrices(dtype, shape, 12345 + shape.reduce((sum, size) => 31 * sum + size, 7));
}

/** `A + A^H`, and `shift` on the diagonal. */
export function hermitian(dtype: Float, { b, n }: Sizes, shift: number): DenseTensor {
  const items = complexMatricesOf(noise(dtype, [b, n, n, 2])).map((a) =>
    complexMatrix(n, n, (i, j) => {
      const [p, q] = [a[i]![j]!, conj(a[j]![i]!)];
      return [
        roundFloat((p[0] + q[0]) / 2 + (i === j ? shift * n : 0), dtype),
        roundFloat((p[1] + q[1]) / 2, dtype),
      ];
    })
  );
  return denseOf(dtype, [b, n, n, 2], items.flat(2).flat() as number[]);
}

export async function compiled(
  routine: string,
  attrs: Attrs,
  inputs: readonly Shape[],
  outputs: readonly (Shape | "i32")[],
) {
  const typed = (F: Float, list: readonly (Shape | "i32")[]) =>
    list.map((shape) =>
      (typeof shape === "string" ? ["i32", "b"] : [F, ...shape]) as readonly [DType, ...Shape]
    );
  const specs = floats.map((F) => ({ routine, attrs, inputs: typed(F, inputs), outputs: typed(F, outputs) }));
  const { run, close } = await compileRoutines(specs as never, target!);
  return { f32: run[0]!, f64: run[1]!, close };
}

export const adjoint = (x: ComplexMatrix, columns: number) =>
  complexTurned(x, columns).map((row) => row.map(conj));
export const largest = (x: ComplexMatrix) => Math.max(0, ...x.flat().map(([re, im]) => Math.hypot(re, im)));

export function near(got: ComplexMatrix, want: ComplexMatrix, dtype: Float, about: string, ulps = 60): void {
  assertEquals(got.length, want.length, about);
  const far = largest(got.map((row, i) => row.map((x, j) => minus(x, want[i]![j]!))));
  const limit = ulps * epsilons[dtype] * (got.length + 2) * Math.max(1, largest(want));
  assert(far <= limit, `${about}: ${far} is more than ${limit}`);
}

/** Elementwise agreement with the reference, where nothing is left open. */
export function agree(
  routine: string,
  got: readonly DenseTensor[],
  inputs: readonly DenseTensor[],
  attrs: Attrs,
): void {
  routineReferences[routine]!(inputs, attrs as Record<string, boolean>).forEach((want, n) => {
    const values = elementsOf(got[n]!).map(Number), wanted = elementsOf(want).map(Number);
    const scale = 3000 * epsilons[inputs[0]!.dtype as Float] * Math.max(1, ...wanted.map(Math.abs));
    wanted.forEach((x, k) =>
      assert(Math.abs(values[k]! - x) <= scale, `${routine}: output ${n}, element ${k}`)
    );
  });
}

/** Shapes: of any matrix, of square ones, of vectors. */
export const M: Shape = ["b", "m", "n", 2], N: Shape = ["b", "n", "n", 2], V: Shape = ["b", "n", 2];
