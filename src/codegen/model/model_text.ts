/**
 * The model's own C file: descriptor tables and `run`.
 *
 * @module
 */
import { bytesOf, canonicalJson, type DType, dtypes } from "../../base/mod.ts";
import { asInt, int } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import { buffersOfStep, type Kernel, type Plan, type Step } from "../../ir/plan/mod.ts";

import type { KernelText } from "../kernel_text.ts";
import type { Templates } from "../render.ts";
import { describe } from "./describe.ts";
import type { DebugOptions, StepContext } from "./context.ts";
import { inputChecks, outputChecks } from "./debug.ts";
import { entryLines } from "./entry.ts";
import { type HostTensor, hostTensor } from "./host.ts";
import { foldOffset } from "./slots.ts";
import { stepLines } from "./steps.ts";
import { conditionText, cString, sizeText } from "./symbols.ts";
import type { Wrapper } from "./wrapper.ts";
import { wrapperC } from "./wrapper_c.ts";

/** Where each constant's bytes lie in weights.bin. */
export interface WeightsLayout {
  readonly bytes: number;
  /** By the constant's position; offsets and lengths in bytes of the stored memory it needs. */
  readonly places: readonly { readonly offset: number; readonly bytes: number }[];
}

/** What model.c is printed from. */
export interface ModelParts {
  readonly plan: Plan;
  /** Computes the folded constants of `plan`, in their order. */
  readonly fold?: Plan;
  readonly weights: WeightsLayout;
  readonly cpuFeatures?: string;
  /** Threads of a run unless the host says otherwise. Default 0: one for each core. */
  readonly threads?: number;
  readonly debug?: DebugOptions;
}

/** Renders model.c. */
export function modelText(
  parts: ModelParts,
  textOf: (kernel: Kernel) => KernelText,
  templates: Templates,
): string {
  const { plan, fold, weights, cpuFeatures, threads, debug = {} } = parts;
  return templates.render("c/model.c", {
    name: plan.name,
    cname: cString(plan.name),
    kernels: kernelSymbols(parts, textOf),
    run: runLines(parts, textOf, wrapperC).map((line) => `  ${line}`),
    fold: foldLines(parts, textOf, wrapperC).map((line) => `  ${line}`),
    constants: constantViews(plan, fold, weights),
    inputs: plan.inputs.map(({ buffer, input }) =>
      tensorView(input.label, hostTensor(buffer, input.complex))
    ),
    outputs: plan.outputs.map(outputView),
    inSpec: cString(plan.inSpec),
    outSpec: cString(plan.outSpec),
    describe: cString(canonicalJson(describe(plan))),
    weightsBytes: weights.bytes,
    weightsDigest: "AOTI_WEIGHTS_DIGEST",
    foldBytes: fold ? foldOffset(fold, fold.outputs.length) : 0,
    cpuFeatures: cpuFeatures ? cString(cpuFeatures) : "NULL",
    threads: threads ?? 0,
    bandwidth: debug.bandwidth ? 1 : 0,
  });
}

/** Symbols of all kernels that a run or a fold launches, sorted. */
export function kernelSymbols(
  { plan, fold }: ModelParts,
  textOf: (kernel: Kernel) => KernelText,
): readonly string[] {
  const all = [...plan.steps, ...(fold?.steps ?? [])];
  return [...new Set(kernelsOf(all).map((k) => textOf(k).symbol))].sort();
}

/** Statements of a run, as one wrapper writes them. */
export function runLines(
  { plan, debug = {} }: ModelParts,
  textOf: (kernel: Kernel) => KernelText,
  wrapper: Wrapper,
): readonly string[] {
  const context: StepContext = { plan, textOf, buffers: touchedBuffers(plan), debug, wrapper };
  return [
    ...entryLines(plan, wrapper),
    ...inputChecks(context),
    ...wrapper.declare(context),
    ...stepLines(context, plan.steps),
    ...outputChecks(context),
    ...outputLines(plan, wrapper),
    ...wrapper.finish(plan),
  ];
}

/** Statements that compute the folded constants; none where there are no such constants. */
export function foldLines(
  { fold, debug = {} }: ModelParts,
  textOf: (kernel: Kernel) => KernelText,
  wrapper: Wrapper,
): readonly string[] {
  if (!fold) return [];
  const context: StepContext = {
    ...{ plan: fold, textOf, buffers: touchedBuffers(fold), debug, wrapper },
    isFold: true,
  };
  return [...wrapper.declare(context), ...stepLines(context, fold.steps)];
}

/** Every kernel that steps launch, in order. */
export function kernelsOf(steps: readonly Step[]): readonly Kernel[] {
  return steps.flatMap((step): readonly Kernel[] => {
    if (step.kind === "launch") return [step.kernel];
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

/** Leaves that are no computed tensors, and slots that repeat another's. */
function outputLines(plan: Plan, wrapper: Wrapper): readonly string[] {
  return plan.outputs.flatMap(({ leaf, buffer }, n) => {
    if (leaf.kind === "fixed") return fixedLines(leaf.value, n, wrapper);
    if (leaf.kind === "size") {
      return wrapper.output(n, { kind: "number", dtype: "i64", value: sizeText(leaf.expr) });
    }
    if (leaf.kind === "truth") {
      return wrapper.output(n, {
        kind: "number",
        dtype: "bool",
        value: `(${conditionText(leaf.pred)}) ? 1 : 0`,
      });
    }
    const place = plan.placements.get(buffer!.name);
    if (place?.kind === "input") return wrapper.output(n, { kind: "input", index: place.index });
    if (place?.kind === "output" && place.index !== n) {
      return wrapper.output(n, { kind: "output", index: place.index });
    }
    return [];
  });
}

function fixedLines(
  value: null | number | bigint | boolean | string,
  n: number,
  wrapper: Wrapper,
): readonly string[] {
  if (typeof value === "boolean") {
    return wrapper.output(n, { kind: "number", dtype: "bool", value: value ? "1" : "0" });
  }
  if (typeof value === "bigint") {
    return wrapper.output(n, { kind: "number", dtype: "i64", value: `INT64_C(${value})` });
  }
  if (typeof value === "number") {
    return wrapper.output(n, { kind: "number", dtype: "f64", value: doubleText(value) });
  }
  return [];
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return '__builtin_nan("")';
  if (!Number.isFinite(value)) return value > 0 ? "__builtin_inf()" : "-__builtin_inf()";
  return value.toExponential(17);
}

function ioView(name: string, dtype: DType | undefined, ndim: number, kind: number) {
  return { name: cString(name), dtype: dtype ? dtypes[dtype].c10 : -1, ndim, kind };
}

function tensorView(name: string, { dtype, shape }: HostTensor) {
  return ioView(name, dtype, shape.length, 0);
}

function outputView({ leaf, buffer }: Plan["outputs"][number]) {
  if (leaf.kind === "size") return ioView(leaf.label, "i64", 0, 1);
  if (leaf.kind === "truth") return ioView(leaf.label, "bool", 0, 1);
  if (leaf.kind === "tensor") return tensorView(leaf.label, hostTensor(buffer!, leaf.complex));
  const type = ({ boolean: "bool", bigint: "i64", number: "f64" } as const)[typeof leaf.value as "boolean"];
  return ioView(leaf.label, type, 0, type ? 1 : 2);
}

const roles = { parameter: 1, buffer: 2, literal: 3, folded: 4 } as const;

/** Constants for the descriptor tables of both wrappers. */
export function constantViews(plan: Plan, fold: Plan | undefined, weights: WeightsLayout) {
  const stored = plan.constants.filter(({ constant }) => constant.role !== "folded").length;
  const mutated = new Set(plan.effects.map((e) => e.target.name));
  const used = new Set<string>();
  return plan.constants.map(({ buffer, constant }, index) => {
    let name = constant.fqn.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");
    while (used.has(name)) name += "_";
    used.add(name);
    const host = hostTensor({ ...buffer, strides: constant.strides.map((s) => int(s)) }, constant.complex);
    return {
      index,
      name: cString(name),
      fqn: cString(constant.fqn),
      dtype: dtypes[host.dtype].c10,
      ndim: host.shape.length,
      type: roles[constant.role],
      mutated: mutated.has(buffer.name) ? 1 : 0,
      sizes: host.shape.map((s) => String(asInt(s))),
      strides: host.strides.map((s) => String(asInt(s))),
      ...(index < stored
        ? weights.places[index]!
        : { offset: foldOffset(fold!, index - stored), bytes: constantBytes(plan.constants[index]!) }),
    };
  });
}

/** Bytes that a constant's own view of its storage spans. */
export function constantBytes(constant: Plan["constants"][number]): number {
  const { buffer, constant: { strides } } = constant;
  const sizes = buffer.shape.map((s) => asInt(s) ?? 0);
  if (sizes.some((s) => s === 0)) return 0;
  const last = sizes.reduce((sum, size, n) => sum + (size - 1) * strides[n]!, 0);
  return (last + 1) * bytesOf(buffer.dtype);
}
