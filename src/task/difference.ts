/**
 * Which fields of two records differ, and how, down to the paths inside JSON.
 *
 * @module
 */
import { canonicalJson } from "../base/mod.ts";
import type { Blob, Field, KeyRecord } from "./fingerprint.ts";

/** One difference between two records; a missing side is absent. */
export interface Change {
  /** `flags.opt`, `sources/k_3.c`, `version`, … */
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

/** The text of an object of the store, if it is still there. */
export type ReadText = (file: Blob) => Promise<string | undefined>;

/** Names of what differs, without details. */
export function changedFields(before: KeyRecord, after: KeyRecord): readonly string[] {
  const fields = namesOf(before.inputs, after.inputs);
  const changed = fields.filter((name) => differ(before.inputs[name], after.inputs[name]));
  const own = (["task", "version", "outputs"] as const).filter((name) => differ(before[name], after[name]));
  return [...own, ...changed];
}

/** Every difference, with the values on both sides. */
export async function changesBetween(
  before: KeyRecord,
  after: KeyRecord,
  read: ReadText,
): Promise<readonly Change[]> {
  const own = (["task", "version", "outputs"] as const).flatMap((name) =>
    jsonChanges(name, before[name], after[name])
  );
  const fields = namesOf(before.inputs, after.inputs).map((name) => {
    return fieldChanges(name, before.inputs[name], after.inputs[name], read);
  });
  return [...own, ...(await Promise.all(fields)).flat()];
}

async function fieldChanges(
  path: string,
  before: Field | undefined,
  after: Field | undefined,
  read: ReadText,
): Promise<readonly Change[]> {
  if (!differ(before, after)) return [];
  if (before?.kind === "files" && after?.kind === "files") {
    return filesChanges(path, before.files, after.files);
  }
  const [a, b] = [await valueOf(before, read), await valueOf(after, read)];
  if (a && b && isJson(before) && isJson(after)) return jsonChanges(path, a.value, b.value);
  if (a && b && isText(before) && isText(after)) return textChange(path, String(a.value), String(b.value));
  return [{
    path,
    ...side("before", before && printField(before)),
    ...side("after", after && printField(after)),
  }];
}

function isJson(field: Field | undefined): boolean {
  return field?.kind === "json" || field?.kind === "long-json";
}

function isText(field: Field | undefined): boolean {
  return field?.kind === "text" || field?.kind === "long-text";
}

async function valueOf(field: Field | undefined, read: ReadText): Promise<{ value: unknown } | undefined> {
  if (field?.kind === "json" || field?.kind === "text") return { value: field.value };
  if (field?.kind !== "long-json" && field?.kind !== "long-text") return undefined;
  const text = await read(field);
  if (text === undefined) return undefined;
  return { value: field.kind === "long-text" ? text : JSON.parse(text) as unknown };
}

function filesChanges(
  path: string,
  before: Readonly<Record<string, Blob>>,
  after: Readonly<Record<string, Blob>>,
): readonly Change[] {
  return namesOf(before, after).filter((name) => differ(before[name], after[name])).map((name) => ({
    path: `${path}/${name}`,
    ...side("before", before[name] && printBlob(before[name])),
    ...side("after", after[name] && printBlob(after[name])),
  }));
}

/** The first line that differs says more than two digests. */
function textChange(path: string, before: string, after: string): readonly Change[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  const line = a.findIndex((text, i) => text !== b[i]);
  const at = line < 0 ? a.length : line;
  return [{ path: `${path}:${at + 1}`, ...side("before", a[at]), ...side("after", b[at]) }];
}

/** Differences of two JSON values, by path: `flags.opt`, `flags.list[2]`. */
function jsonChanges(path: string, before: unknown, after: unknown): readonly Change[] {
  if (!differ(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const longest = before.length > after.length ? before : after;
    return longest.flatMap((_, i) => jsonChanges(`${path}[${i}]`, before[i], after[i]));
  }
  if (isObject(before) && isObject(after)) {
    return namesOf(before, after).flatMap((name) =>
      jsonChanges(`${path}.${name}`, before[name], after[name])
    );
  }
  return [{ path, ...side("before", printJson(before)), ...side("after", printJson(after)) }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function printJson(value: unknown): string | undefined {
  return value === undefined ? undefined : canonicalJson(value);
}

/** An input as one line of text. */
export function printField(field: Field): string {
  switch (field.kind) {
    case "json":
    case "text":
      return canonicalJson(field.value);
    case "files":
      return Object.entries(field.files).map(([name, file]) => `${name}: ${printBlob(file)}`).join(", ");
    default:
      return printBlob(field);
  }
}

/** `91ab23cd45ef (2104 bytes)`. */
export function printBlob({ digest, bytes }: Blob): string {
  return `${digest.slice(0, 12)} (${bytes} bytes)`;
}

function side<N extends "before" | "after">(name: N, value: string | undefined): { [K in N]?: string } {
  return value === undefined ? {} : { [name]: value } as { [K in N]?: string };
}

function namesOf(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

function differ(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) !== canonicalJson(b ?? null);
}
