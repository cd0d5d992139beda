/**
 * The same case at every level: what each gives, and where they differ.
 *
 * @module
 */
import { evaluateLoops, parseLoops, printLoops } from "../../src/ir/loops/mod.ts";
import { type DenseTensor, RunFailure } from "../../src/ir/scalar/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { interpret, routineReferences } from "../../src/ops/mod.ts";
import { disagreement } from "./dense.ts";
import type { RandomCase } from "./random_graph.ts";

/** What a run gives; or that it failed, as it must where an index is out of bounds or a matrix is singular. */
export interface Outcome {
  readonly outputs: readonly DenseTensor[];
  readonly effects: readonly DenseTensor[];
  readonly failed?: string;
}

function outcomeOf(run: () => { outputs: readonly unknown[]; effects: readonly DenseTensor[] }): Outcome {
  try {
    return run() as Outcome;
  } catch (error) {
    if (error instanceof RunFailure) return { outputs: [], effects: [], failed: error.message };
    throw error;
  }
}

/** The reference. */
export function interpreted({ graph, inputs, constants }: RandomCase): Outcome {
  return outcomeOf(() => interpret(graph, inputs, constants));
}

/** The loops of the graph, read back from their text, evaluated. */
export function looped({ graph, inputs, constants }: RandomCase): Outcome {
  const loops = parseLoops(printLoops(lower(graph)));
  return outcomeOf(() => evaluateLoops(loops, inputs, constants, routineReferences));
}

/** Where `found` is not what was wanted, a line each. */
export function problemsOf(c: RandomCase, wanted: Outcome, found: Outcome, level: string): string[] {
  if (wanted.failed !== undefined || found.failed !== undefined) {
    const both = wanted.failed !== undefined && found.failed !== undefined;
    return both ? [] : [`${level}: fails with "${found.failed}", wanted "${wanted.failed}"`];
  }
  const outputs = wanted.outputs.map((
    out,
    n,
  ) => [`output ${n}`, disagreement(out, found.outputs[n], c.exactness[n]!)]);
  const effects = wanted.effects.map((
    out,
    n,
  ) => [`effect ${n}`, disagreement(out, found.effects[n], c.effectExactness[n]!)]);
  return [...outputs, ...effects].flatMap(([what, text]) => (text ? [`${level}, ${what}: ${text}`] : []));
}
