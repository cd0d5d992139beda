/**
 * Splits a graph in two: what follows from constants alone, to be computed when they are loaded or updated, and what
 * runs do.
 *
 * @module
 */
import { denseStrides } from "../../base/mod.ts";
import { asInt } from "../../ir/expr/mod.ts";
import type { Graph, GraphConstant, Value } from "../../ir/graph/mod.ts";
import { deadCode } from "../dead_code.ts";
import { type Fixed, fixedBy, frontier, staticBytes } from "./depends.ts";
import { hoistFixed } from "./hoist.ts";

/** A graph in two parts. */
export interface Split {
  /** What runs do; values of `fold` are constants of role "folded", after all others and in the order of its outputs. */
  readonly main: Graph;
  /** No inputs, the same constants, an output for each folded value; absent when nothing is worth folding. */
  readonly fold?: Graph;
}

/** Splits off what depends on constants alone; constants that runs write to are not among them. */
export function splitConstants(graph: Graph): Split {
  const written = new Set(graph.effects.map((e) => e.target));
  const steady = graph.constants.filter((c) => !written.has(c.value));
  const constants = new Map<Value, Fixed>(
    steady.map((c) => [c.value, { from: staticBytes(c.value.type) ?? 0, work: false }]),
  );
  const whole = hoistFixed(graph, constants), known = new Map(constants);
  for (const node of whole.nodes) {
    const fact = fixedBy(node, known, false);
    if (fact) node.outputs.forEach((v) => known.set(v, fact));
  }
  const fixed = whole.nodes.filter((n) => n.outputs.length > 0 && n.outputs.every((v) => known.has(v)));
  const rest = new Set(whole.nodes.filter((n) => !fixed.includes(n)));
  const leaves = whole.outputs.flatMap((o) => (o.kind === "tensor" ? [o.value] : []));
  const read = [...[...rest].flatMap((n) => n.inputs), ...leaves, ...whole.effects.map((e) => e.value)];
  const last = frontier(fixed, known, read);
  // All results of an operation or none: its results are defined in one place.
  const folded = fixed.flatMap((n) => n.outputs.some((v) => last.includes(v)) ? n.outputs : []);
  if (folded.length === 0) return { main: graph };
  return { main: mainOf(whole, folded), fold: foldOf(whole, folded) };
}

function mainOf(graph: Graph, folded: readonly Value[]): Graph {
  const gone = new Set(folded);
  const nodes = graph.nodes.filter((n) => !n.outputs.some((v) => gone.has(v)));
  const constants = [...graph.constants, ...folded.map(asConstant)];
  return deadCode.run({ ...graph, nodes, constants });
}

function asConstant(value: Value): GraphConstant {
  const strides = denseStrides(value.type.shape.map((e) => asInt(e)!));
  return { value, fqn: `_FOLDED_CONST_${value.name}`, role: "folded", strides, offset: 0, data: "folded" };
}

function foldOf(graph: Graph, folded: readonly Value[]): Graph {
  return deadCode.run({
    ...graph,
    name: `${graph.name}_fold`,
    symbols: [],
    guards: [],
    inputs: [],
    fixed: [],
    effects: [],
    outputs: folded.map((value) => ({ kind: "tensor", value, label: value.name })),
    inSpec: "",
    outSpec: "",
  });
}
