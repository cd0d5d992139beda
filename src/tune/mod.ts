/**
 * Measuring kernel variants: what is asked of a measuring process, and which variant its answer speaks for.
 *
 * Comes in: variants of kernels, ready to launch. Goes out: choices, by digests of kernels. Compiling and starting the
 * process are tasks of the pipeline.
 *
 * @module
 */
export type { Choices, MeasureAnswer, MeasureRequest, Problem, Variant } from "./protocol.ts";
export { winner } from "./winner.ts";

/** The program of the measuring process. */
export const workerUrl = new URL("./worker.ts", import.meta.url);
