/**
 * Digests of the user's files, remembered by path, size, time and inode: a build that has nothing to do
 * reads no weights.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { type Digest, digestOf, refuse } from "../base/mod.ts";
import { type Disk, moveInto, readOrNone, statOrNone, writing } from "./disk.ts";
import { type External, type File, type Range, type Split, stampOf } from "./file.ts";
import { digestOfRest, digestsOf } from "./hashing.ts";

/** Bytes up to which reading a file is quicker than reading what is remembered of it. */
const SMALL = 64 << 10;

/** How long after a write another one surely has a time of its own. */
const SETTLED_MS = 20;

interface Remembered {
  readonly path: string;
  readonly stamp: string;
  /** By `offset+bytes`; what is left without certain ranges, by these. */
  readonly digests: Digests;
}

type Digests = Readonly<Record<string, Digest>>;

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

  /** A file of the user's as ranges of it and the rest of it, as it is at one moment. */
  async split(path: string, cuts: readonly Range[], signal?: AbortSignal): Promise<Split> {
    const full = resolve(path), info = await statFile(full), stamp = stampOf(info);
    checkCuts(cuts, info.size);
    const name = `all but ${digestOf(JSON.stringify(cuts))}`, known = await this.#read(full, stamp);
    const digest = known?.digests[name] ?? digestOfRest(full, info.size, cuts);
    const at = { path: full, offset: 0, stamp, without: cuts };
    return {
      rest: { digest, bytes: info.size, at },
      cuts: this.#cut(at, info, known?.digests ?? {}, { [name]: digest }, signal),
    };
  }

  /** The ranges that `at` goes without, remembered together with the digest of the rest. */
  async #cut(
    { path, stamp, without }: Required<External>,
    info: Deno.FileInfo,
    known: Digests,
    rest: Digests,
    signal: AbortSignal | undefined,
  ): Promise<readonly File[]> {
    const unread = without.filter((cut) => !known[nameOf(cut)]);
    const read = await digestsOf(path, unread, signal);
    const digests = {
      ...known,
      ...rest,
      ...Object.fromEntries(unread.map((cut, i) => [nameOf(cut), read[i]!])),
    };
    if (Object.keys(digests).length > Object.keys(known).length && isSettled(info)) {
      await this.#inTurn(path, () => this.#remember(path, stamp, digests));
    }
    return without.map((cut) => {
      return { digest: digests[nameOf(cut)]!, bytes: cut.bytes, at: { path, offset: cut.offset, stamp } };
    });
  }

  /** A file that was just written with the contents of that digest, and need not be read for it. */
  async wrote(path: string, digest: Digest): Promise<void> {
    const full = resolve(path), first = await statFile(full);
    if (!isSettled(first)) await new Promise((done) => setTimeout(done, 2 * SETTLED_MS));
    const info = await statFile(full), stamp = stampOf(info);
    if (stamp !== stampOf(first) || !isSettled(info)) return;
    await this.#inTurn(full, () => this.#remember(full, stamp, { [`0+${info.size}`]: digest }));
  }

  async #digest(path: string, stamp: string, part: Range, info: Deno.FileInfo): Promise<Digest> {
    if (part.bytes <= SMALL) return (await digestsOf(path, [part]))[0]!;
    const name = nameOf(part), known = await this.#read(path, stamp);
    if (known?.digests[name]) return known.digests[name];
    const [digest = ""] = await digestsOf(path, [part]);
    if (isSettled(info)) await this.#inTurn(path, () => this.#remember(path, stamp, { [name]: digest }));
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

  async #remember(path: string, stamp: string, found: Digests): Promise<void> {
    const digests = { ...(await this.#read(path, stamp))?.digests, ...found };
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

function nameOf({ offset, bytes }: Range): string {
  return `${offset}+${bytes}`;
}

/** Ranges that are not in order would hide bytes from both digests. */
function checkCuts(cuts: readonly Range[], size: number): void {
  let end = 0;
  for (const { offset, bytes } of [...cuts, { offset: size, bytes: 0 }]) {
    if (offset < end || bytes < 0) throw new RangeError("Cannot split a file: ranges overlap or leave it");
    end = offset + bytes;
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
