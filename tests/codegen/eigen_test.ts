/**
 * Eigenvalues of symmetric matrices and singular values, compiled: vectors are orthonormal and multiply back.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { denseOf, denseZeros, elementsOf } from "../../src/ir/scalar/mod.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import { identity, matricesOf, transposed } from "../../src/ops/interpret/matrices.ts";
import {
  assertNear,
  compiled,
  floats,
  matrices,
  room,
  sizes,
  square,
  symmetric,
  test,
  times,
} from "../rig/linalg.ts";

test("eigenvectors of symmetric matrices are orthonormal, values ascend, and one triangle is read", async () => {
  for (const upper of [false, true]) {
    const full = await compiled("linalg_eigh", (F) => ({
      attrs: { upper, vectors: true },
      inputs: [[F, ["b", "n", "n"]]],
      outputs: [[F, ["b", "n"]], [F, ["b", "n", "n"]]],
    }));
    const values = await compiled("linalg_eigh", (F) => ({
      attrs: { upper, vectors: false },
      inputs: [[F, ["b", "n", "n"]]],
      outputs: [[F, ["b", "n"]]],
    }));
    for (const dtype of floats) {
      const zero = denseZeros(dtype, [1, 4, 4]), wild = matrices(dtype, [4, 5, 5], 17);
      const some = square.map((s) => [symmetric(dtype, s.b, s.n, 0), s] as const);
      const more = [[zero, { b: 1, m: 4, n: 4, k: 4 }], [wild, { b: 4, m: 5, n: 5, k: 5 }]] as const;
      for (const [x, s] of [...some, ...more]) {
        const { outputs: [w, v], error } = full.run[dtype]([x], s);
        assertEquals(error, 0);
        const want = routineReferences.linalg_eigh!([x], { upper, vectors: true })[0]!;
        const limit = room(dtype, s.n, 2 * Math.sqrt(s.n));
        for (const got of [w!, values.run[dtype]([x], s).outputs[0]!]) {
          assertNear([elementsOf(got).map(Number)], [elementsOf(want).map(Number)], limit, "values");
        }
        matricesOf(v!).forEach((m, n) => {
          const d = elementsOf(w!).slice(n * s.n, (n + 1) * s.n).map(Number);
          const a = matricesOf(x)[n]!.map((row, i, all) =>
            row.map((_, j) => i < j === upper || i === j ? all[i]![j]! : all[j]![i]!)
          );
          assertNear(
            times(a, m),
            m.map((row) => row.map((y, j) => y * d[j]!)),
            limit,
            `A V of ${dtype}[${s.n}]`,
          );
          assertNear(times(transposed(m, s.n), m), identity(s.n), limit, `V' V of ${dtype}[${s.n}]`);
        });
      }
    }
    full.close();
    values.close();
  }
});

test("singular values descend, vectors are orthonormal and multiply back, thin and full", async () => {
  for (const vectors of ["thin", "full", "none"] as const) {
    const { run, close } = await compiled("linalg_svd", (F) => ({
      attrs: { vectors },
      inputs: [[F, ["b", "m", "n"]]],
      outputs: vectors === "none" ? [[F, ["b", "k"]]] : [
        [F, ["b", "k"]],
        [F, ["b", "m", vectors === "full" ? "m" : "k"]],
        [F, ["b", vectors === "full" ? "n" : "k", "n"]],
      ],
    }));
    for (const dtype of floats) {
      const ranks = denseOf(dtype, [1, 3, 2], [1, 2, 2, 4, 3, 6]), zero = denseZeros(dtype, [1, 3, 4]);
      const long = { b: 1, m: 30, n: 4, k: 4 }, wide = { b: 1, m: 3, n: 20, k: 3 };
      const random = [...sizes, ...square, long, wide].map((s) =>
        [matrices(dtype, [s.b, s.m, s.n], 23), { ...s, k: Math.min(s.m, s.n) }] as const
      );
      const more = [[ranks, { b: 1, m: 3, n: 2, k: 2 }], [zero, { b: 1, m: 3, n: 4, k: 3 }]] as const;
      for (const [x, s] of [...random, ...more]) {
        const { outputs: [d, u, vh], error } = run[dtype]([x], s), limit = room(dtype, s.m + s.n, 2);
        assertEquals(error, 0);
        const want = elementsOf(routineReferences.linalg_svd!([x], { vectors: "none" })[0]!).map(Number);
        assertNear([elementsOf(d!).map(Number)], [want], limit, `values of ${dtype}[${s.m}, ${s.n}]`);
        if (vectors === "none") continue;
        matricesOf(u!).forEach((left, n) => {
          const right = matricesOf(vh!)[n]!, values = want.slice(n * s.k, (n + 1) * s.k);
          const scaled = left.map((row) => row.slice(0, s.k).map((y, j) => y * values[j]!));
          const about = `${vectors} ${dtype}[${s.m}, ${s.n}]`, columns = vectors === "full" ? s.m : s.k;
          assertNear(
            times(scaled, right.slice(0, s.k)),
            matricesOf(x)[n]!,
            s.k ? limit : 0,
            `U S V' of ${about}`,
          );
          assertNear(times(transposed(left, columns), left), identity(columns), limit, `U' U of ${about}`);
          assertNear(times(right, transposed(right, s.n)), identity(right.length), limit, `V V' of ${about}`);
        });
      }
    }
    close();
  }
});
