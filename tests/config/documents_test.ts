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
