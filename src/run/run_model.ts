/**
 * Runs a model on tensors by the names that files give them: "0", "1", … in the flattened order of the user's call.
 *
 * @module
 */
import { attempt, type DType, refuse, type Result } from "../base/mod.ts";
import type { OpenedCall, OpenedModel } from "./opened.ts";
import { printTensor, type Tensor, toDType } from "./tensor.ts";

/** Binds inputs by leaf: all kinds of input count, those that the export fixed are not looked at. */
export function bindInputs(model: OpenedModel, call: OpenedCall, inputs: ReadonlyMap<string, Tensor>): void {
  const { description } = model;
  description.inputs.forEach(({ leaf, name, dtype }, i) => {
    const given = inputs.get(String(leaf)) ?? inputs.get(name);
    if (!given) refuse(missingInput(leaf, name, inputs));
    call.bind(i, toDType(given, dtype as DType));
  });
}

/** Outputs "0", "1", … of the last run; a leaf that is None is left out. */
export function outputsOf(model: OpenedModel, call: OpenedCall): ReadonlyMap<string, Tensor> {
  const outputs = Array.from({ length: model.numOutputs }, (_, i) => [String(i), call.output(i)] as const);
  return new Map(outputs.filter((pair): pair is readonly [string, Tensor] => pair[1] !== null));
}

/** One run, or `repeat` of them, of which the last one's outputs are given. */
export function runModel(
  model: OpenedModel,
  inputs: ReadonlyMap<string, Tensor>,
  options: { readonly repeat?: number } = {},
): Result<{ readonly outputs: ReadonlyMap<string, Tensor>; readonly ms: readonly number[] }> {
  return attempt(() => {
    using call = model.call();
    bindInputs(model, call, inputs);
    const ms = Array.from({ length: Math.max(1, options.repeat ?? 1) }, () => {
      const start = performance.now();
      call.run();
      return performance.now() - start;
    });
    return { outputs: outputsOf(model, call), ms };
  });
}

function missingInput(leaf: number, name: string, inputs: ReadonlyMap<string, Tensor>) {
  const found = [...inputs].map(([key, tensor]) => `"${key}" ${printTensor(tensor)}`).join(", ") || "nothing";
  return {
    reason: "input-missing",
    message: `Cannot run the model: input ${leaf} ("${name}") is missing; there is ${found}`,
    help: 'Name tensors "0", "1", … in the flattened order of the inputs, numbers as 0-d tensors.',
  };
}
