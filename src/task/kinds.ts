/**
 * What a task may declare as inputs and outputs, and the types that `run` sees for each kind.
 *
 * @module
 */
import type { File } from "./file.ts";

declare const carries: unique symbol;

/** The kind "json" that also knows its TypeScript type; at run time just the word. */
export type JsonKind<T> = "json" & { readonly [carries]?: T };

/** `"json"` with a type: `inputs: { flags: json<Flags>() }`. The type is a promise, not a check. */
export function json<T>(): JsonKind<T> {
  return "json" as JsonKind<T>;
}

/** Kinds of input and output. A "json" value is whatever canonical JSON keeps of it. */
export type Kind = "json" | "text" | "file" | "files";

/** Fields by name. */
export type Kinds = Readonly<Record<string, Kind>>;

/** The value of a kind, as `run` receives or returns it. */
export type ValueOf<K extends Kind> = K extends "text" ? string
  : K extends "file" ? File
  : K extends "files" ? Readonly<Record<string, File>>
  : K extends { readonly [carries]?: infer T } ? T
  : never;

/** The values of all fields. */
export type ValuesOf<K extends Kinds> = { readonly [F in keyof K]: ValueOf<K[F]> };

/**
 * The value as canonical JSON keeps it, so that `run` sees exactly what the key saw.
 * Whatever JSON would lose silently (a Map, a function, an instance of a class) is a bug of the caller.
 */
export function plain(value: unknown, path: string): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return plainNumber(value);
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map((item, i) => plain(item, `${path}[${i}]`));
  if (typeof value === "object") return plainObject(value, path);
  throw new TypeError(`Cannot make a key of ${path}: a ${typeof value} is not JSON`);
}

function plainNumber(value: number): unknown {
  if (!Number.isFinite(value)) return String(value);
  return Object.is(value, -0) ? "-0" : value;
}

function plainObject(value: object, path: string): unknown {
  const made = Object.getPrototypeOf(value)?.constructor?.name ?? "Object";
  if (made !== "Object") throw new TypeError(`Cannot make a key of ${path}: a ${made} is not JSON`);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, plain(item, `${path}.${name}`)]));
}
