import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { digestOf } from "../../src/base/mod.ts";
import { defineTask, type Kinds, type TaskDefinition } from "../../src/task/mod.ts";
import { keyOf, recordOf } from "../../src/task/fingerprint.ts";
import { checked, type Values } from "../../src/task/outcome.ts";

const compile = defineTask({
  name: "compile-unit",
  version: 1,
  inputs: { source: "file", flags: "json", comment: "text", headers: "files" },
  outputs: { object: "file" },
  run: () => ({ object: blob("object") }),
});

function blob(text: string) {
  return { digest: digestOf(text), bytes: text.length };
}

const given = { source: blob("int main;"), flags: { opt: 3, march: "v3" }, comment: "", headers: {} };

function key(values: Values, definition: unknown = compile): string {
  const erased = definition as TaskDefinition<Kinds, Kinds>;
  return keyOf(recordOf(erased, checked(erased.inputs, values, "test inputs")));
}

Deno.test("a key does not depend on the order in which fields, JSON names or files were written", () => {
  const turned = { headers: {}, comment: "", flags: { march: "v3", opt: 3 }, source: given.source };
  assertEquals(key(turned), key(given));
  const [a, b] = [blob("a"), blob("b")];
  assertEquals(key({ ...given, headers: { a, b } }), key({ ...given, headers: { b, a } }));
});

Deno.test("a key changes with every declared input, the version, the name and the declared outputs", () => {
  const keys = [
    key(given),
    key({ ...given, source: blob("int other;") }),
    key({ ...given, flags: { opt: 2, march: "v3" } }),
    key({ ...given, comment: "x" }),
    key({ ...given, headers: { "a.h": blob("a") } }),
    key(given, { ...compile, version: 2 }),
    key(given, { ...compile, name: "other" }),
    key(given, { ...compile, outputs: { object: "file", log: "text" } }),
  ];
  assertEquals(new Set(keys).size, keys.length);
});

Deno.test("a key does not depend on where an external file lies", () => {
  const at = { path: "/home/me/model.pt2", offset: 0, stamp: "1" };
  assertEquals(key({ ...given, source: { ...given.source, at } }), key(given));
});

Deno.test("a text and the JSON string of it give different keys, long or short", () => {
  const asText = { ...compile, inputs: { value: "text" } };
  const asJson = { ...compile, inputs: { value: "json" } };
  for (const value of ["a", "a".repeat(10_000)]) assert(key({ value }, asText) !== key({ value }, asJson));
});

Deno.test("a record shows short values in full and long ones by digest", () => {
  const erased = compile as unknown as TaskDefinition<Kinds, Kinds>;
  const long = { ...given, comment: "x".repeat(5000) };
  assertEquals(recordOf(erased, long).inputs, {
    comment: { kind: "long-text", digest: digestOf(long.comment), bytes: 5000 },
    flags: { kind: "json", value: given.flags },
    headers: { kind: "files", files: {} },
    source: { kind: "file", ...given.source },
  });
});

Deno.test("what JSON would lose in silence is a bug, and named", () => {
  for (const lost of [new Map([["a", 1]]), new Set([1]), () => 1, Symbol("s"), new Date(0)]) {
    const error = assertThrows(() => key({ ...given, flags: { deep: [lost] } }));
    assertStringIncludes(String(error), "Cannot make a key of test inputs.flags.deep[0]: a");
  }
});

Deno.test("a missing, a wrong and an undeclared input are bugs, and named", () => {
  const wrong: [Values, string][] = [
    [{ ...given, source: undefined }, 'inputs.source: expected "file", found nothing'],
    [{ ...given, comment: 3 }, 'inputs.comment: expected "text", found a value of type number'],
    [{ ...given, other: 3 }, "inputs.other: no such field is declared"],
  ];
  for (const [values, message] of wrong) {
    assertStringIncludes(String(assertThrows(() => key(values))), message);
  }
});

Deno.test("a task's name is kebab-case", () => {
  assertStringIncludes(
    String(assertThrows(() => defineTask({ ...compile, name: "Compile Unit" }))),
    "kebab-case",
  );
});
