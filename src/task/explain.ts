/**
 * Answers from records: what a key stands for, and why a task ran again.
 *
 * @module
 */
import type { Digest } from "../base/mod.ts";
import { type Change, changesBetween, printBlob, printField } from "./difference.ts";
import type { Entry, Stored } from "./entries.ts";
import type { KeyRecord } from "./fingerprint.ts";
import type { Store } from "./store.ts";

/** What is known about a key. Outputs are absent when the task failed, or when they were collected. */
export interface Explanation {
  readonly key: Digest;
  readonly label: string;
  readonly record: KeyRecord;
  readonly outputs?: Entry["outputs"];
  readonly ms?: number;
}

/** Why a task ran again under a label. */
export interface Rebuild {
  readonly label: string;
  readonly task: string;
  readonly after: Digest;
  /** Absent when it ran for the first time. */
  readonly before?: Digest;
  readonly changes: readonly Change[];
}

/** What a key stands for. The first digits of the key are enough when they fit only one. */
export async function explain(store: Store, key: string): Promise<Explanation | undefined> {
  for await (const found of explanations(store)) {
    if (found.key.startsWith(key)) return found;
  }
  return undefined;
}

/** Everything known, newest kept form first: entries, then records of runs that left no entry. */
async function* explanations(store: Store): AsyncGenerator<Explanation> {
  for await (const entry of store.entries.all()) yield entry;
  for await (const { label, runs } of store.histories.all()) {
    for (const run of runs) yield { label, ...run };
  }
}

/** The labels under which tasks ran, sorted. */
export async function labels(store: Store): Promise<readonly string[]> {
  return (await Array.fromAsync(store.histories.all(), ({ label }) => label)).sort();
}

/** What differs between the last two records under a label; nothing when the label is unknown. */
export async function whyRebuilt(store: Store, label: string): Promise<Rebuild | undefined> {
  const [after, before] = (await store.history(label))?.runs ?? [];
  if (!after) return undefined;
  const found = { label, task: after.record.task, after: after.key };
  if (!before) return { ...found, changes: [] };
  const changes = await changesBetween(before.record, after.record, async (file) => {
    return await store.objects.open(file) ? await store.readText(file) : undefined;
  });
  return { ...found, before: before.key, changes };
}

/** An explanation as text: one line an input, one an output. */
export function printExplanation(found: Explanation): string {
  const { record, label, key, ms } = found;
  const inputs = Object.entries(record.inputs).map(([name, field]) => [name, printField(field)] as const);
  const outputs = Object.entries(found.outputs ?? {}).map(([name, output]) => {
    return [`→ ${name}`, printOutput(output)] as const;
  });
  const rows = [...inputs, ...outputs], width = Math.max(0, ...rows.map(([name]) => name.length));
  const took = ms === undefined ? "nothing stored" : `took ${Math.round(ms)} ms`;
  return [
    `${label}: ${record.task} version ${record.version}, key ${key.slice(0, 12)}, ${took}`,
    ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`),
  ].join("\n");
}

function printOutput(output: Stored): string {
  if (output.kind === "value") return printField({ kind: "json", value: output.value });
  if (output.kind === "files") return printField({ kind: "files", files: output.files });
  return printBlob(output.file);
}

/** The reasons as text: `flags.opt: 1 → 3`. */
export function printRebuild(found: Rebuild): string {
  if (!found.before) return `${found.label}: ${found.task} ran for the first time`;
  const lines = found.changes.map(({ path, before, after }) => {
    return `  ${path}: ${before ?? "(absent)"} → ${after ?? "(absent)"}`;
  });
  return [`${found.label}: ${found.task} ran again, because these changed`, ...lines].join("\n");
}
