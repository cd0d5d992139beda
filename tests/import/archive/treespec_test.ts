import { assertEquals, assertThrows } from "@std/assert";
import { inputLeafNames, outputLeafNames, tree } from "../../../src/import/archive/treespec.ts";

type Spec = { type: string | null; context: string | null; children_spec: Spec[] };
const leaf: Spec = { type: null, context: null, children_spec: [] };
const tuple = (...children_spec: Spec[]): Spec => ({
  type: "builtins.tuple",
  context: "null",
  children_spec,
});
const dict = (keys: unknown[], ...children_spec: Spec[]): Spec => ({
  type: "builtins.dict",
  context: JSON.stringify(keys),
  children_spec,
});
const parse = (spec: unknown) =>
  tree(50, new Map([["nets.Pair", ["left", "right"]]]))(JSON.stringify([1, spec]));

Deno.test("inputs are named after arguments, keys and positions", () => {
  const call = parse(
    tuple(tuple(leaf, tuple(leaf, leaf), dict(["image", "mask"], leaf, leaf)), dict(["scale"], leaf)),
  );
  assertEquals(inputLeafNames(call, ["x", "pair", "batch"]), [
    "x",
    "pair.0",
    "pair.1",
    "batch.image",
    "batch.mask",
    "scale",
  ]);
});

Deno.test("inputs without names of arguments are numbered", () => {
  assertEquals(inputLeafNames(parse(tuple(tuple(leaf, leaf), dict([]))), null), ["arg0", "arg1"]);
});

Deno.test("outputs are named after the outermost keys, or numbered", () => {
  assertEquals(outputLeafNames(parse(leaf)), ["output"]);
  assertEquals(outputLeafNames(parse(tuple(leaf, tuple(leaf)))), ["output0", "output1.0"]);
  assertEquals(outputLeafNames(parse(dict(["logits", "past"], leaf, tuple(leaf)))), ["logits", "past.0"]);
});

Deno.test("named tuples take their field names from the program", () => {
  const pair = { type: "collections.namedtuple", context: '"nets.Pair"', children_spec: [leaf, leaf] };
  assertEquals(outputLeafNames(parse(pair)), ["left", "right"]);
});

Deno.test("unknown containers keep their type and number their children", () => {
  const output = { type: "transformers.ModelOutput", context: "garbage", children_spec: [leaf] };
  const parsed = parse(output);
  assertEquals(parsed.kind, "other");
  assertEquals(outputLeafNames(parsed), ["output0"]);
});

Deno.test("another version, missing keys and endless nesting are refused", () => {
  assertThrows(() => tree(50, new Map())(JSON.stringify([2, leaf])));
  assertThrows(() => parse(dict(["a"], leaf, leaf)));
  assertThrows(() => parse({ type: "builtins.list" }));
  let deep = leaf;
  for (let i = 0; i < 60; i++) deep = tuple(deep);
  assertThrows(() => parse(deep));
});
