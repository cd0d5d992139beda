/**
 * What tasks produced, by key; and under each label, the last two records it ran with.
 *
 * @module
 */
import { join } from "@std/path";
import { type Digest, digestOf } from "../base/mod.ts";
import { discard, type Disk, moveInto, readOrNone, writing } from "./disk.ts";
import type { File } from "./file.ts";
import type { KeyRecord } from "./fingerprint.ts";

/** One output as it is stored: short values inline, everything else by digest. */
export type Stored =
  | { readonly kind: "file"; readonly file: File }
  | { readonly kind: "files"; readonly files: Readonly<Record<string, File>> }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "long-json" | "long-text"; readonly file: File };

/** What is known about a key. */
export interface Entry {
  readonly key: Digest;
  readonly label: string;
  readonly record: KeyRecord;
  readonly outputs: Readonly<Record<string, Stored>>;
  /** How long it took to produce. */
  readonly ms: number;
}

/** A run under a label. */
export interface Run {
  readonly key: Digest;
  readonly record: KeyRecord;
}

/** The last runs under a label, newest first, at most two, with different keys. */
export interface History {
  readonly label: string;
  readonly runs: readonly Run[];
}

/** The files that an entry's outputs consist of. */
export function filesOf(entry: Entry): readonly File[] {
  return Object.values(entry.outputs).flatMap((output) => {
    if (output.kind === "files") return Object.values(output.files);
    return output.kind === "value" ? [] : [output.file];
  });
}

/** A folder `ab/<digest>.json` of small records, written whole or not at all. */
export class Records<T> {
  constructor(
    readonly folder: string,
    private readonly disk: Disk,
    private readonly fresh: () => Promise<string>,
  ) {}

  /** Where a record is or would be. */
  place(name: Digest): string {
    return join(this.folder, name.slice(0, 2), `${name}.json`);
  }

  /** The record, or nothing; one that is not JSON is removed. */
  async get(name: Digest): Promise<T | undefined> {
    const text = await readOrNone(this.place(name));
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as T;
    } catch {
      await discard(this.place(name));
      return undefined;
    }
  }

  /** Writes or replaces a record. */
  async set(name: Digest, record: T): Promise<void> {
    const data = new TextEncoder().encode(JSON.stringify(record, undefined, 1));
    const to = this.place(name), via = await this.fresh();
    await writing(to, data.length, async () => {
      await this.disk.write(via, data);
      await moveInto(this.disk, via, to);
    });
  }

  /** All records, in the order of their names. */
  async *all(): AsyncGenerator<T> {
    for (const folder of await names(this.folder)) {
      for (const file of await names(join(this.folder, folder))) {
        const record = await this.get(file.replace(/\.json$/, ""));
        if (record !== undefined) yield record;
      }
    }
  }
}

/** Names in a folder, sorted; none when it is missing. */
export async function names(folder: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The name under which the history of a label is kept. */
export function labelName(label: string): Digest {
  return digestOf(label);
}
