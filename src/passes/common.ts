/**
 * Nodes that compute the same from the same become one.
 *
 * @module
 */
import { printPred, symsOfPred } from "../ir/expr/mod.ts";
import type { Expr, Pred } from "../ir/expr/mod.ts";
import type { Node, Value } from "../ir/graph/mod.ts";
import { type GraphPass, visitNodes } from "./pass.ts";

/** Kinds that are functions of their operands and attributes alone. */
const pure: ReadonlySet<string> = new Set([
  ...[
    "pointwise",
    "cast",
    "constant",
    "iota",
    "mask",
    "remap",
    "lookup",
    "scatter",
    "reduce",
    "einsum",
    "concat",
  ],
]);

/** Text that is equal for equal operations; index expressions by their canonical keys. */
function keyOf(node: Node, ids: Map<Value, number>): string {
  const id = (v: Value) => ids.get(v) ?? (ids.set(v, ids.size), ids.size - 1);
  const field = (_: string, value: unknown): unknown => {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
    if (!value || typeof value !== "object") return value;
    if ("key" in value) return (value as Expr).key;
    if ("op" in value || "args" in value || "arg" in value) return predKey(value as Pred);
    return value;
  };
  const type = node.outputs.map((v) => `${v.type.dtype}[${v.type.shape.map((e) => e.key).join()}]`).join();
  return `${JSON.stringify(node.op, field)}(${node.inputs.map(id).join()}):${type}`;
}

/** Printed predicates leave the facts of symbols out; add them. */
function predKey(pred: Pred): string {
  return `${printPred(pred)}{${symsOfPred(pred).map((s) => s.key).join()}}`;
}

/** Common subexpression elimination within each block. */
export const commonSubexpressions: GraphPass = {
  name: "common-subexpressions",
  doc: "Nodes that compute the same from the same operands become one.",
  run: (graph) =>
    visitNodes(graph, () => {
      const known = new Map<string, Node>(), ids = new Map<Value, number>();
      return (node) => {
        if (!pure.has(node.op.kind)) return undefined;
        const key = keyOf(node, ids), before = known.get(key);
        if (before) return { kind: "values", values: before.outputs };
        known.set(key, node);
        return undefined;
      };
    }),
};
