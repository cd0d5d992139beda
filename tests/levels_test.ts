/** The levels of the compiler agree: a graph, its loops, and the texts of both. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import "./rig/seed.ts";
import { parseGraph, printGraph } from "../src/ir/graph/mod.ts";
import { parseLoops, printLoops, verifyLoops } from "../src/ir/loops/mod.ts";
import { printPlan, verifyPlan } from "../src/ir/plan/mod.ts";
import { lower } from "../src/lower/mod.ts";
import { schedule } from "../src/schedule/mod.ts";
import { interpreted, looped, problemsOf } from "./rig/outcomes.ts";
import { randomGraph } from "./rig/random_graph.ts";

const runs = { numRuns: Number(Deno.env.get("AOTI_RUNS") ?? 150) };

Deno.test("a random graph's text reads back as the same graph", () => {
  fc.assert(
    fc.property(randomGraph(), ({ graph }) => assertEquals(parseGraph(printGraph(graph)), graph)),
    runs,
  );
});

Deno.test("the text of a random graph's loops reads back as loops of the same text, with nothing wrong", () => {
  fc.assert(
    fc.property(randomGraph(), ({ graph }) => {
      const text = printLoops(lower(graph));
      assertEquals(printLoops(parseLoops(text)), text);
      assertEquals(verifyLoops(parseLoops(text)).map((d) => d.message), []);
    }),
    runs,
  );
});

Deno.test("a random graph's plan has nothing wrong with it, and two plans of one graph have one text", () => {
  fc.assert(
    fc.property(randomGraph(), ({ graph }) => {
      const plan = schedule(lower(graph));
      assertEquals(verifyPlan(plan).map((d) => d.message), []);
      assertEquals(printPlan(schedule(lower(graph))), printPlan(plan));
    }),
    runs,
  );
});

Deno.test("a random graph and its loops give the same", () => {
  fc.assert(
    fc.property(randomGraph(), (c) => assertEquals(problemsOf(c, interpreted(c), looped(c), "loops"), [])),
    runs,
  );
});
