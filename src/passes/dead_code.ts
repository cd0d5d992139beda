/**
 * Removes nodes whose results nobody reads.
 *
 * @module
 */
import type { Graph, Node, Value } from "../ir/graph/mod.ts";
import type { GraphPass } from "./pass.ts";

/** True for nodes that do something besides giving values. */
function acts(node: Node): boolean {
  if (node.op.kind === "item" || node.op.kind === "assert") return true;
  if (node.binds && node.binds.length > 0) return true;
  return (node.regions ?? []).some((r) => r.nodes.some(acts));
}

function sweep(nodes: readonly Node[], live: Set<Value>): readonly Node[] {
  const kept: Node[] = [];
  for (const node of [...nodes].reverse()) {
    if (!acts(node) && !node.outputs.some((v) => live.has(v))) continue;
    const regions = node.regions?.map((r) => {
      r.outputs.forEach((v) => live.add(v));
      return { ...r, nodes: sweep(r.nodes, live) };
    });
    node.inputs.forEach((v) => live.add(v));
    kept.push(regions ? { ...node, regions } : node);
  }
  return kept.reverse();
}

/** Dead code elimination; last, since the others leave orphans. */
export const deadCode: GraphPass = {
  name: "dead-code",
  doc: "Removes nodes whose results nobody reads.",
  run: (graph: Graph): Graph => {
    const outputs = graph.outputs.flatMap((o) => (o.kind === "tensor" ? [o.value] : []));
    const live = new Set<Value>([...outputs, ...graph.effects.map((e) => e.value)]);
    return { ...graph, nodes: sweep(graph.nodes, live) };
  },
};
