/**
 * Writes the documents that are printed from the sources; `deno task docs`. A test compares them.
 *
 * @module
 */
import { configJsonSchema, configReference } from "../src/config/mod.ts";

/** Generated documents: path from the project's root, text. */
export function documents(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/config.md", configReference()],
    ["docs/schema/aoti.config.schema.json", JSON.stringify(configJsonSchema(), null, 2) + "\n"],
  ]);
}

if (import.meta.main) {
  for (const [path, text] of documents()) {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
  }
}
