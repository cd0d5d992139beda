/**
 * Contractions compiled and run against the double-precision oracle: products of many shapes, with epilogues.
 *
 * @module
 */
import { type Expr, sym } from "../../src/ir/expr/mod.ts";
import { axis, buffer, check, matmul, type Parts, s, test } from "../rig/contractions.ts";

for (const layout of ["nn", "nt", "tn"] as const) {
  for (
    const [m, n, k] of [[3, 5, 7], [64, 48, 33], [29, 70, 300], [1, 1, 1], [130, 33, 500], [
      2,
      100,
      40,
    ]] as const
  ) {
    test(`matmul ${m}x${n}x${k} ${layout} gives the oracle's sums`, () => check(matmul(m, n, k, layout)));
  }
}

test("few rows go through all columns and blocks of k, whichever way B lies", async () => {
  for (const layout of ["nn", "nt"] as const) {
    await check(matmul(7, 2101, 43, layout));
    await check(matmul(8, 37, 3103, layout));
    await check(matmul(1, 70, 4113, layout));
    await check(matmul(5, 45, 50, layout, "f64"));
    await check(matmul(13, 37, 260, layout));
    await check(matmul(16, 1040, 259, layout));
    await check(matmul(6, 45, 20, layout));
  }
});

test("packed rows stay from block to block of columns, and blocks of k wait", async () => {
  for (const layout of ["nn", "nt", "tn"] as const) await check(matmul(70, 700, 530, layout));
  const rows = sym("s0", { min: 1 }), base = matmul(1, 1100, 600, "nn"), M = axis("m", rows);
  const a = s.load(buffer("a", "f32", rows, 600), [M.sym, base.k[0]!.sym]);
  const store = { buffer: buffer("out", "f32", rows, 1100), index: [M.sym, base.n[0]!.sym] };
  await check({ ...base, m: [M], a, store }, [{ s0: 150 }, { s0: 71 }, { s0: 5 }]);
});

test("f64 operands accumulate in f64", () => check(matmul(37, 29, 90, "nt", "f64")));

for (
  const [m, n, k, layout] of [[3, 40, 50, "nt"], [20, 40, 50, "nt"], [33, 70, 801, "nn"], [
    17,
    31,
    9,
    "tn",
  ]] as const
) {
  test(`${m}x${n}x${k} ${layout} of bf16 accumulates in f32 and rounds once`, async () => {
    const base = matmul(m, n, k, layout, "bf16");
    const parts = { ...base, a: s.cast(base.a, "f32"), b: s.cast(base.b, "f32") };
    await check({ ...parts, epilogue: s.cast(s.accumulator("f32"), "bf16") });
  });
}

test("a sum over nothing is the epilogue of zero", async () => {
  const base = matmul(5, 6, 0, "nn");
  await check({ ...base, epilogue: s.apply("add", s.accumulator("f32"), s.literal(2, "f32")) });
});

test("an empty result runs nothing", () => check(matmul(0, 6, 4, "nn")));

test("epilogues read bias, residual and literals", async () => {
  const base = matmul(33, 47, 20, "nt"), [M, N] = [base.m[0]!, base.n[0]!];
  const bias = s.load(buffer("bias", "f32", 47), [N.sym]);
  const row = s.load(buffer("row", "f32", 33), [M.sym]);
  const residual = s.load(buffer("residual", "f32", 33, 47), [M.sym, N.sym]);
  const sum = s.apply("add", s.apply("add", s.accumulator("f32"), bias), s.apply("mul", row, residual));
  await check({ ...base, epilogue: s.apply("max", sum, s.literal(0, "f32")) });
});

/** `sum + bias[n] + row[m] · residual[m, n]` of roles of two axes: `[rows, across]` and `[images, width]`. */
function biased(rows: Expr | number, across: number, images: number, width: number, k: number): Parts {
  const [y, x, i, n, K] = [
    axis("y", rows),
    axis("x", across),
    axis("i", images),
    axis("n", width),
    axis("k", k),
  ];
  const bias = s.load(buffer("bias", "f32", width), [n.sym]);
  const row = s.load(buffer("row", "f32", rows, across), [y.sym, x.sym]);
  const out = [i.sym, y.sym, x.sym, n.sym], sizes = [images, rows, across, width];
  const residual = s.load(buffer("residual", "f32", ...sizes), out);
  const sum = s.apply("add", s.apply("add", s.accumulator("f32"), bias), s.apply("mul", row, residual));
  return {
    batch: [],
    m: [y, x],
    n: [i, n],
    k: [K],
    a: s.load(buffer("a", "f32", rows, across, k), [y.sym, x.sym, K.sym]),
    b: s.load(buffer("b", "f32", k, images, width), [K.sym, i.sym, n.sym]),
    epilogue: s.apply("max", sum, s.literal(0, "f32")),
    store: { buffer: buffer("out", "f32", ...sizes), index: out },
  };
}

for (const [width, k] of [[48, 40], [64, 530], [40, 40], [21, 520]] as const) {
  test(`short epilogues of ${width} columns an image, ${k} deep, in registers or not`, async () => {
    await check(biased(5, 7, 3, width, k));
    await check(biased(sym("s0", { min: 1 }), 7, 3, width, k), [1, 3, 6].map((s0) => ({ s0 })));
  });
}

test("sizes are symbols", async () => {
  const [m, n, k] = [sym("s0", { min: 1 }), sym("s1", { min: 1 }), sym("s2", { min: 1 })];
  const [M, N, K] = [axis("m", m), axis("n", n), axis("k", k)];
  const parts = {
    batch: [],
    m: [M],
    n: [N],
    k: [K],
    a: s.load(buffer("a", "f32", m, k), [M.sym, K.sym]),
    b: s.load(buffer("b", "f32", n, k), [N.sym, K.sym]),
    store: { buffer: buffer("out", "f32", m, n), index: [M.sym, N.sym] },
  };
  const few = [1, 5, 8, 9].map((s0) => ({ s0, s1: 300, s2: 5 }));
  await check(parts, [{ s0: 45, s1: 90, s2: 400 }, ...few, { s0: 3, s1: 1, s2: 2500 }, {
    s0: 3,
    s1: 7,
    s2: 0,
  }]);
});
