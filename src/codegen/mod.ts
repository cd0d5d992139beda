/**
 * Plan to texts: a C file per kernel, and a wrapper that runs them, in C, in C++ on `at::Tensor` or in TypeScript,
 * each printed from the same lines. What is printed depends on the plan alone: no names of temporaries reach a
 * kernel's text, so an unchanged kernel keeps its text, its name and its object.
 *
 * @module
 */
export { emit, type EmitOptions, type Emitted, type EmittedKernel } from "./emit.ts";
export type { DebugOptions } from "./model/context.ts";
export { type KernelText, kernelText } from "./kernel_text.ts";
export { constantBytes, type WeightsLayout } from "./model/model_text.ts";
export { callsText } from "./model/script_text.ts";
export type { ModelDescription, TensorDescription } from "./model/describe.ts";
export { Templates } from "./render.ts";
