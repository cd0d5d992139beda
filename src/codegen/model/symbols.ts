/**
 * Names in the model's C file.
 *
 * @module
 */
import { type Expr, type Pred, printC, printPredC } from "../../ir/expr/mod.ts";

/** C variable of a symbolic size. */
export function symbolName(name: string): string {
  return `d_${name.replace(/[^A-Za-z0-9_]/g, "_")}`;
}

/** C text of an expression over symbols. */
export function sizeText(e: Expr): string {
  return printC(e, symbolName);
}

/** C text of a condition on symbols. */
export function conditionText(p: Pred): string {
  return printPredC(p, symbolName);
}

/** A C string literal; anything but printable ASCII as octal escapes. */
export function cString(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let out = "";
  for (const b of bytes) {
    const c = String.fromCharCode(b);
    if (c === '"' || c === "\\") out += `\\${c}`;
    else if (c === "?") out += "\\?";
    else if (b >= 32 && b < 127) out += c;
    else out += `\\${b.toString(8).padStart(3, "0")}`;
  }
  return `"${out}"`;
}
