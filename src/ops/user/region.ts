/**
 * Branches written as functions: what they use from outside becomes an explicit input.
 *
 * @module
 */
import { refuse } from "../../base/mod.ts";
import type { GraphBuilder, Node, Region, Value } from "../../ir/graph/mod.ts";

/** A branch that may still name values of the graph around it. */
export interface OpenRegion {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Value[];
}

/** Values from outside that a branch uses, in order of first use. */
export function captures(region: OpenRegion): Value[] {
  const own = new Set([...region.inputs, ...region.nodes.flatMap((node) => node.outputs)]);
  const used = [...region.nodes.flatMap((node) => node.inputs), ...region.outputs];
  return [...new Set(used.filter((value) => !own.has(value)))];
}

/** The branch with an input of its own for each of `captured`. */
export function close(g: GraphBuilder, region: OpenRegion, captured: readonly Value[]): Region {
  const own = new Map(captured.map((value) => [value, g.input(value.name, value.type)]));
  const inside = (value: Value) => own.get(value) ?? value;
  return {
    name: region.name,
    inputs: [...region.inputs, ...own.values()],
    nodes: region.nodes.map((node) => ({ ...node, inputs: node.inputs.map(inside) })),
    outputs: region.outputs.map(inside),
  };
}

/** Refuses branches whose results differ in number, type or shape. */
export function checkAlike(a: OpenRegion, b: OpenRegion): void {
  const text = (region: OpenRegion) =>
    region.outputs.map(({ type }) => `${type.dtype}[${type.shape.map((e) => e.key).join(", ")}]`).join(", ");
  if (text(a) === text(b)) return;
  refuse({
    reason: "branches-differ",
    message: `Cannot build the graph: cond's branches return different things: ${text(a)} and ${text(b)}`,
    help: "Both functions must return tensors of the same element types and sizes.",
  });
}
