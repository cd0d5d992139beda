/**
 * Routines of complex matrices, compiled: residuals over random matrices of several sizes, in
 * batches, without elements; and the references in plain TypeScript beside them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { denseOf, elementsOf } from "../../src/ir/scalar/mod.ts";
import {
  complexMatricesOf,
  complexProduct as multiply,
  complexTurned,
} from "../../src/ops/interpret/complex_matrices.ts";
import { compileRoutines } from "../rig/native_routines.ts";
import {
  adjoint,
  agree,
  compiled,
  hermitian,
  M,
  N,
  near,
  noise,
  oblong,
  type Shape,
  square,
  V,
} from "../rig/complex_linalg.ts";
import { floats, target, test } from "../rig/linalg.ts";

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
