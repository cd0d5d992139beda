/**
 * Where scalars are printed: the bodies of loops, and choices within them.
 *
 * @module
 */
import type { Names } from "./arguments.ts";
import type { BlockBuilder } from "./block.ts";

/** One loop body or choice. */
export interface Scope {
  readonly block: BlockBuilder;
  readonly loop?: string;
  readonly known: Map<string, string>;
  readonly names: Names;
}

/** The vector loop of a stage: its axis symbol, and how many lanes exist (text), `AOTI_LANES` when all. */
export interface VectorLoop {
  readonly symbol: string;
  readonly count: string;
  readonly partial: boolean;
}
