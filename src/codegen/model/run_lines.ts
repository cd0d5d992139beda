/**
 * A plan as lines: everything that a run does, and what computes folded constants.
 *
 * @module
 */
import type { Buffer } from "../../ir/loops/mod.ts";
import { buffersOfStep, type Kernel, type Plan, type Step } from "../../ir/plan/mod.ts";
import type { KernelText } from "../kernel_text.ts";
import type { DebugOptions, StepContext } from "./context.ts";
import { inputChecks, outputChecks } from "./debug.ts";
import { entryLines } from "./entry.ts";
import { hostCalls, isOfHost } from "./host_call.ts";
import type { Line } from "./lines.ts";
import { outputLines } from "./outputs.ts";
import { placeLines } from "./places.ts";
import { stepLines } from "./steps.ts";

/** What lines are made from. */
export interface LineParts {
  readonly plan: Plan;
  /** Computes the folded constants of `plan`, in their order. */
  readonly fold?: Plan;
  readonly debug?: DebugOptions;
}

/** What a run does. */
export function runLines(
  { plan, debug = {} }: LineParts,
  textOf: (kernel: Kernel) => KernelText,
): readonly Line[] {
  const context: StepContext = {
    plan,
    textOf,
    buffers: touchedBuffers(plan),
    hosts: hostCalls(plan.steps),
    debug,
  };
  return [
    ...entryLines(plan),
    ...inputChecks(context),
    ...placeLines(context),
    ...stepLines(context, plan.steps),
    ...outputChecks(context),
    ...outputLines(plan),
  ];
}

/** What computes the folded constants; nothing where there are no such constants. */
export function foldLines(
  { fold, debug = {} }: LineParts,
  textOf: (kernel: Kernel) => KernelText,
): readonly Line[] {
  if (!fold) return [];
  const context: StepContext = {
    plan: fold,
    textOf,
    buffers: touchedBuffers(fold),
    hosts: new Map(),
    debug,
    isFold: true,
  };
  return [...placeLines(context), ...stepLines(context, fold.steps)];
}

/** Symbols of all kernels that a run or a fold launches, sorted. */
export function kernelSymbols(
  { plan, fold }: LineParts,
  textOf: (kernel: Kernel) => KernelText,
): readonly string[] {
  const all = [...plan.steps, ...(fold?.steps ?? [])];
  return [...new Set(kernelsOf(all).map((k) => textOf(k).symbol))].sort();
}

/** Every kernel of ours that steps launch, in order. */
export function kernelsOf(steps: readonly Step[]): readonly Kernel[] {
  return steps.flatMap((step): readonly Kernel[] => {
    if (step.kind === "launch") return isOfHost(step.kernel) ? [] : [step.kernel];
    if (step.kind === "cond") return kernelsOf([...step.then, ...step.otherwise]);
    if (step.kind === "while") return kernelsOf([...step.condition, ...step.body]);
    return [];
  });
}

/** Buffers whose pointers a run needs. An output that nothing writes (a copy of nothing) is announced all the same. */
function touchedBuffers(plan: Plan): ReadonlyMap<string, Buffer> {
  const all = plan.steps.flatMap(buffersOfStep);
  const touched = new Map(all.map((b) => [b.name, b]));
  // Kernels see buffers as runs of elements; hosts need sizes and strides as they are.
  for (const { buffer } of [...plan.inputs, ...plan.constants]) {
    if (touched.has(buffer.name)) touched.set(buffer.name, buffer);
  }
  for (const { buffer } of plan.outputs) if (buffer?.role === "output") touched.set(buffer.name, buffer);
  return touched;
}
