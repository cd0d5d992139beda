/**
 * Blobs by digest: written beside and renamed into place, read-only, checked before their bytes are believed.
 *
 * @module
 */
import { join } from "@std/path";
import { type Digest, digestOf } from "../base/mod.ts";
import { discard, type Disk, moveInto, statOrNone, writing } from "./disk.ts";
import type { File } from "./file.ts";
import { digestsOf } from "./hashing.ts";

/** An object whose bytes are not what its name says. It has been removed already. */
export interface Corrupt {
  readonly digest: Digest;
  readonly path: string;
}

/** The folder `cas/ab/<digest>`. */
export class Objects {
  readonly #checked = new Set<Digest>();

  constructor(
    readonly folder: string,
    private readonly disk: Disk,
    private readonly onCorrupt: (found: Corrupt) => void,
  ) {}

  /** Where an object is or would be. */
  place(digest: Digest): string {
    return join(this.folder, digest.slice(0, 2), digest);
  }

  /** Stores bytes by way of the temporary path `via`. */
  async put(data: Uint8Array, via: string): Promise<File> {
    const file = { digest: digestOf(data), bytes: data.length };
    if (await this.open(file)) return file;
    try {
      await writing(this.place(file.digest), data.length, () => this.disk.write(via, data));
      return await this.#settle(via, file);
    } catch (error) {
      await discard(via); // what was written of it would keep a full disk full
      throw error;
    }
  }

  /** Makes a finished temporary file an object: it is moved, not copied. */
  async take(path: string): Promise<File> {
    const { size } = await Deno.stat(path);
    const [digest] = await digestsOf(path, [{ offset: 0, bytes: size }]);
    return await this.#settle(path, { digest: digest!, bytes: size });
  }

  async #settle(path: string, file: File): Promise<File> {
    const to = this.place(file.digest);
    await writing(to, file.bytes, async () => {
      await this.disk.chmod(path, 0o444);
      await moveInto(this.disk, path, to);
    });
    this.#checked.add(file.digest);
    return file;
  }

  /** True when an object of the right size is there: enough to believe that a task need not run. */
  async has(file: File): Promise<boolean> {
    const info = await statOrNone(this.place(file.digest));
    if (info?.size === file.bytes) return true;
    if (info) await this.#drop(file.digest);
    return false;
  }

  /** The path of an object whose bytes have been compared with its digest, once per process. */
  async open(file: File): Promise<string | undefined> {
    const path = this.place(file.digest);
    if (!await this.has(file)) return undefined;
    if (this.#checked.has(file.digest)) return path;
    const [found] = await digestsOf(path, [{ offset: 0, bytes: file.bytes }]).catch(() => [""]);
    if (found === file.digest) this.#checked.add(file.digest);
    else await this.#drop(file.digest);
    return found === file.digest ? path : undefined;
  }

  async #drop(digest: Digest): Promise<void> {
    const path = this.place(digest);
    this.forget(digest);
    await discard(path);
    this.onCorrupt({ digest, path });
  }

  /** Checks the bytes again the next time the object is opened. */
  forget(digest: Digest): void {
    this.#checked.delete(digest);
  }
}
