/**
 * A key is first a readable record of what a task declared, and only then a digest of it.
 *
 * @module
 */
import { canonicalJson, type Digest, digestOf, digestOfValue } from "../base/mod.ts";
import type { File } from "./file.ts";
import type { Kind, Kinds } from "./kinds.ts";
import type { TaskDefinition } from "./task.ts";

/** Longest text or JSON that a record shows in full; longer ones are objects of the store. */
const SHOWN = 2000;

/** One input as a record shows it. */
export type Field =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "file"; readonly digest: Digest; readonly bytes: number }
  | { readonly kind: "files"; readonly files: Readonly<Record<string, Blob>> }
  | { readonly kind: "long-json" | "long-text"; readonly digest: Digest; readonly bytes: number };

/** A file as a record names it. */
export interface Blob {
  readonly digest: Digest;
  readonly bytes: number;
}

/** Everything that can change what a task produces; equal records mean equal outputs. */
export interface KeyRecord {
  readonly task: string;
  readonly version: number;
  readonly inputs: Readonly<Record<string, Field>>;
  /** Declared outputs: adding one makes old entries useless even if nobody bumps the version. */
  readonly outputs: Kinds;
}

/** The record of a definition with all inputs known. Values are what `plain` made of them. */
export function recordOf(definition: TaskDefinition, values: Readonly<Record<string, unknown>>): KeyRecord {
  const fields = Object.keys(definition.inputs).sort();
  const inputs = fields.map((name) => [name, fieldOf(definition.inputs[name]!, values[name])] as const);
  const { name: task, version, outputs } = definition;
  return { task, version, inputs: Object.fromEntries(inputs), outputs };
}

/** The digest under which outputs are stored. */
export function keyOf(record: KeyRecord): Digest {
  return digestOfValue(record);
}

function fieldOf(kind: Kind, value: unknown): Field {
  switch (kind) {
    case "file":
      return { kind, ...blobOf(value as File) };
    case "files": {
      const files = Object.entries(value as Readonly<Record<string, File>>);
      return { kind, files: Object.fromEntries(files.map(([name, file]) => [name, blobOf(file)])) };
    }
    case "text":
      return textField(value as string);
    default:
      return jsonField(value);
  }
}

function blobOf({ digest, bytes }: File): Blob {
  return { digest, bytes };
}

function textField(value: string): Field {
  return value.length <= SHOWN ? { kind: "text", value } : { kind: "long-text", ...digestedText(value) };
}

function jsonField(value: unknown): Field {
  const text = canonicalJson(value);
  return text.length <= SHOWN ? { kind: "json", value } : { kind: "long-json", ...digestedText(text) };
}

function digestedText(text: string): Blob {
  const data = new TextEncoder().encode(text);
  return { digest: digestOf(data), bytes: data.length };
}

/** The long texts of a record, which the store keeps so that two records can be compared in full. */
export function longTexts(record: KeyRecord, values: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(record.inputs).flatMap(([name, field]) => {
    if (field.kind === "long-text") return [values[name] as string];
    return field.kind === "long-json" ? [canonicalJson(values[name])] : [];
  });
}
