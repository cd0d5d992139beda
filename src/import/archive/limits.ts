/**
 * Bounds of the reader: generous for real models, and small enough that a hostile file is refused in time.
 *
 * @module
 */
import type { Limits } from "./types.ts";

/** Limits that no honest archive meets. */
export const defaultLimits: Limits = {
  members: 200_000,
  json: 256 << 20,
  pickle: 64 << 20,
  spilled: 2 ** 40,
  ratio: 200,
  depth: 400,
};
