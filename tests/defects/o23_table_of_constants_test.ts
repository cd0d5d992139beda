/** O23: constants are rows of a table, not statements. */
import { assert, assertEquals } from "@std/assert";
import { cpuTarget } from "../../src/base/mod.ts";
import { buildUserGraph } from "../../src/ops/mod.ts";
import { compileGraph } from "../../src/pipeline/mod.ts";

Deno.test("A thousand constants are a thousand rows, and no line of code", async () => {
  const { graph } = await buildUserGraph("model", ({ input, constant, ops }) => {
    const all = Array.from({ length: 1000 }, (_, n) => constant(`layer.${n}.w`, [n]));
    return ops.add(input("x", { shape: [1] }), all[7]!);
  });
  const { emitted } = compileGraph(graph, cpuTarget("x86-64-v3"));
  const run = emitted.model.slice(
    emitted.model.indexOf("run_model"),
    emitted.model.indexOf("char constant_names"),
  );
  assert(run.split("\n").length < 20, run);
  assertEquals(emitted.model.match(/^ {2}"layer\.\d+\.w\\0"/gm)?.length, 1000);
  const table = emitted.model.slice(emitted.model.indexOf("aoti_constant_desc constants[]"));
  assertEquals(table.match(/^ {2}\{\d+, \d+, /gm)?.length, 1000);
});
