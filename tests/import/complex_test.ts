/** Complex tensors in programs: writes through views of parts and pairs, constants that are stored as conjugates. */
import { assertEquals } from "@std/assert";
import { denseOf, type DenseTensor, elementsOf } from "../../src/ir/scalar/mod.ts";
import { interpret } from "../../src/ops/mod.ts";
import { entry, graph, i, importGood, meta, node, t } from "./rig.ts";

const c64 = { dtype: "c64" } as const;
const numbers = (x: unknown) => elementsOf(x as DenseTensor).map(Number);

Deno.test("writes through real parts, pairs and slices reach the complex tensor, and each other", async () => {
  const program = graph({
    inputs: [t("x")],
    outputs: [t("x"), t("re"), t("pairs")],
    tensors: new Map([
      ["x", meta([3], c64)],
      ["re", meta([3], { strides: [2] })],
      ["re2", meta([3], { strides: [2] })],
      ["pairs", meta([3, 2])],
      ["im", meta([3], { strides: [2] })],
      ["im2", meta([3], { strides: [2] })],
      ["tail", meta([2], c64)],
      ["tail2", meta([2], c64)],
    ]),
    nodes: [
      node("aten.real.default", { self: t("x") }, t("re")),
      node("aten.view_as_real.default", { self: t("x") }, t("pairs")),
      node("aten.add_.Scalar", { self: t("re"), other: i(10) }, t("re2")),
      node("aten.select.int", { self: t("pairs"), dim: i(1), index: i(1) }, t("im")),
      node("aten.mul_.Scalar", { self: t("im"), other: i(2) }, t("im2")),
      node("aten.slice.Tensor", { self: t("x"), dim: i(0), start: i(1), end: i(3) }, t("tail")),
      node("aten.neg_.default", { self: t("tail") }, t("tail2")),
    ],
  });
  const imported = await importGood({ graph: program });
  const { outputs, effects } = interpret(imported.graph, [denseOf("f32", [3, 2], [1, 2, 3, 4, 5, 6])]);
  const after = [11, 4, -13, -8, -15, -12];
  assertEquals(outputs.map(numbers), [after, [11, -13, -15], after]);
  assertEquals([...effects.values()].map(numbers), [after]);
});

Deno.test("writes through a complex view of pairs reach the pairs", async () => {
  const program = graph({
    inputs: [t("x")],
    outputs: [t("x")],
    tensors: new Map([["x", meta([2, 2])], ["z", meta([2], c64)], ["z2", meta([2], c64)]]),
    nodes: [
      node("aten.view_as_complex.default", { self: t("x") }, t("z")),
      node("aten.mul_.Scalar", { self: t("z"), other: { kind: "complex", re: 0, im: 1 } }, t("z2")),
    ],
  });
  const imported = await importGood({ graph: program });
  const { outputs } = interpret(imported.graph, [denseOf("f32", [2, 2], [1, 2, 3, 4])]);
  assertEquals(outputs.map(numbers), [[-2, 1, -4, 3]]);
});

Deno.test("a constant that is stored as its conjugate is conjugated, and counts its bytes in parts", async () => {
  const program = graph({
    inputs: [t("c"), t("x")],
    outputs: [t("y")],
    tensors: new Map([["c", meta([2], c64)], ["x", meta([2])], ["y", meta([2], c64)]]),
    nodes: [node("aten.mul.Tensor", { self: t("c"), other: t("x") }, t("y"))],
  });
  const stored = entry("c", [2], { ...c64, conj: true, storageOffset: 3, storageBytes: 40 });
  const { graph: made } = await importGood({
    graph: program,
    inputs: [{ kind: "buffer", name: "c", buffer: "c", persistent: true }, {
      kind: "user-input",
      argument: t("x"),
    }],
    weights: [stored],
  });
  const [constant] = made.constants;
  assertEquals([constant!.complex, constant!.offset, constant!.strides], ["c64", 6, [2, 1]]);
  const { outputs } = interpret(made, [denseOf("f32", [2], [1, 10])], [denseOf("f32", [2, 2], [1, 2, 3, 4])]);
  assertEquals(outputs.map(numbers), [[1, -2, 30, -40]]);
});
