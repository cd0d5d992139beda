/**
 * Names of the user's made into identifiers of C and TypeScript, each of them once.
 *
 * @module
 */

const reserved = new Set(
  (
    "auto break case char const continue default do double else enum extern float for goto if int long register " +
    "return short signed sizeof static struct switch typedef union unsigned void volatile while class delete new " +
    "this namespace template public private protected virtual operator friend using try catch throw bool true false " +
    "function var let in of typeof instanceof import export null undefined arguments eval await async yield constructor"
  ).split(" "),
);

/** An identifier from any text: `layers.0/w` gives `layers_0_w`. */
export function identifier(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9_]+/g, "_").replace(/^_+(?=.)|_+$/g, "") || "unnamed";
  return /^\d/.test(plain) || reserved.has(plain) ? `_${plain}` : plain;
}

/** Identifiers for a list of names, in order; repeated ones get a number. */
export function identifiers(names: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return names.map((name) => {
    const base = identifier(name);
    let found = base;
    for (let n = 2; used.has(found); n++) found = `${base}_${n}`;
    used.add(found);
    return found;
  });
}

/** `mlp_mixer` gives `MlpMixer`. */
export function className(text: string): string {
  const parts = identifier(text).split("_").filter(Boolean);
  const joined = parts.map((part) => part[0]!.toUpperCase() + part.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : `Model${joined}`;
}

/** A comment's line must not end the comment. */
export function commentText(text: string): string {
  return text.replaceAll("*/", "* /").replaceAll(/[\r\n]+/g, " ");
}
