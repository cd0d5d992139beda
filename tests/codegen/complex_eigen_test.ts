/**
 * Eigenvalues of Hermitian matrices and of any matrix, and singular values of complex ones, compiled: residuals over random
 * matrices of several sizes, in batches, without elements, defective and triangular ones.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { denseOf, elementsOf, roundFloat } from "../../src/ir/scalar/mod.ts";
import {
  type Complex,
  complexMatricesOf,
  complexProduct as multiply,
  complexUnit,
  minus,
  times,
} from "../../src/ops/interpret/complex_matrices.ts";
import { matricesOf } from "../../src/ops/interpret/matrices.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import {
  adjoint,
  agree,
  compiled,
  hermitian,
  largest,
  M,
  N,
  near,
  noise,
  oblong,
  type Shape,
  square,
  V,
} from "../rig/complex_linalg.ts";
import { epsilons, floats, test } from "../rig/linalg.ts";

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
