/**
 * The plan level: what code generation prints.
 *
 * @module
 */
export * from "./types.ts";
export { buffersOfKernel, buffersOfStep, writtenByKernel } from "./touch.ts";
export { canOverwrite, inPlaceOf } from "./in_place.ts";
export { axesOfKernel, rootsOfKernel, sizesOfKernel, symbolsOfPlan } from "./symbols.ts";
export { printKernel, printPlan } from "./print.ts";
export { verifyPlan } from "./verify.ts";
export { type Work, workOf } from "./work.ts";
