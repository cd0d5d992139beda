/**
 * One node after the other: who converts which.
 *
 * @module
 */
import type { Node } from "./archive/types.ts";
import { bindPlaceholders } from "./bind.ts";
import { checkTensors, importCall } from "./call.ts";
import { importControl } from "./control.ts";
import { type Frame, originOf } from "./frame.ts";
import { nameOf, shortTarget } from "./report.ts";
import { importScalarNode, scalarFunction } from "./scalar_nodes.ts";
import { importSpecial, isSpecial } from "./special.ts";
import { importWrite } from "./writes.ts";

/** Converts all nodes of a graph; what fails is reported, and its results stand in as unknown values. */
export function importNodes(frame: Frame): void {
  for (const node of frame.graph.nodes) {
    frame.g.at(originOf(node), nameOf(node));
    if (!frame.session.report.node(node, () => importNode(frame, node))) bindPlaceholders(frame, node);
  }
}

function importNode(frame: Frame, node: Node): void {
  const target = shortTarget(node.target), fn = scalarFunction(target);
  if (fn) return importScalarNode(frame, node, fn);
  checkTensors(frame, node);
  if (target.startsWith("higher_order.")) return importControl(frame, node, importNodes);
  if (isSpecial(target)) return importSpecial(frame, node, target);
  if (!importWrite(frame, node)) importCall(frame, node);
}
