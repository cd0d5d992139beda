import { assertEquals, assertThrows } from "@std/assert";
import { exactInt, parseJsonText } from "../../../src/import/archive/json.ts";

const parse = (text: string) => parseJsonText(text, 20);

Deno.test("integers beyond 2^53 keep every digit", () => {
  const values = parse("[9223372036854775807, -9223372036854775808, 9007199254740993, 9007199254740991, 7]");
  assertEquals((values as never[]).map(exactInt), [
    9223372036854775807n,
    -9223372036854775808n,
    9007199254740993n,
    9007199254740991,
    7,
  ]);
});

Deno.test("bare non-finite floats become text, also right before a bracket", () => {
  assertEquals(parse('{"a":Infinity,"b":[-Infinity,NaN]}'), { a: "Infinity", b: ["-Infinity", "NaN"] });
});

Deno.test("text inside strings is left alone", () => {
  const text = { a: 'Infinity \\" 9223372036854775807 [[[[[[[[[[[[[[[[[[[[[[[[[[', 'NaN": -1': "\\\\" };
  assertEquals(parse(JSON.stringify(text)), text);
});

Deno.test("floats of many digits stay floats", () => {
  assertEquals(parse("[1.2345678901234567e-05, 1e+16, 12345678901234567.0]"), [
    1.2345678901234567e-05,
    1e16,
    12345678901234568,
  ]);
});

Deno.test("what is not an integer has no exact value", () => {
  const values = parse('[1.5, "1", null, {"$int": "1x"}, 1e300, [], {}]') as never[];
  assertEquals(values.map(exactInt), values.map(() => undefined));
});

for (
  const text of [
    "",
    "{",
    "nul",
    "[1,]",
    '"a',
    "0x10",
    "Infinit",
    "[".repeat(100),
    "]".repeat(100) + "[",
    "1".repeat(5000),
  ]
) {
  Deno.test(`${JSON.stringify(text.slice(0, 12))}… of ${text.length} is refused`, () => {
    assertThrows(() => parse(text));
  });
}

Deno.test("thirty megabytes are parsed in a second or so", () => {
  const node = {
    target: "torch.ops.aten.add.Tensor",
    inputs: [{ name: "self", arg: { as_tensor: { name: "x" } } }],
  };
  const text = JSON.stringify(Array.from({ length: 280_000 }, () => node));
  const start = performance.now();
  parse(text);
  assertEquals(performance.now() - start < 5000, true);
});
