/**
 * Where in the config's text a place of its value probably stands: each key is looked for behind the one before.
 * A guess for the reader's eye: configs are programs, so a value may come from anywhere.
 *
 * @module
 */
import type { Place } from "../base/mod.ts";
import type { ConfigPath, Locate } from "./messages.ts";

/** A `Locate` for one config file; without text it knows the file only. */
export function locator(file: string | undefined, text: string | undefined): Locate {
  if (file === undefined) return () => ({});
  return (path) => ({ file, ...(text === undefined ? {} : position(text, path)) });
}

function position(text: string, path: ConfigPath): Pick<Place, "line" | "column"> {
  const code = blankComments(text);
  let from = 0, at = -1;
  for (const key of path.map(String)) {
    if (/^\d+$/.test(key)) break; // an index or an axis: the list itself is near enough
    const quoted = key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const found = new RegExp(`(?<![\\w$.])["']?${quoted}["']?\\s*[:,(}]`, "g");
    found.lastIndex = from;
    const match = found.exec(code);
    if (!match) break; // a key that is missing: its parent
    [at, from] = [match.index, match.index + key.length];
  }
  if (at < 0) return {};
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** The text with comments turned into spaces, so that positions stay. */
function blankComments(text: string): string {
  const token = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(token, (part) => part.startsWith("/") ? part.replace(/[^\n]/g, " ") : part);
}
