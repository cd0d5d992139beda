/**
 * What an import of a config threw, as a diagnostic with file and line.
 *
 * @module
 */
import { basename, fromFileUrl } from "@std/path";
import { stripVTControlCharacters } from "node:util";
import type { Diagnostic, Place } from "../base/mod.ts";

const position = /(file:\/\/\/[^\s?"')]+)(?:\?[^\s:"')]*)?:(\d+):(\d+)/g;

/** True when the config or what it imports names a module that this process cannot find. */
export function isUnresolved(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ERR_MODULE_NOT_FOUND" && !isSyntaxError(error);
}

/** The diagnostic for a failed import of `file`; `map` is the deno.json that the user would have to change. */
export function importProblem(error: unknown, file: string, map: string | undefined): Diagnostic {
  const what = `Cannot load ${basename(file)}`;
  const at = placeOf(error, file);
  const text = messageOf(error);
  if (isSyntaxError(error)) {
    const reason = firstLine(text).replace(/^(Uncaught )?SyntaxError: /, "");
    return { reason: "config-syntax", message: `${what}: ${reason}`, at };
  }
  const name = /^Import "([^"]+)" not a dependency/.exec(text)?.[1];
  if (name !== undefined) {
    const help = map
      ? `Add "${name}" to the imports of ${map}.`
      : `Add "${name}" to the imports of a deno.json beside it.`;
    return {
      reason: "config-import",
      message: `${what}: import "${name}" is not in the import map`,
      help,
      at,
    };
  }
  const missing = /^Module not found "([^"]+)"/.exec(text)?.[1];
  if (missing !== undefined) {
    const path = missing.startsWith("file:") ? fromFileUrl(missing.replace(/\?.*$/, "")) : missing;
    return { reason: "config-import", message: `${what}: it imports "${path}", which does not exist`, at };
  }
  if (error instanceof Deno.errors.NotCapable) {
    return {
      reason: "config-permission",
      message: `${what}: it needs a permission that was not given`,
      help: text,
      at,
    };
  }
  const shown = error instanceof Error
    ? `${error.name}: ${firstLine(text)}`
    : JSON.stringify(error) ?? String(error);
  return { reason: "config-threw", message: `${what}: it threw ${shown}`, at };
}

function isSyntaxError(error: unknown): boolean {
  return error instanceof SyntaxError || /^(Uncaught )?SyntaxError: /.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return stripVTControlCharacters(error instanceof Error ? error.message : String(error)); // Deno colours places
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}

/** Where the message points, else the innermost frame within the config, else the file alone. */
function placeOf(error: unknown, file: string): Place {
  if (!(error instanceof Error)) return { file };
  const inMessage = placesIn(messageOf(error))[0], frames = stripVTControlCharacters(error.stack ?? "");
  return inMessage ?? placesIn(frames).find((place) => place.file === file) ?? { file };
}

function placesIn(text: string): Place[] {
  return [...text.matchAll(position)].map(([, url, line, column]) => ({
    file: fromFileUrl(url!),
    line: Number(line),
    column: Number(column),
  }));
}
