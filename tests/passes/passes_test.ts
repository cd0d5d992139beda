/** Passes, text in and text out: `<pass>.graph` holds a graph, `=====`, and what the pass makes of it. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { interpreted, problemsOf } from "../rig/outcomes.ts";
import { randomGraph } from "../rig/random_graph.ts";
import "../rig/seed.ts";
import { parseGraph, printGraph } from "../../src/ir/graph/mod.ts";
import { graphPasses } from "../../src/passes/mod.ts";

for (const pass of graphPasses) {
  const file = new URL(`./${pass.name}.graph`, import.meta.url);
  const text = await Deno.readTextFile(file).catch(() => undefined);
  if (text === undefined) continue; // tested in another file
  Deno.test(`${pass.name}: ${pass.doc}`, () => {
    const [before, after] = text.split("=====\n") as [string, string];
    assertEquals(printGraph(pass.run(parseGraph(before))).trim(), printGraph(parseGraph(after)).trim());
  });
}

for (const pass of graphPasses) {
  Deno.test(`${pass.name} leaves what random graphs compute as it is`, () => {
    fc.assert(
      fc.property(randomGraph(), (c) => {
        const after = interpreted({ ...c, graph: pass.run(c.graph) });
        assertEquals(problemsOf(c, interpreted(c), after, pass.name), []);
      }),
      { numRuns: 60 },
    );
  });
}
