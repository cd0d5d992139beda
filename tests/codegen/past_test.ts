/**
 * Rows whose results go past the caches: they end amid vectors, and the memory of hosts begins anywhere.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../src/base/mod.ts";
import { int } from "../../src/ir/expr/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { calc } from "../../src/ops/calc.ts";
import { fold } from "../../src/ops/fold.ts";
import { schedule } from "../../src/schedule/mod.ts";
import { hasCompiler } from "../rig/native_graph.ts";
import { compileKernel, memoryOf, nativeTarget } from "../rig/native_kernel.ts";
import { AttentionGraph } from "../rig/random_attention.ts";

/** max(row) - x of numbers that bf16 has. */
function kernelOf(rows: number, columns: number, dtype: DType) {
  const model = new AttentionGraph(), { g } = model, m = calc(g);
  const x = model.input(dtype, [int(rows), int(columns)], [0], () => 0);
  model.output(m.sub(fold(g, "max", x, { dims: [1], keep: true }), x));
  const [step] = schedule(lower(model.graph)).steps;
  assert(step?.kind === "launch");
  return step.kernel;
}

const bits = new Uint32Array(1), float = new Float32Array(bits.buffer);
const toHalf = (x: number) => (float[0] = x, bits[0]! >> 16);

const sizes = { f32: [2100, 1003], bf16: [4200, 1003], f64: [1100, 1000], i64: [1100, 1001] } as const;

for (const dtype of ["f32", "bf16", "f64", "i64"] as const) {
  Deno.test({
    name: `rows of ${dtype} past the caches are whole, wherever their memory begins`,
    ignore: !hasCompiler,
    fn: async () => {
      const target = (await nativeTarget())!, [rows, columns] = sizes[dtype], count = rows * columns;
      const compiled = await compileKernel(kernelOf(rows, columns, dtype), target, ["-O1"]);
      const [from, to] = compiled.text.buffers.toSorted((a) => (a.role === "input" ? -1 : 1));
      assert(compiled.text.text.includes(`aoti_edge_${dtype}`));
      const plain = memoryOf(dtype, 0), Kind = plain.constructor as Float32ArrayConstructor;
      const one = plain.BYTES_PER_ELEMENT, number = (n: number) => (n * 7) % 256;
      const of = (x: number) => dtype === "bf16" ? toHalf(x) : dtype === "i64" ? BigInt(x) : x;
      for (const [a, b] of [[0, 0], [one, 5 * one], [6 * one, one]] as const) {
        const [x, y] = [a, b].map((at) => new Kind(new ArrayBuffer(count * one + 128), at, count + 1));
        for (let n = 0; n < count; n++) x![n] = of(number(n)) as number;
        y![count] = of(77) as number;
        compiled.run({ memory: new Map([[to!.name, y!], [from!.name, x!]]), sizes: {} }, 1, 3);
        const wrong = y!.findIndex((v, n) => v !== of(n < count ? 255 - number(n) : 77));
        assertEquals(wrong, -1, `${a} ${b}`);
      }
      compiled.close();
    },
  });
}
