/**
 * Routines of complex matrices and eigenvalues of any matrix, compiled: residuals over random matrices of several sizes, in
 * batches, without elements, defective and triangular ones; and the references in plain TypeScript beside them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../src/base/mod.ts";
import type { Attr } from "../../src/ir/graph/mod.ts";
import { denseOf, type DenseTensor, elementsOf, roundFloat } from "../../src/ir/scalar/mod.ts";
import {
  type Complex,
  complexMatricesOf,
  type ComplexMatrix,
  complexMatrix,
  complexProduct as multiply,
  complexTurned,
  complexUnit,
  conj,
  minus,
  times,
} from "../../src/ops/interpret/complex_matrices.ts";
import { matricesOf } from "../../src/ops/interpret/matrices.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import { nativeTarget } from "../rig/native_kernel.ts";
import { compileRoutines } from "../rig/native_routines.ts";

const target = await nativeTarget();
if (!target) console.warn("complex_linalg_test: skipped, no C compiler here");

type Sizes = Readonly<Record<"b" | "m" | "n" | "k", number>>;
type Shape = readonly (keyof Sizes | 2)[];
type Attrs = Readonly<Record<string, Attr>>;
const epsilons = { f32: 2 ** -23, f64: 2 ** -52 } as const;
type Float = keyof typeof epsilons;
const floats: readonly Float[] = ["f32", "f64"];

const square = [[2, 0], [1, 1], [3, 2], [2, 5], [1, 24], [0, 3]].map(([b, n]) => ({
  b: b!,
  m: n!,
  n: n!,
  k: n!,
}));
const oblong = [[2, 7, 4], [2, 4, 9], [1, 30, 4], [1, 3, 20]].map(([b, m, n]) => ({
  b: b!,
  m: m!,
  n: n!,
  k: Math.min(m!, n!),
}));

/** Random elements in [-1, 1), the same for the same shape. */
function noise(dtype: Float, shape: readonly number[]): DenseTensor {
  let state = 12345 + shape.reduce((sum, size) => 31 * sum + size, 7);
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return roundFloat((state >>> 8) / 2 ** 23 - 1, dtype);
  };
  return denseOf(dtype, shape, Array.from({ length: shape.reduce((p, s) => p * s, 1) }, next));
}

/** `A + A^H`, and `shift` on the diagonal. */
function hermitian(dtype: Float, { b, n }: Sizes, shift: number): DenseTensor {
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

async function compiled(
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

const adjoint = (x: ComplexMatrix, columns: number) => complexTurned(x, columns).map((row) => row.map(conj));
const largest = (x: ComplexMatrix) => Math.max(0, ...x.flat().map(([re, im]) => Math.hypot(re, im)));

function near(got: ComplexMatrix, want: ComplexMatrix, dtype: Float, about: string, ulps = 60): void {
  assertEquals(got.length, want.length, about);
  const far = largest(got.map((row, i) => row.map((x, j) => minus(x, want[i]![j]!))));
  const limit = ulps * epsilons[dtype] * (got.length + 2) * Math.max(1, largest(want));
  assert(far <= limit, `${about}: ${far} is more than ${limit}`);
}

/** Elementwise agreement with the reference, where nothing is left open. */
function agree(
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

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !target, fn });
}

const M: Shape = ["b", "m", "n", 2], N: Shape = ["b", "n", "n", 2], V: Shape = ["b", "n", 2];

test("complex Cholesky, LU, QR and triangular systems agree with elimination by hand", async () => {
  const cholesky = await compiled("linalg_complex_cholesky", {}, [N], [N, "i32"]);
  const qr = await compiled("linalg_complex_qr", {}, [M], [M, ["b", "k", 2]]);
  for (const dtype of floats) {
    for (const s of square) {
      const a = hermitian(dtype, s, 1), { outputs, error } = cholesky[dtype]([a], s);
      assertEquals(error, 0);
      agree("linalg_complex_cholesky", outputs, [a], {});
      complexMatricesOf(outputs[0]!).forEach((l, n) =>
        near(multiply(l, adjoint(l, s.n)), complexMatricesOf(a)[n]!, dtype, `L L^H of ${dtype}[${s.n}]`)
      );
    }
    const bad = denseOf(dtype, [1, 1, 1, 2], [-1, 0]);
    assertEquals(elementsOf(cholesky[dtype]([bad], { b: 1, m: 1, n: 1, k: 1 }).outputs[1]!), [1]);
    for (const s of [...square, ...oblong]) {
      const a = noise(dtype, [s.b, s.m, s.n, 2]);
      agree("linalg_complex_qr", qr[dtype]([a], s).outputs, [a], {});
    }
  }
  for (const flip of [false, true]) {
    const apply = await compiled("linalg_complex_qr_apply", { transposed: flip }, [M, ["b", "k", 2], [
      "b",
      "m",
      "m",
      2,
    ]], [
      ["b", "m", "m", 2],
    ]);
    for (const upper of [false, true]) {
      const attrs = { upper, unit: flip },
        solve = await compiled("linalg_complex_triangular", attrs, [N, V.toSpliced(2, 0, "k") as Shape], [[
          "b",
          "n",
          "k",
          2,
        ]]);
      for (const dtype of floats) {
        const s = { b: 2, m: 5, n: 5, k: 3 }, t = hermitian(dtype, s, 1), b = noise(dtype, [2, 5, 3, 2]);
        agree("linalg_complex_triangular", solve[dtype]([t, b], s).outputs, [t, b], attrs);
      }
      solve.close();
    }
    for (const s of oblong) {
      const [packed, tau] = qr.f64([noise("f64", [s.b, s.m, s.n, 2])], s).outputs,
        c = noise("f64", [s.b, s.m, s.m, 2]);
      agree("linalg_complex_qr_apply", apply.f64([packed!, tau!, c], s).outputs, [packed!, tau!, c], {
        transposed: flip,
      });
    }
    apply.close();
  }
  [cholesky, qr].forEach((c) => c.close());
});

test("complex LU with exchanged rows solves systems and transposed ones", async () => {
  const specs = floats.map((F) => ({
    routine: "linalg_complex_lu",
    attrs: { pivot: true },
    inputs: [[F, ...M]],
    outputs: [[F, ...M], ["i32", "b", "k"], ["i32", "b"]],
  }));
  const lu = await compileRoutines(specs as never, target!);
  for (const flip of [false, true]) {
    const solves = floats.map((F) => ({
      routine: "linalg_complex_lu_solve",
      attrs: { transposed: flip },
      inputs: [[F, ...N], ["i32", "b", "n"], [F, "b", "n", "m", 2]],
      outputs: [[F, "b", "n", "m", 2]],
    }));
    const solve = await compileRoutines(solves as never, target!);
    for (const [at, dtype] of floats.entries()) {
      for (const s of square) {
        const a = hermitian(dtype, s, 0.5),
          { outputs } = lu.run[at]!([a], s),
          b = noise(dtype, [s.b, s.n, s.n, 2]);
        agree("linalg_complex_lu", outputs, [a], { pivot: true });
        const [f, p] = outputs, { outputs: [x], error } = solve.run[at]!([f!, p!, b], s);
        assertEquals(error, 0);
        complexMatricesOf(x!).forEach((own, n) => {
          const whole = complexMatricesOf(a)[n]!;
          near(
            multiply(flip ? complexTurned(whole, s.n) : whole, own),
            complexMatricesOf(b)[n]!,
            dtype,
            "A X",
            400,
          );
        });
      }
    }
    solve.close();
  }
  for (const s of oblong) {
    const a = noise("f64", [s.b, s.m, s.n, 2]);
    agree("linalg_complex_lu", lu.run[1]!([a], s).outputs, [a], { pivot: true });
  }
  lu.close();
});

test("eigenvectors of Hermitian matrices are orthonormal, and one triangle is read", async () => {
  for (const upper of [false, true]) {
    const attrs = { upper, vectors: true },
      eigh = await compiled("linalg_complex_eigh", attrs, [N], [["b", "n"], N]);
    for (const dtype of floats) {
      for (const s of square) {
        const a = hermitian(dtype, s, 0), { outputs: [w, v], error } = eigh[dtype]([a], s);
        assertEquals(error, 0);
        agree("linalg_complex_eigh", [w!], [a], { upper, vectors: false });
        complexMatricesOf(v!).forEach((own, n) => {
          const d = elementsOf(w!).slice(n * s.n, (n + 1) * s.n).map(Number);
          const scaled = own.map((row) => row.map((x, j) => times(x, [d[j]!, 0])));
          near(multiply(complexMatricesOf(a)[n]!, own), scaled, dtype, `A V of ${dtype}[${s.n}]`);
          near(multiply(adjoint(own, s.n), own), complexUnit(s.n), dtype, `V^H V of ${dtype}[${s.n}]`);
        });
      }
    }
    eigh.close();
  }
});

test("singular vectors of complex matrices are orthonormal and multiply back, thin and full", async () => {
  for (const vectors of ["thin", "full"] as const) {
    const sides: Shape[] = vectors === "full"
      ? [["b", "m", "m", 2], ["b", "n", "n", 2]]
      : [["b", "m", "k", 2], ["b", "k", "n", 2]];
    const svd = await compiled("linalg_complex_svd", { vectors }, [M], [["b", "k"], ...sides]);
    for (const dtype of floats) {
      for (const s of [...square, ...oblong]) {
        const a = noise(dtype, [s.b, s.m, s.n, 2]), { outputs: [d, u, vh], error } = svd[dtype]([a], s);
        assertEquals(error, 0);
        agree("linalg_complex_svd", [d!], [a], { vectors: "none" });
        complexMatricesOf(u!).forEach((left, n) => {
          const right = complexMatricesOf(vh!)[n]!,
            values = elementsOf(d!).slice(n * s.k, (n + 1) * s.k).map(Number);
          const scaled = left.map((row) => row.slice(0, s.k).map((x, j) => times(x, [values[j]!, 0])));
          const about = `${vectors} ${dtype}[${s.m}, ${s.n}]`, columns = vectors === "full" ? s.m : s.k;
          if (s.k > 0) {
            near(
              multiply(scaled, right.slice(0, s.k)),
              complexMatricesOf(a)[n]!,
              dtype,
              `U S V^H of ${about}`,
            );
          }
          near(multiply(adjoint(left, columns), left), complexUnit(columns), dtype, `U^H U of ${about}`);
          near(multiply(right, adjoint(right, s.n)), complexUnit(right.length), dtype, `V^H V of ${about}`);
        });
      }
    }
    svd.close();
  }
});

/** Matrices that are hard for eigenvalues: triangular, a rotation, a companion, a Jordan block, badly scaled, zero. */
const hard: readonly (readonly number[])[] = [
  [3, 0, 0, 1, 2, 0, 4, 5, 1],
  [0, -1, 0, 1, 0, 0, 0, 0, 2],
  [0, 0, 1, 1, 0, 0, 0, 1, 0],
  [2, 1, 0, 0, 2, 1, 0, 0, 2],
  [1, 1e6, 0, 1e-6, 2, 1e5, 0, 1e-5, 3],
  [0, 0, 0, 0, 0, 0, 0, 0, 0],
];

test("eigenvalues and eigenvectors of any matrix, real and complex", async () => {
  for (const complex of [false, true]) {
    const name = complex ? "linalg_complex_eig" : "linalg_eig", I: Shape = complex ? N : ["b", "n", "n"];
    const eig = await compiled(name, { vectors: true }, [I], [V, N]),
      vals = await compiled(name, { vectors: false }, [I], [V]);
    for (const dtype of floats) {
      const padded = hard.flat().map((x) => roundFloat(x, dtype)).flatMap((x) => complex ? [x, 0] : [x]);
      const shape = [hard.length, 3, 3, ...(complex ? [2] : [])], tail = complex ? [2] : [];
      const all = [
        ...square.map((s) => [noise(dtype, [s.b, s.n, s.n, ...tail]), s] as const),
        [denseOf(dtype, shape, padded), { b: hard.length, m: 3, n: 3, k: 3 }] as const,
      ];
      for (const [a, s] of all) {
        const { outputs: [w, v], error } = eig[dtype]([a], s);
        assertEquals(error, 0);
        const whole = complex
          ? complexMatricesOf(a)
          : matricesOf(a).map((x) => x.map((row) => row.map((re): Complex => [re, 0])));
        const flat = elementsOf(w!).map(Number),
          alone = elementsOf(vals[dtype]([a], s).outputs[0]!).map(Number);
        whole.forEach((x, n) => {
          const own = complexMatricesOf(v!)[n]!,
            at = (list: readonly number[], k: number): Complex => {
              const from = 2 * (n * s.n + k);
              return [list[from]!, list[from + 1]!];
            };
          const scaled = own.map((row) => row.map((y, j) => times(y, at(flat, j))));
          near(multiply(x, own), scaled, dtype, `A V of ${dtype}[${s.n}], matrix ${n}`);
          const size = Math.max(1, largest(x)),
            limit = 4e3 * Math.sqrt(epsilons[dtype]) * size * epsilons[dtype] ** 0.15;
          own[0]?.forEach((_, k) => {
            assert(
              Math.abs(Math.sqrt(own.reduce((sum, row) => sum + Math.hypot(...row[k]!) ** 2, 0)) - 1) < 1e-5,
            );
            const gap = Math.hypot(...minus(at(flat, k), at(alone, k)));
            assert(gap <= limit, `values alone differ by ${gap}`);
          });
          const trace = x.reduce<Complex>((sum, row, i) => [sum[0] + row[i]![0], sum[1] + row[i]![1]], [
            0,
            0,
          ]);
          const sum = own.reduce<Complex>((t, _, k) => [t[0] + at(flat, k)[0], t[1] + at(flat, k)[1]], [
            0,
            0,
          ]);
          near([[sum]], [[trace]], dtype, "the sum of the values", 60 * Math.max(1, s.n) * size);
        });
      }
      const [bad] = [denseOf(dtype, [1, 1, 1, ...tail], complex ? [NaN, 0] : [Infinity])];
      assertEquals(
        eig[dtype]([bad!], { b: 1, m: 1, n: 1, k: 1 }).error !== 0,
        true,
        "elements that are not finite",
      );
    }
    eig.close();
    vals.close();
  }
});

Deno.test("references of eigenvalues solve their equations", () => {
  const a = noise("f64", [2, 5, 5]), [w, v] = routineReferences.linalg_eig!([a], { vectors: true });
  matricesOf(a).forEach((x, n) => {
    const own = complexMatricesOf(v!)[n]!, values = elementsOf(w!).map(Number).slice(10 * n, 10 * n + 10);
    const whole = x.map((row) => row.map((re): Complex => [re, 0]));
    const scaled = own.map((row) => row.map((y, j) => times(y, [values[2 * j]!, values[2 * j + 1]!])));
    near(multiply(whole, own), scaled, "f64", "A V", 1e4);
  });
});
