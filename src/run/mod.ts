/**
 * Opens a built model, runs it on tensors, times it, here or in a process of its own.
 *
 * Comes in: the folder of a build, tensors by name. Goes out: tensors, milliseconds, or what the model refused.
 * Invariants: nothing but door 2 of a library is used, or the module that wraps its kernels in TypeScript; memory that a
 * library knows of stays until its run is over.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dense, layOut, scalarTensor, type Tensor } from "./mod.ts";
 *
 * const matrix: Tensor = { dtype: "u8", shape: [2, 2], data: new Uint8Array([1, 2, 3, 4]) };
 * const columns = layOut(matrix, [1, 2]); // column after column
 * assertEquals([...columns.data], [1, 3, 2, 4]);
 * assertEquals(dense(columns), matrix);
 * assertEquals(scalarTensor(true).dtype, "bool");
 * ```
 * @module
 */
export type { Call, Launch } from "./call.ts";
export { Model, openModel, type OpenOptions } from "./open.ts";
export { openBuilt, type OpenedCall, type OpenedModel } from "./opened.ts";
export { openScript, ScriptCall, type ScriptLaunch, ScriptRunner, type ScriptView } from "./script.ts";
export { bindInputs, outputsOf, runModel } from "./run_model.ts";
export { measure, type Measured, type MeasureOptions, sample, type Timing } from "./measure.ts";
export { measureRoof, type Roof } from "./roof.ts";
export { readSafetensors, type Tensors, writeSafetensors } from "./safetensors.ts";
export { countOf, dense, layOut, printTensor, scalarTensor, type Tensor } from "./tensor.ts";
export { toDType, toReal } from "./tensor.ts";
export { type Job, type JobAnswer, type JobDone, type JobInput, runJob } from "./job.ts";
export { Worker, type WorkerOptions } from "./worker_client.ts";
