/**
 * Plan to texts: one in C per kernel, one for the model.
 *
 * @module
 */
import { bytesOf, refuse, type Target } from "../base/mod.ts";
import { asInt } from "../ir/expr/mod.ts";
import { numel } from "../ir/loops/mod.ts";
import { type Kernel, type Plan, workOf } from "../ir/plan/mod.ts";
import { kernelText } from "./kernel_text.ts";
import { printedOnce } from "./kernel_texts.ts";
import { describe, type ModelDescription, type SizeText, sizeText } from "./model/describe.ts";
import type { DebugOptions } from "./model/context.ts";
import { hostCalls, hostNodes } from "./model/host_call.ts";
import { type ModelParts, modelText, type WeightsLayout } from "./model/model_text.ts";
import { kernelsOf } from "./model/run_lines.ts";
import { scriptText } from "./model/script_text.ts";
import { torchText } from "./model/torch_text.ts";
import { Templates } from "./render.ts";

/** A kernel file with where it came from. */
export interface EmittedKernel {
  readonly symbol: string;
  readonly text: string;
  readonly name: string;
  readonly origins: Kernel["origins"];
  /** Operations and bytes of a launch: numbers, or expressions over dims. */
  readonly work: { readonly flops: SizeText; readonly bytes: SizeText };
}

/** All texts of a model. */
export interface Emitted {
  /** Each distinct kernel once, in order of first launch. */
  readonly kernels: readonly EmittedKernel[];
  readonly model: string;
  readonly description: ModelDescription;
  /** Nodes of operators that the host computes, as its executor reads them. */
  readonly hostNodes?: string;
}

/** What `emit` needs beside the plan. */
export interface EmitOptions {
  readonly target: Target;
  readonly weights: WeightsLayout;
  /** Features that the runtime checks for on open, as the compiler names them. */
  readonly cpuFeatures?: string;
  /** Plan that computes the folded constants. */
  readonly fold?: Plan;
  /** Threads of a run unless the host says otherwise. */
  readonly threads?: number;
  readonly debug?: DebugOptions;
  /**
   * `c`: on the runtime, for any host. `torch`: C++ on `at::Tensor`, with or without the weights inside. `typescript`:
   * to be stepped through, on the kernels' library. Default `c`.
   */
  readonly wrapper?:
    | { readonly kind: "c" | "typescript" }
    | { readonly kind: "torch"; readonly embedWeights: boolean };
}

function workText(kernel: Kernel): EmittedKernel["work"] {
  const { flops, bytes } = workOf(kernel);
  return { flops: sizeText(flops), bytes: sizeText(bytes) };
}

/** Bytes of constants that may well stay in the last cache from run to run. */
const LAST_CACHE = 1 << 23;

function fitsLastCache(constants: Plan["constants"]): boolean {
  const bytes = constants.map(({ buffer: { shape, dtype } }) =>
    (asInt(numel(shape)) ?? Infinity) * bytesOf(dtype)
  );
  return bytes.reduce((sum, n) => sum + n, 0) <= LAST_CACHE;
}

/** Prints a plan. */
export function emit(plan: Plan, options: EmitOptions, templates: Templates = new Templates()): Emitted {
  const once = new Set(kernelsOf(options.fold?.steps ?? []));
  const isOnce = (kernel: Kernel) => once.has(kernel);
  const isResident = fitsLastCache(plan.constants);
  const print = (k: Kernel) =>
    kernelText(k, options.target, templates, { givenSizes: isOnce(k), isResident });
  const textOf = printedOnce(print, isOnce);
  const distinct = new Map<string, EmittedKernel>();
  for (const kernel of kernelsOf([...plan.steps, ...(options.fold?.steps ?? [])])) {
    const { symbol, text } = textOf(kernel);
    const before = distinct.get(symbol);
    const origins = before ? [...before.origins, ...kernel.origins] : kernel.origins;
    const work = before?.work ?? workText(kernel);
    distinct.set(symbol, { symbol, text, name: kernel.name, origins, work });
  }
  const { wrapper } = options, parts = { plan, ...options };
  const nodes = hostNodes(hostCalls(plan.steps));
  if (nodes !== undefined && wrapper && wrapper.kind !== "c") {
    refuse({
      reason: "unsupported-operator",
      message: `Cannot print "${plan.name}" as a ${wrapper.kind} wrapper: it leaves operators to its host`,
      help: "Only the library for any host (abi_compatible: true) calls them.",
    });
  }
  return {
    kernels: [...distinct.values()],
    model: wrapperText(parts),
    description: describe(plan),
    ...(nodes !== undefined && { hostNodes: nodes }),
  };

  function wrapperText(parts: ModelParts): string {
    switch (wrapper?.kind) {
      case "torch":
        return torchText(parts, wrapper.embedWeights, textOf, templates);
      case "typescript":
        return scriptText(parts, textOf, templates);
      default:
        return modelText(parts, textOf, templates);
    }
  }
}
