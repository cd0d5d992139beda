/**
 * Subgraphs: as regions with explicit inputs, or run where they stand.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import type { Region, TensorType, Value } from "../ir/graph/mod.ts";
import type { Argument, Graph as ExportedGraph, Node } from "./archive/types.ts";
import { type Bound, type Frame, lookUp } from "./frame.ts";
import type { Result } from "./bind.ts";
import { aboutNode } from "./report.ts";
import { scalarOfArgument } from "./scalar_nodes.ts";
import { asFloatData, asIntData, asTruthData } from "./scalar_data.ts";
import { Alias } from "./storage.ts";

/** Converts all nodes of a frame; handed in, since nodes hold regions that hold nodes. */
export type RunNodes = (frame: Frame) => void;

/** A region, and what its inputs are bound to. */
export interface Outcome {
  readonly region: Region;
  readonly operands: readonly Value[];
}

/** The subgraph at position `n` among the arguments. */
export function graphArgument(node: Node, n: number): ExportedGraph {
  const argument = node.inputs[n]?.argument;
  if (argument?.kind === "graph") return argument.graph;
  return refuse(aboutNode(node, "bad-graph", `argument ${n} is no subgraph`));
}

/** Operands from the arguments, lists unrolled; what is neither tensor nor number is left out. */
export function operandsOf(frame: Frame, operands: readonly Argument[]): readonly Bound[] {
  return operands.flatMap((argument): readonly Bound[] => {
    switch (argument.kind) {
      case "tensor":
        return [lookUp(frame, argument.name)];
      case "tensors":
        return argument.names.map((name) => lookUp(frame, name));
      case "optional-tensors":
        return argument.names.map((name) => name === null ? { kind: "none" } : lookUp(frame, name));
      case "ints":
        return argument.values.map((value) => scalarOfArgument(frame, { kind: "int", value }));
      case "sym-ints":
        return argument.values.map((value) => scalarOfArgument(frame, { kind: "sym-int", value }));
      case "none":
        return [{ kind: "none" }];
      case "string":
        return [];
      default:
        return [scalarOfArgument(frame, argument)];
    }
  });
}

/** Name of a subgraph's input. */
export function inputName(argument: Argument): string {
  if (argument.kind === "tensor") return argument.name;
  if (
    "value" in argument && typeof argument.value === "object" && argument.value && "name" in argument.value
  ) {
    return argument.value.name;
  }
  return "";
}

/** Runs a subgraph where the node stands: its inputs are the operands themselves. */
export function inlineGraph(
  frame: Frame,
  graph: ExportedGraph,
  operands: readonly Bound[],
  run: RunNodes,
): readonly Bound[] {
  checkCount(graph, operands.length);
  const names = new Map(graph.inputs.map((argument, n) => [inputName(argument), operands[n]!]));
  const inner: Frame = { ...frame, graph, names };
  run(inner);
  return graph.outputs.flatMap((output) => outputOf(inner, output));
}

function checkCount(graph: ExportedGraph, given: number): void {
  if (graph.inputs.length === given) return;
  refuse({
    reason: "bad-graph",
    message: `Cannot enter a subgraph: it has ${graph.inputs.length} inputs and is given ${given}`,
  });
}

/** What an output of a subgraph stands for. */
function outputOf(frame: Frame, output: Argument): readonly Bound[] {
  if (output.kind === "none") return [{ kind: "none" }];
  if (output.kind === "tensors") return output.names.map((name) => lookUp(frame, name));
  if (output.kind === "tensor") return [lookUp(frame, output.name)];
  return [scalarOfArgument(frame, output)];
}

/** A subgraph as a region. Tensors become inputs of the region; numbers are seen from outside as expressions. */
export function regionOf(
  frame: Frame,
  graph: ExportedGraph,
  operands: readonly Bound[],
  run: RunNodes,
  name: string,
): Outcome {
  checkCount(graph, operands.length);
  return frame.session.symbols.within(() => convertRegion(frame, graph, operands, run, name));
}

function convertRegion(
  frame: Frame,
  graph: ExportedGraph,
  operands: readonly Bound[],
  run: RunNodes,
  name: string,
): Outcome {
  const g = frame.g.region(), values: Value[] = [], inputs: Value[] = [], aliases: Alias[] = [];
  const names = new Map(graph.inputs.map((argument, n): [string, Bound] => {
    const label = inputName(argument), operand = operands[n]!;
    const value = operand.kind === "tensor"
      ? operand.alias.read(frame.g)
      : operand.kind === "data"
      ? operand.value
      : null;
    if (!value) return [label, operand];
    const input = g.input(label, value.type), alias = Alias.whole(input);
    values.push(value);
    inputs.push(input);
    aliases.push(alias);
    return [label, operand.kind === "data" ? { kind: "data", value: input } : { kind: "tensor", alias }];
  }));
  const inner: Frame = { ...frame, graph, names, g };
  run(inner);
  if (aliases.some((alias) => alias.storage.version > 0)) {
    refuse({
      reason: "unsupported-mutation",
      message: `Cannot compile the ${name} branch: it writes into a tensor from outside`,
      help: "Return the new value from the branch and write it outside.",
    });
  }
  const outputs = graph.outputs.flatMap((output) => outputOf(inner, output)).flatMap((bound) => {
    return bound.kind === "none" ? [] : [asData(inner, bound)];
  });
  return { region: { name, inputs, nodes: [...g.nodes], outputs }, operands: values };
}

/** Anything with a value as a tensor: ints i64, floats f64, truths bool. */
export function asData(frame: Frame, bound: Bound): Value {
  switch (bound.kind) {
    case "tensor":
      return bound.alias.read(frame.g);
    case "int":
      return asIntData(frame.g, bound);
    case "bool":
      return asTruthData(frame.g, bound);
    case "ratio":
    case "float":
    case "data":
      return bound.kind === "data" ? bound.value : asFloatData(frame.g, bound);
    default:
      return refuse({ reason: "bad-graph", message: `Cannot pass ${bound.kind} out of a subgraph` });
  }
}

/** A bound name as the result of a node. */
export function asResult(bound: Bound): Result {
  if (bound.kind === "tensor") return bound.alias;
  return bound.kind === "none" || bound.kind === "absent" ? null : bound;
}

/** True for equal element types and shapes. */
export function sameTypes(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && a.shape.length === b.shape.length &&
    a.shape.every((size, n) => size === b.shape[n]);
}
