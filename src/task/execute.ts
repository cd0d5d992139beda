/**
 * One task with all inputs known: found in the store, or run in a box and stored.
 *
 * @module
 */
import { type Diagnostic, type Digest, fail, type Failed, refuse, Refused } from "../base/mod.ts";
import { bound } from "./bind.ts";
import { withBox } from "./box.ts";
import { type Entry, filesOf, type History, labelName } from "./entries.ts";
import type { TaskEvent } from "./event.ts";
import { keyOf, type KeyRecord, longTexts, recordOf } from "./fingerprint.ts";
import { changedFields } from "./difference.ts";
import { checked, decode, differing, encode, type Values } from "./outcome.ts";
import type { Lock } from "./session.ts";
import type { Slots } from "./slots.ts";
import type { Store } from "./store.ts";
import type { Task } from "./task.ts";

/** What a task came to. */
export type Outcome = { readonly ok: true; readonly values: Values } | Failed;

/** A task whose inputs are known. */
export interface Ready {
  readonly task: Task;
  readonly values: Values;
  readonly record: KeyRecord;
  readonly key: Digest;
  /** How urgent it is by now. */
  readonly rank: () => number;
  /** Called before a place is left to others, so that none of them begins in vain. */
  readonly onFailure: () => void;
}

/** Where tasks are executed. */
export interface Site {
  readonly store: Store;
  readonly slots: Slots;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly emit: (event: TaskEvent) => void;
  /** Runs every task once, whatever the store holds. */
  readonly force: boolean;
  /** Changes nothing: what is not in the store is told and fails. */
  readonly dryRun: boolean;
}

const TOUCH_AFTER = 5 * 60_000;
const LOCK_POLL = 25;

/** The outputs of an earlier run with the same key, if all of them are still there. */
export async function lookUp(site: Site, ready: Ready): Promise<Outcome | undefined> {
  if (site.force) return undefined;
  const entry = await site.store.entries.get(ready.key);
  const values = entry && await decode(site.store, entry);
  if (!entry || !values) return undefined;
  if (!site.dryRun) {
    await touch(site.store, entry);
    await remember(site.store, ready);
  }
  site.emit({ type: "task-hit", ...subjectOf(ready), at: site.now(), ms: entry.ms });
  return { ok: true, values };
}

/** What a dry run says of a task that `lookUp` did not find. */
export async function foresee(site: Site, ready: Ready): Promise<Outcome> {
  const before = (await site.store.history(ready.task.label))?.runs[0];
  const changed = before && changedFields(before.record, ready.record);
  site.emit({ type: "task-would-run", ...subjectOf(ready), ...(changed ? { changed } : {}) });
  return fail({ reason: "would-run", message: `"${ready.task.label}" would run` });
}

/** Runs a task that `lookUp` did not find: waits for a place, then for any other process on the same key. */
export async function perform(site: Site, ready: Ready): Promise<Outcome> {
  let lane: number | undefined, lock: Lock | undefined;
  try {
    site.emit({ type: "task-queued", ...subjectOf(ready), at: site.now() });
    lane = await site.slots.take(ready.rank, site.signal);
    lock = await locked(site, ready.key);
    return await lookUp(site, ready) ?? await runOnce(site, ready, lane);
  } catch (error) {
    return failureOf(site, ready, error);
  } finally {
    await lock?.release();
    if (lane !== undefined) site.slots.leave(lane);
  }
}

async function locked(site: Site, key: Digest): Promise<Lock> {
  for (;;) {
    site.signal.throwIfAborted();
    const lock = await site.store.lock(key);
    if (lock) return lock;
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL));
  }
}

async function runOnce(site: Site, ready: Ready, lane: number): Promise<Outcome> {
  const start = site.now(), subject = subjectOf(ready);
  const changed = await remember(site.store, ready);
  for (const text of longTexts(ready.record, ready.values)) await site.store.putText(text);
  site.emit({ type: "task-start", ...subject, start, lane, ...(changed ? { changed } : {}) });
  try {
    const values = await run(site, ready, lane);
    const ms = Math.round((site.now() - start) * 1000) / 1000;
    await store(site, ready, values, ms);
    site.emit({ type: "task-done", ...subject, start, end: site.now(), lane });
    return { ok: true, values };
  } catch (error) {
    const outcome = failureOf(site, ready, error), end = site.now();
    if (site.signal.aborted) site.emit({ type: "task-cancelled", ...subject, start, end, lane });
    else site.emit({ type: "task-failed", ...subject, start, end, lane, diagnostics: outcome.diagnostics });
    ready.onFailure();
    return outcome;
  }
}

async function run(site: Site, ready: Ready, lane: number): Promise<Values> {
  const { task, values, key } = ready;
  const subject = { label: task.label, task: task.definition.name, key };
  const log = (text: string) => site.emit({ type: "task-log", ...subject, at: site.now(), text });
  const recall = (other: Task) =>
    recalled(site, { ...ready, ...known(other, new Map()), onFailure: () => {} }, lane);
  const parts = { label: task.label, store: site.store, signal: site.signal, log, recall };
  return await withBox(parts, async (box) => {
    const returned = await task.definition.run(values as never, box);
    return checked(task.definition.outputs, returned, `${task.definition.name} outputs`);
  });
}

/** What another task gives, found or made in this lane; when it fails, the task that asks fails, and says so. */
async function recalled(site: Site, ready: Ready, lane: number): Promise<Values> {
  const outcome = await lookUp(site, ready) ?? await runOnce(site, ready, lane);
  return outcome.ok ? outcome.values : refuse(...outcome.diagnostics);
}

/** A task with its inputs and their key, given what it needs came to. */
export function known(
  task: Task,
  needs: ReadonlyMap<Task, Outcome>,
): Pick<Ready, "task" | "values" | "record" | "key"> {
  const { definition } = task;
  const values = checked(definition.inputs, bound(task, needs), `${definition.name} inputs`);
  const record = recordOf(definition, values);
  return { task, values, record, key: keyOf(record) };
}

async function store(site: Site, ready: Ready, values: Values, ms: number): Promise<void> {
  const { key, record, task } = ready;
  const outputs = await encode(site.store, task.definition.outputs, values);
  const before = site.force ? await site.store.entries.get(key) : undefined;
  const unsteady = before ? differing(before.outputs, outputs) : [];
  if (unsteady.length) site.emit({ type: "task-unsteady", ...subjectOf(ready), outputs: unsteady });
  await site.store.entries.set(key, { key, label: task.label, record, outputs, ms });
}

/** Puts a run on top of its label's history; returns the fields that differ from the run before. */
async function remember(store: Store, { task, key, record }: Ready): Promise<readonly string[] | undefined> {
  const before = (await store.history(task.label))?.runs[0];
  if (before?.key !== key) {
    const history: History = { label: task.label, runs: [{ key, record }, ...(before ? [before] : [])] };
    await store.histories.set(labelName(task.label), history);
  }
  return before && changedFields(before.record, record);
}

/** Notes the use of an entry and its objects for `gc`, at most every few minutes. */
async function touch(store: Store, entry: Entry): Promise<void> {
  const place = store.entries.place(entry.key), now = new Date();
  const info = await Deno.stat(place).catch(() => undefined);
  if (!info || now.getTime() - (info.mtime?.getTime() ?? 0) < TOUCH_AFTER) return;
  const objects = filesOf(entry).filter((file) => !file.at).map((file) => store.objects.place(file.digest));
  const used = [place, ...objects];
  await Promise.all(used.map((path) => Deno.utime(path, now, now).catch(() => {})));
}

function failureOf(site: Site, { task }: Ready, error: unknown): Failed {
  if (site.signal.aborted) return fail(cancelled(task.label));
  if (error instanceof Refused) return fail(...error.diagnostics);
  return fail(internal(task, error));
}

/** Told when a task was stopped or never began. */
export function cancelled(label: string): Diagnostic {
  return { reason: "cancelled", message: `Cannot finish "${label}": the build was stopped` };
}

/** What a bug in a task tells the user. */
export function internal(task: Task, error: unknown): Diagnostic {
  const thrown = error instanceof Error ? error : new Error(String(error));
  return {
    reason: "internal",
    message: `Cannot finish "${task.label}": task ${task.definition.name} has a bug: ${thrown.message}`,
    help: "Please report this, with the stack that --json shows.",
    data: { task: task.definition.name, label: task.label, stack: thrown.stack ?? "" },
  };
}

function subjectOf({ task, key }: Ready) {
  return { label: task.label, task: task.definition.name, key };
}
