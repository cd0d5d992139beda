/**
 * The plan level: what code generation prints.
 *
 * @module
 */
export * from "./types.ts";
export { buffersOfKernel, buffersOfStep } from "./touch.ts";
