/**
 * Digests of the user's files, remembered by path, size, time and inode: a build that has nothing to do
 * reads no weights.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { type Digest, digestOf, refuse } from "../base/mod.ts";
import { digestOfRange } from "./bytes.ts";
import { type Disk, moveInto, readOrNone, statOrNone, writing } from "./disk.ts";
import { type File, type Range, stampOf } from "./file.ts";

/** How long after a write another one surely has a time of its own. */
const SETTLED_MS = 20;

interface Remembered {
  readonly path: string;
  readonly stamp: string;
  /** By `offset+bytes`. */
  readonly digests: Readonly<Record<string, Digest>>;
}

/** The folder `stamps/ab/<digest of the path>.json`. */
export class Stamps {
  readonly #pending = new Map<string, Promise<void>>();

  constructor(
    private readonly folder: string,
    private readonly disk: Disk,
    private readonly fresh: () => Promise<string>,
  ) {}

  /** A file of the user's, or a range of it, as an input. Its bytes stay where they are. */
  async file(path: string, range?: Range): Promise<File> {
    const full = resolve(path);
    const info = await statFile(full);
    const stamp = stampOf(info), part = range ?? { offset: 0, bytes: info.size };
    if (part.offset + part.bytes > info.size) refuse(tooShort(full, part, info.size));
    const digest = await this.#digest(full, stamp, part, info);
    return { digest, bytes: part.bytes, at: { path: full, offset: part.offset, stamp } };
  }

  /** A file that was just written with the contents of that digest, and need not be read for it. */
  async wrote(path: string, digest: Digest): Promise<void> {
    const full = resolve(path), first = await statFile(full);
    if (!isSettled(first)) await new Promise((done) => setTimeout(done, 2 * SETTLED_MS));
    const info = await statFile(full), stamp = stampOf(info);
    if (stamp !== stampOf(first) || !isSettled(info)) return;
    await this.#inTurn(full, () => this.#remember(full, stamp, `0+${info.size}`, digest));
  }

  async #digest(path: string, stamp: string, part: Range, info: Deno.FileInfo): Promise<Digest> {
    const name = `${part.offset}+${part.bytes}`;
    const known = await this.#read(path, stamp);
    if (known?.digests[name]) return known.digests[name];
    const digest = await digestOfRange(path, part);
    if (isSettled(info)) await this.#inTurn(path, () => this.#remember(path, stamp, name, digest));
    return digest;
  }

  /** Ranges of one archive are remembered in one file: additions wait for one another. */
  async #inTurn(path: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#pending.get(path) ?? Promise.resolve()).then(work);
    this.#pending.set(path, turn.catch(() => {}));
    await turn;
  }

  async #read(path: string, stamp: string): Promise<Remembered | undefined> {
    const text = await readOrNone(this.#place(path));
    const known = text === undefined ? undefined : parse(text);
    return known?.path === path && known.stamp === stamp ? known : undefined;
  }

  async #remember(path: string, stamp: string, name: string, digest: Digest): Promise<void> {
    const digests = { ...(await this.#read(path, stamp))?.digests, [name]: digest };
    const text = JSON.stringify({ path, stamp, digests } satisfies Remembered);
    const to = this.#place(path), via = await this.fresh();
    await writing(to, text.length, async () => {
      await this.disk.write(via, new TextEncoder().encode(text));
      await moveInto(this.disk, via, to);
    });
  }

  #place(path: string): string {
    const name = digestOf(path);
    return join(this.folder, name.slice(0, 2), `${name}.json`);
  }
}

function parse(text: string): Remembered | undefined {
  try {
    return JSON.parse(text) as Remembered;
  } catch {
    return undefined;
  }
}

/**
 * False for a file written so recently that another write could leave the same time behind.
 * A time in whole seconds means a file system that keeps no better ones.
 */
function isSettled(info: Deno.FileInfo): boolean {
  const written = info.mtime?.getTime() ?? Infinity;
  return Date.now() - written > (written % 1000 === 0 ? 2000 : SETTLED_MS);
}

async function statFile(path: string): Promise<Deno.FileInfo> {
  const info = await statOrNone(path);
  if (info?.isFile) return info;
  return refuse({
    reason: "input-missing",
    message: `Cannot read ${path}: ${info ? "it is not a file" : "there is no such file"}`,
    help: "Check the path; relative paths start at the current folder.",
    at: { file: path },
  });
}

function tooShort(path: string, part: Range, size: number) {
  return {
    reason: "input-too-short",
    message: `Cannot read bytes ${part.offset} to ${part.offset + part.bytes} of ${path}: it has ${size}`,
    help: "The file was cut short: download or export it again.",
    at: { file: path },
  };
}
