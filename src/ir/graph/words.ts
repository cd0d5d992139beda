/**
 * The small words of printed graphs and loops: names, numbers, shapes, attributes, origins.
 *
 * @module
 */
import { type Expr, type Pred, print, printPred, type Sym } from "../expr/mod.ts";
import type { Num } from "../scalar/mod.ts";
import type { Attr, Origin, TensorType } from "./types.ts";

/** A name as it is, or in quotes where it is no plain word. */
export function printName(name: string): string {
  return /^(?!(?:inf|nan|true|false)$)[A-Za-z_][\w.$]*$/.test(name) ? name : JSON.stringify(name);
}

/** `%x`, or `%"odd name"`. */
export function printRef(of: { readonly name: string }): string {
  return `%${printName(of.name)}`;
}

/** A scalar value: `1.5`, `-0`, `nan`, `-inf`, `7n` for big integers, `true`. */
export function printNum(value: Num): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "boolean") return String(value);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A scalar value, text or nothing: what fixed leaves hold. */
export function printFixed(value: null | Num | string): string {
  return value === null ? "null" : typeof value === "string" ? JSON.stringify(value) : printNum(value);
}

/** `[s0, 4, 2*s1]`. */
export function printDims(dims: readonly (Expr | number)[]): string {
  return `[${dims.map(print).join(", ")}]`;
}

/** `f32[s0, 4]`. */
export function printType(type: TensorType): string {
  return `${type.dtype}${printDims(type.shape)}`;
}

/** `{s0 < 4}`. */
export function printTest(pred: Pred): string {
  return `{${printPred(pred)}}`;
}

/** An attribute: expressions stand in braces, so that text, numbers and shapes are told apart. */
function printAttr(attr: Attr): string {
  if (attr === null || typeof attr !== "object") return printFixed(attr);
  return isExpr(attr) ? `{${print(attr)}}` : `[${attr.map(printAttr).join(", ")}]`;
}

/** True for an expression among attributes. */
export function isExpr(attr: Attr): attr is Expr {
  return attr !== null && typeof attr === "object" && !Array.isArray(attr);
}

/** `{dim: 1, descending: true}`. */
export function printAttrs(attrs: Readonly<Record<string, Attr>>): string {
  const rows = Object.entries(attrs).map(([key, attr]) => `${printName(key)}: ${printAttr(attr)}`);
  return `{${rows.join(", ")}}`;
}

/** `s0 in 1..64`, `u0 unbacked in 0..`, `i in 0.. below 2*s0`. */
export function printSymbol(sym: Sym): string {
  const bound = (n: number) => (Number.isFinite(n) ? String(n) : "");
  return [
    sym.name,
    sym.unbacked ? "unbacked" : "",
    `in ${bound(sym.min)}..${bound(sym.max)}`,
    sym.below ? `below {${print(sym.below)}}` : "",
  ].filter(Boolean).join(" ");
}

/** Fields of an origin after its position, in the order in which they are printed. */
export const originWords = ["node", "target", "module", "code"] as const;

/** `  // model.py:12 node=linear_1 target=aten.linear.default`; nothing where nothing is known. */
export function printOrigin(origin: Origin | undefined): string {
  if (!origin) return "";
  const file = origin.file === undefined ? "" : plain(origin.file, /^[\w./@+-]+$/);
  const line = origin.line === undefined ? "" : `:${origin.line}`;
  const words = originWords.map((key) => [key, origin[key]] as const)
    .map(([key, text]) => text === undefined ? "" : `${key}=${plain(text, /^[\w./@+-]+$/)}`);
  return ["  //", file + line, ...words].filter(Boolean).join(" ");
}

function plain(text: string, pattern: RegExp): string {
  return pattern.test(text) ? text : JSON.stringify(text);
}
