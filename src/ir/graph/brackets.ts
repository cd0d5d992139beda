/**
 * Brackets, quotes and commas in printed text.
 *
 * @module
 */

/** The bracket that closes each. */
export const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
/** Text in quotes, from where the pattern stands. */
export const quoted = /"(?:[^"\\]|\\.)*"/y;

/** Position of the bracket that closes the one at `start`. */
export function closeOf(text: string, start: number): number | undefined {
  const open: string[] = [];
  for (let at = start; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') at = endOfString(text, at);
    else if (closing[char]) open.push(closing[char]!);
    else if (char === open.at(-1)) {
      open.pop();
      if (open.length === 0) return at;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  quoted.lastIndex = start;
  const found = quoted.exec(text);
  return found ? start + found[0].length - 1 : text.length;
}

/** Parts between commas that stand in no brackets or quotes. */
export function splitList(text: string): string[] {
  if (text.trim() === "") return [];
  const parts: string[] = [];
  let depth = 0, start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') at = endOfString(text, at);
    else if ("([{".includes(char)) depth++;
    else if (")]}".includes(char)) depth--;
    else if (char === "," && depth === 0) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...parts, text.slice(start).trim()];
}
