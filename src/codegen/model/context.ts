/**
 * What printing a model's steps looks up, and names of its buffers.
 *
 * @module
 */
import type { Expr } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { Kernel, Plan } from "../../ir/plan/mod.ts";
import type { KernelText } from "../kernel_text.ts";
import { sizeText } from "./symbols.ts";
import type { Wrapper } from "./wrapper.ts";

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
}

/** C variable that points to a buffer. */
export function pointerName(buffer: Buffer): string {
  return `b_${buffer.name.replace(/[^A-Za-z0-9_]/g, "_")}`;
}

/** Everything that printing steps looks up. */
export interface StepContext {
  readonly plan: Plan;
  readonly textOf: (kernel: Kernel) => KernelText;
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly debug: DebugOptions;
  readonly wrapper: Wrapper;
  /** Outputs are folded constants. */
  readonly isFold?: boolean;
}

/** Sizes and strides of a buffer as C array contents. */
export function listText(sizes: readonly Expr[]): string {
  return sizes.length > 0 ? `{${sizes.map(sizeText).join(", ")}}` : "{0}";
}
