/**
 * The middle of a run: launches and control flow, in whichever wrapper the context names.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { mul } from "../../ir/expr/mod.ts";
import { numel } from "../../ir/loops/mod.ts";
import type { Step } from "../../ir/plan/mod.ts";
import type { StepContext } from "./context.ts";
import { launchChecks } from "./debug.ts";
import { conditionText, cString, sizeText, symbolName } from "./symbols.ts";

/** Statements of a list of steps. */
export function stepLines(c: StepContext, steps: readonly Step[], indent = ""): readonly string[] {
  return steps.flatMap((step, n) => {
    const checks = step.kind === "launch" ? launchChecks(c, step.kernel, steps.slice(n + 1)) : [];
    return [...stepText(c, step), ...checks].map((line) => indent + line);
  });
}

function stepText(c: StepContext, step: Step): readonly string[] {
  const { wrapper } = c;
  switch (step.kind) {
    case "launch":
      return wrapper.launch(c, step.kernel);
    case "allocate": // hosts see sizes and strides, kernels a run of elements
      return wrapper.allocate(c, c.buffers.get(step.buffer.name) ?? step.buffer);
    case "bind":
      return [`${symbolName(step.sym.name)} = ${sizeText(step.expr)};`];
    case "item":
      return [`${symbolName(step.sym.name)} = ${wrapper.integer(step.buffer)};`];
    case "assert": {
      const test = "strides" in step.test ? wrapper.truth(step.test) : conditionText(step.test);
      return [`if (!(${test})) ${wrapper.fail('"%s"', [cString(step.message)])}`];
    }
    case "cond":
      return [
        `if (${wrapper.truth(step.test)}) {`,
        ...stepLines(c, step.then, "  "),
        "} else {",
        ...stepLines(c, step.otherwise, "  "),
        "}",
      ];
    case "while":
      return [
        "for (;;) {",
        ...stepLines(c, step.condition, "  "),
        `  if (!${wrapper.truth(step.test)}) break;`,
        ...stepLines(c, step.body, "  "),
        ...step.carried.map((to, n) => {
          return `  ${wrapper.copy(to, step.next[n]!, mul(numel(to.shape), bytesOf(to.dtype)))}`;
        }),
        "}",
      ];
  }
}
