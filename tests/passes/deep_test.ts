/** Depth of a graph costs no stack. */
import { assert } from "@std/assert";
import { cpuTarget } from "../../src/base/mod.ts";
import { buildUserGraph } from "../../src/ops/mod.ts";
import { compileGraph } from "../../src/pipeline/mod.ts";

Deno.test("A chain of 6000 operators compiles, with a chain of weights beside it that is folded", async () => {
  const { graph } = await buildUserGraph("deep", ({ input, constant, ops }) => {
    let x = input("x", { shape: [4] }), w = constant("w", [1, 2, 3, 4]);
    for (let n = 0; n < 2000; n++) {
      x = ops.sin(ops.add(x, w));
      w = ops.mul(w, 1.5);
    }
    return x;
  });
  assert(compileGraph(graph, cpuTarget("x86-64-v3")).emitted.kernels.length > 0);
  assert(compileGraph(graph, cpuTarget("x86-64-v3"), { flags: { freezing: true } }).fold);
});
