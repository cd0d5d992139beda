/**
 * The tool's own sources as part of keys: another compiler may print other texts.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Digest } from "../base/mod.ts";
import { walk } from "@std/fs";
import { fromFileUrl } from "@std/path";

/** Rooms and folders that decide what a plan prints. */
const parts = [
  "src/base",
  "src/ir",
  "src/ops",
  "src/import",
  "src/passes",
  "src/lower",
  "src/schedule",
  "src/kernels",
];
const printing = ["src/codegen", "templates"];

/** Folder that holds `src`, `templates` and `runtime`. */
export const toolRoot = fromFileUrl(new URL("../../", import.meta.url));

let remembered: Promise<Digest> | undefined;

/** Digest of everything between an archive and C texts; the same for the life of a process. */
export function toolDigest(): Promise<Digest> {
  return remembered ??= digestFolders([...parts, ...printing]);
}

async function digestFolders(folders: readonly string[]): Promise<Digest> {
  const hash = createHash("sha256");
  for (const folder of folders) {
    const root = toolRoot + folder;
    for await (const path of filesOf(root)) {
      hash.update(`${folder}${path.slice(root.length)}\0`).update(Deno.readFileSync(path)).update("\0");
    }
  }
  return hash.digest("hex");
}

async function* filesOf(root: string): AsyncGenerator<string> {
  try {
    for await (const entry of walk(root, { includeDirs: false })) yield entry.path;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
