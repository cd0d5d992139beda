/**
 * Outputs between the three forms they have: what `run` returned, what the store keeps, what a caller gets.
 *
 * @module
 */
import { canonicalJson } from "../base/mod.ts";
import { type Entry, filesOf, type Stored } from "./entries.ts";
import { type File, isFile } from "./file.ts";
import { type Kind, type Kinds, plain } from "./kinds.ts";
import type { Store } from "./store.ts";

/** Fields by name, of kinds known elsewhere. */
export type Values = Readonly<Record<string, unknown>>;

/** Longest value, in characters, that an entry holds itself. */
const INLINE = 4000;

/** Inputs or outputs as the declared kinds want them; anything else is a bug of the task or its caller. */
export function checked(kinds: Kinds, values: Values, of: string): Values {
  const extra = Object.keys(values).find((name) => !(name in kinds));
  if (extra !== undefined) throw new TypeError(`Cannot use ${of}.${extra}: no such field is declared`);
  const pairs = Object.entries(kinds).map(([name, kind]) => {
    return [name, checkedValue(kind, values[name], `${of}.${name}`)] as const;
  });
  return Object.fromEntries(pairs);
}

function checkedValue(kind: Kind, value: unknown, path: string): unknown {
  if (kind === "json") return plain(value, path);
  if (kind === "text" && typeof value === "string") return value;
  if (kind === "file" && isFile(value)) return value;
  if (kind === "files" && isFiles(value)) return sorted(value);
  throw new TypeError(`Cannot use ${path}: expected "${kind}", found ${describe(value)}`);
}

function isFiles(value: unknown): value is Readonly<Record<string, File>> {
  return typeof value === "object" && value !== null && Object.values(value).every(isFile);
}

/** Files in the order of their names, so that no order of insertion reaches a task. */
function sorted(files: Readonly<Record<string, File>>): Readonly<Record<string, File>> {
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function describe(value: unknown): string {
  return value === undefined
    ? "nothing"
    : Array.isArray(value)
    ? "an array"
    : `a value of type ${typeof value}`;
}

/** Stores what `run` returned. */
export async function encode(store: Store, kinds: Kinds, values: Values): Promise<Entry["outputs"]> {
  const pairs = await Promise.all(
    Object.entries(kinds).map(async ([name, kind]) =>
      [name, await stored(store, kind, values[name])] as const
    ),
  );
  return Object.fromEntries(pairs);
}

async function stored(store: Store, kind: Kind, value: unknown): Promise<Stored> {
  switch (kind) {
    case "file":
      return { kind, file: value as File };
    case "files":
      return { kind, files: value as Readonly<Record<string, File>> };
    case "text": {
      const text = value as string;
      return text.length <= INLINE
        ? { kind: "value", value }
        : { kind: "long-text", file: await store.putText(text) };
    }
    default: {
      const text = canonicalJson(value);
      return text.length <= INLINE
        ? { kind: "value", value }
        : { kind: "long-json", file: await store.putText(text) };
    }
  }
}

/** What a caller gets for an entry; nothing when some of it is missing or damaged. */
export async function decode(store: Store, entry: Entry): Promise<Values | undefined> {
  const there = await Promise.all(filesOf(entry).map((file) => store.has(file)));
  if (!there.every(Boolean)) return undefined;
  const values: Record<string, unknown> = {};
  for (const [name, output] of Object.entries(entry.outputs)) {
    const value = await loaded(store, output);
    if (value === undefined) return undefined;
    values[name] = value;
  }
  return values;
}

async function loaded(store: Store, output: Stored): Promise<unknown> {
  switch (output.kind) {
    case "file":
      return output.file;
    case "files":
      return output.files;
    case "value":
      return output.value;
    default: {
      if (await store.objects.open(output.file) === undefined) return undefined;
      const text = await store.readText(output.file);
      return output.kind === "long-text" ? text : JSON.parse(text);
    }
  }
}

/** Names of outputs that differ between two entries of one key. */
export function differing(a: Entry["outputs"], b: Entry["outputs"]): readonly string[] {
  return Object.keys(a).filter((name) => contentOf(a[name]) !== contentOf(b[name]));
}

/** An output's content, without where external files lie. */
function contentOf(output: Stored | undefined): string {
  return JSON.stringify(output, (name, value: unknown) => (name === "at" ? undefined : value)) ?? "";
}

/** The files among inputs or outputs. */
export function filesAmong(kinds: Kinds, values: Values): readonly File[] {
  return Object.entries(kinds).flatMap(([name, kind]) => {
    if (kind === "file") return [values[name] as File];
    return kind === "files" ? Object.values(values[name] as Readonly<Record<string, File>>) : [];
  });
}
