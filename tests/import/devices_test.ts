/** Exports of other devices, and copies between devices: one device remains. */
import { assertEquals } from "@std/assert";
import { printGraph } from "../../src/ir/graph/mod.ts";
import type { Argument, TensorMeta } from "../../src/import/archive/types.ts";
import { graph, importGood, meta, node, t } from "./rig.ts";

const on = (type: string, index: number | null = null): Argument => ({
  kind: "device",
  device: { type, index },
});
const f64: Argument = { kind: "scalar-type", dtype: "f64" };

/** Moves x along, doubles it, and brings it back, all tensors being on `device`. */
function travel(device: TensorMeta["device"]) {
  const other = device.type === "cpu" ? on("cpu") : on(device.type, 1);
  const nodes = [
    node("prims.device_put.default", { a: t("x"), device: other }, t("there")),
    node("aten._to_copy.default", { self: t("there"), device: on("cpu") }, t("back")),
    node("aten.to.device", { self: t("back"), device: other, dtype: f64 }, t("wide")),
    node("aten.to.dtype_layout", { self: t("wide"), dtype: f64, device: on("cpu") }, t("y")),
    node("aten.mul.Tensor", { self: t("y"), other: t("y") }, t("z")),
  ];
  const tensors = new Map(
    ["x", "there", "back", "wide", "y", "z"].map((name, n) =>
      [name, meta([4], { device, ...(n > 2 && { dtype: "f64" as const }) })] as const
    ),
  );
  return { graph: graph({ inputs: [t("x")], outputs: [t("z")], nodes, tensors }) };
}

Deno.test("copies to another device are the value itself, casts stay", async () => {
  const { graph, warnings } = await importGood(travel({ type: "cpu", index: null }));
  assertEquals(graph.nodes.map((n) => n.op.kind === "pointwise" ? n.op.fn : n.op.kind), ["cast", "mul"]);
  assertEquals(warnings, []);
});

Deno.test("an export on another device is the same graph, and a warning says where it was", async () => {
  const here = await importGood(travel({ type: "cpu", index: null }));
  const there = await importGood(travel({ type: "cuda", index: 0 }));
  assertEquals(printGraph(there.graph), printGraph(here.graph));
  assertEquals(there.warnings.map((d) => [d.reason, d.message]), [[
    "other-device",
    "The model was exported on cuda:0: everything in it is computed on the cpu here",
  ]]);
});
