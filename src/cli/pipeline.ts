/**
 * The pipeline behind its face, loaded when a command first needs it.
 *
 * @module
 */
import type { Pipeline } from "./pipeline_face.ts";

/** Loads the real pipeline. */
export function loadPipeline(): Promise<Pipeline> {
  return Promise.reject(new Error("the pipeline is not connected yet"));
}
