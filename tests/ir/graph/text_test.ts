import { assertEquals } from "@std/assert";
import { eq, floorDiv, ge, int, lt, mod, mul, sym } from "../../../src/ir/expr/mod.ts";
import { type Graph, GraphBuilder, parseGraph, printGraph, type Region } from "../../../src/ir/graph/mod.ts";

const mlp = `graph mlp
symbol s0 in 1..4096 "batch" = %x[0]
guard {s0 % 2 == 0} "dim \\"batch\\" of input \\"x\\""
input %x : f32[s0, 10] strides [10, 1] "x" leaf 0
constant %w : f32[4, 10] strides [10, 1] "l1.weight" parameter @data/weights/weight_0+0
constant %b : f32[4] strides [1] "l1.bias" buffer @"odd name+1"+40
fixed leaf 1 "flag" = true
%t1 : f32[s0, 4] = einsum(%x, %w) mk,nk->mn  // linear.py:12 node=linear_1 target=aten.linear.default
%t2 : f32[s0, 4] = add(%t1, %b)  // linear.py:12
%t3 : f32[s0] = reduce max(%t2) dims [1]
output %t3 "out0" strides [2]
output size {2*s0} "n"
output truth {s0 < 9} "small"
output fixed null "nothing"
effect %b := %b
inspec "[1]"
outspec "[2]"
`;

Deno.test("parseGraph() reads what printGraph() writes, byte by byte", () => {
  assertEquals(printGraph(parseGraph(mlp)), mlp);
});

/** One node of every kind, with names, numbers and origins that need quotes. */
function everything(): Graph {
  const s0 = sym("s0", { min: 2, max: 64 }), u0 = sym("u0", { min: 0, unbacked: true });
  const u1 = sym("u1", { min: 0, max: 7, unbacked: true });
  const b = new GraphBuilder();
  const x = b.input("x", { dtype: "f32", shape: [s0, int(6)] });
  const n = b.input("odd name", { dtype: "i64", shape: [s0] });
  const c = b.input("c", { dtype: "f64", shape: [] });
  b.at({ file: "a b.py", line: 3, code: 'x = "y" // 2', module: "m.0", node: "n", target: "aten.t.default" });
  const shape = [s0, int(2), int(3)];
  const v = b.remap(x, shape, ([i, j, k]) => [i!, mul(3, j!)].map((e, at) => at ? mod(mul(1, k!), 6) : e), {
    valid: ([i, j]) => lt(mul(2, j!), i!),
    fill: -0,
  });
  b.at({ line: 4 });
  const g = b.lookup(x, [s0], [{ value: n, size: s0, wrap: true }], ([i], [k]) => [k!, mod(i!, 6)], {
    valid: (_, [k]) => ge(k!, 1),
    fill: Infinity,
  });
  b.at({ node: "node only" }, "%hint");
  const s = b.scatter(x, v, [{ value: b.iota(shape, ([i]) => i!), size: int(9), wrap: false }], "add", (
    [i, , k],
  ) => [i!, k!]);
  b.at({});
  b.at(undefined);
  const r = b.reduce("argmin", s, [1, 0]);
  const m = b.mask([s0], ([i]) => eq(mod(i!, 2), 0));
  const picked = b.pointwise("where", m, g, b.constant(NaN, "f32"));
  b.constant(7n, "i64");
  b.constant(true, "bool");
  b.constant(1e-7, "f64");
  b.item(r, u0);
  b.assert(lt(u0, 7), "u0 is < 7");
  b.assert(b.pointwise("lt", r, b.constant(4n, "i64")), 'say "hi"');
  b.assert(eq(floorDiv(s0, 2), 3), "halves");
  const [sorted] = b.routine("sort", [picked], [picked.type, { dtype: "i64", shape: [s0] }], {
    dim: -1n,
    "odd key": [null, "text, with ] and {", 1.5, [true, u0, mul(2, s0)]],
  });
  const [found] = b.routine("nonzero", [m], [{ dtype: "i64", shape: [u1, int(1)] }], {}, [u1]);
  const wide = b.concat([b.cast(sorted!, "f64"), b.cast(sorted!, "f64")], 0);
  const region = (name: string, of: (inner: GraphBuilder, y: typeof c) => readonly (typeof c)[]): Region => {
    const inner = b.region(), y = inner.input("y", c.type);
    const outputs = of(inner, y);
    return { name, inputs: [y], nodes: inner.nodes, outputs };
  };
  const test = b.pointwise("lt", c, c);
  const [z] = b.control({ kind: "cond" }, [test, c], [
    region("then", (inner, y) => {
      const test = inner.pointwise("eq", y, y);
      const nested = inner.region(), q = nested.input("q", c.type);
      const copy = { name: "a b", inputs: [q], nodes: nested.nodes, outputs: [q] };
      return inner.control({ kind: "cond" }, [test, y], [copy, { ...copy, name: "other" }], [c.type]);
    }),
    region("else", (_, y) => [y]),
  ], [c.type]);
  const [last] = b.control({ kind: "while", carried: 1 }, [z!], [
    region("test", (inner, y) => [inner.pointwise("lt", y, inner.constant(3, "f64"))]),
    region("body", (inner, y) => [inner.pointwise("add", y, y)]),
  ], [c.type]);
  return {
    name: "all kinds",
    symbols: [{ sym: s0, from: { input: x, axis: 0 }, label: 'batch "b"' }, { sym: u0, label: "u0" }],
    guards: [{ pred: eq(mod(s0, 2), 0), subject: "even" }],
    inputs: [
      { value: x, label: "x", strides: [int(6), int(1)], leaf: 0 },
      { value: n, label: "n", strides: [int(1)], leaf: 1 },
      { value: c, label: "c", strides: [], leaf: 3 },
    ],
    fixed: [{ leaf: 2, label: "f", value: "te\nxt" }, { leaf: 4, label: "g", value: 5n }],
    constants: [],
    nodes: b.nodes,
    outputs: [
      { kind: "tensor", value: last!, label: "a" },
      { kind: "tensor", value: wide, label: "w", strides: [int(1)] },
      { kind: "tensor", value: found!, label: "f" },
      { kind: "fixed", value: -0, label: "zero" },
    ],
    effects: [{ target: x, value: x }],
    inSpec: "",
    outSpec: "",
  };
}

Deno.test("parseGraph(printGraph(g)) is g for every kind of node", () => {
  const graph = everything();
  assertEquals(parseGraph(printGraph(graph)), graph);
});

Deno.test("parseGraph() says in which line something is wrong, and what was wanted", () => {
  const messageOf = (from: string, to: string) => {
    try {
      parseGraph(mlp.replace(from, to));
    } catch (error) {
      return (error as Error).message;
    }
  };
  assertEquals(
    messageOf("einsum", "einsom"),
    "Cannot read line 8: there is no operation einsom",
  );
  assertEquals(
    messageOf("einsum(%x, %w)", "einsum(%x, %v)"),
    "Cannot read line 8: %v is not defined before",
  );
  assertEquals(messageOf("[s0, 4] = add", "[s1, 4] = add"), "Cannot read line 9: symbol s1 is not declared");
  assertEquals(
    messageOf("f32[s0] = reduce max", "f33[s0] = reduce max"),
    "Cannot read line 10: wanted an element type, found [s0] = reduce max(%t2) dims [1",
  );
});
