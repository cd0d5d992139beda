import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { print } from "../../src/ir/expr/mod.ts";
import type { InputSpec, OutputSpec } from "../../src/import/archive/types.ts";
import { importExport } from "../../src/import/mod.ts";
import {
  archiveOf,
  entry,
  graph,
  i,
  importGood,
  meta,
  node,
  type ProgramParts,
  reasonsOf,
  t,
} from "./rig.ts";

const user = (name: string): InputSpec => ({ kind: "user-input", argument: t(name) });
const out = (name: string): OutputSpec => ({ kind: "user-output", argument: t(name) });
const parameter = (name: string, fqn: string): InputSpec => ({ kind: "parameter", name, parameter: fqn });
const buffer = (name: string, fqn: string): InputSpec => ({
  kind: "buffer",
  name,
  buffer: fqn,
  persistent: true,
});

/** `y = x + w`, then what `more` says. */
function adding(more: Partial<ProgramParts> = {}): ProgramParts {
  const tensors = new Map(["x", "p_w", "y"].map((name) => [name, meta([2, 3])]));
  const nodes = [node("aten.add.Tensor", { self: t("x"), other: t("p_w") }, t("y"))];
  return {
    graph: graph({ inputs: [t("p_w"), t("x")], outputs: [t("y")], nodes, tensors }),
    inputs: [parameter("p_w", "layer.w"), user("x")],
    weights: [entry("layer.w", [2, 3])],
    ...more,
  };
}

Deno.test("a parameter is a constant with the layout of its storage; it is no leaf of the call", async () => {
  const strided = entry("layer.w", [2, 3], { strides: [1, 2], storageOffset: 4, storage: "data/7" });
  const { graph: g } = await importGood(adding({ weights: [strided] }));
  assertEquals(g.inputs.map(({ label, leaf, strides }) => [label, leaf, strides.map(print)]), [["x", 0, [
    "3",
    "1",
  ]]]);
  const [w] = g.constants;
  assertEquals([w!.fqn, w!.role, w!.data, w!.offset, [...w!.strides]], ["layer.w", "parameter", "data/7", 4, [
    1,
    2,
  ]]);
});

Deno.test("constants that no node uses are listed all the same", async () => {
  const parts = adding();
  const unused = { ...parts.graph, nodes: [node("aten.neg.default", { self: t("x") }, t("y"))] };
  const { graph: g } = await importGood({ ...parts, graph: unused });
  assertEquals(g.constants.length, 1);
});

Deno.test("Python values among inputs are leaves with fixed values", async () => {
  const inputs: InputSpec[] = [
    { kind: "constant-input", name: "n", value: { kind: "int", value: 3 } },
    parameter("p_w", "layer.w"),
    user("x"),
    { kind: "constant-input", name: "mode", value: { kind: "none" } },
  ];
  const parts = adding({ inputs });
  const all = { ...parts.graph, inputs: [i(3), ...parts.graph.inputs, { kind: "none" } as const] };
  const { graph: g } = await importGood({ ...parts, graph: all });
  assertEquals(g.fixed.map(({ leaf, value }) => [leaf, value]), [[0, 3], [2, null]]);
  assertEquals(g.inputs.map(({ leaf }) => leaf), [1]);
});

Deno.test("an input may be an output, and one value may be several outputs", async () => {
  const parts = adding(),
    outputs: OutputSpec[] = [
      out("x"),
      out("y"),
      out("y"),
      { kind: "user-output", argument: { kind: "none" } },
      { kind: "user-output", argument: { kind: "string", value: "done" } },
    ];
  const { graph: g } = await importGood({ ...parts, outputs });
  const [x, y, again, none, text] = g.outputs;
  assert(x?.kind === "tensor" && y?.kind === "tensor" && again?.kind === "tensor");
  assert(x.value === g.inputs[0]!.value && y.value === again.value);
  assertEquals([none, text].map((o) => o?.kind === "fixed" ? o.value : o), [null, "done"]);
});

Deno.test("mutations are effects, whether stated as outputs or done in place", async () => {
  const stated = adding({
    inputs: [buffer("p_w", "state"), user("x")],
    outputs: [{ kind: "buffer-mutation", name: "y", buffer: "state" }, out("y")],
    weights: [entry("state", [2, 3])],
  });
  const inPlace = adding({ inputs: stated.inputs, weights: stated.weights });
  const nodes = [node("aten.add_.Tensor", { self: t("p_w"), other: t("x") }, t("y"))];
  for (const parts of [stated, { ...inPlace, graph: { ...inPlace.graph, nodes } }]) {
    const { graph: g } = await importGood(parts);
    assertEquals(g.effects.length, 1);
    const [output] = g.outputs, [effect] = g.effects;
    assert(
      output?.kind === "tensor" && effect!.target === g.constants[0]!.value && effect!.value === output.value,
    );
  }
});

Deno.test("tied parameters see each other's writes; other overlapping views refuse them", async () => {
  const tensors = new Map(["a", "b", "w", "y"].map((name) => [name, meta([4])]));
  const nodes = [
    node("aten.add_.Tensor", { self: t("a"), other: i(1) }, t("w")),
    node("aten.neg.default", { self: t("b") }, t("y")),
  ];
  const inputs = [buffer("a", "a"), buffer("b", "b")],
    g0 = graph({ inputs: [t("a"), t("b")], outputs: [t("y")], nodes, tensors });
  const tied = [entry("a", [4], { storage: "s" }), entry("b", [4], { storage: "s" })];
  const { graph: g } = await importGood({ graph: g0, inputs, weights: tied });
  const neg = g.nodes.find((n) => n.op.kind === "pointwise" && n.op.fn === "neg")!;
  assert(neg.inputs[0] === g.effects[0]!.value);
  const shifted = [tied[0]!, entry("b", [4], { storage: "s", storageOffset: 2 })];
  assertEquals(await reasonsOf({ graph: g0, inputs, weights: shifted }), ["unsupported-mutation"]);
});

Deno.test("everything unsupported is reported at once, with node, line and a near name", async () => {
  const parts = adding(),
    nodes = [
      node("aten.ad.Tensor", { self: t("x"), other: t("p_w") }, t("u")),
      node("my.fancy.default", { x: t("u") }, t("y")),
    ];
  const tensors = new Map([...parts.graph.tensors, ["u", meta([2, 3])]]);
  const result = await importExport(archiveOf({ ...parts, graph: { ...parts.graph, nodes, tensors } }));
  assert(!result.ok);
  assertEquals(
    result.diagnostics.map((d) => [d.reason, d.data?.target, d.data?.node, d.at?.file, d.at?.line]),
    [
      ["unsupported-operator", "aten.ad.Tensor", "u", "net.py", 7],
      ["unsupported-operator", "my.fancy.default", "y", "net.py", 7],
    ],
  );
  assertStringIncludes(result.diagnostics[0]!.help!, "aten.add.Tensor");
});

Deno.test("a result that contradicts the export's record is refused", async () => {
  const parts = adding(), tensors = new Map([...parts.graph.tensors, ["y", meta([2, 4])]]);
  assertEquals(await reasonsOf({ ...parts, graph: { ...parts.graph, tensors } }), ["import-mismatch"]);
});

Deno.test("objects among the inputs are refused with their reasons", async () => {
  const inputs: InputSpec[] = [{ kind: "token", name: "token" }, ...adding().inputs!];
  assertEquals(await reasonsOf({ ...adding(), inputs }), ["unsupported-input"]);
});

Deno.test("an unknown program is refused with the names there are", async () => {
  const result = await importExport(archiveOf(adding()), "other");
  assert(!result.ok);
  assertEquals(result.diagnostics[0]!.help, "Name one of them: model.");
});
