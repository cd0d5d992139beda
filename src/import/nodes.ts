/**
 * One node after the other: who converts which.
 *
 * @module
 */
import { Refused } from "../base/mod.ts";
import type { Node } from "./archive/types.ts";
import { bindPlaceholders } from "./bind.ts";
import { checkTensors, importCall } from "./call.ts";
import { importControl } from "./control.ts";
import { type Frame, originOf } from "./frame.ts";
import { importHost } from "./host.ts";
import { nameOf, shortTarget } from "./report.ts";
import { importScalarNode, scalarFunction } from "./scalar_nodes.ts";
import { importSpecial, isSpecial } from "./special.ts";
import { importWrite, writesInto } from "./writes.ts";

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
  const ofHost = frame.session.host.get(target);
  if (ofHost) return importHost(frame, node, ofHost);
  if (isSpecial(target)) return importSpecial(frame, node, target);
  if (mayFallBack(frame, target)) return importOrFallBack(frame, node);
  if (!importWrite(frame, node)) importCall(frame, node);
}

/** Aten operators that write to arguments though their names do not say so. */
const secretWriters = new Set([
  "_fused_moving_avg_obs_fq_helper",
  "fused_moving_avg_obs_fake_quant",
  "batch_norm",
  "native_batch_norm",
  "_native_batch_norm_legit",
  "_batch_norm_with_update",
  "batch_norm_update_stats",
  "cudnn_batch_norm",
  "miopen_batch_norm",
  "instance_norm",
  "rrelu_with_noise",
]);

/** Of other aten operators names say that they write: `add_`, `add.out`. */
function mayFallBack(frame: Frame, target: string): boolean {
  const [namespace, name = ""] = target.split(".");
  return frame.session.fallback && namespace === "aten" && !writesInto(target) && !secretWriters.has(name);
}

/** What cannot be compiled is the host's. */
function importOrFallBack(frame: Frame, node: Node): void {
  try {
    importCall(frame, node);
  } catch (error) {
    if (!(error instanceof Refused) || !error.diagnostics.every((d) => d.reason.startsWith("unsupported"))) {
      throw error;
    }
    importHost(frame, node, undefined);
  }
}
