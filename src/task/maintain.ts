/**
 * Keeping a store small and sound: least recently used first, and every object against its digest.
 *
 * @module
 */
import { join } from "@std/path";
import type { Digest } from "../base/mod.ts";
import { discard, statOrNone } from "./disk.ts";
import { filesOf, names } from "./entries.ts";
import { sweep } from "./session.ts";
import type { Store } from "./store.ts";

/** What may stay. Whatever was used within `keepRecent` stays in any case: a build may be reading it. */
export interface GcLimits {
  readonly maxBytes?: number;
  /** Milliseconds since the last use. */
  readonly maxAge?: number;
  /** Milliseconds, ten minutes by default. */
  readonly keepRecent?: number;
  readonly now?: number;
}

/** What a collection did. */
export interface GcReport {
  readonly removed: number;
  readonly removedBytes: number;
  readonly kept: number;
  readonly keptBytes: number;
}

/** What a verification found. */
export interface VerifyReport {
  readonly objects: number;
  readonly bytes: number;
  /** Digests of objects whose bytes were something else; they are gone now. */
  readonly damaged: readonly Digest[];
  /** Keys of entries that named objects which are not there; they are gone too. */
  readonly dangling: readonly Digest[];
}

/** What a store holds. */
export interface StoreListing {
  readonly objects: number;
  readonly bytes: number;
  readonly tasks: readonly TaskListing[];
}

/** The entries of one kind of task. */
export interface TaskListing {
  readonly task: string;
  readonly entries: number;
  readonly bytes: number;
  readonly labels: readonly string[];
}

interface Item {
  readonly path: string;
  readonly bytes: number;
  readonly used: number;
}

/** Removes objects until `maxBytes` and `maxAge` hold; entries go when an object of theirs went, or by age. */
export async function collectGarbage(store: Store, limits: GcLimits): Promise<GcReport> {
  const { maxBytes = Infinity, maxAge = Infinity, keepRecent = 600_000, now = Date.now() } = limits;
  const items = await itemsIn(store.objects.folder);
  items.sort((a, b) => b.used - a.used || (a.path < b.path ? -1 : 1));
  const kept: Item[] = [], removed: Item[] = [];
  let total = 0;
  for (const item of items) {
    const age = now - item.used, fits = total + item.bytes <= maxBytes && age <= maxAge;
    if (fits || age <= keepRecent) total += item.bytes;
    (fits || age <= keepRecent ? kept : removed).push(item);
  }
  await removeAll(removed);
  for (const { path } of removed) store.objects.forget(path.slice(-64));
  await dropDangling(store);
  for (const folder of [store.entries.folder, store.histories.folder, join(store.folder, "stamps")]) {
    await removeAll((await itemsIn(folder)).filter((item) => now - item.used > Math.max(maxAge, keepRecent)));
  }
  await sweepTemporary(store);
  return { removed: removed.length, removedBytes: sum(removed), kept: kept.length, keptBytes: total };
}

/** Compares every object with its digest, and every entry with the objects it names. */
export async function verifyStore(store: Store): Promise<VerifyReport> {
  const items = await itemsIn(store.objects.folder), damaged: Digest[] = [];
  for (const { path, bytes } of items) {
    const digest = path.slice(-64);
    store.objects.forget(digest);
    if (await store.objects.open({ digest, bytes }) === undefined) damaged.push(digest);
  }
  const dangling = await dropDangling(store);
  return { objects: items.length, bytes: sum(items), damaged, dangling };
}

/** Counts objects and sums up entries by task. */
export async function listStore(store: Store): Promise<StoreListing> {
  const items = await itemsIn(store.objects.folder);
  const tasks = new Map<string, { entries: number; bytes: number; labels: Set<string> }>();
  for await (const entry of store.entries.all()) {
    const row = tasks.get(entry.record.task) ?? { entries: 0, bytes: 0, labels: new Set() };
    row.entries++;
    row.labels.add(entry.label);
    row.bytes += sum(filesOf(entry).filter((file) => !file.at));
    tasks.set(entry.record.task, row);
  }
  const rows = [...tasks].map(([task, row]) => ({ ...row, task, labels: [...row.labels].sort() }));
  rows.sort((a, b) => (a.task < b.task ? -1 : 1));
  return { objects: items.length, bytes: sum(items), tasks: rows };
}

/** Empties the store. Running builds keep their temporary folders and make anew what they miss. */
export async function clearStore(store: Store): Promise<void> {
  for (const { path } of await itemsIn(store.objects.folder)) store.objects.forget(path.slice(-64));
  for (const folder of ["ac", "labels", "stamps", "cas"]) await discard(join(store.folder, folder));
  await sweepTemporary(store);
}

async function dropDangling(store: Store): Promise<readonly Digest[]> {
  const dropped: Digest[] = [];
  for await (const entry of store.entries.all()) {
    const found = await Promise.all(filesOf(entry).map((file) => store.has(file)));
    if (found.every(Boolean)) continue;
    await discard(store.entries.place(entry.key));
    dropped.push(entry.key);
  }
  return dropped;
}

async function sweepTemporary(store: Store): Promise<void> {
  const root = join(store.folder, "tmp");
  if (await statOrNone(root)) await sweep(root);
}

async function itemsIn(folder: string): Promise<Item[]> {
  const items: Item[] = [];
  for (const ab of await names(folder)) {
    for (const name of await names(join(folder, ab))) {
      const path = join(folder, ab, name), info = await statOrNone(path);
      if (info) items.push({ path, bytes: info.size, used: info.mtime?.getTime() ?? 0 });
    }
  }
  return items;
}

async function removeAll(items: readonly Item[]): Promise<void> {
  for (const { path } of items) await discard(path);
}

function sum(items: readonly { readonly bytes: number }[]): number {
  return items.reduce((total, { bytes }) => total + bytes, 0);
}
