/**
 * Loads a config file: import, check, fill in. Configs are programs; they run once, in this process where their
 * imports resolve, else in a child under the user's own import map, from which only data can come back.
 *
 * @module
 */
import { basename, dirname, toFileUrl } from "@std/path";
import { attemptAsync, type Diagnostic, refuse, type Result, unwrap } from "../base/mod.ts";
import { importInChild } from "./child.ts";
import { findConfig, findImportMap } from "./find.ts";
import { importProblem, isUnresolved } from "./load_errors.ts";
import { locator } from "./locate.ts";
import { type Overrides, resolveConfig, type Surroundings } from "./resolve.ts";
import type { ResolvedConfig } from "./resolved.ts";

/** What `loadConfig` may depend on besides the file. */
export interface LoadOptions {
  readonly overrides?: Overrides;
  readonly around: Surroundings;
  /** A new number makes the file be read anew (`--watch`). */
  readonly revision?: number;
}

/** The config that `where` means: a file, or the nearest one in or above a folder. */
export function loadConfig(where: string, options: LoadOptions): Promise<Result<ResolvedConfig>> {
  return attemptAsync(async () => {
    const configPath = unwrap(findConfig(where));
    const text = readText(configPath);
    const value = configPath.endsWith(".json")
      ? parseJson(text, configPath)
      : await importDefault(configPath, options.revision ?? 0);
    if (value === null || typeof value !== "object") refuse(notAConfig(value, configPath));
    const origin = { configPath, root: dirname(configPath), locate: locator(configPath, text) };
    return unwrap(resolveConfig(value, origin, options.overrides ?? {}, options.around));
  });
}

async function importDefault(path: string, revision: number): Promise<unknown> {
  const url = `${toFileUrl(path).href}${revision > 0 ? `?v=${revision}` : ""}`;
  const loaded = await importHere(url);
  if (loaded.ok) return loaded.value;
  const map = findImportMap(path);
  if (map === undefined || !isUnresolved(loaded.error)) refuse(importProblem(loaded.error, path, map));
  return unwrap(await importInChild(path, map, importProblem(loaded.error, path, map)));
}

type Imported = { ok: true; value: unknown } | { ok: false; error: unknown };

async function importHere(url: string): Promise<Imported> {
  try {
    const module: { default?: unknown } = await import(url);
    return { ok: true, value: module.default };
  } catch (error) {
    return { ok: false, error };
  }
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    return refuse(importProblem(error, path, undefined));
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuse(importProblem(error, path, undefined));
  }
}

function notAConfig(value: unknown, path: string): Diagnostic {
  const found = value === undefined
    ? "it has no default export"
    : `its default export is ${value === null ? "null" : `a ${typeof value}`}`;
  return {
    reason: "config-no-default",
    message: `Cannot load ${basename(path)}: ${found}`,
    help: "End it with: export default defineConfig({ models: { … } });",
    at: { file: path },
  };
}
