/**
 * What differs between the wrappers that a plan can be printed as; the order of a run, its conditions and its loops
 * are the same in all and stand in `steps.ts` and `entry.ts`.
 *
 * @module
 */
import type { Expr } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { Kernel, Plan } from "../../ir/plan/mod.ts";
import type { StepContext } from "./context.ts";

/** Where an output's value comes from when no kernel writes it. */
export type OutputSource =
  | { readonly kind: "input" | "output"; readonly index: number }
  | { readonly kind: "number"; readonly dtype: "i64" | "f64" | "bool"; readonly value: string };

/** The statements of one language and its services. Every text is whole lines; none depends on what came before. */
export interface Wrapper {
  /** Size of input `n` along an axis, as an expression. */
  inputSize(n: number, axis: number): string;
  /** Statement that ends the run with a printf-style message; `format` and `values` are C expressions. */
  fail(format: string, values?: readonly string[]): string;
  /** Declares every buffer that the steps touch. */
  declare(c: StepContext): readonly string[];
  /** Gives a buffer memory in mid-run, when its size is known. */
  allocate(c: StepContext, buffer: Buffer): readonly string[];
  /** The truth of a one-element buffer, as an expression. */
  truth(buffer: Buffer): string;
  /** The integer in a one-element buffer, as an expression. */
  integer(buffer: Buffer): string;
  launch(c: StepContext, kernel: Kernel): readonly string[];
  /** Statement that copies `bytes` from one buffer to another. */
  copy(to: Buffer, from: Buffer, bytes: Expr): string;
  /** Statement that fails the run when a tensor holds nan or infinity; `what` is a C string. */
  checkFinite(buffer: Buffer, what: string): string;
  /** The same for input `n`. */
  checkInput(n: number, what: string): string;
  /** Statement that shows a buffer (`how` as `DebugOptions.show` says), or a name alone. */
  show(how: number, buffer: Buffer | undefined, what: string): string;
  /** Output `n` that no kernel writes. */
  output(n: number, source: OutputSource): readonly string[];
  /** What follows everything else: handing over. */
  finish(plan: Plan): readonly string[];
}
