/** Operators left to the host: their nodes are those that PyTorch itself writes, and what cannot be handed over is said. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { attempt } from "../../src/base/mod.ts";
import { importExport } from "../../src/import/mod.ts";
import type { Argument, Node } from "../../src/import/archive/types.ts";
import type { Graph } from "../../src/ir/graph/mod.ts";
import { hostOps } from "../../src/ops/mod.ts";
import { archiveOf, graph, i, importGood, ints, meta, node, sym, symbol, t } from "./rig.ts";
import samples from "./host_nodes.json" with { type: "json" };

/** The schemas of the models that `host_nodes.json` is of: AOTInductor 2.6 and 2.13 wrote it. */
const schemas = [
  "scale(Tensor x, float s) -> Tensor",
  "many(Tensor x, Tensor? o, Tensor[] ts, Tensor?[] ots, int i, SymInt si, float f, bool b, str st, ScalarType? dt, " +
  "Layout? lay, MemoryFormat? mf, Device? dev, SymInt[] li, float[] lf, bool[] lb, Scalar sc, int? oi, float? of, " +
  "str? osn, Tensor? on) -> Tensor",
  "two(Tensor x) -> (Tensor, Tensor)",
  "lst(Tensor x, int n) -> Tensor[]",
  "mut(Tensor(a!) x, float s) -> ()",
  "mut2(Tensor(a!) x, Tensor y, float s) -> Tensor",
  "maybe(Tensor x, int n=3, Tensor? y=None, float s=1.) -> (Tensor, Tensor?)",
  "self_(Tensor(a!) self) -> Tensor(a!)",
];
const host = hostOps(
  Object.fromEntries(schemas.map((s) => [`mylib::${s.split("(")[0]}`, { schema: `mylib::${s}` }])),
);

const float = (value: number): Argument => ({ kind: "float", value });
const tensors = (...names: string[]): Argument => ({ kind: "tensors", names });
const none: Argument = { kind: "none" };

const many: Readonly<Record<string, Argument>> = {
  x: t("x"),
  o: t("a"),
  ts: tensors("x", "a"),
  ots: { kind: "optional-tensors", names: [null, "a", null] },
  i: i(3),
  si: sym("n"),
  f: float(1.5),
  b: { kind: "bool", value: true },
  st: { kind: "string", value: "hey" },
  dt: { kind: "scalar-type", dtype: "f64" },
  lay: { kind: "layout", layout: "strided" },
  mf: { kind: "memory-format", format: "contiguous" },
  dev: { kind: "device", device: { type: "cpu", index: null } },
  li: ints(1, 4),
  lf: { kind: "floats", values: [0.5, 1.5] },
  lb: { kind: "bools", values: [true, false] },
  sc: i(2),
  oi: i(7),
  of: none,
  osn: none,
};

function leaves(output: Argument): readonly Argument[] {
  if (output.kind === "tensors") return output.names.map(t);
  return output.kind === "tensor" ? [output] : [];
}

function program(...nodes: readonly Node[]) {
  const type = () => meta([symbol("s0"), 3]);
  const names = ["x", "a", "b", "c", "d", "e", "f", "z", "w", "q"];
  return {
    graph: graph({
      inputs: [t("x")],
      outputs: [t("z"), t("w"), ...nodes.flatMap(({ outputs }) => outputs.flatMap(leaves))],
      nodes: [
        node("aten.sym_size.int", { self: t("x"), dim: i(0) }, sym("n")),
        node("aten.add.Tensor", { self: t("x"), other: t("x") }, t("z")),
        node("aten.add.Tensor", { self: t("x"), other: t("x") }, t("w")),
        ...nodes,
      ],
      tensors: new Map(
        names.map((name) => [name, name === "b" ? meta([symbol("s0"), 3], { dtype: "f64" }) : type()]),
      ),
      symInts: new Map([["n", symbol("s0")]]),
    }),
    ranges: { s0: { min: 2, max: 64 } },
  };
}

/** Nodes of the host's calls. */
function nodesOf({ nodes }: Graph): readonly Record<string, unknown>[] {
  return nodes.flatMap(({ op }) =>
    op.kind === "routine" && op.routine === "host" ? [JSON.parse(String(op.attrs.node))] : []
  );
}

/** Without names of values, and without fields that only some releases write and none reads. */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence);
  if (typeof value !== "object" || value === null) return value;
  const { kind: _, is_hop_single_tensor_return: __, ...rest } = value as Record<string, unknown>;
  if ("metadata" in rest) delete rest.name;
  return Object.fromEntries(
    Object.entries(rest).flatMap(([key, inner]) => {
      if (key === "index" && inner === null) return [];
      const isName = (key === "name" && Object.keys(rest).length === 1) || key === "as_name";
      return [[key, isName ? "…" : essence(inner)]];
    }),
  );
}

for (const [release, written] of Object.entries(samples)) {
  Deno.test(`Every kind of argument is serialised as AOTInductor ${release} does`, async () => {
    const nodes = [
      node("mylib.scale.default", { x: t("x"), s: float(2.5) }, t("a")),
      node("mylib.many.default", many, t("b")),
      node("mylib.two.default", { x: t("x") }, t("c"), t("d")),
      node("mylib.lst.default", { x: t("x"), n: i(2) }, tensors("e", "f")),
      node("mylib.mut.default", { x: t("z"), s: float(3) }),
      node("mylib.mut2.default", { x: t("w"), y: t("x"), s: float(3) }, t("q")),
    ];
    const parts = program(...nodes), { graph: g } = await importGood(parts, { host });
    const byTarget = (a: { target: unknown }, b: { target: unknown }) =>
      String(a.target) < String(b.target) ? -1 : 1;
    assertEquals(
      (nodesOf(g) as { target: unknown }[]).sort(byTarget).map(essence),
      written.map((n) => n.node).sort(byTarget).map(essence),
    );
    const call = g.nodes.find(({ op }) => op.kind === "routine" && op.attrs.name === "mylib::many")!;
    assert(call.op.kind === "routine");
    assertEquals(call.inputs.length, 5); // x, o, two of ts, one of ots: no None
    assertEquals(call.op.attrs.numbers, [3n, parts && g.symbols[0]!.sym, true, 1n, 4n, true, false, 2n, 7n]);
    assertEquals(call.op.attrs.floats, [1.5, 0.5, 1.5]);
  });
}

Deno.test("What is written to is a result; a result that is the argument is its new value", async () => {
  const { graph: g } = await importGood(
    program(
      node("mylib.self_.default", { self: t("z") }, t("q")),
      node("aten.mul.Tensor", { self: t("z"), other: t("q") }, t("a")),
    ),
    { host },
  );
  const call = g.nodes.find(({ op }) => op.kind === "routine")!, product = g.nodes.at(-1)!;
  assert(call.op.kind === "routine");
  assertEquals([call.op.attrs.writes, call.op.attrs.results], [[0], [-1]]);
  assertEquals(product.inputs.map((v) => v === call.outputs[0]), [true, true]);
});

Deno.test("Defaults are filled in from the schema, and a None result takes no tensor", async () => {
  const { graph: g } = await importGood(
    program(
      node("mylib.maybe.default", { x: t("x"), y: t("x") }, t("a"), { kind: "optional-tensor", name: null }),
    ),
    { host },
  );
  const [made] = nodesOf(g) as { inputs: { arg: unknown }[]; outputs: unknown }[];
  assertEquals(made!.inputs.map(({ arg }) => arg), [
    { as_tensor: { name: "x" } },
    { as_int: 3 },
    { as_tensor: { name: "x" } },
    { as_float: 1 },
  ]);
  assertEquals(made!.outputs, [{ as_tensor: { name: "a" } }, { as_optional_tensor: { as_none: true } }]);
});

Deno.test("Aten operators without a row are the host's only where the flag says so", async () => {
  const parts = program(node("aten.not_known.default", { self: t("x") }, t("a")));
  const { graph: g, warnings } = await importGood(parts, { fallback: true });
  assertEquals((nodesOf(g)[0] as { target: string }).target, "aten::not_known");
  assertMatch(warnings[0]!.message, /"aten::not_known" is left to the host: the library needs PyTorch/);

  const said = async (...nodes: readonly Node[]) => {
    const made = await importExport(archiveOf(program(...nodes)), undefined, { host, fallback: true });
    return made.ok ? "" : made.diagnostics[0]!.message;
  };
  const plain = await importExport(archiveOf(parts));
  assert(!plain.ok);
  assertMatch(plain.diagnostics[0]!.help!, /implicit_fallbacks: true/);
  assertMatch(
    await said(node("aten.not_known_.default", { self: t("x") }, t("a"))),
    /no operator is declared/,
  );
  assertMatch(
    await said(node("other.f.default", { x: t("x") }, t("a"))),
    /no operator is declared for "other\.f/,
  );
  assertMatch(
    await said(node("mylib.scale.default", { x: t("x"), s: float(Infinity) }, t("a"))),
    /argument "s": it is Infinity, which the JSON of a package cannot hold/,
  );
  assertMatch(
    await said(node("mylib.scale.default", { x: t("x"), t: float(1) }, t("a"))),
    /argument "t": it is not in the schema/,
  );
  assertMatch(
    await said(node("mylib.many.default", { ...many, o: none, ts: tensors() }, t("b"))),
    /argument "ts": it is an empty list/,
  );
});

Deno.test("A schema that cannot be used is refused with the reason", () => {
  const said = (schema: string) => {
    const made = attempt(() => hostOps({ "demo::f": { schema } }));
    return made.ok ? undefined : made.diagnostics[0]!.message.replace(/^.*?: /, "");
  };
  assertEquals(said("demo::g(Tensor x) -> Tensor"), 'its schema is of "demo::g"');
  assertMatch(said("demo::f")!, /wanted "name.overload/);
  assertEquals(
    said("demo::f(Tensor x) -> int"),
    "a result of type int; Tensor, Tensor? and Tensor[] are possible",
  );
  assertEquals(said("demo::f(Tensor(a) x) -> Tensor(a)"), "a result is a view of an argument; give a copy");
  assertEquals(said("demo::f(Tensor x) -> ()"), "it has no result and writes to no argument");
  assertEquals(said("demo::f(Tensor(a!) x) -> ()"), undefined);
});
