/**
 * Files by content: a digest and a size, and for what stays outside the store, where the bytes lie.
 *
 * @module
 */
import { type Digest, refuse } from "../base/mod.ts";

/** Bytes known by their digest. Two files with the same digest are the same input of a task. */
export interface File {
  readonly digest: Digest;
  readonly bytes: number;
  /** Present when the bytes were not copied into the store: a file of the user's, or a range of it. */
  readonly at?: External;
}

/** A range of a file that the store does not own. Takes no part in keys: only the digest does. */
export interface External {
  readonly path: string;
  readonly offset: number;
  /** What the file's metadata looked like when the digest was taken (see `stampOf`). */
  readonly stamp: string;
  /** Ranges that the digest says nothing of, but where they lie. Nobody may read them under this name. */
  readonly without?: readonly Range[];
}

/** A file of the user's in two kinds of parts. Together their digests are one of the whole file. */
export interface Split {
  /** Everything but the ranges that were cut out. */
  readonly rest: File;
  /** The ranges, once they have been read. */
  readonly cuts: Promise<readonly File[]>;
}

/** A range inside a file, in bytes. */
export interface Range {
  readonly offset: number;
  readonly bytes: number;
}

/** Metadata that changes whenever a well-behaved program writes the file. */
export function stampOf(info: Deno.FileInfo): string {
  return [info.size, info.mtime?.getTime() ?? 0, info.ino ?? 0, info.ctime?.getTime() ?? 0].join("-");
}

/** Throws for a file of which some ranges may not be read. */
export function checkWhole({ at }: File): void {
  if (at?.without) throw new TypeError(`Cannot read all of ${at.path}: its digest leaves out ranges of it`);
}

/** True for a value that has the shape of a `File`. */
export function isFile(value: unknown): value is File {
  if (typeof value !== "object" || value === null) return false;
  const { digest, bytes } = value as Partial<File>;
  return typeof digest === "string" && digest.length === 64 && typeof bytes === "number";
}

/** True when an external file still looks as it did when its digest was taken. */
export async function isUnchanged(at: External): Promise<boolean> {
  const info = await Deno.stat(at.path).catch(() => undefined);
  return info !== undefined && stampOf(info) === at.stamp;
}

/** Refuses an external file that was written since its digest was taken. */
export async function refuseIfChanged(at: External): Promise<void> {
  if (await isUnchanged(at)) return;
  refuse({
    reason: "input-changed",
    message: `Cannot read ${at.path}: it changed after the build began`,
    help: "Run the build again.",
    at: { file: at.path },
  });
}
