/**
 * Index maps of index maps become one index map; those that change nothing go away.
 *
 * @module
 */
import { substitute } from "../ir/expr/mod.ts";
import { atPosition, axis, isBent, isWindow, type Node } from "../ir/graph/mod.ts";
import { type Change, type GraphPass, visitNodes } from "./pass.ts";

function compose(node: Node, inner: Node | undefined): Change | undefined {
  if (node.op.kind !== "remap" || node.op.valid) return isIdentity(node);
  if (inner?.op.kind !== "remap" || inner.op.valid) return isIdentity(node);
  const map = atPosition(node.op.index);
  const index = inner.op.index.map((e) => substitute(e, map));
  // Lanes would read a window of such a map anywhere; apart, what lies beneath the window can go into memory.
  if (isWindow(node.op.index) && isBent(index, 2)) return isIdentity(node);
  const joined: Node = { ...node, op: { kind: "remap", index }, inputs: inner.inputs };
  return isIdentity(joined) ?? { kind: "nodes", nodes: [joined] };
}

function isIdentity(node: Node): Change | undefined {
  if (node.op.kind !== "remap" || node.op.valid) return undefined;
  const { shape } = node.outputs[0]!.type, source = node.inputs[0]!;
  if (source.type.shape.length !== shape.length) return undefined;
  const same = node.op.index.every((e, n) => e === axis(n, shape[n]!) && source.type.shape[n] === shape[n]);
  return same ? { kind: "values", values: [source] } : undefined;
}

/** View chains to single views. */
export const composeViews: GraphPass = {
  name: "compose-views",
  doc: "A view of a view is one view; a view that changes nothing is its operand.",
  run: (graph) =>
    visitNodes(graph, () => (node, definedBy) => {
      return node.op.kind === "remap" ? compose(node, definedBy.get(node.inputs[0]!)) : undefined;
    }),
};
