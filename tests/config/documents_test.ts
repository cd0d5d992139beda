import { assert, assertEquals } from "@std/assert";
import { documents } from "../../docs/write.ts";
import { configJsonSchema, flagNames } from "../../src/config/mod.ts";

for (const [path, text] of documents()) {
  Deno.test(`${path} is what the sources say; \`deno task docs\` rewrites it`, async () => {
    assertEquals(await Deno.readTextFile(path), text);
  });
}

Deno.test("The JSON Schema describes every flag and forbids unknown ones", () => {
  const text = JSON.stringify(configJsonSchema());
  for (const name of flagNames) assert(text.includes(`"${name}":{"description":`), name);
  assert(text.includes('"additionalProperties":false'));
});

Deno.test("deno.jsr.json describes the same package as deno.json", async () => {
  const read = async (name: string) => JSON.parse(await Deno.readTextFile(name));
  const [ours, jsr] = await Promise.all([read("deno.json"), read("deno.jsr.json")]);
  for (const key of ["name", "version", "exports", "compilerOptions"]) assertEquals(jsr[key], ours[key], key);
  const names = Object.keys(jsr.imports);
  for (const name of Object.keys(ours.imports)) {
    assert(names.some((other) => name === other || name.startsWith(`${other}/`)), name);
  }
});
