/**
 * The model as a TypeScript wrapper: a module to be stepped through, and the C file that lets it call kernels.
 *
 * @module
 */
import { asInt, int } from "../../ir/expr/mod.ts";
import type { Kernel } from "../../ir/plan/mod.ts";
import type { KernelText } from "../kernel_text.ts";
import type { Templates } from "../render.ts";
import { hostTensor } from "./host.ts";
import type { ModelParts } from "./model_text.ts";
import { foldLines, kernelSymbols, runLines } from "./run_lines.ts";
import { printScriptLines } from "./script_lines.ts";

/** Renders `<model>.ts`. */
export function scriptText(
  parts: ModelParts,
  textOf: (kernel: Kernel) => KernelText,
  templates: Templates,
): string {
  const { plan, weights } = parts;
  return templates.render("ts/wrapper.ts", {
    name: plan.name.replaceAll("*/", "* /"),
    file: `${plan.name}.ts`.replaceAll("*/", "* /"),
    label: JSON.stringify(plan.name),
    run: printScriptLines(runLines(parts, textOf), "  "),
    fold: printScriptLines(foldLines(parts, textOf), "  "),
    inputs: plan.inputs.map(({ buffer, input }) => {
      const { dtype, shape } = hostTensor(buffer, input.complex);
      const example = input.label.replaceAll(/\W/g, "_");
      return { label: JSON.stringify(input.label), example, dtype, rank: shape.length };
    }),
    outputs: plan.outputs.length,
    constants: plan.constants.map(({ buffer, constant }, index) => {
      const own = { ...buffer, strides: constant.strides.map((s) => int(s)) };
      const { dtype, shape, strides } = hostTensor(own, constant.complex);
      return {
        label: JSON.stringify(constant.fqn),
        dtype,
        shape: shape.map(asInt),
        strides: strides.map(asInt),
        offset: constant.role === "folded" ? undefined : weights.places[index]!.offset,
      };
    }),
    weightsBytes: weights.bytes,
    kernels: kernelSymbols(parts, textOf),
  });
}

/** Renders the C file of the kernels' library. */
export function callsText(name: string, kernels: readonly string[], templates: Templates): string {
  return templates.render("c/calls.c", { name: name.replaceAll("*/", "* /"), kernels: [...kernels].sort() });
}
