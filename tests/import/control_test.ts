import { assert, assertEquals } from "@std/assert";
import { print } from "../../src/ir/expr/mod.ts";
import type { Argument, Graph as ExportedGraph, Node } from "../../src/import/archive/types.ts";
import { atenTable } from "../../src/import/operators.ts";
import { op, type RecordedOutput } from "../../src/ops/aten/mod.ts";
import {
  graph,
  i,
  importGood,
  ints,
  meta,
  node,
  type ProgramParts,
  reasonsOf,
  scalarNode,
  sym,
  symbol,
  t,
  truth,
} from "./rig.ts";

const tensors = (...names: string[]): Argument => ({ kind: "tensors", names });
const sub = (name: string, parts: Partial<ExportedGraph>): Argument => ({
  kind: "graph",
  name,
  graph: graph(parts),
});

/** A branch of one input `a` and one unary operator. */
function unary(op: string, sizes: Parameters<typeof meta>[0] = [3]): Argument {
  const types = new Map([["a", meta(sizes)], ["b", meta(sizes)]]);
  return sub(op, {
    inputs: [t("a")],
    outputs: [t("b")],
    nodes: [node(`aten.${op}.default`, { self: t("a") }, t("b"))],
    tensors: types,
  });
}

function condProgram(pred: Argument, output: Argument, nodes: readonly Node[] = []): ProgramParts {
  const cond = node(
    "higher_order.cond",
    { _0: pred, _1: unary("sin"), _2: unary("cos"), _3: tensors("x") },
    output,
  );
  const types = new Map([["p", meta([], { dtype: "bool" })], ["x", meta([3])], ["y", meta([3])]]);
  return {
    graph: graph({ inputs: [t("p"), t("x")], outputs: [t("y")], nodes: [...nodes, cond], tensors: types }),
  };
}

Deno.test("cond has two regions with inputs of their own, whether its result is wrapped or bare", async () => {
  for (const output of [tensors("y"), t("y")]) {
    const { graph: g } = await importGood(condProgram(t("p"), output));
    assertEquals(g.nodes.map((n) => n.op.kind), ["cond"]);
    const [yes, no] = g.nodes[0]!.regions!;
    assertEquals([yes, no].map((r) => [r!.name, r!.inputs.length, r!.nodes.length]), [["then", 1, 1], [
      "else",
      1,
      1,
    ]]);
    assert(yes!.inputs[0] !== g.inputs[1]!.value && yes!.inputs[0] !== no!.inputs[0]);
  }
});

Deno.test("a cond whose predicate is known is the branch itself", async () => {
  const { graph: g } = await importGood(condProgram({ kind: "bool", value: false }, t("y")));
  assertEquals(g.nodes.map((n) => n.op.kind === "pointwise" ? n.op.fn : n.op.kind), ["cos"]);
});

Deno.test("a cond on a size makes a 0-d bool of the comparison", async () => {
  const s0 = symbol("s0"), types = new Map([["x", meta([s0])], ["y", meta([s0])]]);
  const nodes = [
    node("aten.sym_size.int", { self: t("x"), dim: i(0) }, sym("n")),
    scalarNode("_operator.gt", [sym("n"), i(4)], truth("big")),
    node("higher_order.cond", {
      _0: truth("big"),
      _1: unary("sin", [s0]),
      _2: unary("cos", [s0]),
      _3: tensors("x"),
    }, t("y")),
  ];
  const parts = {
    graph: graph({ inputs: [t("x")], outputs: [t("y")], nodes, tensors: types }),
    ranges: { s0: { min: 2, max: 9 } },
  };
  const { graph: g } = await importGood(parts);
  assertEquals(g.nodes.map((n) => n.op.kind), ["mask", "cond"]);
});

/** The table with an operator whose result's size is known only at run time. */
const nonzero = op("nonzero(Tensor self) -> Tensor", (g, a) => {
  const [{ dtype, shape, fresh }] = a.recorded as [RecordedOutput];
  return g.routine("nonzero", [a.tensor("self")], [{ dtype, shape }], {}, fresh)[0]!;
});
const operators = {
  ...atenTable,
  find: (target: string) => target === nonzero.target ? nonzero : atenTable.find(target),
};

Deno.test("symbols that both branches bind are told apart, and the result binds its own", async () => {
  const branch = (op: string) => {
    const types = new Map([["a", meta([8])], ["n", meta([symbol("u0"), 1], { dtype: "i64" })], [
      "b",
      meta([symbol("u0"), 1], { dtype: "i64" }),
    ]]);
    const nodes = [
      node("aten.nonzero.default", { self: t("a") }, t("n")),
      node(`aten.${op}.default`, { self: t("n") }, t("b")),
    ];
    return sub(op, { inputs: [t("a")], outputs: [t("b")], nodes, tensors: types });
  };
  const cond = node("higher_order.cond", {
    _0: t("p"),
    _1: branch("neg"),
    _2: branch("abs"),
    _3: tensors("x"),
  }, t("y"));
  const types = new Map([["p", meta([], { dtype: "bool" })], ["x", meta([8])], [
    "y",
    meta([symbol("u0"), 1], { dtype: "i64" }),
  ]]);
  const { graph: g } = await importGood({
    graph: graph({ inputs: [t("p"), t("x")], outputs: [t("y")], nodes: [cond], tensors: types }),
  }, { operators });
  const node0 = g.nodes[0]!;
  assertEquals(node0.binds?.map((s) => s.name), ["u0"]);
  assertEquals(node0.regions!.map((r) => print(r.outputs[0]!.type.shape[0]!)), ["u0_r1", "u0_r2"]);
  assertEquals(new Set(g.symbols.map(({ sym }) => sym.name)), new Set(["u0", "u0_r1", "u0_r2"]));
});

Deno.test("a branch that writes into an operand is refused", async () => {
  const types = new Map([["a", meta([3])], ["b", meta([3])]]);
  const writing = sub("w", {
    inputs: [t("a")],
    outputs: [t("b")],
    nodes: [node("aten.add_.Tensor", { self: t("a"), other: i(1) }, t("b"))],
    tensors: types,
  });
  const parts = condProgram(t("p"), t("y"));
  const cond = node(
    "higher_order.cond",
    { _0: t("p"), _1: writing, _2: unary("cos"), _3: tensors("x") },
    t("y"),
  );
  assertEquals(await reasonsOf({ graph: { ...parts.graph, nodes: [cond] } }), ["unsupported-mutation"]);
});

Deno.test("while_loop keeps the types of what it carries", async () => {
  const number = meta([], { dtype: "i64" }), types = new Map([["k", number], ["x", meta([3])]]);
  const condition = sub("c", {
    inputs: [t("k"), t("x")],
    outputs: [t("p")],
    nodes: [node("aten.lt.Scalar", { self: t("k"), other: i(10) }, t("p"))],
    tensors: new Map([...types, ["p", meta([], { dtype: "bool" })]]),
  });
  const body = sub("b", {
    inputs: [t("k"), t("x")],
    outputs: [t("l"), t("y")],
    nodes: [
      node("aten.add.Tensor", { self: t("k"), other: i(1) }, t("l")),
      node("aten.sin.default", { self: t("x") }, t("y")),
    ],
    tensors: new Map([...types, ["l", number], ["y", meta([3])]]),
  });
  const loop = node(
    "higher_order.while_loop",
    { _0: condition, _1: body, _2: tensors("k", "x"), _3: tensors() },
    t("last"),
    t("z"),
  );
  const all = new Map([...types, ["last", number], ["z", meta([3])]]);
  const { graph: g } = await importGood({
    graph: graph({ inputs: [t("k"), t("x")], outputs: [t("last"), t("z")], nodes: [loop], tensors: all }),
  });
  const [only] = g.nodes;
  assert(only?.op.kind === "while" && only.op.carried === 2);
  assertEquals(only.outputs.map((v) => [v.type.dtype, v.type.shape.map(print)]), [["i64", []], ["f32", [
    "3",
  ]]]);
});

Deno.test("map runs its body over slices and stacks what it gives", async () => {
  const map = node(
    "higher_order.map_impl",
    { _0: unary("sin"), _1: tensors("x"), _2: tensors() },
    tensors("y"),
  );
  const types = new Map([["x", meta([5, 3])], ["y", meta([5, 3])]]);
  const { graph: g } = await importGood({
    graph: graph({ inputs: [t("x")], outputs: [t("y")], nodes: [map], tensors: types }),
  });
  const loop = g.nodes.find((n) => n.op.kind === "while")!;
  assertEquals(loop.regions!.map((r) => r.name), ["condition", "body"]);
  assertEquals(loop.regions![1]!.nodes.map((n) => n.op.kind), [
    "item",
    "remap",
    "pointwise",
    "scatter",
    "constant",
    "pointwise",
  ]);
});

Deno.test("no_grad and autocast regions run where they stand; autocast casts what it lists", async () => {
  const half = meta([2, 2], { dtype: "bf16" }), types = new Map([["a", meta([2, 2])], ["m", half]]);
  const body = sub("b", {
    inputs: [t("a")],
    outputs: [t("m")],
    nodes: [node("aten.matmul.default", { self: t("a"), other: t("a") }, t("m"))],
    tensors: types,
  });
  const nodes = [node("higher_order.wrap_with_autocast", {
    _0: { kind: "string", value: "cpu" },
    _1: { kind: "scalar-type", dtype: "bf16" },
    _2: { kind: "bool", value: true },
    _3: { kind: "bool", value: false },
    _4: body,
    _5: t("x"),
  }, t("y"))];
  const { graph: g } = await importGood({
    graph: graph({
      inputs: [t("x")],
      outputs: [t("y")],
      nodes,
      tensors: new Map([["x", meta([2, 2])], ["y", half]]),
    }),
  });
  assert(g.nodes.some((n) => n.op.kind === "cast" && n.outputs[0]!.type.dtype === "bf16"));
  assert(g.nodes.every((n) => n.op.kind !== "cond"));
  const off = {
    ...nodes[0]!,
    inputs: nodes[0]!.inputs.map((a, n) =>
      n === 2 ? { ...a, argument: { kind: "bool", value: false } as const } : a
    ),
  };
  const wrong = graph({
    inputs: [t("x")],
    outputs: [t("y")],
    nodes: [off],
    tensors: new Map([["x", meta([2, 2])], ["y", half]]),
  });
  assertEquals(new Set(await reasonsOf({ graph: wrong })), new Set(["import-mismatch"]));
});

Deno.test("an effectful higher-order operator is refused by name", async () => {
  const nodes = [node("higher_order.with_effects", { _0: ints(1) }, t("y"))];
  assertEquals(
    await reasonsOf({ graph: graph({ outputs: [t("y")], nodes, tensors: new Map([["y", meta([1])]]) }) }),
    ["unsupported-operator"],
  );
});
