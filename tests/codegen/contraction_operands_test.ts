/**
 * Contractions whose operands are more than matrices, compiled and run against the double-precision oracle: looked up, of
 * heads, of images; on narrower machines too. None touches other memory.
 *
 * @module
 */
import { assert } from "@std/assert";
import { cpuLevels, cpuTarget } from "../../src/base/mod.ts";
import { ge, int, sym } from "../../src/ir/expr/mod.ts";
import { trespasses } from "../rig/native_kernel.ts";
import { axis, buffer, check, convolution, kernelOf, matmul, s, target, test } from "../rig/contractions.ts";

for (const m of [3, 21]) {
  test(`${m} rows and the columns are looked up by loaded indices`, async () => {
    const base = matmul(m, 40, 33, "nn"), [M, N, K] = [base.m[0]!, base.n[0]!, base.k[0]!];
    const [x, y] = [sym("x0", { min: 0 }), sym("x1", { min: 0 })];
    const rows = s.load(buffer("rows", "i64", m), [M.sym]),
      columns = s.load(buffer("columns", "i64", 40), [N.sym]);
    const a = s.bound(x, rows, int(5), false, s.load(buffer("table", "f32", 5, 33), [x, K.sym]));
    const b = s.bound(y, columns, int(5), false, s.load(buffer("other", "f32", 5, 33), [y, K.sym]));
    await check({ ...base, a, b });
    await check({
      ...base,
      a,
      b: s.bound(y, columns, int(5), false, s.load(buffer("o", "f32", 33, 5), [K.sym, y])),
    });
  });
}

test("batches and heads: attention scores out of one packed projection", async () => {
  const [B, H, L, D] = [2, 3, 19, 8];
  const [b, h, q, k, d] = [axis("b", B), axis("h", H), axis("q", L), axis("k", L), axis("d", D)];
  const qkv = buffer("qkv", "f32", B, L, 3, H, D);
  await check({
    batch: [b, h],
    m: [q],
    n: [k],
    k: [d],
    a: s.apply("mul", s.load(qkv, [b.sym, q.sym, int(0), h.sym, d.sym]), s.literal(0.5, "f32")),
    b: s.load(qkv, [b.sym, k.sym, int(1), h.sym, d.sym]),
    store: { buffer: buffer("out", "f32", B, H, L, L), index: [b.sym, h.sym, q.sym, k.sym] },
  });
});

test("convolution 3x3, padded", () => check(convolution([2, 3, 9, 11, 5], 3, 1, 1)));
test("convolution 3x3, wide rows", () => check(convolution([1, 4, 5, 40, 17], 3, 1, 1)));
test("convolution 3x3, stride two", () => check(convolution([2, 3, 12, 37, 4], 3, 2, 1)));
test("dead lanes of a dot product stay out, whatever B makes of them", async () => {
  const base = matmul(4, 9, 21, "nt");
  await check({ ...base, b: s.apply("add", base.b, s.literal(Infinity, "f32")), a: s.literal(1, "f32") });
});
test("convolution 3x3, small image", () => check(convolution([1, 20, 7, 7, 70], 3, 1, 1)));
test("convolution 1x1", () => check(convolution([3, 8, 6, 6, 20], 1, 1, 0)));

for (const level of cpuLevels) {
  const narrower = cpuTarget(level);
  if (!target || narrower.arch !== target.arch || narrower.vectorBytes >= target.vectorBytes) continue;
  test(`a convolution and products on ${level}`, async () => {
    await check(matmul(29, 37, 41, "nt"), [{}], narrower);
    await check(matmul(29, 37, 41, "tn", "f64"), [{}], narrower);
    await check(matmul(7, 37, 41, "nt"), [{}], narrower);
    await check(matmul(7, 37, 41, "nn"), [{}], narrower);
    await check(convolution([1, 3, 9, 21, 5], 3, 1, 1), [{}], narrower);
  });
}

test("no kernel touches memory outside its buffers and scratch", async () => {
  const cases = [
    matmul(29, 37, 41, "nt"),
    matmul(29, 37, 41, "tn"),
    matmul(30, 600, 800, "nn"),
    matmul(90, 10, 80, "nt"),
    matmul(7, 37, 41, "nt"),
    matmul(7, 137, 41, "nn", "f64"),
    convolution([2, 3, 9, 21, 15], 3, 1, 1),
    convolution([2, 3, 12, 37, 4], 3, 2, 1),
  ];
  const narrow = target!.arch === "x86_64" ? cpuTarget("x86-64-v2") : target!;
  for (const parts of cases) {
    for (const [on, how] of [[narrow, "sanitizers"], [target!, "guard pages"]] as const) {
      const said = await trespasses(kernelOf(parts), on, how);
      assert(said === "", `${how}: ${said}`);
    }
  }
});

test("of columns of an unknown number, tiles store no more than there are", async () => {
  const images = sym("s0", { min: 1 }),
    base = matmul(5, 1, 27, "nn"),
    [M, K] = [base.m[0]!.sym, base.k[0]!.sym];
  for (const pixels of [4, 12, 42, 80]) {
    const [I, P] = [axis("n0", images), axis("n1", pixels)];
    const image = s.load(buffer("b", "f32", images, pixels, 27), [I.sym, P.sym, K]);
    const b = s.guarded(ge(P.sym, 1), image, s.literal(0, "f32")); // to be packed
    const store = { buffer: buffer("out", "f32", images, 5, pixels), index: [I.sym, M, P.sym] };
    const parts = { ...base, n: [I, P], b, store }, sizes = [1, 2, 3].map((s0) => ({ s0 }));
    for (const level of cpuLevels) {
      const on = cpuTarget(level);
      if (on.arch === target!.arch && on.vectorBytes <= target!.vectorBytes) await check(parts, sizes, on);
    }
  }
});
