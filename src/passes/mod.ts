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
import { rowMajorOutputs } from "./output_strides.ts";

import { scaleWeights } from "./scale_weights.ts";
import { composeViews } from "./views.ts";

export { type Split, splitConstants } from "./fold/mod.ts";
export type { GraphPass } from "./pass.ts";

/** All passes in the order they run. */
export const graphPasses: readonly GraphPass[] = [
  algebra, // decompositions multiply by one and add zero
  composeViews, // exposes equal views
  commonSubexpressions, // equal constants and views come from equal operators
  deadCode, // last: the others leave orphans
];

/** What is done on request. */
export interface PassOptions {
  /** Outputs keep the strides that the export recorded. Default true. */
  readonly keepOutputStrides?: boolean;
  /** Scales of frozen weights move into the weights. Default false. */
  readonly freeze?: boolean;
}

/** The passes of a build. */
export function passesFor({ keepOutputStrides = true, freeze = false }: PassOptions): readonly GraphPass[] {
  return [
    ...(keepOutputStrides ? [] : [rowMajorOutputs]),
    ...(freeze ? [...graphPasses, scaleWeights] : []), // patterns show once views are composed
    ...graphPasses,
  ];
}

/** Runs all passes; `after` sees the graph after each. */
export function runPasses(
  graph: Graph,
  options: PassOptions = {},
  after: (pass: GraphPass, graph: Graph) => void = () => {},
): Graph {
  return passesFor(options).reduce((g, pass) => {
    const next = pass.run(g);
    after(pass, next);
    return next;
  }, graph);
}
