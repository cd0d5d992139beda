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
import { foldOffset, pointerLines, stepLines } from "./steps.ts";
import { conditionText, cString, sizeText } from "./symbols.ts";

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
  { plan, fold, weights, cpuFeatures, threads, debug = {} }: ModelParts,
  textOf: (kernel: Kernel) => KernelText,
  templates: Templates,
): string {
  const all = [...plan.steps, ...(fold?.steps ?? [])];
  const context: StepContext = { plan, textOf, buffers: touchedBuffers(plan), debug };
  const lines = [
    ...entryLines(plan),
    ...inputChecks(context),
    ...pointerLines(context),
    ...stepLines(context, plan.steps),
    ...outputChecks(context),
    ...outputLines(plan),
  ];
  const folding = fold && { plan: fold, textOf, buffers: touchedBuffers(fold), debug, isFold: true };
  return templates.render("c/model.c", {
    name: plan.name,
    cname: cString(plan.name),
    kernels: [...new Set(kernelsOf(all).map((k) => textOf(k).symbol))].sort(),
    run: lines.map((line) => `  ${line}`),
    fold: folding
      ? [...pointerLines(folding), ...stepLines(folding, folding.plan.steps)].map((line) => `  ${line}`)
      : [],
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
function outputLines(plan: Plan): readonly string[] {
  return plan.outputs.flatMap(({ leaf, buffer }, n) => {
    if (leaf.kind === "fixed") return fixedLines(leaf.value, n);
    if (leaf.kind === "size") return scalarLines(n, "int64_t", sizeText(leaf.expr));
    if (leaf.kind === "truth") return scalarLines(n, "uint8_t", `(${conditionText(leaf.pred)}) ? 1 : 0`);
    const place = plan.placements.get(buffer!.name);
    if (place?.kind === "input") return [`if (aoti_output_is_input(run, ${n}, ${place.index})) return 1;`];
    if (place?.kind === "output" && place.index !== n) {
      return [`if (aoti_output_is_output(run, ${n}, ${place.index})) return 1;`];
    }
    return [];
  });
}

function scalarLines(n: number, type: string, value: string): readonly string[] {
  return [
    `${type}* const scalar_${n} = aoti_output(run, ${n}, 0, NULL, NULL);`,
    `if (!scalar_${n}) return 1;`,
    `*scalar_${n} = ${value};`,
  ];
}

function fixedLines(value: null | number | bigint | boolean | string, n: number): readonly string[] {
  if (typeof value === "boolean") return scalarLines(n, "uint8_t", value ? "1" : "0");
  if (typeof value === "bigint") return scalarLines(n, "int64_t", `INT64_C(${value})`);
  if (typeof value === "number") {
    const text = Number.isFinite(value)
      ? value.toExponential(17)
      : value > 0
      ? "__builtin_inf()"
      : "-__builtin_inf()";
    return scalarLines(n, "double", Number.isNaN(value) ? '__builtin_nan("")' : text);
  }
  return [];
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

function constantViews(plan: Plan, fold: Plan | undefined, weights: WeightsLayout) {
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
