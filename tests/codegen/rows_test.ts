/**
 * Rows whose first stage stands before the last stage of the row before.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { int } from "../../src/ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../src/ir/graph/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { calc } from "../../src/ops/calc.ts";
import { fold, softmax } from "../../src/ops/fold.ts";
import { schedule } from "../../src/schedule/mod.ts";
import { hasCompiler } from "../rig/native_graph.ts";
import { compileKernel, nativeTarget } from "../rig/native_kernel.ts";
import { AttentionGraph } from "../rig/random_attention.ts";

const top = (g: GraphBuilder, x: Value) => fold(g, "max", x, { dims: [1], keep: true });

/** Of each row: what is computed, and the same in numbers. */
const kinds = {
  /** Powers lie in scratch between stages. */
  softmax: {
    of: (g: GraphBuilder, x: Value) => softmax(g, x, 1),
    row: (x: readonly number[], highest: number) => {
      const powers = x.map((v) => Math.exp(v - highest)), sum = powers.reduce((a, b) => a + b, 0);
      return powers.map((p) => p / sum);
    },
  },
  /** The last stage reads what the first one left in its register. */
  "x - max - log(sum)": {
    of: (g: GraphBuilder, x: Value) => {
      const m = calc(g), low = m.sub(x, top(g, x));
      return m.sub(low, m.log(fold(g, "sum", m.exp(low), { dims: [1], keep: true })));
    },
    row: (x: readonly number[], highest: number) => {
      const sum = x.reduce((a, v) => a + Math.exp(v - highest), 0);
      return x.map((v) => v - highest - Math.log(sum));
    },
  },
  /** Two stages only. */
  "x - max": {
    of: (g: GraphBuilder, x: Value) => calc(g).sub(x, top(g, x)),
    row: (x: readonly number[], highest: number) => x.map((v) => v - highest),
  },
} as const;

async function compiledOf(kind: keyof typeof kinds, rows: number, columns: number) {
  const model = new AttentionGraph(), { g } = model;
  const x = model.input("f32", [int(rows), int(columns)], [0], () => 0);
  model.output(kinds[kind].of(g, x));
  const [step, ...more] = schedule(lower(model.graph)).steps;
  assert(step?.kind === "launch" && more.length === 0);
  return compileKernel(step.kernel, (await nativeTarget())!);
}

for (const [kind, { row }] of Object.entries(kinds)) {
  Deno.test({
    name: `${kind}: the next row begins before a row ends`,
    ignore: !hasCompiler,
    fn: async () => {
      for (const [rows, columns] of [[7, 200], [3, 137], [2, 300]] as const) {
        const compiled = await compiledOf(kind as keyof typeof kinds, rows, columns),
          { text, buffers } = compiled.text;
        assert(text.includes("next - 1"));
        const [from, to] = buffers.toSorted((a) => (a.role === "input" ? -1 : 1));
        const x = Float32Array.from({ length: rows * columns }, (_, n) => ((n * 7919) % 101) / 8 - (n % 5));
        x[columns - 1] = -Infinity;
        const y = new Float32Array(x.length + 1).fill(77);
        compiled.run({ memory: new Map([[to!.name, y], [from!.name, x]]), sizes: {} }, 1, 3);
        compiled.close();
        const right = Array.from({ length: rows }, (_, r) => {
          const one = [...x.subarray(r * columns, (r + 1) * columns)];
          return row(one, Math.max(...one));
        }).flat();
        const isOff = (v: number, n: number) =>
          v !== right[n] && !(Math.abs(v - right[n]!) <= 2e-6 * (1 + Math.abs(right[n]!)));
        assertEquals(y.subarray(0, -1).findIndex(isOff), -1, `${rows} ${columns}`);
        assertEquals(y.at(-1), 77);
      }
    },
  });
}

Deno.test({
  name: "long rows that are read again stay in order",
  ignore: !hasCompiler,
  fn: async () => {
    const compiled = await compiledOf("x - max", 4, 4096);
    compiled.close();
    assert(!compiled.text.text.includes("next - 1"));
  },
});
