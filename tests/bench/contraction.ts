/**
 * GFLOP/s of generated contractions on one core, beside the roof of the same run:
 * `deno run -A tests/bench/contraction.ts`.
 *
 * @module
 */
import { add, and, type Expr, ge, int, lt, mul, sub } from "../../src/ir/expr/mod.ts";
import { type Buffer, loopAxis, rowMajor, Scalars } from "../../src/ir/loops/mod.ts";
import type { Contraction } from "../../src/ir/loops/mod.ts";
import { compileKernel, nativeTarget } from "../rig/native_kernel.ts";
import { lineMemoryOf } from "./memory.ts";
import { roof } from "./roof.ts";

const target = await nativeTarget();
if (!target) throw new Error("no C compiler here");
const s = new Scalars();

function buffer(name: string, ...shape: readonly number[]): Buffer {
  const sizes = shape.map(int);
  return { name, dtype: "f32", shape: sizes, strides: rowMajor(sizes), offset: 0, role: "input" };
}

type Parts = Pick<Contraction, "batch" | "m" | "n" | "k" | "a" | "b" | "store"> & Partial<Contraction>;

function matmul(m: number, n: number, k: number, layout: "nn" | "nt" | "tn"): Parts {
  const [M, N, K] = [loopAxis("m", int(m)), loopAxis("n", int(n)), loopAxis("k", int(k))];
  const a = layout[0] === "n"
    ? s.load(buffer("a", m, k), [M.sym, K.sym])
    : s.load(buffer("a", k, m), [K.sym, M.sym]);
  const b = layout[1] === "n"
    ? s.load(buffer("b", k, n), [K.sym, N.sym])
    : s.load(buffer("b", n, k), [N.sym, K.sym]);
  return {
    batch: [],
    m: [M],
    n: [N],
    k: [K],
    a,
    b,
    store: { buffer: buffer("out", m, n), index: [M.sym, N.sym] },
  };
}

function conv(C: number, O: number, H: number, kernel: number, stride = 1, pad = (kernel - 1) / 2): Parts {
  const size = Math.floor((H + 2 * pad - kernel) / stride) + 1;
  const axis = (name: string, extent: number) => loopAxis(name, int(extent));
  const [o, y, x, c] = [axis("o", O), axis("y", size), axis("x", size), axis("c", C)];
  const [ky, kx] = [axis("ky", kernel), axis("kx", kernel)];
  const at = (p: Expr, q: Expr) => sub(add(mul(p, stride), q), pad);
  const [iy, ix] = [at(y.sym, ky.sym), at(x.sym, kx.sym)];
  const inside = and(ge(iy, 0), lt(iy, H), ge(ix, 0), lt(ix, H));
  const value = s.load(buffer("image", C, H, H), [c.sym, iy, ix]);
  return {
    batch: [],
    m: [o],
    n: [y, x],
    k: [c, ky, kx],
    a: s.load(buffer("weight", O, C, kernel, kernel), [o.sym, c.sym, ky.sym, kx.sym]),
    b: pad === 0 ? value : s.guarded(inside, value, s.literal(0, "f32")),
    store: { buffer: buffer("out", O, size, size), index: [o.sym, y.sym, x.sym] },
  };
}

/** Batches of `q[L, D] · k[L, D]ᵀ` (scores) or `p[L, L] · v[L, D]` (values). */
function heads(B: number, L: number, D: number, part: "scores" | "values"): Parts {
  const axis = (name: string, extent: number) => loopAxis(name, int(extent));
  const h = axis("h", B), m = axis("m", L), n = axis("n", part === "scores" ? L : D);
  const k = axis("k", part === "scores" ? D : L), at = [h.sym, n.sym, k.sym];
  return {
    batch: [h],
    m: [m],
    n: [n],
    k: [k],
    a: s.load(buffer("a", B, L, part === "scores" ? D : L), [h.sym, m.sym, k.sym]),
    b: s.load(buffer("b", B, L, D), part === "scores" ? at : [h.sym, k.sym, n.sym]),
    store: { buffer: buffer("out", B, L, part === "scores" ? L : D), index: [h.sym, m.sym, n.sym] },
  };
}

const cases: readonly (readonly [string, Parts])[] = [
  ["matmul 512 nn", matmul(512, 512, 512, "nn")],
  ["matmul 512 nt", matmul(512, 512, 512, "nt")],
  ["matmul 1024 nn", matmul(1024, 1024, 1024, "nn")],
  ["matmul 1024 nt", matmul(1024, 1024, 1024, "nt")],
  ["matmul 64x64x64 nn", matmul(64, 64, 64, "nn")],
  ["linear 2x1024x1024 nt", matmul(2, 1024, 1024, "nt")],
  ["linear 8x1024x1024 nt", matmul(8, 1024, 1024, "nt")],
  ["linear 8x1024x1024 nn", matmul(8, 1024, 1024, "nn")],
  ["linear 4x4096x4096 nt", matmul(4, 4096, 4096, "nt")],
  ["linear 32x768x3072 nt", matmul(32, 768, 3072, "nt")],
  ["scores 12x128x64", heads(12, 128, 64, "scores")],
  ["values 12x128x64", heads(12, 128, 64, "values")],
  ["scores 64x16x16", heads(64, 16, 16, "scores")],
  ["linear 1000x1024->10 nt", matmul(1000, 10, 1024, "nt")],
  ["linear 1000x1024->4 nt", matmul(1000, 4, 1024, "nt")],
  ["conv 3x3 64->64 at 56", conv(64, 64, 56, 3)],
  ["conv 3x3 256->256 at 14", conv(256, 256, 14, 3)],
  ["conv 3x3 512->512 at 7", conv(512, 512, 7, 3)],
  ["conv 1x1 64->256 at 56", conv(64, 256, 56, 1)],
  ["conv 3x3 s2 64->128 at 56", conv(64, 128, 56, 3, 2)],
  ["conv 7x7 s2 3->64 at 224", conv(3, 64, 224, 7, 2)],
];

const { gflops: top } = await roof(target);
console.log(`roof ${top.toFixed(0)} GFLOP/s`);
for (const [name, parts] of cases.filter(([name]) => Deno.args.every((word) => name.includes(word)))) {
  const epilogue = s.accumulator("f32");
  const nest: Contraction = { kind: "contraction", name: "c", accumulate: "f32", epilogue, ...parts };
  const kernel = await compileKernel(
    { kind: "contraction", name: "c", origins: [], nest, extra: [] },
    target,
  );
  const count = (axes: Contraction["m"]) =>
    axes.reduce((n, a) => n * (a.extent.kind === "int" ? a.extent.value : 1), 1);
  const size = (b: Buffer) => b.shape.reduce((n, e) => n * (e.kind === "int" ? e.value : 1), 1);
  const memory = new Map(kernel.text.buffers.map((b) => {
    const array = lineMemoryOf(b.dtype, size(b));
    for (let n = 0; n < array.length; n++) array[n] = ((n * 7919) % 23) / 8 - 1.25;
    return [b.name, array] as const;
  }));
  const flop = 2 * count(parts.batch) * count(parts.m) * count(parts.n) * count(parts.k);
  const repeat = Math.max(20, Math.min(2000, Math.round(4e10 / flop)));
  const ms = kernel.run({ memory, sizes: {} }, repeat);
  const speed = flop / ms / 1e6;
  console.log(
    `${name.padEnd(28)} ${speed.toFixed(0).padStart(5)} GFLOP/s  ${(100 * speed / top).toFixed(0)} % of roof`,
  );
  if (Deno.env.get("AOTI_TEXT")) console.log(kernel.text.text);
  kernel.close();
}
