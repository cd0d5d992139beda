/**
 * JSON as Python writes it, without losing digits: long integers, and bare `Infinity`, `-Infinity`, `NaN`.
 *
 * One pass over the text outside strings counts the nesting and finds what `JSON.parse` would refuse or round; such
 * literals are replaced before parsing, integers by `{"$int": "…"}` and the rest by strings. `exactInt` reads both.
 *
 * @module
 */
import { quote, unreadable } from "./errors.ts";
import type { Int } from "./types.ts";

/** A parsed value whose long integers are `{"$int": digits}`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const MAX_DIGITS = 40;

/** Parses bytes of UTF-8; nesting beyond `depth` is refused before anything is built. */
export function parseJson(bytes: Uint8Array, depth: number): Json {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    unreadable("bad-json", "text that is not UTF-8");
  }
  return parseJsonText(text, depth);
}

/** Parses text; see `parseJson`. */
export function parseJsonText(text: string, depth: number): Json {
  try {
    return JSON.parse(plain(text, depth)) as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    unreadable("bad-json", `text that is not JSON: ${quote(error.message)}`);
  }
}

/** The integer behind a parsed value, or undefined. */
export function exactInt(value: Json | undefined): Int | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const digits = (value as { readonly $int?: Json }).$int;
  if (typeof digits !== "string" || digits.length > MAX_DIGITS || !/^-?\d+$/.test(digits)) return undefined;
  const exact = BigInt(digits), near = Number(exact);
  return Number.isSafeInteger(near) ? near : exact;
}

/** The text with every literal replaced that `JSON.parse` would refuse or round. */
function plain(text: string, maxDepth: number): string {
  const parts: string[] = [];
  let depth = 0, kept = 0;
  for (let i = 0; i < text.length;) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      i = afterString(text, i);
    } else if (c === 0x7b || c === 0x5b) {
      if (++depth > maxDepth) unreadable("bad-json", `values nested more than ${maxDepth} deep`);
      i++;
    } else if (c === 0x7d || c === 0x5d) {
      depth--;
      i++;
    } else if (c === 0x2d || c === 0x49 || c === 0x4e || (c >= 0x30 && c <= 0x39)) {
      const end = afterLiteral(text, i), instead = replacement(text, i, end);
      if (instead !== undefined) {
        parts.push(text.slice(kept, i), instead);
        kept = end;
      }
      i = end;
    } else i++;
  }
  return kept === 0 ? text : parts.join("") + text.slice(kept);
}

function afterString(text: string, start: number): number {
  for (let i = start + 1;;) {
    const quote = text.indexOf('"', i);
    if (quote < 0) return text.length;
    let slashes = 0;
    while (quote - 1 - slashes > start && text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return quote + 1;
    i = quote + 1;
  }
}

/** The end of the run of letters, digits, signs and points that begins at `i`. */
function afterLiteral(text: string, i: number): number {
  for (let end = i + 1;; end++) {
    const c = text.charCodeAt(end);
    const digit = c >= 0x30 && c <= 0x39, letter = (c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a;
    if (!digit && !letter && c !== 0x2e && c !== 0x2b && c !== 0x2d) return end;
  }
}

function replacement(text: string, start: number, end: number): string | undefined {
  if (end - start < 16) {
    const first = text.charCodeAt(start);
    if (first !== 0x49 && first !== 0x4e && first !== 0x2d) return undefined;
    const word = text.slice(start, end);
    return word === "Infinity" || word === "-Infinity" || word === "NaN" ? `"${word}"` : undefined;
  }
  if (end - start > 4096) unreadable("bad-json", `a number of ${end - start} characters`);
  const digits = text.slice(start, end);
  if (!/^-?[1-9]\d*$/.test(digits)) return undefined;
  if (digits.length > MAX_DIGITS) unreadable("bad-json", `an integer of ${digits.length} digits`);
  return `{"$int":"${digits}"}`;
}
