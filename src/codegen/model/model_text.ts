/**
 * The model's own C file: descriptor tables and `run`.
 *
 * @module
 */
import { bytesOf, canonicalJson, type DType, dtypes } from "../../base/mod.ts";
import { asInt, int } from "../../ir/expr/mod.ts";
import type { Kernel, Plan } from "../../ir/plan/mod.ts";
import type { KernelText } from "../kernel_text.ts";
import type { Templates } from "../render.ts";
import { describe } from "./describe.ts";
import { type HostTensor, hostTensor } from "./host.ts";
import { hostCalls, hostViews } from "./host_call.ts";
import { foldOffset } from "./places.ts";
import { foldLines, kernelSymbols, type LineParts, runLines } from "./run_lines.ts";
import { cString } from "./symbols.ts";
import { printLines } from "./wrapper.ts";
import { wrapperC } from "./wrapper_c.ts";

/** Where each constant's bytes lie in weights.bin. */
export interface WeightsLayout {
  readonly bytes: number;
  /** By the constant's position; offsets and lengths in bytes of the stored memory it needs. */
  readonly places: readonly { readonly offset: number; readonly bytes: number }[];
}

/** What model.c is printed from. */
export interface ModelParts extends LineParts {
  readonly weights: WeightsLayout;
  readonly cpuFeatures?: string;
  /** Threads of a run unless the host says otherwise. Default 0: one for each core. */
  readonly threads?: number;
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
    hosts: hostViews(hostCalls(plan.steps)),
    run: printLines(wrapperC, runLines(parts, textOf), "  "),
    fold: printLines(wrapperC, foldLines(parts, textOf), "  "),
    ...constantTables(constantViews(plan, fold, weights)),
    inputs: plan.inputs.map(({ buffer, input }) =>
      tensorView(input.label, hostTensor(buffer, input.complex), input.number ? 1 : 0)
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
    marks: (debug.markRuns ? 1 : 0) + (debug.markKernels ? 2 : 0),
  });
}

function ioView(name: string, dtype: DType | undefined, ndim: number, kind: number) {
  return { name: cString(name), dtype: dtype ? dtypes[dtype].c10 : -1, ndim, kind };
}

function tensorView(name: string, { dtype, shape }: HostTensor, kind = 0) {
  return ioView(name, dtype, shape.length, kind);
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
      texts: { name, fqn: constant.fqn },
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

type ConstantView = ReturnType<typeof constantViews>[number];

/**
 * Constants with places in tables for their names and shapes: pointers would be relocated whenever the library is
 * loaded, and take five times the room. What several constants share is there once.
 */
function constantTables(views: readonly ConstantView[]) {
  const names = new Map<string, number>(), shapes = new Map<string, number>();
  let bytes = 0, numbers = 0;
  const nameAt = (text: string) => {
    const at = names.get(text) ?? bytes;
    if (!names.has(text)) bytes += new TextEncoder().encode(text).length + 1;
    names.set(text, at);
    return at;
  };
  const shapeAt = (list: readonly string[]) => {
    const text = list.join(", "), at = shapes.get(text) ?? numbers;
    if (!shapes.has(text)) numbers += list.length;
    shapes.set(text, at);
    return at;
  };
  const constants = views.map(({ texts, sizes, strides, ...rest }) => {
    return {
      ...rest,
      name: nameAt(texts.name),
      fqn: nameAt(texts.fqn),
      shape: shapeAt([...sizes, ...strides]),
    };
  });
  const literals = [...names.keys()].map((text) => `${cString(text).slice(0, -1)}\\0"`);
  return { constants, constantNames: literals, constantShapes: [...shapes.keys()].filter(Boolean) };
}

/** Bytes that a constant's own view of its storage spans. */
export function constantBytes(constant: Plan["constants"][number]): number {
  const { buffer, constant: { strides } } = constant;
  const sizes = buffer.shape.map((s) => asInt(s) ?? 0);
  if (sizes.some((s) => s === 0)) return 0;
  const last = sizes.reduce((sum, size, n) => sum + (size - 1) * strides[n]!, 0);
  return (last + 1) * bytesOf(buffer.dtype);
}
