/**
 * The stages in order, each as a task: the one room that sees all others.
 *
 * Comes in: a resolved config, an archive or a folder of a build. Goes out: built models, results of runs, reports.
 *
 * @module
 */
export type * from "./face.ts";
export { pipeline } from "./pipeline.ts";
export { compileGraph } from "./compile_graph.ts";
export { jit, type JitOptions } from "./jit.ts";
