import { assert, assertEquals, assertThrows } from "@std/assert";
import { print, printPred, sym as exprSym } from "../../src/ir/expr/mod.ts";
import type { SymIntValue } from "../../src/import/archive/types.ts";
import { parseGraph, printGraph, printInterface } from "../../src/ir/graph/mod.ts";
import { intScalar, type Scalar } from "../../src/import/scalar.ts";
import { loadFormulaReader } from "../../src/import/formula.ts";
import { readSrepr } from "../../src/import/srepr.ts";
import { Symbols } from "../../src/import/symbols.ts";
import { graph, i, importGood, meta, node, reasonsOf, scalarNode, sym, symbol, t, truth } from "./rig.ts";

const ranges = { s0: { min: 2, max: 64 } };
const s0 = "Symbol('s0', positive=True, integer=True)";
const parser = await loadFormulaReader();

function read(text: string): string {
  const scalar = new Symbols(new Map(Object.entries(ranges)), parser).scalar(text);
  if (!scalar) return "unknown";
  if (scalar.kind === "int") return print(scalar.expr);
  if (scalar.kind === "bool") return printPred(scalar.pred);
  return scalar.kind === "ratio" ? `${print(scalar.num)} / ${print(scalar.den)}` : scalar.kind;
}

const texts: readonly (readonly [string, string])[] = [
  [`Mul(Integer(2), ${s0})`, "2*s0"],
  [`Add(${s0}, Integer(-1))`, "s0 - 1"],
  [`Add(Mul(Integer(-3), ${s0}), Pow(${s0}, Integer(2)))`, "s0*s0 - 3*s0"],
  [`FloorDiv(${s0}, Integer(2))`, "s0 // 2"],
  [`CeilDiv(${s0}, Integer(2))`, "(s0 + 1) // 2"],
  [`Mod(${s0}, Integer(3))`, "s0 % 3"],
  [`ModularIndexing(${s0}, Integer(2), Integer(3))`, "s0 // 2 % 3"],
  [`Max(Integer(1), ${s0})`, "s0"],
  [`Max(Integer(1), Symbol('u0', integer=True))`, "max(u0, 1)"],
  [`StrictGreaterThan(${s0}, Integer(4))`, "s0 > 4"],
  [`And(StrictGreaterThan(${s0}, Integer(4)), LessThan(${s0}, Integer(9)))`, "s0 > 4 and s0 <= 9"],
  [`Not(Equality(${s0}, Integer(4)))`, "s0 != 4"],
  [`FloorToInt(IntTrueDiv(${s0}, Integer(2)))`, "s0 // 2"],
  [`TruncToInt(Mul(Float('0.5', precision=53), ToFloat(${s0})))`, "s0 // 2"],
  [`IntTrueDiv(${s0}, Integer(3))`, "s0 / 3"],
  [`FloorToInt(Mul(Float('0.1', precision=53), ToFloat(${s0})))`, "unknown"],
  [`Symbol('zuf0')`, "unknown"],
];

Deno.test("srepr texts become expressions where integer algebra can say them", () => {
  for (const [text, expected] of texts) {
    const found = read(text);
    assertEquals(normal(found), normal(expected), text);
  }
});

Deno.test("symbols that stand alone need no parser, and are what the parser makes of them", () => {
  const without = (text: string) => new Symbols(new Map(Object.entries(ranges))).scalar(text);
  for (const text of [s0, "Symbol('s1', integer=True)", "Symbol('u0', integer=True, positive=True)"]) {
    const found = without(text),
      [call] = [readSrepr(parser(text), { symbol: named, known: () => undefined })];
    assert(found?.kind === "int" && call?.kind === "int");
    assertEquals(print(found.expr), print(call.expr));
  }
  for (const text of ["Symbol('zuf0')", `Mul(Integer(2), ${s0})`]) {
    assertThrows(() => without(text));
  }
});

/** A symbol as `readSrepr` asks for it. */
function named(name: string): Scalar {
  return intScalar(exprSym(name, {}));
}

/** Printing may turn a comparison round. */
function normal(text: string): string {
  return text.replace(/(\d+) < s0/, "s0 > $1").replaceAll("5 <= s0", "s0 > 4").replaceAll(
    "(1 + s0)",
    "(s0 + 1)",
  );
}

/** A program with one input of these sizes and a copy of it as output. */
function copying(sizes: Parameters<typeof meta>[0], more: Partial<Parameters<typeof importGood>[0]> = {}) {
  const tensors = new Map([["x", meta(sizes)], ["y", meta(sizes)]]);
  const nodes = [node("aten.neg.default", { self: t("x") }, t("y"))];
  return { graph: graph({ inputs: [t("x")], outputs: [t("y")], nodes, tensors }), ranges, ...more };
}

Deno.test("a symbol is read from the first axis that is exactly it", async () => {
  const { graph: g } = await importGood(copying([3, symbol("s0"), symbol("s0")]));
  assertEquals(g.symbols.map(({ sym, from }) => [sym.name, sym.min, sym.max, from?.axis]), [[
    "s0",
    2,
    64,
    1,
  ]]);
  assertEquals(g.guards.length, 0);
});

Deno.test("a size 2*s0 gives the axis a symbol of its own and a guard on divisibility", async () => {
  const double = { expr: `Mul(Integer(2), ${s0})`, hint: null };
  const { graph: g } = await importGood(copying([double, symbol("s0")].slice(0, 1)));
  const [read] = g.symbols;
  assertEquals([read!.sym.name, read!.sym.min, read!.sym.max, read!.from?.axis], ["x_d0", 4, 128, 0]);
  assertEquals(g.guards.map(({ pred, subject }) => [printPred(pred), subject]), [[
    "x_d0 % 2 == 0",
    'dim 0 of input "x"',
  ]]);
  assert(g.inputs[0]!.value.type.shape[0] === read!.sym);
});

Deno.test("a size s0 + 1 needs no guard", async () => {
  const next = { expr: `Add(${s0}, Integer(1))`, hint: null };
  const { graph: g } = await importGood(copying([next]));
  assertEquals(g.guards.length, 0);
  assertEquals(g.inputs[0]!.value.type.shape.map(print), ["x_d0"]);
});

Deno.test("whole numbers of the call are read on entry, with the export's range and guards", async () => {
  const n = (name: string) => ({ kind: "sym-int", value: { name } }) as const;
  const numbers = (second: ReturnType<typeof symbol>) =>
    importGood({
      graph: graph({
        inputs: [n("k"), t("x"), n("m")],
        outputs: [t("y")],
        nodes: [node("aten.neg.default", { self: t("x") }, t("y"))],
        tensors: new Map([["x", meta([symbol("s1")])], ["y", meta([symbol("s1")])]]),
        symInts: new Map([["k", symbol("s0") as SymIntValue], ["m", second as SymIntValue]]),
      }),
      ranges: { s0: { min: 2, max: 64 }, s1: { min: 2, max: 9 }, s2: { min: 0, max: 5 } },
      guards: ["L['k'] % 2 == 0 and L['k'] <= L['x'].size()[0] * 8"],
    });
  const apart = (await numbers(symbol("s2"))).graph;
  assertEquals(apart.inputs.map((x) => x.number === true), [true, false, true]);
  assertEquals(
    printInterface(apart).slice(0, 4),
    [
      'symbol s1 in 2..9 "s1" = %x[0]',
      'symbol s0 in 2..64 "k" = %k',
      'symbol s2 in 0..5 "m" = %m',
      'guard {s0 % 2 == 0 and s0 <= 8*s1} "input \\"k\\" and dim 0 of input \\"x\\""',
    ],
  );
  assertEquals(printGraph(parseGraph(printGraph(apart))), printGraph(apart));
  // A number that is a dim as well is compared with it.
  const same = (await numbers(symbol("s1"))).graph;
  assertEquals(same.guards.map(({ pred, subject }) => [printPred(pred), subject])[0], [
    "n_m == s1",
    'input "m"',
  ]);
});

Deno.test("guards_code of newer exports becomes guards on the sizes it names", async () => {
  const guards = ["L['x'].size()[0] % 4 == 0", "L['x'].size()[0] <= 64", "torch.odd(L['x'])"];
  const imported = await importGood(copying([symbol("s0")], { guards }));
  assertEquals(imported.graph.guards.map(({ pred }) => printPred(pred)), ["s0 % 4 == 0"]);
  assertEquals(imported.warnings.map((d) => d.reason), ["unread-guard"]);
});

Deno.test("a dim of the config names a symbol and narrows its range", async () => {
  const { graph: g } = await importGood(copying([symbol("s0")]), {
    dims: { x: { 0: { name: "batch", min: 1, max: 8 } } },
  });
  assertEquals(g.symbols.map(({ sym, label }) => [label, sym.min, sym.max]), [["batch", 2, 8]]);
  const wide = { dims: { x: { 0: { name: "batch", max: 65 } } } };
  assertEquals(await reasonsOf(copying([symbol("s0")]), wide), ["dim-range"]);
  assertEquals(await reasonsOf(copying([7]), wide), ["static-dim"]);
});

Deno.test("sizes of Python become expressions, never nodes", async () => {
  const sizes: [string, SymIntValue][] = [["n", symbol("s0") as SymIntValue], ["h", {
    expr: `FloorDiv(${s0}, Integer(2))`,
    hint: null,
  }]];
  const nodes = [
    node("aten.sym_size.int", { self: t("x"), dim: i(0) }, sym("n")),
    scalarNode("_operator.truediv", [sym("n"), i(2)], { kind: "sym-float", value: { name: "q" } }),
    scalarNode("math.floor", [{ kind: "sym-float", value: { name: "q" } }], sym("h")),
    scalarNode("_operator.gt", [sym("h"), i(4)], truth("big")),
  ];
  const tensors = new Map([["x", meta([symbol("s0")])]]);
  const outputs = [sym("h"), truth("big")];
  const { graph: g } = await importGood({
    graph: graph({ inputs: [t("x")], outputs, nodes, tensors, symInts: new Map(sizes) }),
    ranges,
  });
  assertEquals(g.nodes.length, 0);
  const [half, big] = g.outputs;
  assert(half?.kind === "size" && big?.kind === "truth");
  assertEquals(print(half.expr), "s0 // 2");
});

Deno.test("an item binds its symbol, and the symbol's range is checked on the data", async () => {
  const nodes = [
    node("aten.item.default", { self: t("k") }, sym("n")),
    node("aten.slice.Tensor", { self: t("x"), dim: i(0), start: i(0), end: sym("n") }, t("y")),
  ];
  const tensors = new Map([["x", meta([8])], ["k", meta([], { dtype: "i64" })], ["y", meta([symbol("u0")])]]);
  const symInts = new Map<string, SymIntValue>([["n", symbol("u0") as SymIntValue]]);
  const parts = { graph: graph({ inputs: [t("x"), t("k")], outputs: [t("y")], nodes, tensors, symInts }) };
  const { graph: g } = await importGood({ ...parts, ranges: { u0: { min: 0, max: 8 } } });
  const item = g.nodes.find((n) => n.op.kind === "item");
  assert(item?.op.kind === "item");
  assertEquals([item.op.symbol.name, item.op.symbol.unbacked], ["u0", true]);
  assertEquals(g.nodes.filter((n) => n.op.kind === "assert").length, 1);
  assertEquals(g.symbols.map(({ sym, from }) => [sym.name, from]), [["u0", undefined]]);
});

Deno.test("a float that integers cannot express is computed as data and read back through a symbol", async () => {
  const nodes = [
    node("aten.sym_size.int", { self: t("x"), dim: i(0) }, sym("n")),
    scalarNode("_operator.mul", [sym("n"), { kind: "float", value: 0.1 }], {
      kind: "sym-float",
      value: { name: "q" },
    }),
    scalarNode("math.trunc", [{ kind: "sym-float", value: { name: "q" } }], sym("k")),
  ];
  const trunc = `TruncToInt(Mul(Float('0.1', precision=53), ToFloat(${s0})))`;
  const symInts = new Map<string, SymIntValue>([["n", symbol("s0") as SymIntValue], ["k", {
    expr: trunc,
    hint: 1,
  }]]);
  const tensors = new Map([["x", meta([symbol("s0")])]]);
  const { graph: g } = await importGood({
    graph: graph({ inputs: [t("x")], outputs: [sym("k")], nodes, tensors, symInts }),
    ranges,
  });
  assertEquals(g.nodes.map((n) => n.op.kind === "pointwise" ? n.op.fn : n.op.kind), [
    "iota",
    "constant",
    "mul",
    "trunc",
    "cast",
    "item",
  ]);
});
