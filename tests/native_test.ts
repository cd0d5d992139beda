/** Compiled graphs give what the interpreter gives: random graphs through the whole pipeline. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { printGraph } from "../src/ir/graph/mod.ts";
import type { DenseTensor } from "../src/ir/scalar/mod.ts";
import { interpret } from "../src/ops/mod.ts";
import { differences } from "./rig/dense.ts";
import { hasCompiler, NativeBench } from "./rig/native_graph.ts";
import { type RandomCase, randomGraph } from "./rig/random_graph.ts";
import { seed } from "./rig/seed.ts";

const count = Number(Deno.env.get("AOTI_NATIVE_RUNS") ?? 6);

/** Native rounding: functions differ by a few units in the last place, of half types by more. */
const tolerance = 1e-3;

async function problems(bench: NativeBench, c: RandomCase): Promise<string[]> {
  const { graph, inputs, constants, loose, looseEffects } = c;
  const wanted = interpret(graph, inputs, constants);
  const found = await bench.run(graph, inputs, constants);
  const check = (a: DenseTensor, b: DenseTensor | undefined, isLoose: boolean, what: string) => {
    const text = b ? differences(a, b, isLoose ? tolerance : 0) : "is missing";
    return text ? [`${what}: ${text}`] : [];
  };
  return [
    ...wanted.outputs.flatMap((out, n) =>
      check(out as DenseTensor, found.outputs[n], loose[n]!, `output ${n}`)
    ),
    ...wanted.effects.flatMap((out, n) => check(out, found.effects[n], looseEffects[n]!, `effect ${n}`)),
  ];
}

Deno.test({
  name: "compiled random graphs give what the interpreter gives",
  ignore: !hasCompiler,
  fn: async () => {
    await using bench = await NativeBench.open({ debug: true });
    const bad: string[] = [];
    for (const [n, c] of fc.sample(randomGraph(), { numRuns: count, seed }).entries()) {
      const found = await problems(bench, c).catch((error: Error) => [error.message]);
      if (found.length > 0) {
        bad.push(`case ${n} of seed ${seed}:\n${found.join("\n")}\n${printGraph(c.graph)}`);
      }
    }
    assertEquals(bad.slice(0, 3), [], bad.slice(0, 3).join("\n"));
  },
});
