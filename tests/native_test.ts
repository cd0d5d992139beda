/** Compiled graphs give what the interpreter gives: random graphs through the whole pipeline. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { cpuTarget, type Target } from "../src/base/mod.ts";
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

/** Levels that this machine runs, its own first: lanes, loads and remainders differ between them. */
function targetsOf(native: Target): readonly Target[] {
  const levels = ["x86-64-v4", "x86-64-v3", "x86-64-v2"] as const;
  const below = levels.map((level) => cpuTarget(level)).filter((t) => t.vectorBytes < native.vectorBytes);
  return native.arch === "x86_64" ? [native, ...below] : [native];
}

async function problems(bench: NativeBench, c: RandomCase, target: Target): Promise<string[]> {
  const { graph, inputs, constants, loose, looseEffects } = c;
  const wanted = interpret(graph, inputs, constants);
  const found = await bench.run(graph, inputs, constants, target);
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
    await using bench = await NativeBench.open({ debug: Deno.env.get("AOTI_NATIVE_OPTIMISED") !== "1" });
    const targets = targetsOf(bench.shop.native);
    const bad: string[] = [];
    for (const [n, c] of fc.sample(randomGraph(), { numRuns: count, seed }).entries()) {
      const found = await problems(bench, c, targets[n % targets.length]!).catch((
        error: Error,
      ) => [error.message]);
      if (found.length > 0) {
        bad.push(`case ${n} of seed ${seed}:\n${found.join("\n")}\n${printGraph(c.graph)}`);
      }
    }
    assertEquals(bad.slice(0, 3), [], bad.slice(0, 3).join("\n"));
  },
});
