/**
 * The operations that write, handed in so that tests can make them fail, and what a failure tells the user.
 *
 * @module
 */
import { dirname } from "@std/path";
import { type Diagnostic, refuse, Refused } from "../base/mod.ts";

/** Everything the store does to a disk. Reading goes straight to Deno. */
export interface Disk {
  mkdir(path: string): Promise<void>;
  write(path: string, data: Uint8Array): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
}

/** The machine's own disk. `copy` clones blocks where the file system can. */
export const realDisk: Disk = {
  mkdir: (path) => Deno.mkdir(path, { recursive: true }),
  write: (path, data) => Deno.writeFile(path, data),
  copy: (from, to) => Deno.copyFile(from, to),
  link: (from, to) => Deno.link(from, to),
  rename: (from, to) => Deno.rename(from, to),
  chmod: (path, mode) => Deno.chmod(path, mode),
};

/** Does `work`, which writes about `bytes` at `path`; a full disk or a missing permission is refused. */
export async function writing<T>(path: string, bytes: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused || !(error instanceof Error) || !isDiskError(error)) throw error;
    refuse(writeFailure(path, bytes, error));
  }
}

const helps: Readonly<Record<string, string>> = {
  ENOSPC: "Free space on that disk, or empty the cache with `aoti cache gc`.",
  EDQUOT: "Free space within your quota, or empty the cache with `aoti cache gc`.",
  EACCES: "Change the permissions of that folder, or choose another cache with --cache-dir.",
  EPERM: "Change the permissions of that folder, or choose another cache with --cache-dir.",
  EROFS: "The file system is read-only: choose another cache with --cache-dir.",
  ENOTCAPABLE: "Run Deno with --allow-read and --allow-write for that folder.",
};

function isDiskError(error: Error): boolean {
  return codeOf(error) !== undefined;
}

function codeOf(error: Error): string | undefined {
  if (error.name === "NotCapable") return "ENOTCAPABLE";
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

function writeFailure(path: string, bytes: number, error: Error): Diagnostic {
  const code = codeOf(error) ?? "";
  return {
    reason: "store-write",
    message: `Cannot write ${path} (${bytes} bytes): ${error.message.split(": ")[0]}`,
    help: helps[code] ?? "Check that folder, or choose another cache with --cache-dir.",
    at: { file: path },
    data: { path, bytes, code },
  };
}

/** Renames into a folder that may not be there yet, or not any more. */
export async function moveInto(disk: Disk, from: string, to: string): Promise<void> {
  try {
    await disk.rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await disk.mkdir(dirname(to));
    await disk.rename(from, to);
  }
}

/** Removes a file or a folder with all it holds; nothing there is fine. */
export async function discard(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What is at `path`, or nothing. */
export async function statOrNone(path: string): Promise<Deno.FileInfo | undefined> {
  return await reading(path, () => Deno.stat(path));
}

/** The text of a file, or nothing when there is no such file. */
export async function readOrNone(path: string): Promise<string | undefined> {
  return await reading(path, () => Deno.readTextFile(path));
}

/** Nothing when there is no such file; one that may not be read is refused. */
async function reading<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    if (!(error instanceof Error) || !isDiskError(error)) throw error;
    return refuse({
      reason: "file-unreadable",
      message: `Cannot read ${path}: ${error.message.split(": ")[0]}`,
      help: helps[codeOf(error) ?? ""] ?? "Check the disk and the permissions of that file.",
      at: { file: path },
      data: { path, code: codeOf(error) },
    });
  }
}
