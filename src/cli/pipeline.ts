/**
 * The pipeline behind its face, loaded when a command first needs it.
 *
 * @module
 */
import type { Pipeline } from "../pipeline/mod.ts";

/** Loads the real pipeline. */
export function loadPipeline(): Promise<Pipeline> {
  return import("../pipeline/mod.ts").then((room) => room.pipeline);
}
