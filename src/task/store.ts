/**
 * The content store: objects by digest, what tasks produced by key, what ran under each label.
 *
 * ```text
 * <folder>/cas/ab/<digest>       read-only bytes
 *          ac/ab/<key>.json      what a task with that key produced
 *          labels/ab/<…>.json    the last two records under a label
 *          stamps/ab/<…>.json    digests of the user's files
 *          tmp/<process>/        private folders of running tasks
 *          locks/<key>           held while a task runs, by whichever process runs it
 * ```
 * Everything is written beside and renamed into place, so a reader never sees half of it, and several builds
 * may share a store. What a user can mend (a full disk, a missing permission) is refused, as in any stage.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "@std/path";
import { attemptAsync, type Digest, refuse, type Result } from "../base/mod.ts";
import { copyRange, readRange } from "./bytes.ts";
import { discard, type Disk, realDisk, writing } from "./disk.ts";
import { type Entry, type History, labelName, Records } from "./entries.ts";
import { checkWhole, type File, isUnchanged, type Range, refuseIfChanged, type Split } from "./file.ts";
import { clearStore, collectGarbage, listStore, verifyStore } from "./maintain.ts";
import type { GcLimits, GcReport, StoreListing, VerifyReport } from "./maintain.ts";
import { type Corrupt, Objects } from "./objects.ts";
import { type Lock, Session, tryLock } from "./session.ts";
import { Stamps } from "./stamps.ts";

/** What a store is opened with. */
export interface StoreOptions {
  readonly disk?: Disk;
  /** Told about every object found damaged; it has been removed by then. */
  readonly onCorrupt?: (found: Corrupt) => void;
}

/** Where the bytes of a file lie. */
export interface Located extends Range {
  readonly path: string;
  /** What must not be read. */
  readonly without?: readonly Range[];
}

/** How a file leaves the store. */
export interface MaterialiseOptions {
  /** Share the store's bytes (read-only) instead of copying them. Never for files that a user may edit. */
  readonly link?: boolean;
}

/** A folder shared by all builds that use it. Open it with `Store.open`, and close it. */
export class Store implements AsyncDisposable {
  readonly objects: Objects;
  readonly entries: Records<Entry>;
  readonly histories: Records<History>;
  readonly #stamps: Stamps;
  #session: Promise<Session> | undefined;

  private constructor(readonly folder: string, readonly disk: Disk, onCorrupt: (found: Corrupt) => void) {
    const fresh = () => this.temp();
    this.objects = new Objects(join(folder, "cas"), disk, onCorrupt);
    this.entries = new Records<Entry>(join(folder, "ac"), disk, fresh);
    this.histories = new Records<History>(join(folder, "labels"), disk, fresh);
    this.#stamps = new Stamps(join(folder, "stamps"), disk, fresh);
  }

  /** Opens a store, making the folder when there is none. */
  static async open(folder: string, options: StoreOptions = {}): Promise<Result<Store>> {
    const { disk = realDisk, onCorrupt = () => {} } = options;
    return await attemptAsync(async () => {
      const full = resolve(folder);
      await writing(full, 0, () => disk.mkdir(full));
      return new Store(full, disk, onCorrupt);
    });
  }

  /** A new path on the store's file system, removed when the store is closed. */
  async temp(prefix = "t"): Promise<string> {
    this.#session ??= Session.open(join(this.folder, "tmp"), this.disk);
    const session = await this.#session.catch((error) => {
      this.#session = undefined;
      throw error;
    });
    return session.fresh(prefix);
  }

  /** Stores bytes. */
  async putBytes(data: Uint8Array): Promise<File> {
    return await this.objects.put(data, await this.temp());
  }

  /** Stores UTF-8 text. */
  async putText(text: string): Promise<File> {
    return await this.putBytes(new TextEncoder().encode(text));
  }

  /** Moves a temporary file into the store. Other files are copied; a symbolic link is followed. */
  async adopt(path: string): Promise<File> {
    const owned = resolve(path).startsWith(join(this.folder, "tmp") + "/");
    const isPlain = owned && (await Deno.lstat(path)).isFile;
    return await this.objects.take(isPlain ? path : await this.#copied(path));
  }

  async #copied(path: string): Promise<string> {
    const via = await this.temp();
    await writing(via, (await Deno.stat(path)).size, () => this.disk.copy(path, via));
    return via;
  }

  /** A file of the user's, or a range of it, by digest. Nothing is copied; an unchanged file is not even read. */
  async importFile(path: string, range?: Range): Promise<File> {
    return await this.#stamps.file(path, range);
  }

  /** A file of the user's as ranges of it and the rest of it, by digests. `cuts` are in order and apart. */
  async importSplit(path: string, cuts: readonly Range[], signal?: AbortSignal): Promise<Split> {
    return await this.#stamps.split(path, cuts, signal);
  }

  /** Remembers what a file contains that was just written, so that later builds need not read it. */
  async wrote(path: string, digest: Digest): Promise<void> {
    await this.#stamps.wrote(path, digest);
  }

  /** A range of a file as a file of its own: of an external file without copying. */
  async slice(file: File, range: Range): Promise<File> {
    checkWhole(file);
    if (!file.at) return await this.putBytes(await readRange(await this.pathOf(file), range));
    await refuseIfChanged(file.at);
    return await this.importFile(file.at.path, { ...range, offset: file.at.offset + range.offset });
  }

  /** True when the bytes are still there, as far as sizes and times tell. */
  async has(file: File): Promise<boolean> {
    return file.at ? await isUnchanged(file.at) : await this.objects.has(file);
  }

  /** Where the bytes lie: a path and a range of it. The bytes of an object have been checked. */
  async locate(file: File): Promise<Located> {
    const { bytes } = file;
    if (file.at) {
      await refuseIfChanged(file.at);
      const { path, offset, without } = file.at;
      return { path, offset, bytes, ...(without && { without }) };
    }
    return { path: await this.objects.open(file) ?? refuseMissing(file), offset: 0, bytes };
  }

  /** A path to read the bytes from, never to write. A range of an external file is copied first. */
  async pathOf(file: File): Promise<string> {
    checkWhole(file);
    const found = await this.locate(file);
    if (!file.at) return found.path;
    if (found.offset === 0 && (await Deno.stat(found.path)).size === found.bytes) return found.path;
    const via = await this.temp();
    await writing(via, found.bytes, () => copyRange(found.path, found, via));
    return via;
  }

  /** The bytes of a file. */
  async read(file: File): Promise<Uint8Array<ArrayBuffer>> {
    checkWhole(file);
    const found = await this.locate(file);
    return await readRange(found.path, found);
  }

  /** The text of a file. */
  async readText(file: File): Promise<string> {
    return new TextDecoder().decode(await this.read(file));
  }

  /** Writes a file to where a user wants it, all of it or nothing. */
  async materialise(file: File, path: string, options: MaterialiseOptions = {}): Promise<Result<void>> {
    return await attemptAsync(async () => {
      checkWhole(file);
      const found = await this.locate(file);
      const beside = join(dirname(path), `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}`);
      try {
        await writing(path, file.bytes, () => this.#place(file, found, beside, options.link ?? false));
        await writing(path, file.bytes, () => this.disk.rename(beside, path));
      } finally {
        await discard(beside).catch(() => {});
      }
    });
  }

  async #place(
    file: File,
    found: { readonly path: string } & Range,
    to: string,
    link: boolean,
  ): Promise<void> {
    await this.disk.mkdir(dirname(to));
    if (link && !file.at && await this.#linked(found.path, to)) return;
    if (file.at) await copyRange(found.path, found, to);
    else await this.disk.copy(found.path, to);
    await this.disk.chmod(to, 0o644);
  }

  /** False where the file system cannot link. */
  async #linked(from: string, to: string): Promise<boolean> {
    return await this.disk.link(from, to).then(() => true, () => false);
  }

  /** Takes the lock of a key across processes, if no other process runs that task. */
  async lock(key: Digest): Promise<Lock | undefined> {
    const folder = join(this.folder, "locks");
    return await writing(folder, 0, async () => {
      await this.disk.mkdir(folder);
      return await tryLock(join(folder, key));
    });
  }

  /** The last two records under a label. */
  async history(label: string): Promise<History | undefined> {
    return await this.histories.get(labelName(label));
  }

  /** Removes what was not used for longest, until the limits are met. */
  async gc(limits: GcLimits): Promise<Result<GcReport>> {
    return await attemptAsync(() => collectGarbage(this, limits));
  }

  /** Reads every object; damaged ones are removed and named. */
  async verify(): Promise<Result<VerifyReport>> {
    return await attemptAsync(() => verifyStore(this));
  }

  /** What is in the store, by task. */
  async list(): Promise<Result<StoreListing>> {
    return await attemptAsync(() => listStore(this));
  }

  /** Removes everything but what running builds hold. */
  async clear(): Promise<Result<void>> {
    return await attemptAsync(() => clearStore(this));
  }

  /** Removes the temporary files of this process. */
  async close(): Promise<void> {
    const session = await this.#session;
    this.#session = undefined;
    await session?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function refuseMissing({ digest, bytes }: File): never {
  return refuse({
    reason: "object-missing",
    message: `Cannot read object ${
      digest.slice(0, 12)
    } (${bytes} bytes): it is not in the store, or was damaged`,
    help: "Run the build again: what is missing is made anew.",
    data: { digest, bytes },
  });
}
