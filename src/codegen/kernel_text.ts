/**
 * A kernel of the plan as a C file of its own, named after what it contains.
 *
 * @module
 */
import { digestOf, type Target } from "../base/mod.ts";
import { asInt, ceilDiv, type Expr, int, mul } from "../ir/expr/mod.ts";
import type { Buffer } from "../ir/loops/mod.ts";
import { scalarsOf } from "../ir/loops/mod.ts";
import type { Kernel, LoopKernel } from "../ir/plan/mod.ts";
import type { Arguments } from "./c/arguments.ts";
import { printAttention } from "./c/attention.ts";
import { type Block, linesOf } from "./c/block.ts";
import { printCustom } from "./c/custom.ts";
import { printContraction } from "./c/contraction.ts";
import { printDirect } from "./c/contraction_direct.ts";
import { printWinograd } from "./c/contraction_winograd.ts";
import { printLoops } from "./c/loops.ts";
import { printRoutine } from "./c/routine.ts";
import { scratchOf } from "./c/strips.ts";
import { printScatter } from "./c/scatter.ts";
import { type Tiling, tilingOf } from "./c/tiles.ts";
import type { Templates } from "./render.ts";

/** A kernel ready to compile and to launch. */
export interface KernelText {
  /** C symbol, e.g. `k_softmax_1a2b3c4d5e6f`; equal texts have equal names. */
  readonly symbol: string;
  readonly text: string;
  /** Pointers and sizes to hand over, in order. */
  readonly buffers: readonly Buffer[];
  readonly sizes: readonly Expr[];
  /** Parallel iterations, iterations that are worth handing to another core, scratch bytes of a worker. */
  readonly total: Expr;
  readonly grain: Expr;
  readonly scratch: Expr;
}

/** What printers of every kind of kernel give. */
export interface PrintedKernel {
  readonly template: string;
  readonly lanes: number;
  readonly mathTypes: readonly string[];
  /** Further kernel headers, e.g. `past.h`. */
  readonly headers?: readonly string[];
  readonly args: Arguments;
  readonly body: Block;
  /** Further fields of the template's view. */
  readonly view?: Readonly<Record<string, unknown>>;
  readonly total: Expr;
  readonly grain: Expr;
  readonly scratch: Expr;
}

const PLACEHOLDER = "KERNEL_SYMBOL";
/** Scalar operations that are worth waking another core for. */
const WORTHWHILE = 16384;

/** What the text of a kernel depends on beside the kernel and its target. */
export interface KernelTextOptions {
  /** Loops take fixed sizes as arguments: a little slower, and one text for many kernels; for what runs once. */
  readonly givenSizes?: boolean;
  /** All constants of the model fit the last cache, where they may lie from the run before. */
  readonly isResident?: boolean;
}

/** Prints one kernel. */
export function kernelText(
  kernel: Kernel,
  target: Target,
  templates: Templates,
  options: KernelTextOptions = {},
): KernelText {
  const printed = printKernel(kernel, target, options);
  const view = {
    ...printed.view,
    symbol: PLACEHOLDER,
    lanes: printed.lanes,
    operators: operatorsOf(kernel),
    headers: [...printed.headers ?? [], ...printed.mathTypes.map((t) => `math_${t}.h`)]
      .map((name) => `aoti/kernel/${name}`),
    declarations: printed.args.declarations(),
    declarationsOf: (lines: readonly string[]) => printed.args.declarations(lines),
    lines: linesOf(printed.body, "  "),
  };
  const draft = templates.render(printed.template, view);
  const symbol = `k_${kernel.name}_${digestOf(draft).slice(0, 12)}`;
  const { args, total, grain, scratch } = printed;
  const text = draft.replaceAll(PLACEHOLDER, symbol);
  return { symbol, text, buffers: args.buffers, sizes: args.sizes, total, grain, scratch };
}

function printKernel(kernel: Kernel, target: Target, options: KernelTextOptions): PrintedKernel {
  const { givenSizes = false, isResident = false } = options;
  switch (kernel.kind) {
    case "loops": {
      const scratch = int(scratchOf(kernel));
      const tiling = tilingOf(kernel), range = tiling ? stripsOf(kernel, tiling) : rangeOf(kernel);
      return { template: "c/loops.c", ...printLoops(kernel, target, tiling, givenSizes), ...range, scratch };
    }
    case "contraction":
      if (kernel.winograd) return printWinograd(kernel, target);
      return kernel.direct ? printDirect(kernel, target) : printContraction(kernel, target, isResident);
    case "attention":
      return printAttention(kernel, target);
    case "scatter":
      return printScatter(kernel, target);
    case "routine":
      return kernel.call.routine === "custom" ? printCustom(kernel, target) : printRoutine(kernel);
  }
}

/** Parallel iterations of a loop kernel, and how many are worth a piece. */
function rangeOf(kernel: LoopKernel): { readonly total: Expr; readonly grain: Expr } {
  if (kernel.chunk !== undefined) {
    const axis = kernel.stages[0]!.axes[0]!;
    const grain = Math.max(1, Math.round(WORTHWHILE / (kernel.chunk * weightOf(kernel))));
    return { total: ceilDiv(axis.extent, kernel.chunk), grain: int(grain) };
  }
  const total = mul(int(1), ...kernel.outer.map((a) => a.extent));
  let work = 0;
  for (const stage of kernel.stages) {
    const sizes = [...stage.axes, ...stage.over].map((a) => asInt(a.extent) ?? 256);
    work += sizes.reduce((a, b) => a * b, 1) * weightOf({ ...kernel, stages: [stage] });
  }
  return { total, grain: int(Math.max(1, Math.round(WORTHWHILE / Math.max(1, work)))) };
}

/** Strips of a kernel that goes by tiles, and how many are worth a piece. */
function stripsOf(kernel: LoopKernel, tiling: Tiling): { readonly total: Expr; readonly grain: Expr } {
  const sizes = [asInt(tiling.line.extent) ?? tiling.length, asInt(tiling.lane.extent) ?? tiling.width];
  const work = Math.min(sizes[0]!, tiling.length) * Math.min(sizes[1]!, tiling.width) * weightOf(kernel);
  return { total: tiling.total, grain: int(Math.max(1, Math.round(WORTHWHILE / Math.max(1, work)))) };
}

/** Operations per element, roughly. */
function weightOf(kernel: LoopKernel): number {
  const values = kernel.stages.flatMap((s) => s.items.map((i) => i.value));
  return Math.max(1, scalarsOf(...values).length / 4);
}

/** Operators that a kernel computes, as its text names them. */
export function operatorsOf(kernel: Kernel): readonly string[] {
  return [...new Set(kernel.origins.map((o) => o.target ?? o.node ?? "").filter(Boolean))];
}
