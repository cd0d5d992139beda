/**
 * Names in the model's C file.
 *
 * @module
 */
import { type Expr, type Pred, printC, printPredC } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";

/** C variable of a symbolic size. */
export function symbolName(name: string): string {
  return `d_${name.replace(/[^A-Za-z0-9_]/g, "_")}`;
}

/** C variable that points to a buffer. */
export function pointerName(buffer: Buffer): string {
  return `b_${buffer.name.replace(/[^A-Za-z0-9_]/g, "_")}`;
}

/** C text of an expression over symbols. */
export function sizeText(e: Expr): string {
  return printC(e, symbolName);
}

/** C text of a condition on symbols. */
export function conditionText(p: Pred): string {
  return printPredC(p, symbolName);
}

/** Sizes and strides as C array contents. */
export function listText(sizes: readonly Expr[]): string {
  return sizes.length > 0 ? `{${sizes.map(sizeText).join(", ")}}` : "{0}";
}

/** A C expression of this value, nan and infinities too. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return '__builtin_nan("")';
  if (!Number.isFinite(value)) return value > 0 ? "__builtin_inf()" : "-__builtin_inf()";
  return value.toExponential(17);
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
