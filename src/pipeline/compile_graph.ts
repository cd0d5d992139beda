/**
 * The compiler proper, from a graph to texts, in the order one reads here.
 *
 * @module
 */
import { bytesOf, type Target } from "../base/mod.ts";
import { constantBytes, emit, type Emitted } from "../codegen/mod.ts";
import type { Graph } from "../ir/graph/mod.ts";
import type { Plan } from "../ir/plan/mod.ts";
import { lower } from "../lower/mod.ts";
import { planWeights, type WeightsPlan } from "../package/mod.ts";
import { runPasses } from "../passes/mod.ts";
import { schedule } from "../schedule/mod.ts";

/** Everything that a model's build needs of its graph. */
export interface Compiled {
  readonly plan: Plan;
  readonly emitted: Emitted;
  readonly weights: WeightsPlan;
}

/** Graph to texts. */
export function compileGraph(graph: Graph, target: Target, cpuFeatures?: string): Compiled {
  const plan = schedule(lower(runPasses(graph)));
  const weights = planWeights(plan.constants.map((constant) => ({
    storage: constant.constant.data,
    offset: constant.constant.offset * bytesOf(constant.buffer.dtype),
    bytes: constantBytes(constant),
  })));
  return { plan, emitted: emit(plan, { target, weights, ...(cpuFeatures && { cpuFeatures }) }), weights };
}
