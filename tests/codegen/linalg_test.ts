/**
 * Routines of linear algebra, compiled: residuals over random matrices of many sizes, in batches, without elements, singular
 * ones; and the references in plain TypeScript beside them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { denseOf, denseZeros, elementsOf, roundFloat } from "../../src/ir/scalar/mod.ts";
import { identity, matricesOf, transposed } from "../../src/ops/interpret/matrices.ts";
import {
  agree,
  assertNear,
  compiled,
  floats,
  fromMatrices,
  largest,
  matrices,
  room,
  sizes,
  square,
  symmetric,
  test,
  times,
} from "../rig/linalg.ts";

test("Cholesky factors multiply back, and the info names the first minor that is not positive", async () => {
  const { run, close } = await compiled("linalg_cholesky", (F) => ({
    inputs: [[F, ["b", "n", "n"]]],
    outputs: [[F, ["b", "n", "n"]], ["i32", ["b"]]],
  }));
  for (const dtype of floats) {
    for (const s of square) {
      const x = symmetric(dtype, s.b, s.n, 1), { outputs, error } = run[dtype]([x], s);
      assertEquals(error, 0);
      assertEquals(elementsOf(outputs[1]!), Array.from({ length: s.b }, () => 0));
      matricesOf(outputs[0]!).forEach((l, n) => {
        const a = matricesOf(x)[n]!;
        assertNear(times(l, transposed(l, s.n)), a, room(dtype, s.n, largest(a)), `L L' of ${dtype}[${s.n}]`);
      });
      agree("linalg_cholesky", outputs, [x], {}, 400);
    }
    const bad = denseOf(dtype, [2, 2, 2], [1, 0, 0, -1, 4, 0, 2, 5]);
    const { outputs } = run[dtype]([bad], { b: 2, m: 2, n: 2, k: 2 });
    assertEquals(elementsOf(outputs[1]!), [2, 0]);
  }
  close();
});

test("LU factors with exchanged rows multiply back; systems are solved both ways", async () => {
  const lu = await compiled("linalg_lu", (F) => ({
    attrs: { pivot: true },
    inputs: [[F, ["b", "m", "n"]]],
    outputs: [[F, ["b", "m", "n"]], ["i32", ["b", "k"]], ["i32", ["b"]]],
  }));
  const rows = await compiled("linalg_lu_rows", () => ({
    inputs: [["i32", ["b", "k"]]],
    outputs: [["i64", ["b", "m"]]],
  }));
  for (const dtype of floats) {
    for (const s of [...sizes, ...square].map((s) => ({ ...s, k: Math.min(s.m, s.n) }))) {
      const x = matrices(dtype, [s.b, s.m, s.n], s.n), { outputs } = lu.run[dtype]([x], s);
      agree("linalg_lu", outputs, [x], { pivot: true }, 2000);
      const order = rows.run.f32([outputs[1]!], s).outputs[0]!;
      matricesOf(outputs[0]!).forEach((f, n) => {
        const lower = f.map((row, i) => row.slice(0, s.k).map((v, j) => i === j ? 1 : i > j ? v : 0));
        const upper = f.slice(0, s.k).map((row, i) => row.map((v, j) => j >= i ? v : 0));
        const a = matricesOf(x)[n]!, from = elementsOf(order).slice(n * s.m, (n + 1) * s.m).map(Number);
        const size = s.n * largest(lower) * largest(upper);
        assertNear(
          times(lower, upper),
          from.map((i) => a[i]!),
          room(dtype, 1, size),
          `LU of ${dtype}[${s.m}, ${s.n}]`,
        );
      });
    }
    const singular = denseOf(dtype, [1, 2, 2], [1, 2, 2, 4]);
    assertEquals(elementsOf(lu.run[dtype]([singular], { b: 1, m: 2, n: 2, k: 2 }).outputs[2]!), [2]);
  }
  for (const flip of [false, true]) {
    const solve = await compiled("linalg_lu_solve", (F) => ({
      attrs: { transposed: flip },
      inputs: [[F, ["b", "n", "n"]], ["i32", ["b", "n"]], [F, ["b", "n", "k"]]],
      outputs: [[F, ["b", "n", "k"]]],
    }));
    for (const dtype of floats) {
      for (const s of square.flatMap((s) => [s, { ...s, k: 1 }, { ...s, k: 6 }])) {
        const a = symmetric(dtype, s.b, s.n, 1), b = matrices(dtype, [s.b, s.n, s.k], 3);
        const [f, p] = lu.run[dtype]([a], s.k === s.n ? s : { ...s, k: s.n }).outputs;
        const { outputs, error } = solve.run[dtype]([f!, p!, b], s);
        assertEquals(error, 0);
        agree("linalg_lu_solve", outputs, [f!, p!, b], { transposed: flip }, 4000);
      }
    }
    const { error } = solve.run.f32(
      [matrices("f32", [1, 1, 1]), denseOf("i32", [1, 1], [5]), matrices("f32", [1, 1, 1])],
      { b: 1, m: 1, n: 1, k: 1 },
    );
    assertEquals(error, 1, "pivots out of range");
    solve.close();
  }
  lu.close();
  rows.close();
});

test("triangular systems read one triangle, unit diagonals none", async () => {
  for (const upper of [false, true]) {
    for (const unit of [false, true]) {
      const { run, close } = await compiled("linalg_triangular", (F) => ({
        attrs: { upper, unit },
        inputs: [[F, ["b", "n", "n"]], [F, ["b", "n", "k"]]],
        outputs: [[F, ["b", "n", "k"]]],
      }));
      for (const dtype of floats) {
        for (const s of square.flatMap((s) => [s, { ...s, k: 1 }, { ...s, k: 7 }])) {
          const t = symmetric(dtype, s.b, s.n, 1), b = matrices(dtype, [s.b, s.n, s.k], 5);
          const tame = denseOf(
            dtype,
            t.shape,
            elementsOf(t).map((v) => roundFloat(Number(v) / (s.n + 1), dtype)),
          );
          agree("linalg_triangular", run[dtype]([tame, b], s).outputs, [tame, b], { upper, unit }, 1e5);
        }
      }
      close();
    }
  }
});

test("QR packs reflections as LAPACK does, and Q is applied both ways", async () => {
  const qr = await compiled("linalg_qr", (F) => ({
    inputs: [[F, ["b", "m", "n"]]],
    outputs: [[F, ["b", "m", "n"]], [F, ["b", "k"]]],
  }));
  const [forth, back] = await Promise.all([false, true].map((flip) =>
    compiled("linalg_qr_apply", (F) => ({
      attrs: { transposed: flip },
      inputs: [[F, ["b", "m", "n"]], [F, ["b", "k"]], [F, ["b", "m", "m"]]],
      outputs: [[F, ["b", "m", "m"]]],
    }))
  ));
  for (const dtype of floats) {
    for (const s of [...sizes, ...square].map((s) => ({ ...s, k: Math.min(s.m, s.n) }))) {
      const x = matrices(dtype, [s.b, s.m, s.n], 11), [packed, tau] = qr.run[dtype]([x], s).outputs;
      agree("linalg_qr", [packed!, tau!], [x], {}, 3000);
      const unit = fromMatrices(dtype, [s.b, s.m, s.m], Array.from({ length: s.b }, () => identity(s.m)));
      const q = forth!.run[dtype]([packed!, tau!, unit], s).outputs[0]!;
      const one = back!.run[dtype]([packed!, tau!, q], s).outputs[0]!;
      matricesOf(q).forEach((m, n) => {
        const r = matricesOf(packed!)[n]!.map((row, i) => row.map((v, j) => j >= i ? v : 0));
        const a = matricesOf(x)[n]!, about = `${dtype}[${s.m}, ${s.n}]`;
        assertNear(times(m, r), a, room(dtype, s.m, 1), `Q R of ${about}`);
        assertNear(matricesOf(one)[n]!, identity(s.m), room(dtype, s.m, 1), `Q' Q of ${about}`);
      });
    }
  }
  [qr, forth!, back!].forEach((c) => c.close());
});

test("symmetric indefinite systems are solved by Bunch and Kaufman's blocks", async () => {
  const ldl = await compiled("linalg_ldl", (F) => ({
    inputs: [[F, ["b", "n", "n"]]],
    outputs: [[F, ["b", "n", "n"]], ["i32", ["b", "n"]], ["i32", ["b"]]],
  }));
  const solve = await compiled("linalg_ldl_solve", (F) => ({
    inputs: [[F, ["b", "n", "n"]], ["i32", ["b", "n"]], [F, ["b", "n", "k"]]],
    outputs: [[F, ["b", "n", "k"]]],
  }));
  for (const dtype of floats) {
    for (const s of square) {
      const x = symmetric(dtype, s.b, s.n, 0), out = ldl.run[dtype]([x], s).outputs;
      agree("linalg_ldl", out, [x], {}, 4000);
      const given = [out[0]!, out[1]!, matrices(dtype, [s.b, s.n, s.k], 29)];
      agree("linalg_ldl_solve", solve.run[dtype](given, s).outputs, given, {}, 4000);
    }
    const zero = ldl.run[dtype]([denseZeros(dtype, [1, 2, 2])], { b: 1, m: 2, n: 2, k: 2 }).outputs;
    assertEquals(elementsOf(zero[2]!), [1]);
  }
  ldl.close();
  solve.close();
});

test("the exponential is that of the series, for small and large matrices", async () => {
  const { run, close } = await compiled("linalg_exp", (F) => ({
    inputs: [[F, ["b", "n", "n"]]],
    outputs: [[F, ["b", "n", "n"]]],
  }));
  for (const dtype of floats) {
    for (const s of square) {
      const x = matrices(dtype, [s.b, s.n, s.n], 31);
      agree("linalg_exp", run[dtype]([x], s).outputs, [x], {}, 2000);
    }
    const turn = denseOf(dtype, [1, 2, 2], [0, -3, 3, 0]);
    const [out] = run[dtype]([turn], { b: 1, m: 2, n: 2, k: 2 }).outputs;
    const [c, s] = [Math.cos(3), Math.sin(3)];
    assertNear([elementsOf(out!).map(Number)], [[c, -s, s, c]], room(dtype, 2, 1), "a rotation");
  }
  close();
});
