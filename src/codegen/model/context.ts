/**
 * What making lines of a plan's steps looks up.
 *
 * @module
 */
import type { Buffer } from "../../ir/loops/mod.ts";
import type { Kernel, Plan } from "../../ir/plan/mod.ts";
import type { KernelText } from "../kernel_text.ts";

/** What is added to a model's code. */
export interface DebugOptions {
  /** A run whose inputs or outputs hold nan or infinity fails. */
  readonly checkEnds?: boolean;
  /** A run fails at the first kernel that makes one. */
  readonly checkAll?: boolean;
  /** 1 saves values, 2 prints statistics, 3 prints names. */
  readonly show?: number;
  /** Launches say how many bytes they move. */
  readonly bandwidth?: boolean;
  /** Runs, or kernels, are named ranges of the host's profiler. */
  readonly markRuns?: boolean;
  readonly markKernels?: boolean;
}

/** Everything that lines of steps are made from. */
export interface StepContext {
  readonly plan: Plan;
  readonly textOf: (kernel: Kernel) => KernelText;
  readonly buffers: ReadonlyMap<string, Buffer>;
  /** Calls of operators of the host, by their position. */
  readonly hosts: ReadonlyMap<Kernel, number>;
  readonly debug: DebugOptions;
  /** Outputs are folded constants. */
  readonly isFold?: boolean;
}

/** A buffer as hosts see it, with sizes and strides; kernels see a run of elements. */
export function wholeBuffer(c: StepContext, flat: Buffer): Buffer {
  return c.buffers.get(flat.name) ?? flat;
}
