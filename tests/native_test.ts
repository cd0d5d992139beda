/** Compiled graphs give what the interpreter gives: random graphs through the whole pipeline, and those that did not. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Target } from "../src/base/mod.ts";
import { printGraph } from "../src/ir/graph/mod.ts";
import { hasCompiler, NativeBench } from "./rig/native_graph.ts";
import { Batch } from "./rig/native_batch.ts";
import { interpreted, looped, type Outcome, problemsOf } from "./rig/outcomes.ts";
import { type RandomCase, randomGraph } from "./rig/random_graph.ts";
import { keptCases } from "./rig/seeds.ts";
import { seed } from "./rig/seed.ts";
import { targetsOf } from "./rig/targets.ts";

const count = Number(Deno.env.get("AOTI_NATIVE_RUNS") ?? 40);
const debug = Deno.env.get("AOTI_NATIVE_OPTIMISED") !== "1";

function caught(run: () => Outcome): Outcome {
  try {
    return run();
  } catch (error) {
    return { outputs: [], effects: [], failed: (error as Error).message };
  }
}

async function problems(bench: NativeBench, cases: readonly RandomCase[], target: Target, debug: boolean) {
  const folder = await Deno.makeTempDir({ dir: bench.folder });
  using batch = await Batch.open(bench.shop, cases, { target, debug, folder });
  return cases.flatMap((c, n) => {
    const found = problemsOf(c, interpreted(c), caught(() => batch.run(n, c.inputs)), target.march);
    return found.length > 0
      ? [`case ${n} of seed ${seed}:\n${found.join("\n")}\n${printGraph(c.graph)}`]
      : [];
  });
}

Deno.test({
  name: "compiled random graphs give what the interpreter gives",
  ignore: !hasCompiler,
  fn: async () => {
    await using bench = await NativeBench.open({ debug: true });
    const targets = targetsOf(bench.shop.native), cases = fc.sample(randomGraph(), { numRuns: count, seed });
    for (const [k, target] of targets.entries()) {
      const mine = cases.filter((_, n) => n % targets.length === k);
      const bad = await problems(bench, mine, target, debug);
      assertEquals(bad.slice(0, 3), [], bad.slice(0, 3).join("\n"));
    }
  },
});

Deno.test({
  name: "graphs that once differed do so no more",
  ignore: !hasCompiler,
  fn: async () => {
    await using bench = await NativeBench.open({ debug: true });
    const kept = [...await keptCases()];
    for (const [name, c] of kept) assertEquals(problemsOf(c, interpreted(c), looped(c), name), []);
    for (const target of targetsOf(bench.shop.native)) {
      const bad = await problems(bench, kept.map(([, c]) => c), target, debug);
      assertEquals(bad, [], bad.join("\n"));
    }
  },
});

Deno.test({
  name: "a random graph that is built on its own, as models are, gives what the interpreter gives",
  ignore: !hasCompiler,
  fn: async () => {
    await using bench = await NativeBench.open({ debug });
    for (const c of fc.sample(randomGraph(), { numRuns: 2, seed: seed + 1 })) {
      const found = await bench.run(c.graph, c.inputs, c.constants).catch((error: Error): Outcome => {
        return { outputs: [], effects: [], failed: error.message };
      });
      assertEquals(problemsOf(c, interpreted(c), found, "built"), [], printGraph(c.graph));
    }
  },
});
