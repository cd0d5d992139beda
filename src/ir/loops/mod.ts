/**
 * The loops level: nests over index expressions, scalar bodies, buffers.
 *
 * @module
 */
export * from "./types.ts";
export * from "./buffers.ts";
export { numel, rowMajor } from "../expr/mod.ts";
export * from "./scalars.ts";
export { type EvaluatedLoops, evaluateLoops } from "./evaluate.ts";
export * from "./walk.ts";
export { positionPred } from "./positions.ts";
export * from "./seamless.ts";
export { printScalars, type ScalarText } from "./print_scalar.ts";
export * from "./print.ts";
export { parseLoops } from "./parse.ts";
export { verifyLoops } from "./verify.ts";
