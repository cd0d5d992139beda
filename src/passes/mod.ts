/**
 * Graph to Graph: what can be said more simply before loops are made. Order is an array with its reasons.
 *
 * @module
 */
import type { Graph } from "../ir/graph/mod.ts";
import { algebra } from "./algebra.ts";
import { commonSubexpressions } from "./common.ts";
import { deadCode } from "./dead_code.ts";
import type { GraphPass } from "./pass.ts";
import { composeViews } from "./views.ts";

export type { GraphPass } from "./pass.ts";

/** All passes in the order they run. */
export const graphPasses: readonly GraphPass[] = [
  algebra, // decompositions multiply by one and add zero
  composeViews, // exposes equal views
  commonSubexpressions, // equal constants and views come from equal operators
  deadCode, // last: the others leave orphans
];

/** Runs all passes; `after` sees the graph after each. */
export function runPasses(graph: Graph, after: (pass: GraphPass, graph: Graph) => void = () => {}): Graph {
  return graphPasses.reduce((g, pass) => {
    const next = pass.run(g);
    after(pass, next);
    return next;
  }, graph);
}
