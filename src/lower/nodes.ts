/**
 * One node after the other, each by its kind of operation.
 *
 * @module
 */
import type { Node } from "../ir/graph/mod.ts";
import { lazyOf } from "./elementwise.ts";
import { lowerCond, lowerWhile } from "./regions.ts";
import { finish, keep, operand, REUSE } from "./settle.ts";
import { from, type Lowering } from "./state.ts";
import { lowerConcat, lowerEinsum, lowerReduce, lowerRoutine, lowerScatter } from "./statements.ts";

/** Bodies larger than this many loads or this costly are put into memory rather than inlined further. */
const LIMIT = { loads: 12, cost: 400 } as const;

/** Lowers nodes in order. */
export function lowerNodes(l: Lowering, nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (node.origin) { for (const v of node.outputs) l.origins.set(v, node.origin); }
    lowerNode(l, node);
  }
}

function lowerNode(l: Lowering, node: Node): void {
  const { op } = node;
  switch (op.kind) {
    case "einsum":
      return lowerEinsum(l, node, op);
    case "reduce":
      return lowerReduce(l, node, op);
    case "concat":
      return lowerConcat(l, node, op);
    case "scatter":
      return lowerScatter(l, node, op);
    case "item":
      return l.emit({
        kind: "item",
        name: op.symbol.name,
        buffer: l.realise(node.inputs[0]!),
        sym: op.symbol,
      });
    case "assert": {
      const test = op.pred ?? l.realise(node.inputs[0]!, node.origin);
      return l.emit({ kind: "assert", name: "assert", message: op.message, test, ...from(node) });
    }
    case "routine":
      return lowerRoutine(l, node, op);
    case "cond":
      return lowerCond(l, node, lowerNodes);
    case "while":
      return lowerWhile(l, node, op, lowerNodes);
    default:
      return lowerLazily(l, node);
  }
}

/** Pointwise and index operations: stay functions, unless that would compute much again. */
function lowerLazily(l: Lowering, node: Node): void {
  const out = node.outputs[0]!, xs = node.inputs.map((v) => operand(l, node, v));
  const lazy = lazyOf(l.scalars, node, xs);
  l.define(out, lazy);
  if (node.op.kind === "remap") l.views.set(out, node);
  const again = (l.uses.get(out) ?? 0) > 1 && lazy.cost >= REUSE;
  if (again || lazy.loads > LIMIT.loads || lazy.cost > LIMIT.cost || l.homes.has(out)) {
    keep(l, node);
  } else finish(l, node, out);
}
