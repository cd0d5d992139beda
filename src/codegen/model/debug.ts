/**
 * What a model says and checks on request: values that are no numbers, values in between, bytes moved.
 *
 * @module
 */
import { bytesOf, type DType, dtypes } from "../../base/mod.ts";
import { add, type Expr, int, mul } from "../../ir/expr/mod.ts";
import { type Buffer, numel } from "../../ir/loops/mod.ts";
import { buffersOfKernel, type Kernel, type Step, writtenByKernel } from "../../ir/plan/mod.ts";
import { type StepContext, wholeBuffer } from "./context.ts";
import { isOfHost } from "./host_call.ts";
import type { Line } from "./lines.ts";

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

/** Looks at each input. */
export function inputChecks({ plan, debug }: StepContext): readonly Line[] {
  if (!debug.checkEnds) return [];
  return plan.inputs.flatMap(({ buffer, input }, n): readonly Line[] => {
    if (!canBeOdd(buffer.dtype)) return [];
    return [{ kind: "check-finite", of: n, what: `input "${input.label}"` }];
  });
}

/** Looks at each computed output. */
export function outputChecks(c: StepContext): readonly Line[] {
  if (!c.debug.checkEnds) return [];
  return c.plan.outputs.flatMap(({ leaf, buffer }): readonly Line[] => {
    if (!buffer || buffer.role !== "output" || !canBeOdd(buffer.dtype)) return [];
    return [{ kind: "check-finite", of: wholeBuffer(c, buffer), what: `output "${leaf.label}"` }];
  });
}

/** Looks at what a launch wrote; a buffer that a later kernel goes on writing is left to that one. */
export function launchChecks(c: StepContext, kernel: Kernel, later: readonly Step[]): readonly Line[] {
  const { checkAll, show } = c.debug;
  if (!checkAll && !show) return [];
  const symbol = isOfHost(kernel) ? kernel.name : c.textOf(kernel).symbol, place = placeOf(kernel.origins);
  const lines: Line[] = show === 3 ? [{ kind: "show", how: 3, what: symbol }] : [];
  const unfinished = new Set(later.flatMap(writtenBy).map((b) => b.name));
  for (const flat of writtenByKernel(kernel).filter((b) => !unfinished.has(b.name))) {
    const buffer = wholeBuffer(c, flat);
    const what = `buffer "${buffer.name}" of kernel ${symbol}${place && ` (${place})`}`;
    if (show === 1 || show === 2) {
      lines.push({ kind: "show", how: show, buffer, what: show === 1 ? `${buffer.name}.${symbol}` : what });
    }
    if (checkAll && canBeOdd(buffer.dtype)) lines.push({ kind: "check-finite", of: buffer, what });
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
export function bytesMoved(kernel: Kernel): Expr {
  return add(int(0), ...buffersOfKernel(kernel).map((b) => mul(numel(b.shape), bytesOf(b.dtype))));
}
