/**
 * Temporary files of one process: a folder beside the store, and a lock that tells others whether we live.
 *
 * @module
 */
import { join } from "@std/path";
import { discard, type Disk, statOrNone, writing } from "./disk.ts";

/** Holds a file lock for as long as it is open. Locks die with their process, whatever ends it. */
export interface Lock {
  release(): Promise<void>;
}

/** Takes the lock at `path` if nobody has it. */
export async function tryLock(path: string): Promise<Lock | undefined> {
  const file = await Deno.open(path, { create: true, write: true });
  if (await file.tryLock(true) && await isStill(file, path)) {
    return {
      release: async () => {
        await discard(path);
        file.close();
      },
    };
  }
  file.close();
  return undefined;
}

/** False when the holder before us removed the file between our opening and locking it. */
async function isStill(file: Deno.FsFile, path: string): Promise<boolean> {
  const [ours, theirs] = [await file.stat(), await statOrNone(path)];
  return theirs !== undefined && ours.ino === theirs.ino;
}

/** A folder for temporary files on the same file system as the store, so that renames are atomic. */
export class Session {
  #next = 0;
  private constructor(readonly folder: string, private readonly lock: Lock) {}

  /** Makes the folder, after removing what dead processes left behind. */
  static async open(root: string, disk: Disk): Promise<Session> {
    return await writing(root, 0, async () => {
      await disk.mkdir(root);
      await sweep(root);
      const folder = join(root, crypto.randomUUID().slice(0, 8));
      const lock = await tryLock(`${folder}.lock`);
      if (!lock) return await Session.open(root, disk);
      await disk.mkdir(folder);
      return new Session(folder, lock);
    });
  }

  /** A path that no one else uses. */
  fresh(prefix = "t"): string {
    return join(this.folder, `${prefix}${this.#next++}`);
  }

  /** Removes everything temporary of this process. */
  async close(): Promise<void> {
    await discard(this.folder);
    await this.lock.release();
  }
}

/** Removes the folders of processes that died; returns how many. */
export async function sweep(root: string): Promise<number> {
  let swept = 0;
  for (const entry of await Array.fromAsync(Deno.readDir(root))) {
    if (!entry.name.endsWith(".lock")) continue;
    const path = join(root, entry.name);
    const lock = await tryLock(path).catch(() => undefined);
    if (!lock) continue;
    await discard(path.slice(0, -".lock".length));
    await lock.release();
    swept++;
  }
  return swept;
}
