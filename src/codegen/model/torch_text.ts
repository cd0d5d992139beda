/**
 * The model's own C++ file for PyTorch programs: the same run as in model.c, on `at::Tensor`.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import type { Kernel } from "../../ir/plan/mod.ts";
import type { KernelText } from "../kernel_text.ts";
import type { Templates } from "../render.ts";
import { hostTensor } from "./host.ts";
import { constantViews, type ModelParts } from "./model_text.ts";
import { foldLines, kernelsOf, kernelSymbols, runLines } from "./run_lines.ts";
import { cString } from "./symbols.ts";
import { printLines } from "./wrapper.ts";
import { scalarType, wrapperTorch } from "./wrapper_torch.ts";

/** Renders model.cpp; `embedWeights` when weights.bin is linked into the library. */
export function torchText(
  parts: ModelParts,
  embedWeights: boolean,
  textOf: (kernel: Kernel) => KernelText,
  templates: Templates,
): string {
  const { plan, fold, weights } = parts;
  const stateful = plan.effects.some(({ target }) =>
    plan.constants.some((c) => c.buffer.name === target.name)
  );
  return templates.render("cpp/model.cpp", {
    name: plan.name,
    cname: cString(plan.name),
    id: plan.name.replaceAll(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_"),
    kernels: kernelSymbols(parts, textOf),
    run: printLines(wrapperTorch, runLines(parts, textOf), "  "),
    fold: printLines(wrapperTorch, foldLines(parts, textOf), "  "),
    stored: plan.constants.filter(({ constant }) => constant.role !== "folded").length,
    constants: constantViews(plan, fold, weights).map((view, n) => ({
      ...view,
      scalar: scalarType(hostType(plan.constants[n]!)),
    })),
    inputs: plan.inputs.map(({ buffer, input }, index) => {
      const { dtype, shape } = hostTensor(buffer, input.complex);
      return { index, label: cString(input.label), scalar: scalarType(dtype), rank: shape.length };
    }),
    outputs: plan.outputs.length,
    features: parts.cpuFeatures?.split(",") ?? [],
    weightsBytes: weights.bytes,
    embedded: embedWeights && weights.bytes > 0,
    stateful,
    draws: kernelsOf(plan.steps).some((k) => k.kind === "routine" && k.call.routine.startsWith("random")),
  });
}

function hostType({ buffer, constant }: ModelParts["plan"]["constants"][number]): DType {
  return constant.complex ?? buffer.dtype;
}
