/**
 * Opens a `.pt2` file, tells which layout it has, and reads everything but the weights.
 *
 * @module
 */
import { fail, ok, type Result } from "../../base/mod.ts";
import type { Context } from "./context.ts";
import { diagnose, Unreadable, unreadable } from "./errors.ts";
import { defaultLimits } from "./limits.ts";
import { Spill } from "./member.ts";
import { readLegacy } from "./read_legacy.ts";
import { readRooted } from "./read_rooted.ts";
import { openFile, Source } from "./source.ts";
import type { Archive, ReadOptions } from "./types.ts";
import { openZip, type Zip } from "./zip.ts";

/**
 * Reads an archive of torch.export. Weights stay where they are: `storages` says where.
 *
 * @param path the `.pt2` file
 * @param options limits, a folder for weights that are stored deflated (nothing is written without it), and ranges that
 *   must not be read
 * @returns the archive, or why it cannot be read
 */
export async function readArchive(path: string, options: ReadOptions = {}): Promise<Result<Archive>> {
  const limits = { ...defaultLimits, ...options.limits };
  const spill = new Spill(options.spill, limits);
  let file: Deno.FsFile | undefined;
  try {
    file = openFile(path);
    const source = new Source(file, path, 0, file.statSync().size, options.closed);
    const zip = openZip(source, limits.members);
    return ok(await readZip({ path, zip, limits, spill, storages: new Map(), warnings: [] }));
  } catch (error) {
    spill.discard();
    if (error instanceof Unreadable) return fail(diagnose(error, path));
    throw error;
  } finally {
    file?.close();
    spill.close();
  }
}

async function readZip(context: Context): Promise<Archive> {
  const { path, zip, storages, warnings } = context;
  const root = rootOf(zip);
  const legacy = zip.members.has("serialized_exported_program.json");
  if (!legacy && root === undefined) {
    unreadable("not-an-archive", "a zip file that torch.export did not write");
  }
  const parts = legacy
    ? { layout: "legacy" as const, ...await readLegacy(context) }
    : await readRooted(context, root!);
  const first = parts.programs.values().next().value?.program;
  return {
    path,
    ...parts,
    torchVersion: first?.torchVersion ?? "",
    schemaVersion: first?.schema ?? null,
    storages,
    warnings,
  };
}

/** The one folder everything lies in, if it has the marks of an archive. */
function rootOf(zip: Zip): string | undefined {
  for (const name of zip.members.keys()) {
    const root = /^([^/]+\/)(archive_format$|models\/[^/]+\.json$)/.exec(name)?.[1];
    if (root !== undefined) return root;
  }
  return undefined;
}
