/**
 * The compiler proper, from a graph to texts, in the order one reads here.
 *
 * @module
 */
import { bytesOf, type Target } from "../base/mod.ts";
import { constantBytes, type DebugOptions, emit, type EmitOptions, type Emitted } from "../codegen/mod.ts";
import { defaultFlags, type Flags } from "../config/mod.ts";
import type { Graph } from "../ir/graph/mod.ts";
import type { Plan, TunableKernel } from "../ir/plan/mod.ts";
import { lower } from "../lower/mod.ts";
import { planWeights, type WeightsPlan } from "../package/mod.ts";
import { type PassOptions, runPasses, splitConstants } from "../passes/mod.ts";
import {
  type Folded,
  type MemoryMode,
  type PackOptions,
  packWeights,
  schedule,
  type ScheduleOptions,
} from "../schedule/mod.ts";
import type { Choices } from "../tune/mod.ts";
import { kernelKey } from "./tune_problems.ts";

/** Everything that a model's build needs of its graph. */
export interface Compiled {
  readonly plan: Plan;
  /** What is computed when constants are loaded or updated. */
  readonly fold?: Plan;
  readonly emitted: Emitted;
  readonly weights: WeightsPlan;
}

/** How a graph is compiled. */
export interface CompileOptions {
  readonly cpuFeatures?: string;
  /** The rest as they are by default. */
  readonly flags?: Partial<Flags>;
  /** The wrapper that is stepped through, instead of the one that flags ask for. */
  readonly wrapper?: "typescript";
  /** Measured ways to compute products. */
  readonly choices?: Choices;
}

/** What flags say to the passes. */
export function passOptions(flags: Flags): PassOptions {
  return { keepOutputStrides: flags.keep_output_stride, freeze: flags.freezing };
}

function scheduleOptions(flags: Flags): ScheduleOptions {
  const shared: MemoryMode = flags.allow_buffer_reuse ? "shared" : "apart";
  const memory = flags.memory_planning ? shared : "separate";
  const { epilogue_fusion: epilogues, inplace_buffers: inPlace, layout_optimization: layouts } = flags;
  return { epilogues, memory, inPlace, layouts };
}

function debugOptions(flags: Flags): DebugOptions {
  return {
    checkEnds: flags.nan_asserts,
    checkAll: flags.debug_check_inf_and_nan,
    show: flags.debug_intermediate_value_printer,
    bandwidth: flags.profile_bandwidth,
    markRuns: flags.profiler_mark_wrapper_call,
    markKernels: flags.enable_kernel_profile,
  };
}

function wrapperOf(flags: Flags, asked: CompileOptions["wrapper"]): EmitOptions["wrapper"] {
  if (asked) return { kind: asked };
  return flags.abi_compatible
    ? { kind: "c" }
    : { kind: "torch", embedWeights: flags.package_constants_in_so };
}

/** Graph to plans, before operands are packed. */
export function compilePlans(graph: Graph, flags: Flags): Folded {
  const simple = runPasses(graph, passOptions(flags));
  const split = flags.freezing || flags.use_runtime_constant_folding
    ? splitConstants(simple)
    : { main: simple };
  const main = schedule(lower(split.main), scheduleOptions(flags));
  const folding = split.fold && schedule(lower(split.fold), scheduleOptions(flags));
  return { plan: main, ...(folding && { fold: folding }) };
}

/** What flags say to packing. */
export function packOptions(flags: Flags): PackOptions {
  return { winograd: flags.precision !== "strict" };
}

/** Graph to texts. */
export function compileGraph(graph: Graph, target: Target, options: CompileOptions = {}): Compiled {
  const flags = { ...defaultFlags, ...options.flags }, { cpuFeatures, choices } = options;
  const choose = choices && ((kernel: TunableKernel) => choices[kernelKey(kernel, target)] ?? undefined);
  const packing = { ...packOptions(flags), ...(choose && { choose }) };
  const { plan, fold } = packWeights(compilePlans(graph, flags), target, packing);
  const stored = plan.constants.filter(({ constant }) => constant.role !== "folded");
  const weights = planWeights(stored.map((constant) => ({
    storage: constant.constant.data,
    offset: constant.constant.offset * bytesOf(constant.buffer.dtype),
    bytes: constantBytes(constant),
  })));
  const emitted = emit(plan, {
    target,
    weights,
    threads: flags.threads,
    debug: debugOptions(flags),
    wrapper: wrapperOf(flags, options.wrapper),
    ...(fold && { fold }),
    ...(cpuFeatures && { cpuFeatures }),
  });
  return { plan, ...(fold && { fold }), emitted, weights };
}
