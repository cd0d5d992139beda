/**
 * Fourier kernels against the definition: lengths of every radix, primes, chirps, lines in any place and number.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../src/base/mod.ts";
import { sym } from "../../src/ir/expr/mod.ts";
import { denseOf, type DenseTensor, elementsOf } from "../../src/ir/scalar/mod.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import { nativeTarget } from "../rig/native_kernel.ts";
import { compileRoutines, type RoutineSpec } from "../rig/native_routines.ts";

const target = await nativeTarget();
if (!target) console.warn("fft_test: skipped, no C compiler here");

const lengths = [
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  12,
  15,
  16,
  20,
  31,
  32,
  37,
  41,
  49,
  60,
  64,
  74,
  97,
  100,
  128,
  210,
  243,
  331,
];

/** Numbers in (-1, 1), the same in every run. */
function noise(dtype: DType, shape: readonly number[], seed: number): DenseTensor {
  let state = (seed * 2654435761 + 12345) >>> 0;
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  });
  return denseOf(dtype, shape, values);
}

/** Differences are measured against the largest element: errors of a transform spread over the line. */
function assertNear(actual: DenseTensor, expected: DenseTensor, bound: number, about: string): void {
  const [a, e] = [elementsOf(actual).map(Number), elementsOf(expected).map(Number)];
  assertEquals(a.length, e.length, about);
  const largest = (values: readonly number[]) =>
    values.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-30);
  const size = largest(e), worst = largest(a.map((x, n) => x - e[n]!));
  assert(worst <= bound * size, `${about}: off by ${worst / size}, at most ${bound}`);
}

const kinds = ["complex", "from_real", "to_real"] as const;

function spec(dtype: DType, kind: typeof kinds[number], inverse: boolean, norm: string): RoutineSpec {
  const attrs = { kind, dim: 1, inverse, norm, size: sym("n", { min: 0 }) };
  const real = [dtype, "a", "n", "b"] as const, half = [dtype, "a", "h", "b", "two"] as const;
  const full = [dtype, "a", "n", "b", "two"] as const;
  const [input, output] = kind === "complex"
    ? [full, full]
    : kind === "from_real"
    ? [real, half]
    : [half, real];
  return { routine: "fft", attrs, inputs: [input], outputs: [output] };
}

Deno.test({
  name: "transforms agree with the definition for every kind of length",
  ignore: !target,
  fn: async () => {
    const combos = (["f32", "f64"] as const).flatMap((dtype) => [
      { dtype, kind: "complex", inverse: false, norm: "none" } as const,
      { dtype, kind: "complex", inverse: true, norm: "whole" } as const,
      { dtype, kind: "from_real", inverse: false, norm: "root" } as const,
      { dtype, kind: "to_real", inverse: true, norm: "none" } as const,
    ]);
    const { run, close } = await compileRoutines(
      combos.map((c) => spec(c.dtype, c.kind, c.inverse, c.norm)),
      target!,
    );
    combos.forEach(({ dtype, kind, inverse, norm }, k) => {
      for (const n of lengths) {
        for (const [a, b] of n < 50 ? [[1, 1], [5, 1], [1, 7], [3, 9]] as const : [[2, 3]] as const) {
          const h = Math.floor(n / 2) + 1, attrs = { kind, dim: 1, inverse, norm, size: n };
          const shape = kind === "complex" ? [a, n, b, 2] : kind === "from_real" ? [a, n, b] : [a, h, b, 2];
          const x = noise(dtype, shape, n), [want] = routineReferences.fft!([x], attrs);
          const { outputs } = run[k]!([x], { a, b, n, h, two: 2 });
          assertNear(outputs[0]!, want!, dtype === "f32" ? 4e-6 : 1e-14, `${kind} ${dtype}[${shape}]`);
        }
      }
    });
    close();
  },
});

Deno.test({
  name: "long lines: powers of two, a large prime, and back again",
  ignore: !target,
  fn: async () => {
    const specs = [spec("f32", "complex", false, "none"), spec("f32", "complex", true, "whole")];
    const { run, close } = await compileRoutines(specs, target!);
    for (const n of [4096, 10007, 1 << 16]) {
      const x = noise("f32", [1, n, 1, 2], n), sizes = { a: 1, b: 1, n, two: 2 };
      const there = run[0]!([x], sizes).outputs[0]!, back = run[1]!([there], sizes).outputs[0]!;
      assertNear(back, x, 3e-6, `${n} elements there and back`);
      const sum = elementsOf(x).map(Number).filter((_, k) => k % 2 === 0).reduce((p, q) => p + q, 0);
      assert(Math.abs(Number(elementsOf(there)[0]) - sum) <= 2e-3, `the first of ${n} elements is the sum`);
    }
    close();
  },
});
