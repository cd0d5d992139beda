/**
 * Scatters compiled and run: points that meet, indices that wrap, injective maps with lanes.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { add, int, mul, sym } from "../../src/ir/expr/mod.ts";
import { type Buffer, loopAxis, rowMajor, Scalars, type ScatterNest } from "../../src/ir/loops/mod.ts";
import type { DType } from "../../src/base/mod.ts";
import { compileKernel, memoryOf, nativeTarget } from "../rig/native_kernel.ts";

const target = await nativeTarget();
if (!target) console.warn("scatter_test: skipped, no C compiler here");
const s = new Scalars();

function buffer(name: string, dtype: DType, ...shape: readonly number[]): Buffer {
  const sizes = shape.map(int);
  return { name, dtype, shape: sizes, strides: rowMajor(sizes), offset: 0, role: "temp" };
}

/** The result as numbers, from `start` everywhere. */
async function scatter(
  nest: Omit<ScatterNest, "kind" | "name">,
  given: Readonly<Record<string, readonly number[]>>,
  start: number,
  pieces = 1,
): Promise<number[]> {
  const whole: ScatterNest = { kind: "scatter", name: "s", ...nest };
  const kernel = await compileKernel({ kind: "scatter", name: "s", origins: [], nest: whole }, target!);
  try {
    const out = nest.store.buffer;
    const size = out.shape.reduce((n, e) => n * (e.kind === "int" ? e.value : 0), 1);
    const memory = new Map(kernel.text.buffers.map((b) => {
      const values = given[b.name] ?? new Array<number>(size).fill(start);
      const array = memoryOf(b.dtype, values.length);
      values.forEach((v, n) => array[n] = b.dtype === "i64" ? BigInt(v) : v);
      return [b.name, array] as const;
    }));
    kernel.run({ memory, sizes: {} }, 1, pieces);
    return [...memory.get(out.name)!].map(Number);
  } finally {
    kernel.close();
  }
}

const i = loopAxis("i", int(3)), j = loopAxis("j", int(2)), x = sym("x0", {});
const index = s.load(buffer("index", "i64", 3), [i.sym]);
const source = s.load(buffer("source", "f32", 3, 2), [i.sym, j.sym]);
const rows = {
  axes: [i, j],
  value: source,
  store: { buffer: buffer("out", "f32", 4, 2), index: [x, j.sym] },
  bounds: [{ sym: x, value: index, size: int(4), wrap: true }],
};
const values = [1, 2, 3, 4, 5, 6];

Deno.test({
  name: "points that meet add up, and negative indices wrap",
  ignore: !target,
  fn: async () => {
    const out = await scatter({ ...rows, combine: "add" }, { index: [1, -1, 1], source: values }, 10);
    assertEquals(out, [10, 10, 16, 18, 10, 10, 13, 14]);
  },
});

Deno.test({
  name: "of points that meet the last one is set",
  ignore: !target,
  fn: async () => {
    const out = await scatter({ ...rows, combine: "set" }, { index: [0, 3, 0], source: values }, 0);
    assertEquals(out, [5, 6, 0, 0, 0, 0, 3, 4]);
  },
});

Deno.test({
  name: "max keeps the larger one",
  ignore: !target,
  fn: async () => {
    const out = await scatter({ ...rows, combine: "max" }, { index: [2, 2, 0], source: values }, 2);
    assertEquals(out, [5, 6, 2, 2, 3, 4, 2, 2]);
  },
});

Deno.test({
  name: "an element that inner axes do not move is read again each time",
  ignore: !target,
  fn: async () => {
    const store = { buffer: buffer("out", "f32", 4), index: [x] };
    const out = await scatter({ ...rows, store, combine: "add" }, { index: [0, 1, 1], source: values }, 0);
    assertEquals(out, [3, 18, 0, 0]);
  },
});

Deno.test({
  name: "an index out of range is reported",
  ignore: !target,
  fn: async () => {
    const failed = await scatter({ ...rows, combine: "add" }, { index: [0, 4, 1], source: values }, 0)
      .then(() => "none", (e: unknown) => String(e));
    assertEquals(failed, "RangeError: kernel reports error 1");
  },
});

Deno.test({
  name: "a map without loaded indices runs in pieces with lanes",
  ignore: !target,
  fn: async () => {
    const [a, b] = [loopAxis("a", int(5)), loopAxis("b", int(37))];
    const out = await scatter(
      {
        axes: [a, b],
        value: s.load(buffer("source", "f32", 5, 37), [a.sym, b.sym]),
        combine: "add",
        store: { buffer: buffer("out", "f32", 10, 80), index: [mul(a.sym, 2), add(mul(b.sym, 2), 3)] },
        bounds: [],
      },
      { source: Array.from({ length: 185 }, (_, n) => n) },
      1,
      4,
    );
    const want = new Array<number>(800).fill(1);
    for (let r = 0; r < 5; r++) for (let c = 0; c < 37; c++) want[160 * r + 2 * c + 3]! += 37 * r + c;
    assertEquals(out, want);
  },
});
