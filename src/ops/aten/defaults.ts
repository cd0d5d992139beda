/**
 * Default values of schemas as arguments.
 *
 * @module
 */
import { int } from "../../ir/expr/mod.ts";
import type { ArgValue, SchemaArg } from "./types.ts";

const named: Readonly<Record<string, ArgValue>> = {
  None: { kind: "none" },
  True: { kind: "bool", truth: true },
  False: { kind: "bool", truth: false },
  // at::Reduction
  None_: { kind: "int", expr: int(0) },
  Mean: { kind: "int", expr: int(1) },
  Sum: { kind: "int", expr: int(2) },
  long: { kind: "dtype", dtype: "i64" },
  contiguous_format: { kind: "ignored" },
};

/** The default of `arg` as a value; `undefined` when it has none. */
export function defaultOf(arg: SchemaArg): ArgValue | undefined {
  const text = arg.default;
  if (text === undefined) return arg.type.endsWith("?") ? { kind: "none" } : undefined;
  if (Object.hasOwn(named, text)) return named[text];
  if (/^['"]/.test(text)) return { kind: "string", text: text.slice(1, -1) };
  if (text.startsWith("[")) return listOf(text.slice(1, -1), arg.type);
  if (isList(arg.type)) return listOf(text, arg.type);
  return numberOf(text, arg.type);
}

function isList(type: string): boolean {
  return /\[\d*\]\??$/.test(type);
}

function listOf(text: string, type: string): ArgValue {
  const items = text.split(",").map((item) => item.trim()).filter((item) => item !== "");
  if (type.startsWith("bool")) return { kind: "bools", truths: repeat(items.map((i) => i === "True"), type) };
  if (type.startsWith("float")) return { kind: "floats", floats: repeat(items.map(Number), type) };
  return { kind: "ints", exprs: repeat(items.map((item) => int(Number(item))), type) };
}

/** One item for `int[2]` stands for two. */
function repeat<T>(items: readonly T[], type: string): readonly T[] {
  const count = listLength(type);
  return items.length === 1 && count ? Array.from({ length: count }, () => items[0]!) : items;
}

/** `int[2]` → 2, `int[]` → undefined. */
export function listLength(type: string): number | undefined {
  const digits = /\[(\d+)\]\??$/.exec(type)?.[1];
  return digits ? Number(digits) : undefined;
}

function numberOf(text: string, type: string): ArgValue {
  const isFloat = type.startsWith("float") || /[.e]|inf|nan/.test(text);
  if (isFloat) {
    return { kind: "float", float: text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text) };
  }
  return { kind: "int", expr: int(Number(text)) };
}
