/**
 * A pass is a function from graph to graph with a name; node-wise passes visit every block, regions first.
 *
 * @module
 */
import type { Graph, Node, Region, Value } from "../ir/graph/mod.ts";

/** One rewrite of whole graphs. */
export interface GraphPass {
  /** kebab-case: the name of its cases, `tests/passes/<name>.graph`. */
  readonly name: string;
  readonly doc: string;
  readonly run: (graph: Graph) => Graph;
}

/** What a visitor makes of a node: nodes in its place, or values that stand for its outputs. */
export type Visit = (node: Node, definedBy: ReadonlyMap<Value, Node>) => Change | undefined;
/** What a rule makes of a node. */
export type Change =
  /** These nodes instead; the last one has as many outputs as the old node. */
  | { readonly kind: "nodes"; readonly nodes: readonly Node[] }
  /** No node: these values, already defined, are what the outputs were. */
  | { readonly kind: "values"; readonly values: readonly Value[] };

interface Walk {
  readonly replaced: Map<Value, Value>;
  readonly definedBy: Map<Value, Node>;
}

/** Applies a visitor to every node of a graph, operands before users. `fresh` is made anew for each block. */
export function visitNodes(graph: Graph, visitor: () => Visit): Graph {
  const walk: Walk = { replaced: new Map(), definedBy: new Map() };
  const nodes = visitBlock(graph.nodes, visitor, walk);
  const resolve = (v: Value) => walk.replaced.get(v) ?? v;
  return {
    ...graph,
    nodes,
    outputs: graph.outputs.map((o) => (o.kind === "tensor" ? { ...o, value: resolve(o.value) } : o)),
    effects: graph.effects.map((e) => ({ ...e, value: resolve(e.value) })),
  };
}

function visitBlock(nodes: readonly Node[], visitor: () => Visit, walk: Walk): readonly Node[] {
  const visit = visitor(), out: Node[] = [];
  for (const old of nodes) {
    const node: Node = {
      ...old,
      inputs: old.inputs.map((v) => walk.replaced.get(v) ?? v),
      ...(old.regions && { regions: old.regions.map((r) => visitRegion(r, visitor, walk)) }),
    };
    const change = visit(node, walk.definedBy);
    if (!change) {
      out.push(node);
      node.outputs.forEach((v) => walk.definedBy.set(v, node));
      continue;
    }
    const values = change.kind === "values" ? change.values : change.nodes.at(-1)!.outputs;
    if (change.kind === "nodes") {
      out.push(...change.nodes);
      change.nodes.forEach((n) => n.outputs.forEach((v) => walk.definedBy.set(v, n)));
    }
    old.outputs.forEach((v, n) => v !== values[n] && walk.replaced.set(v, values[n]!));
  }
  return out;
}

function visitRegion(region: Region, visitor: () => Visit, walk: Walk): Region {
  const nodes = visitBlock(region.nodes, visitor, walk);
  return { ...region, nodes, outputs: region.outputs.map((v) => walk.replaced.get(v) ?? v) };
}
