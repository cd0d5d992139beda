/**
 * Rows divided by one number each: by its inverse, with the bits of a division.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { int } from "../../src/ir/expr/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { calc } from "../../src/ops/calc.ts";
import { fold } from "../../src/ops/fold.ts";
import { schedule } from "../../src/schedule/mod.ts";
import { hasCompiler } from "../rig/native_graph.ts";
import { compileKernel, nativeTarget } from "../rig/native_kernel.ts";
import { AttentionGraph } from "../rig/random_attention.ts";

/** x / max(row) of the columns. */
function kernelOf(rows: number, columns: number) {
  const model = new AttentionGraph(), { g } = model;
  const x = model.input("f32", [int(rows), int(columns)], [0], () => 0);
  model.output(calc(g).div(x, fold(g, "max", x, { dims: [1], keep: true })));
  const [step] = schedule(lower(model.graph)).steps;
  assert(step?.kind === "launch");
  return step.kernel;
}

const highest = [3, 0.7, -1e-20, 0, -0, 1e-40, 3e38, Infinity, NaN, 1e38, -Infinity];

for (const [columns, by] of [[300, "aoti_over_f32"], [100, "aoti_div_f32"]] as const) {
  Deno.test({
    name: `rows of ${columns} divided by one number have the bits of ${by}`,
    ignore: !hasCompiler,
    fn: async () => {
      const rows = highest.length,
        compiled = await compileKernel(kernelOf(rows, columns), (await nativeTarget())!);
      const [from, to] = compiled.text.buffers.toSorted((a) => (a.role === "input" ? -1 : 1));
      assert(compiled.text.text.includes(by));
      const x = new Float32Array(rows * columns), y = new Float32Array(rows * columns);
      const below = [0, -0, -1, -3e38, -Infinity, -1e-30, -7.3, 1e-25];
      for (let n = 0; n < x.length; n++) {
        const top = Math.fround(highest[Math.floor(n / columns)]!), wanted = below[n % below.length]!;
        x[n] = n % columns === 7 || wanted > top ? top : Math.min(top, wanted * (1 + n / 999));
      }
      compiled.run({ memory: new Map([[to!.name, y], [from!.name, x]]), sizes: {} });
      compiled.close();
      const quotients = x.map((v, n) => v / Math.fround(highest[Math.floor(n / columns)]!));
      assertEquals(y.findIndex((v, n) => !Object.is(v, quotients[n])), -1);
    },
  });
}
