/**
 * Routines of linear algebra, compiled: residuals over random matrices of many sizes, in batches, without elements, singular
 * ones; and the references in plain TypeScript beside them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../src/base/mod.ts";
import type { Attr } from "../../src/ir/graph/mod.ts";
import { denseOf, type DenseTensor, denseZeros, elementsOf, roundFloat } from "../../src/ir/scalar/mod.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import { identity, matricesOf, type Matrix, product, transposed } from "../../src/ops/interpret/matrices.ts";
import { nativeTarget } from "../rig/native_kernel.ts";
import { compileRoutines, type NativeRoutine, type RoutineSpec } from "../rig/native_routines.ts";

const target = await nativeTarget();
if (!target) console.warn("linalg_test: skipped, no C compiler here");

type Sizes = Readonly<Record<"b" | "m" | "n" | "k", number>>;
type Shape = readonly (keyof Sizes)[];
type Attrs = Readonly<Record<string, Attr>>;
interface Row {
  readonly attrs?: Attrs;
  readonly inputs: readonly (readonly [DType, Shape])[];
  readonly outputs: readonly (readonly [DType, Shape])[];
}

const epsilons = { f32: 2 ** -23, f64: 2 ** -52 } as const;
type Float = keyof typeof epsilons;
const floats: readonly Float[] = ["f32", "f64"];
const sizes: readonly Sizes[] = [
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
const square = sizes.map(({ b, m }) => ({ b, m, n: m, k: m }));

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  };
}
function matrices(dtype: Float, shape: readonly number[], seed = 1): DenseTensor {
  const next = random(seed), count = shape.reduce((p, s) => p * s, 1);
  return denseOf(dtype, shape, Array.from({ length: count }, () => roundFloat(next(), dtype)));
}
function fromMatrices(dtype: DType, shape: readonly number[], items: readonly Matrix[]): DenseTensor {
  return denseOf(dtype, shape, items.flat(2));
}
/** `A A' + A A' ...`, symmetric and as positive as `shift` makes it. */
function symmetric(dtype: Float, b: number, n: number, shift: number): DenseTensor {
  const items = matricesOf(matrices(dtype, [b, n, n], 7 + n)).map((a) =>
    a.map((row, i) =>
      row.map((x, j) => roundFloat((x + a[j]![i]!) / 2 + (i === j ? shift * Math.sqrt(n) * 2 : 0), dtype))
    )
  );
  return fromMatrices(dtype, [b, n, n], items);
}

const largest = (x: Matrix) => Math.max(0, ...x.flat().map(Math.abs));
function assertNear(got: Matrix, want: Matrix, limit: number, about: string): void {
  const far = Math.max(0, ...got.flatMap((row, i) => row.map((x, j) => Math.abs(x - want[i]![j]!))));
  assert(far <= limit, `${about}: ${far} is more than ${limit}`);
}
const times = (a: Matrix, b: Matrix) => product(a, b);
/** Limit of a residual: a few rounding errors for each element that goes into a sum. */
const room = (dtype: Float, n: number, size: number) => 8 * (n + 2) * epsilons[dtype] * Math.max(size, 1e-3);

/** Compiles one routine for both float types; F stands for them in `rows`. */
async function compiled(routine: string, row: (dtype: Float) => Row) {
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

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !target, fn });
}

/** Elementwise agreement with the reference. */
function agree(
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
