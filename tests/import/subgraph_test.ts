import { assertEquals } from "@std/assert";
import type { Argument } from "../../src/import/archive/types.ts";
import { graph, importGood, meta, node, t } from "./rig.ts";

/** A block of one operator that a model calls as a whole. */
const block: Argument = {
  kind: "graph",
  name: "block",
  graph: graph({
    inputs: [t("a")],
    outputs: [t("b")],
    nodes: [node("aten.sin.default", { self: t("a") }, t("b"))],
    tensors: new Map([["a", meta([3])], ["b", meta([3])]]),
  }),
};

Deno.test("invoke_subgraph runs its block where it stands, each time it is called", async () => {
  const call = (from: string, to: string) =>
    node(
      "higher_order.invoke_subgraph",
      { _0: block, _1: { kind: "string", value: "block_0" }, _2: t(from) },
      t(to),
    );
  const tensors = new Map([["x", meta([3])], ["y", meta([3])], ["z", meta([3])]]);
  const { graph: g } = await importGood({
    graph: graph({ inputs: [t("x")], outputs: [t("z")], nodes: [call("x", "y"), call("y", "z")], tensors }),
  });
  assertEquals(g.nodes.map(({ op }) => op.kind === "pointwise" && op.fn), ["sin", "sin"]);
  const [first, second] = g.nodes;
  assertEquals(second!.inputs[0], first!.outputs[0]);
});
