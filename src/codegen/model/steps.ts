/**
 * The middle of a run: launches and control flow.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { mul } from "../../ir/expr/mod.ts";
import { type Buffer, numel } from "../../ir/loops/mod.ts";
import { type Kernel, type Step, writtenByKernel } from "../../ir/plan/mod.ts";
import { type StepContext, wholeBuffer } from "./context.ts";
import { bytesMoved, launchChecks } from "./debug.ts";
import { hostTensorOf } from "./host.ts";
import { isOfHost } from "./host_call.ts";
import type { LaunchLine, Line } from "./lines.ts";

/** Lines of a list of steps. */
export function stepLines(c: StepContext, steps: readonly Step[]): readonly Line[] {
  return steps.flatMap((step, n) => {
    const checks = step.kind === "launch" ? launchChecks(c, step.kernel, steps.slice(n + 1)) : [];
    return [...linesOf(c, step), ...checks];
  });
}

function linesOf(c: StepContext, step: Step): readonly Line[] {
  switch (step.kind) {
    case "launch":
      if (isOfHost(step.kernel)) {
        return [{ kind: "host", kernel: step.kernel, index: c.hosts.get(step.kernel) }];
      }
      return [launchLine(c, step.kernel)];
    case "allocate":
      return [allocateLine(c, wholeBuffer(c, step.buffer))];
    case "bind":
      return [{ kind: "bind", sym: step.sym, value: step.expr }];
    case "item":
      return [{ kind: "item", sym: step.sym, buffer: step.buffer }];
    case "assert":
      return [{ kind: "assert", test: step.test, message: step.message }];
    case "cond": {
      const then = stepLines(c, step.then), otherwise = stepLines(c, step.otherwise);
      return [{ kind: "if", test: step.test, then, otherwise }];
    }
    case "while": {
      const copies = step.carried.map((to, n): Line => {
        return { kind: "copy", to, from: step.next[n]!, bytes: bytesIn(to) };
      });
      const condition = stepLines(c, step.condition), body = [...stepLines(c, step.body), ...copies];
      return [{ kind: "loop", condition, test: step.test, body }];
    }
  }
}

function bytesIn(buffer: Buffer) {
  return mul(numel(buffer.shape), bytesOf(buffer.dtype));
}

function allocateLine({ plan }: StepContext, buffer: Buffer): Line {
  const place = plan.placements.get(buffer.name);
  const output = place?.kind === "output"
    ? { output: { index: place.index, tensor: hostTensorOf(plan, buffer) } }
    : {};
  return { kind: "allocate", buffer, bytes: bytesIn(buffer), ...output };
}

function launchLine(c: StepContext, kernel: Kernel): LaunchLine {
  const { symbol, buffers, sizes, total, grain, scratch } = c.textOf(kernel);
  const moves = c.debug.bandwidth ? { moves: bytesMoved(kernel) } : {};
  const { origins } = kernel, writes = writtenByKernel(kernel);
  return { kind: "launch", symbol, buffers, sizes, total, grain, scratch, writes, origins, ...moves };
}
