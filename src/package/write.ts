/**
 * Puts the files of a build where the user wants them: all are written beside first and renamed into place, so a
 * reader finds the old build or the new one, never half a file. Unchanged files are left alone.
 *
 * @module
 */
import { basename, dirname, join, relative } from "@std/path";
import { attemptAsync, digestOf, refuse, type Result, unwrap } from "../base/mod.ts";
import type { Engine, File } from "../task/mod.ts";
import type { FileFacts } from "./manifest.ts";
import { readManifest } from "./read.ts";

/** What a file contains: a file of the store, or a text. */
export type Content = File | string;

/** What writing did, by path within the folder. */
export interface Written {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  /** Files of an earlier build of the same folder that this one does not have. */
  readonly removed: readonly string[];
}

/** What is needed of an engine. */
export type Materialiser = Pick<Engine, "materialise" | "importFile" | "wrote">;

const LAST = "manifest.json", LONG = 16 << 20;

/** Size and digest of contents, as a manifest lists them. */
export function factsOf(content: Content): FileFacts {
  if (typeof content !== "string") return { digest: content.digest, bytes: content.bytes };
  const data = new TextEncoder().encode(content);
  return { digest: digestOf(data), bytes: data.length };
}

/** Writes a package; `manifest.json` comes last, and lists what may be removed when it is written again. */
export async function writePackage(
  folder: string,
  files: Readonly<Record<string, Content>>,
  engine: Materialiser,
): Promise<Result<Written>> {
  return await attemptAsync(() => guarded(folder, () => write(folder, files, engine)));
}

async function write(
  folder: string,
  files: Readonly<Record<string, Content>>,
  engine: Materialiser,
): Promise<Written> {
  const names = Object.keys(files).sort((a, b) =>
    Number(a === LAST) - Number(b === LAST) || (a < b ? -1 : 1)
  );
  const before = await readManifest(folder);
  const same = await Promise.all(
    names.map((name) => isSame(join(folder, name), factsOf(files[name]!), engine)),
  );
  const written = names.filter((_, i) => !same[i]);
  await Deno.mkdir(folder, { recursive: true });
  const beside = join(dirname(folder), `.${basename(folder)}.${crypto.randomUUID().slice(0, 8)}`);
  try {
    for (const name of written) await put(join(beside, name), files[name]!, engine);
    for (const name of written) await move(join(beside, name), join(folder, name));
    for (const name of written) await tell(join(folder, name), factsOf(files[name]!), engine);
  } finally {
    await Deno.remove(beside, { recursive: true }).catch(() => {});
  }
  const stale = before.ok ? Object.keys(before.value.files) : [];
  const removed = stale.filter((name) => !(name in files) && !name.startsWith("..")).sort();
  for (const name of removed) await discard(folder, name);
  return { written, unchanged: names.filter((_, i) => same[i]), removed };
}

/** Files that take long to read, such as weights, are known by what was written. */
async function tell(path: string, { digest, bytes }: FileFacts, engine: Materialiser): Promise<void> {
  if (bytes >= LONG) await engine.wrote(path, digest);
}

async function isSame(path: string, facts: FileFacts, engine: Materialiser): Promise<boolean> {
  const info = await Deno.lstat(path).catch(() => undefined);
  if (!info?.isFile || info.size !== facts.bytes) return false;
  const there = await engine.importFile(path);
  return there.ok && there.value.digest === facts.digest;
}

async function put(path: string, content: Content, engine: Materialiser): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else unwrap(await engine.materialise(content, path));
}

async function move(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.rename(from, to);
}

/** Removes a file, and folders that it leaves empty. */
async function discard(folder: string, name: string): Promise<void> {
  await Deno.remove(join(folder, name)).catch(() => {});
  for (let above = dirname(join(folder, name)); relative(folder, above) !== ""; above = dirname(above)) {
    const gone = await Deno.remove(above).then(() => true, () => false);
    if (!gone) return;
  }
}

/** A disk that is full, or a folder that may not be written, is the user's to mend. */
async function guarded<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isDisk = error instanceof Error && (error.name === "NotCapable" || "code" in error);
    if (!isDisk) throw error;
    return refuse({
      reason: "package-write",
      message: `Cannot write the model to ${folder}: ${(error as Error).message.split(": ")[0]}`,
      help: "Check the space and the permissions of that folder, or choose another with outDir.",
      at: { file: folder },
    });
  }
}
