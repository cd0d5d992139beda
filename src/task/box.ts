/**
 * What `run` may reach besides its inputs: a private folder, the bytes of files, programs, a log.
 *
 * @module
 */
import { dirname, join, resolve } from "@std/path";
import { copyRange } from "./bytes.ts";
import { type CommandOptions, type CommandOutput, runCommand } from "./command.ts";
import { discard, writing } from "./disk.ts";
import { checkWhole, type File, type Range } from "./file.ts";
import type { Kinds, ValuesOf } from "./kinds.ts";
import type { Values } from "./outcome.ts";
import type { Located, Store } from "./store.ts";
import type { Task } from "./task.ts";

/** The world of one running task. It ends with the task: after that, every method throws. */
export interface Box {
  readonly label: string;
  /** Private, empty at the start, removed at the end. */
  readonly folder: string;
  /** Aborts when the task is to stop. */
  readonly signal: AbortSignal;
  /** A path inside the folder. */
  path(name: string): string;
  read(file: File): Promise<Uint8Array<ArrayBuffer>>;
  readText(file: File): Promise<string>;
  /** A path to read a file from, never to write. */
  pathOf(file: File): Promise<string>;
  /** Where the bytes lie: also for a range of a file of the user's, without a copy; and what not to read of it. */
  locate(file: File): Promise<Located>;
  /** A file under a name of its own in the folder, linked where possible: to read, never to write. */
  place(file: File, name: string): Promise<string>;
  writeText(text: string): Promise<File>;
  writeBytes(data: Uint8Array): Promise<File>;
  /** Makes a file of something written in the folder; it is moved out of there. */
  adopt(path: string): Promise<File>;
  /** A range of a file; of an external one without copying. */
  slice(file: File, range: Range): Promise<File>;
  /** Runs a program in the folder. Nothing is inherited: `PATH`, `LC_ALL`, `TMPDIR` are fixed, the rest is given. */
  command(argv: readonly string[], options?: CommandOptions): Promise<CommandOutput>;
  log(text: string): void;
  /**
   * The outputs of another task, which needs none itself: found in the store, or run now in the place of this one. For parts
   * of the work that are the same from one input to the next.
   */
  recall<O extends Kinds>(task: Task<O>): Promise<ValuesOf<O>>;
}

/** Where programs look for others; `gcc` finds its linker there. */
const PATH = "/usr/local/bin:/usr/bin:/bin";

/** What a box is made of. */
export interface BoxParts {
  readonly label: string;
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly log: (text: string) => void;
  readonly recall: (task: Task) => Promise<Values>;
}

/** Gives `work` a box, and takes it away afterwards: programs are killed, the folder is removed. */
export async function withBox<T>(parts: BoxParts, work: (box: Box) => Promise<T>): Promise<T> {
  const folder = await parts.store.temp("box");
  await writing(folder, 0, () => parts.store.disk.mkdir(folder));
  const closing = new AbortController(), running = new Set<Promise<unknown>>();
  const signal = AbortSignal.any([parts.signal, closing.signal]);
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  interrupted.catch(() => {});
  try {
    signal.throwIfAborted();
    return await Promise.race([work(new LiveBox(parts, folder, signal, running)), interrupted]);
  } finally {
    closing.abort(new Error(`Cannot use the box of "${parts.label}": the task has ended`));
    await Promise.allSettled(running);
    await discard(folder).catch(() => {}); // a dying program may still write there: then it goes with the session
  }
}

class LiveBox implements Box {
  readonly label: string;
  readonly #store: Store;

  constructor(
    private readonly parts: BoxParts,
    readonly folder: string,
    readonly signal: AbortSignal,
    private readonly running: Set<Promise<unknown>>,
  ) {
    this.label = parts.label;
    this.#store = parts.store;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(file: File): Promise<Uint8Array<ArrayBuffer>> {
    return this.#tracked(() => this.#store.read(file));
  }

  readText(file: File): Promise<string> {
    return this.#tracked(() => this.#store.readText(file));
  }

  pathOf(file: File): Promise<string> {
    return this.#tracked(() => this.#store.pathOf(file));
  }

  locate(file: File): Promise<Located> {
    return this.#tracked(() => this.#store.locate(file));
  }

  place(file: File, name: string): Promise<string> {
    const to = this.path(name), { disk } = this.#store;
    return this.#tracked(async () => {
      checkWhole(file);
      const found = await this.#store.locate(file);
      await writing(to, file.bytes, async () => {
        await disk.mkdir(dirname(to));
        if (file.at && await isWhole(found)) return await lend(found.path, to);
        const linked = !file.at && await disk.link(found.path, to).then(() => true, () => false);
        if (!linked) await copyRange(found.path, found, to);
      });
      return to;
    });
  }

  writeText(text: string): Promise<File> {
    return this.#tracked(() => this.#store.putText(text));
  }

  writeBytes(data: Uint8Array): Promise<File> {
    return this.#tracked(() => this.#store.putBytes(data));
  }

  adopt(path: string): Promise<File> {
    return this.#tracked(() => this.#store.adopt(resolve(this.folder, path)));
  }

  slice(file: File, range: Range): Promise<File> {
    return this.#tracked(() => this.#store.slice(file, range));
  }

  command(argv: readonly string[], options: CommandOptions = {}): Promise<CommandOutput> {
    const env = { PATH, LC_ALL: "C", TMPDIR: this.folder, ...options.env };
    const cwd = options.cwd ?? this.folder;
    return this.#tracked(() => runCommand(argv, { ...options, env, cwd }, this.signal));
  }

  log(text: string): void {
    this.signal.throwIfAborted();
    this.parts.log(text);
  }

  recall<O extends Kinds>(task: Task<O>): Promise<ValuesOf<O>> {
    return this.#tracked(async () => await this.parts.recall(task as unknown as Task) as ValuesOf<O>);
  }

  /** Remembers what is under way, so that the box is closed only after it ended. */
  async #tracked<T>(work: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    const promise = work();
    this.running.add(promise);
    try {
      return await promise;
    } finally {
      this.running.delete(promise);
    }
  }
}

async function isWhole(found: { readonly path: string } & Range): Promise<boolean> {
  return found.offset === 0 && (await Deno.stat(found.path)).size === found.bytes;
}

/** A link to a file of the user's; a copy where links need more rights than were granted. */
async function lend(path: string, to: string): Promise<void> {
  try {
    await Deno.symlink(path, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    await Deno.copyFile(path, to);
  }
}
