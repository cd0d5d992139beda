/**
 * What a model says and checks on request: values that are no numbers, values in between, bytes moved.
 *
 * @module
 */
import { bytesOf, type DType, dtypes } from "../../base/mod.ts";
import { add, int, mul } from "../../ir/expr/mod.ts";
import { type Buffer, numel } from "../../ir/loops/mod.ts";
import { buffersOfKernel, type Kernel, type Step, writtenByKernel } from "../../ir/plan/mod.ts";
import type { StepContext } from "./context.ts";
import { cString, sizeText } from "./symbols.ts";

function canBeOdd(dtype: DType): boolean {
  const { kind } = dtypes[dtype];
  return (kind === "float" && bytesOf(dtype) > 1) || kind === "complex";
}

/** `aten.log.default, node "log", model.py:12`. */
function placeOf(origins: Kernel["origins"]): string {
  const words = origins.slice(0, 4).map(({ target, node, file, line }) => {
    const place = file ? `${file.split("/").at(-1)}:${line ?? "?"}` : undefined;
    return [target, node && `node "${node}"`, place].filter(Boolean).join(", ");
  });
  return [...new Set(words.filter(Boolean))].join("; ");
}

/** Calls that look at each input. */
export function inputChecks({ plan, debug, wrapper }: StepContext): readonly string[] {
  if (!debug.checkEnds) return [];
  return plan.inputs.flatMap(({ buffer, input }, n) => {
    if (!canBeOdd(buffer.dtype)) return [];
    return [wrapper.checkInput(n, cString(`input "${input.label}"`))];
  });
}

/** Calls that look at each computed output. */
export function outputChecks(c: StepContext): readonly string[] {
  if (!c.debug.checkEnds) return [];
  return c.plan.outputs.flatMap(({ leaf, buffer }) => {
    if (!buffer || buffer.role !== "output" || !canBeOdd(buffer.dtype)) return [];
    return [c.wrapper.checkFinite(c.buffers.get(buffer.name) ?? buffer, cString(`output "${leaf.label}"`))];
  });
}

/** Calls after a launch about what it wrote; a buffer that a later kernel goes on writing is left to that one. */
export function launchChecks(c: StepContext, kernel: Kernel, later: readonly Step[]): readonly string[] {
  const { checkAll, show } = c.debug;
  if (!checkAll && !show) return [];
  const { symbol } = c.textOf(kernel), place = placeOf(kernel.origins);
  const lines = show === 3 ? [c.wrapper.show(3, undefined, cString(symbol))] : [];
  const unfinished = new Set(later.flatMap(writtenBy).map((b) => b.name));
  for (const flat of writtenByKernel(kernel).filter((b) => !unfinished.has(b.name))) {
    const buffer = c.buffers.get(flat.name) ?? flat;
    const what = `buffer "${buffer.name}" of kernel ${symbol}${place && ` (${place})`}`;
    if (show === 1 || show === 2) {
      const name = show === 1 ? `${buffer.name}.${symbol}` : what;
      lines.push(c.wrapper.show(show, buffer, cString(name)));
    }
    if (checkAll && canBeOdd(buffer.dtype)) lines.push(c.wrapper.checkFinite(buffer, cString(what)));
  }
  return lines;
}

function writtenBy(step: Step): readonly Buffer[] {
  switch (step.kind) {
    case "launch":
      return writtenByKernel(step.kernel);
    case "cond":
      return [...step.then, ...step.otherwise].flatMap(writtenBy);
    case "while":
      return [...step.condition, ...step.body].flatMap(writtenBy);
    default:
      return [];
  }
}

/** Bytes of everything that a kernel touches, each buffer once. */
export function bandwidthLines({ debug }: StepContext, kernel: Kernel): readonly string[] {
  if (!debug.bandwidth) return [];
  const bytes = buffersOfKernel(kernel).map((b) => mul(numel(b.shape), bytesOf(b.dtype)));
  return [`aoti_moves(run, ${sizeText(add(int(0), ...bytes))});`];
}
