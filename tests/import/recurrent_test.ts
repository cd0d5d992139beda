import { assertEquals } from "@std/assert";
import { asInt } from "../../src/ir/expr/mod.ts";
import { graph, i, importGood, meta, node, reasonsOf, t } from "./rig.ts";

const flag = (value: boolean) => ({ kind: "bool", value }) as const;
const sizes = { x: [5, 2, 3], h: [1, 2, 4], wi: [4, 3], wh: [4, 4], out: [5, 2, 4] };
const options = {
  has_biases: flag(false),
  num_layers: i(1),
  dropout: { kind: "float", value: 0 },
  train: flag(false),
  bidirectional: flag(false),
  batch_first: flag(false),
} as const;

/** One layer whose last state, recorded as `recorded`, goes on as `tanh(last)`, recorded as `tail`. */
function program(recorded: readonly number[], tail: readonly number[]) {
  const all = { ...sizes, last: recorded, y: tail };
  const tensors = new Map(Object.entries(all).map(([name, shape]) => [name, meta(shape)]));
  const params = { kind: "tensors", names: ["wi", "wh"] } as const;
  const layer = { input: t("x"), hx: t("h"), params, ...options };
  const nodes = [
    node("aten.rnn_tanh.input", layer, t("out"), t("last")),
    node("aten.tanh.default", { self: t("last") }, t("y")),
  ];
  const inputs = ["x", "h", "wi", "wh"].map(t);
  return { graph: graph({ inputs, outputs: [t("last"), t("y")], nodes, tensors }) };
}

Deno.test("last states that PyTorch 2.6 records with a dim too many have the shape that a run gives", async () => {
  const { graph: g } = await importGood(program([1, 1, 2, 4], [1, 1, 2, 4]));
  const shapes = g.outputs.map((o) => o.kind === "tensor" && o.value.type.shape.map(asInt));
  assertEquals(shapes, [[1, 2, 4], [1, 2, 4]]);
});

Deno.test("a wrong shape of what follows from rightly recorded states is still refused", async () => {
  assertEquals(await reasonsOf(program([1, 2, 4], [1, 1, 2, 4])), ["import-mismatch"]);
});
