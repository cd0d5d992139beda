/**
 * Small decoders for the hot part of a program's JSON: each takes a parsed value and gives a typed one, or throws a
 * `Misshapen` that gathers its path on the way out. Nothing is allocated for paths while all is well.
 *
 * @module
 */
import { type DType, fromExported } from "../../base/mod.ts";
import { quote } from "./errors.ts";
import { exactInt, type Json } from "./json.ts";
import type { Int } from "./types.ts";

/** A value of the wrong shape; `path` leads to it from the root. */
export class Misshapen extends Error {
  path = "";
  constructor(readonly found: string) {
    super(found);
  }
}

export type Decode<T> = (value: Json | undefined) => T;
export type JsonObject = { readonly [key: string]: Json };

/** Leaves with what was wanted and what is there. */
export function misshapen(wanted: string, value: Json | undefined): never {
  throw new Misshapen(`${show(value)} instead of ${wanted}`);
}

export function object(value: Json | undefined): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  misshapen("an object", value);
}

/** Decodes field `key`; absent fields reach the decoder as undefined. */
export function field<T>(from: JsonObject, key: string, decode: Decode<T>): T {
  try {
    return decode(Object.hasOwn(from, key) ? from[key] : undefined);
  } catch (error) {
    if (error instanceof Misshapen) error.path = `.${key}${error.path}`;
    throw error;
  }
}

/** A decoder of arrays. */
export function list<T>(decode: Decode<T>): Decode<T[]> {
  return (value) => {
    if (!Array.isArray(value)) misshapen("a list", value);
    const out: T[] = [];
    for (let i = 0; i < value.length; i++) {
      try {
        out.push(decode(value[i]));
      } catch (error) {
        if (error instanceof Misshapen) error.path = `[${i}]${error.path}`;
        throw error;
      }
    }
    return out;
  };
}

/** A decoder of objects whose keys are data. */
export function map<T>(decode: Decode<T>): Decode<Map<string, T>> {
  return (value) => {
    const from = object(value), out = new Map<string, T>();
    for (const key of Object.keys(from)) out.set(key, field(from, key, decode));
    return out;
  };
}

/** Null and absent become null: older files omit what newer ones write as null. */
export function optional<T>(decode: Decode<T>): Decode<T | null> {
  return (value) => (value === undefined || value === null ? null : decode(value));
}

/** Absent becomes `otherwise`. */
export function defaulted<T>(decode: Decode<T>, otherwise: () => T): Decode<T> {
  return (value) => (value === undefined || value === null ? otherwise() : decode(value));
}

/** A decoder of `{"tag": payload}` by a table of tags. */
export function union<T>(what: string, variants: ReadonlyMap<string, Decode<T>>): Decode<T> {
  return (value) => {
    const from = object(value), keys = Object.keys(from), tag = keys[0];
    if (tag === undefined || keys.length !== 1) misshapen(`${what} of one tag`, value);
    const decode = variants.get(tag);
    if (!decode) throw new Misshapen(`the unknown kind ${quote(tag)} of ${what}`);
    return field(from, tag, decode);
  };
}

export function string(value: Json | undefined): string {
  if (typeof value === "string") return value;
  misshapen("text", value);
}

export function boolean(value: Json | undefined): boolean {
  if (typeof value === "boolean") return value;
  misshapen("true or false", value);
}

/** An integer without loss. */
export function int(value: Json | undefined): Int {
  const exact = exactInt(value);
  if (exact === undefined) misshapen("an integer", value);
  return exact;
}

/** An integer within 2^53. */
export function smallInt(value: Json | undefined): number {
  const exact = exactInt(value);
  if (typeof exact !== "number") misshapen("an integer below 2^53", value);
  return exact;
}

/** A float; non-finite ones are text. */
export function float(value: Json | undefined): number {
  if (typeof value === "number") return value;
  if (value === "Infinity" || value === "-Infinity" || value === "NaN") return Number(value);
  const exact = exactInt(value);
  if (exact === undefined) misshapen("a number", value);
  return Number(exact);
}

const dtypes: readonly (DType | undefined)[] = Array.from({ length: 64 }, (_, n) => fromExported(n));

/** An element type by its number in the export. */
export function dtype(value: Json | undefined): DType {
  const found = typeof value === "number" ? dtypes[value] : undefined;
  if (!found) throw new Misshapen(`the unknown element type ${show(value)}`);
  return found;
}

/** A decoder of enumerations by position in `names`. */
export function named<T extends string>(what: string, names: readonly T[]): Decode<T> {
  return (value) => {
    const name = typeof value === "number" ? names[value] : undefined;
    if (name === undefined) throw new Misshapen(`the unknown ${what} ${show(value)}`);
    return name;
  };
}

function show(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "string") return `text ${quote(value)}`;
  if (typeof value === "object" && value !== null) {
    return `an object with ${quote(Object.keys(value).slice(0, 4).join(", "))}`;
  }
  return String(value);
}
