/**
 * Contractions compiled and run against the double-precision oracle: roles of many shapes, operands of many kinds.
 *
 * @module
 */
import { assert } from "@std/assert";
import { cpuLevels, cpuTarget, type DType, type Target } from "../../src/base/mod.ts";
import { add, and, evaluate, type Expr, ge, int, lt, mul, sub, sym } from "../../src/ir/expr/mod.ts";
import {
  type Axis,
  type Buffer,
  type Contraction,
  loopAxis,
  rowMajor,
  type Scalar,
  Scalars,
} from "../../src/ir/loops/mod.ts";
import type { ContractionKernel } from "../../src/ir/plan/mod.ts";
import {
  type CompiledKernel,
  compileKernel,
  evaluateAt,
  memoryOf,
  nativeTarget,
  pointsOf,
  type Sizes,
  trespasses,
} from "../rig/native_kernel.ts";

const target = await nativeTarget();
if (!target) console.warn("contraction_test: skipped, no C compiler here");

const s = new Scalars();
const axis = (name: string, extent: Expr | number) =>
  loopAxis(name, typeof extent === "number" ? int(extent) : extent);

function buffer(name: string, dtype: DType, ...shape: readonly (Expr | number)[]): Buffer {
  const sizes = shape.map((x) => (typeof x === "number" ? int(x) : x));
  return { name, dtype, shape: sizes, strides: rowMajor(sizes), offset: 0, role: "input" };
}

type Parts = Omit<Contraction, "kind" | "name" | "accumulate" | "epilogue"> & Partial<Contraction>;

function kernelOf(parts: Parts): ContractionKernel {
  const accumulate = parts.accumulate ?? "f32", epilogue = s.accumulator(accumulate);
  const nest: Contraction = { kind: "contraction", name: "c", accumulate, epilogue, ...parts };
  return { kind: "contraction", name: "c", origins: [], nest, extra: [] };
}

/** Runs the contraction natively, in several pieces, and compares every element with the oracle. */
async function check(parts: Parts, all: readonly Sizes[] = [{}], on: Target = target!): Promise<void> {
  const kernel = await compileKernel(kernelOf(parts), on);
  try {
    all.forEach((sizes) => compare(kernel, kernelOf(parts).nest, sizes));
  } finally {
    kernel.close();
  }
}

function compare(kernel: CompiledKernel, nest: Contraction, sizes: Sizes): void {
  const memory = new Map(kernel.text.buffers.map((b) => {
    const array = memoryOf(b.dtype, b.shape.reduce((n, e) => n * evaluate(e, sizes), 1) + 64);
    for (let n = 0; n < array.length; n++) {
      if (b.dtype === "i64") array[n] = BigInt((n * 7) % 5);
      else if (b.dtype === "bf16") array[n] = 0x3f80 + ((n * 37) % 61);
      else array[n] = ((n * 7919) % 23) / 8 - 1.25;
    }
    return [b.name, array] as const;
  }));
  const out = nest.store.buffer, result = memory.get(out.name)!;
  result.fill(7 as never);
  kernel.run({ memory, sizes }, 1, 3);
  const outer = [...nest.batch, ...nest.m, ...nest.n];
  const points = [...pointsOf(outer, sizes)];
  const step = Math.max(1, Math.floor(points.length / 400)); // the oracle is slow: a sample, with both ends
  for (const [at, point] of points.entries()) {
    if (at % step !== 0 && at < points.length - 3) continue;
    let sum = 0, size = 0;
    for (const inner of pointsOf(nest.k, point)) {
      const product = evaluateAt(nest.a, inner, memory) * evaluateAt(nest.b, inner, memory);
      sum += product;
      size += Math.abs(product);
    }
    const want = evaluateAt(nest.epilogue, point, memory, sum);
    const got = evaluateAt(s.load(out, nest.store.index), point, memory);
    const tolerance = (nest.accumulate === "f64" ? 1e-12 : 1e-5) * (size + 1) +
      (out.dtype === "bf16" ? Math.abs(want) / 200 : 0);
    assert(Object.is(got, want) || Math.abs(got - want) <= tolerance, `element ${at}: ${got} is not ${want}`);
  }
}

function test(name: string, body: () => Promise<void>): void {
  Deno.test({ name, ignore: !target, fn: body });
}

/** `a[m, k] · b[k, n]` with either operand transposed in memory. */
function matmul(m: number, n: number, k: number, layout: "nn" | "nt" | "tn", dtype: DType = "f32"): Parts {
  const [M, N, K] = [axis("m", m), axis("n", n), axis("k", k)];
  const a = layout[0] === "n"
    ? s.load(buffer("a", dtype, m, k), [M.sym, K.sym])
    : s.load(buffer("a", dtype, k, m), [K.sym, M.sym]);
  const b = layout[1] === "n"
    ? s.load(buffer("b", dtype, k, n), [K.sym, N.sym])
    : s.load(buffer("b", dtype, n, k), [N.sym, K.sym]);
  const accumulate = dtype === "f64" ? "f64" : "f32";
  const store = { buffer: buffer("out", dtype, m, n), index: [M.sym, N.sym] };
  return { batch: [], m: [M], n: [N], k: [K], a, b, accumulate, store };
}

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

/** A 2-d convolution as lowering writes it: n = [batch, oy, ox], k = [c, ky, kx]. */
function convolution(
  [B, C, H, W, O]: readonly [number, number, number, number, number],
  kernel: number,
  stride: number,
  pad: number,
): Parts {
  const size = (x: number) => Math.floor((x + 2 * pad - kernel) / stride) + 1;
  const [b, o, y, x] = [axis("b", B), axis("o", O), axis("y", size(H)), axis("x", size(W))];
  const [c, ky, kx] = [axis("c", C), axis("ky", kernel), axis("kx", kernel)];
  const image = buffer("image", "f32", B, C, H, W), weight = buffer("weight", "f32", O, C, kernel, kernel);
  const iy = sub(add(mul(y.sym, stride), ky.sym), pad), ix = sub(add(mul(x.sym, stride), kx.sym), pad);
  const inside = and(ge(iy, 0), lt(iy, H), ge(ix, 0), lt(ix, W));
  const value: Scalar = s.load(image, [b.sym, c.sym, iy, ix]);
  return {
    batch: [],
    m: [o],
    n: [b, y, x] as readonly Axis[],
    k: [c, ky, kx],
    a: s.load(weight, [o.sym, c.sym, ky.sym, kx.sym]),
    b: s.guarded(inside, value, s.literal(0, "f32")),
    store: { buffer: buffer("out", "f32", B, O, size(H), size(W)), index: [b.sym, o.sym, y.sym, x.sym] },
  };
}

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
