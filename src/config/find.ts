/**
 * Finds the config file, and the import map that belongs to it.
 *
 * @module
 */
import { dirname, join, resolve } from "@std/path";
import { type Diagnostic, fail, ok, type Result } from "../base/mod.ts";

/** Names that a config may have, in the order they are looked for. */
export const configNames = [
  "aoti.config.ts",
  "aoti.config.js",
  "aoti.config.mjs",
  "aoti.config.json",
] as const;

/** The config that `where` means: a file itself, or the nearest config in or above a folder. */
export function findConfig(where: string): Result<string> {
  const at = resolve(where);
  const kind = kindOf(at);
  if (kind === "file") return ok(at);
  if (kind === "nothing") return fail(absent(`Cannot load "${where}": there is no such file`));
  for (let folder = at;; folder = dirname(folder)) {
    const found = configNames.map((name) => join(folder, name)).find((path) => kindOf(path) === "file");
    if (found) return ok(found);
    if (folder === dirname(folder)) break;
  }
  return fail(absent(`Cannot load a config: there is no aoti.config.ts in ${at} or above it`));
}

/** The deno.json in force for a file: the nearest one in or above its folder. */
export function findImportMap(file: string): string | undefined {
  for (let folder = dirname(file);; folder = dirname(folder)) {
    const found = ["deno.json", "deno.jsonc"].map((n) => join(folder, n)).find((p) => kindOf(p) === "file");
    if (found || folder === dirname(folder)) return found;
  }
}

function absent(message: string): Diagnostic {
  const help =
    "`aoti init` writes one, --config FILE names one, and `aoti build --model FILE.pt2 --out DIR` needs none.";
  return { reason: "config-not-found", message, help };
}

/** What stands at a path; a place that may not be read holds nothing for us. */
function kindOf(path: string): "file" | "folder" | "nothing" {
  try {
    return Deno.statSync(path).isDirectory ? "folder" : "file";
  } catch (error) {
    const expected = [
      Deno.errors.NotFound,
      Deno.errors.NotADirectory,
      Deno.errors.NotCapable,
      Deno.errors.PermissionDenied,
    ];
    if (expected.some((type) => error instanceof type)) return "nothing";
    throw error;
  }
}
