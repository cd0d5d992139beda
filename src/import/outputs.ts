/**
 * What a run gives and what it leaves behind: outputs in the user's order, effects on inputs and constants.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { asBool } from "../ir/expr/mod.ts";
import type { Effect, GraphConstant, GraphOutput, Value } from "../ir/graph/mod.ts";
import type { Argument, ExportedProgram, OutputSpec } from "./archive/types.ts";
import { type Frame, scalarOf, tensorOf, valueOf } from "./frame.ts";
import type { Inputs } from "./inputs.ts";
import { asFloatData } from "./scalar_data.ts";

/** Outputs and effects of a program whose nodes are converted. */
export function bindOutputs(
  frame: Frame,
  program: ExportedProgram,
  given: Inputs,
): { readonly outputs: readonly GraphOutput[]; readonly effects: readonly Effect[] } {
  const outputs: GraphOutput[] = [], effects = new Map<Value, Value>();
  for (const [target, alias] of given.aliases) {
    if (alias.storage.version > 0) effects.set(target, alias.read(frame.g));
  }
  for (const spec of program.signature.outputs) {
    frame.session.report.collect(() => {
      const label = program.outputNames[outputs.length] ?? `output${outputs.length}`;
      if (spec.kind === "user-output") outputs.push(outputOf(frame, spec.argument, label));
      else if (spec.kind === "loss-output") outputs.push(tensorOutput(frame, spec.name, label));
      else addEffect(frame, spec, given, effects);
    });
  }
  const changed = [...effects].filter(([target, value]) => target !== value);
  frame.session.report.collect(() => checkTied(given.constants, new Set(changed.map(([target]) => target))));
  return { outputs, effects: changed.map(([target, value]) => ({ target, value })) };
}

function outputOf(frame: Frame, argument: Argument, label: string): GraphOutput {
  switch (argument.kind) {
    case "tensor":
      return tensorOutput(frame, argument.name, label);
    case "sym-int":
    case "sym-bool":
    case "sym-float":
      if (typeof argument.value !== "object") return { kind: "fixed", value: argument.value, label };
      return scalarOutput(frame, argument.value.name, label);
    case "none":
      return { kind: "fixed", value: null, label };
    case "int":
    case "float":
    case "bool":
    case "string":
      return { kind: "fixed", value: argument.value, label };
    default:
      return refuse({
        reason: "unsupported-output",
        message: `Cannot import output "${label}": it is of kind ${argument.kind}`,
      });
  }
}

function tensorOutput(frame: Frame, name: string, label: string): GraphOutput {
  const bound = frame.names.get(name);
  if (bound && bound.kind !== "tensor" && bound.kind !== "absent") return scalarOutput(frame, name, label);
  const value = valueOf(frame, name), meta = frame.graph.tensors.get(name);
  const isAsRecorded = !(bound?.kind === "tensor" && bound.misshapen);
  const strides = meta && isAsRecorded ? frame.session.symbols.strides(meta) : undefined;
  return { kind: "tensor", value, label, ...(strides && { strides }) };
}

function scalarOutput(frame: Frame, name: string, label: string): GraphOutput {
  const scalar = scalarOf(frame, name);
  switch (scalar.kind) {
    case "int":
      return { kind: "size", expr: scalar.expr, label };
    case "bool": {
      const decided = asBool(scalar.pred);
      return decided === undefined
        ? { kind: "truth", pred: scalar.pred, label }
        : { kind: "fixed", value: decided, label };
    }
    case "float":
      return { kind: "fixed", value: scalar.float, label };
    default:
      return {
        kind: "tensor",
        value: scalar.kind === "data" ? scalar.value : asFloatData(frame.g, scalar),
        label,
      };
  }
}

/** A mutation that a functional export states as an output. */
function addEffect(frame: Frame, spec: OutputSpec, given: Inputs, effects: Map<Value, Value>): void {
  const name = spec.kind === "buffer-mutation"
    ? spec.buffer
    : spec.kind === "parameter-mutation"
    ? spec.parameter
    : spec.kind === "user-input-mutation"
    ? spec.input
    : undefined;
  const target = name === undefined ? undefined : given.targets.get(name);
  if (target && "name" in spec) return void effects.set(target, tensorOf(frame, spec.name).read(frame.g));
  refuse({ reason: "unsupported-output", message: `Cannot import an output of kind ${spec.kind}` });
}

/** Refuses writes into constants that overlap others in part: the others would change unseen. */
function checkTied(constants: readonly GraphConstant[], written: ReadonlySet<Value>): void {
  const same = (a: GraphConstant, b: GraphConstant) =>
    a.offset === b.offset && String(a.strides) === String(b.strides) &&
    a.value.type.dtype === b.value.type.dtype &&
    a.value.type.shape.every((size, n) => size === b.value.type.shape[n]);
  for (const one of constants.filter(({ value }) => written.has(value))) {
    const other = constants.find((c) => c !== one && c.data === one.data && !same(c, one));
    if (!other) continue;
    refuse({
      reason: "unsupported-mutation",
      message: `Cannot write "${one.fqn}": "${other.fqn}" is another view of the same memory`,
    });
  }
}
