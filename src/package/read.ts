/**
 * Reads the folder of a built model back.
 *
 * @module
 */
import { join } from "@std/path";
import { type Diagnostic, fail, ok, type Result } from "../base/mod.ts";
import type { Manifest } from "./manifest.ts";

/** A built model on disk. */
export interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Path of the library. */
  readonly library: string;
  /** Path of weights.bin; absent when the library holds them, or there are none. */
  readonly weights?: string;
}

/** The folder's manifest alone. */
export async function readManifest(folder: string): Promise<Result<Manifest>> {
  const path = join(folder, "manifest.json");
  try {
    const found: unknown = JSON.parse(await Deno.readTextFile(path));
    return isManifest(found) ? ok(found) : fail(damaged(path, "it is not a manifest of this version"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return fail(missing(folder, "there is no manifest.json"));
    }
    return fail(damaged(path, error instanceof Error ? error.message : String(error)));
  }
}

/** A built model: its folder, or an output folder with one model in it. */
export async function readPackage(path: string): Promise<Result<Package>> {
  const folder = await modelFolder(path);
  if (!folder.ok) return folder;
  const read = await readManifest(folder.value);
  if (!read.ok) return read;
  const manifest = read.value;
  for (const [name, { bytes }] of Object.entries(manifest.files)) {
    const info = await Deno.stat(join(folder.value, name)).catch(() => undefined);
    if (info?.size === bytes) continue;
    const found = info ? `it has ${info.size} bytes, the build wrote ${bytes}` : "it is not there";
    return fail(damaged(join(folder.value, name), found));
  }
  const library = Object.keys(manifest.files).find((name) => name.endsWith(".so"));
  if (!library) return fail(missing(folder.value, "it was built without a library"));
  const weights = "weights.bin" in manifest.files ? join(folder.value, "weights.bin") : undefined;
  return ok({ folder: folder.value, manifest, library: join(folder.value, library), weights });
}

async function modelFolder(path: string): Promise<Result<string>> {
  const isModel = (folder: string) => Deno.stat(join(folder, "manifest.json")).then(() => true, () => false);
  if (await isModel(path)) return ok(path);
  const below: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory && !name.startsWith(".") && await isModel(join(path, name))) below.push(name);
    }
  } catch {
    return fail(missing(path, "there is no such folder"));
  }
  if (below.length === 1) return ok(join(path, below[0]!));
  const found = below.length ? `it holds several: ${below.sort().join(", ")}` : "there is no manifest.json";
  return fail(missing(path, found));
}

function isManifest(value: unknown): value is Manifest {
  const found = value as Partial<Manifest> | null;
  return typeof found === "object" && found?.format === 1 && typeof found.files === "object" &&
    typeof found.interface === "object" && Array.isArray(found.interface.inputs);
}

function missing(folder: string, found: string): Diagnostic {
  return {
    reason: "package-not-found",
    message: `Cannot find a built model in ${folder}: ${found}`,
    help: "Build it first (`aoti build`), and name the folder of one model.",
    at: { file: folder },
  };
}

function damaged(path: string, found: string): Diagnostic {
  return {
    reason: "package-damaged",
    message: `Cannot read ${path}: ${found}`,
    help: "Build the model again.",
    at: { file: path },
  };
}
