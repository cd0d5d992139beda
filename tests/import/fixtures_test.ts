import { assert, assertEquals } from "@std/assert";
import type { DType } from "../../src/base/mod.ts";
import { importExport } from "../../src/import/mod.ts";
import { fixture, fixtures, readGood } from "./archive/rig.ts";

Deno.test("real exports import, or say why not", async () => {
  const allowed = new Set(["unsupported-operator", "unsupported-dtype"]);
  for (const name of fixtures()) {
    const result = await importExport(await readGood(fixture(name)));
    if (!result.ok) {
      assertEquals(result.diagnostics.filter((d) => !allowed.has(d.reason)).map((d) => d.message), [], name);
    }
  }
});

Deno.test("the mutations of a decomposed export are effects on its buffer and its input", async () => {
  for (const name of ["mutdec_2_6", "mutdec_2_13"]) {
    const result = await importExport(await readGood(fixture(name)));
    assert(result.ok);
    const { effects, inputs, constants } = result.value.graph;
    const targets = [...inputs, ...constants].map(({ value }) => value);
    assertEquals(effects.length, 2);
    assert(effects.every(({ target }) => targets.includes(target)));
  }
});

Deno.test("weights are referred to, never read: every constant has its blob", async () => {
  const result = await importExport(await readGood(fixture("cond_2_13")));
  assert(result.ok);
  const { graph, weights } = result.value;
  assertEquals(graph.constants.map(({ value }): DType => value.type.dtype), ["f32", "f32"]);
  assert(graph.constants.every(({ data }) => weights.blobs.has(data)));
  assertEquals(JSON.parse(graph.inSpec)[1].type, "builtins.tuple");
});
