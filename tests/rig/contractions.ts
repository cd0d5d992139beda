/**
 * What tests of contractions share: products and convolutions of many shapes, run natively and compared with a sum in double
 * precision.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { DType, Target } from "../../src/base/mod.ts";
import { add, and, evaluate, type Expr, ge, int, lt, mul, sub } from "../../src/ir/expr/mod.ts";
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
} from "./native_kernel.ts";

/** What this machine runs; absent without a C compiler. */
export const target = await nativeTarget();
if (!target) console.warn("Contractions: skipped, no C compiler here");

/** All scalars of these tests. */
export const s = new Scalars();
export const axis = (name: string, extent: Expr | number) =>
  loopAxis(name, typeof extent === "number" ? int(extent) : extent);

export function buffer(name: string, dtype: DType, ...shape: readonly (Expr | number)[]): Buffer {
  const sizes = shape.map((x) => (typeof x === "number" ? int(x) : x));
  return { name, dtype, shape: sizes, strides: rowMajor(sizes), offset: 0, role: "input" };
}

/** A contraction; accumulates in f32 and stores the sum unless it says otherwise. */
export type Parts = Omit<Contraction, "kind" | "name" | "accumulate" | "epilogue"> & Partial<Contraction>;

export function kernelOf(parts: Parts): ContractionKernel {
  const accumulate = parts.accumulate ?? "f32", epilogue = s.accumulator(accumulate);
  const nest: Contraction = { kind: "contraction", name: "c", accumulate, epilogue, ...parts };
  return { kind: "contraction", name: "c", origins: [], nest, extra: [] };
}

/** Runs the contraction natively, in several pieces, and compares every element with the oracle. */
export async function check(parts: Parts, all: readonly Sizes[] = [{}], on: Target = target!): Promise<void> {
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

/** A test that needs a compiler. */
export function test(name: string, body: () => Promise<void>): void {
  Deno.test({ name, ignore: !target, fn: body });
}

/** `a[m, k] · b[k, n]` with either operand transposed in memory. */
export function matmul(
  m: number,
  n: number,
  k: number,
  layout: "nn" | "nt" | "tn",
  dtype: DType = "f32",
): Parts {
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

/** A 2-d convolution as lowering writes it: n = [batch, oy, ox], k = [c, ky, kx]. */
export function convolution(
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
