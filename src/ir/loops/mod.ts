/**
 * The loops level: nests over index expressions, scalar bodies, buffers.
 *
 * @module
 */
export * from "./types.ts";
export * from "./buffers.ts";
export * from "./scalars.ts";
export { type EvaluatedLoops, evaluateLoops } from "./evaluate.ts";
