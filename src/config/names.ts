/**
 * Names of models: each becomes a folder, a file, a C identifier and a TypeScript export.
 *
 * @module
 */
import { basename } from "@std/path";

const reserved = new Set(
  ("await break case catch class const continue debugger default delete do else enum export extends false finally " +
    "for function if implements import in instanceof interface let new null package private protected public " +
    "return static super switch this throw true try typeof var void while with yield eval arguments").split(
      " ",
    ),
);
const devices = /^(con|prn|aux|nul|com\d|lpt\d)$/i; // file names that Windows keeps for itself

/** Why a word cannot name a model, if so. */
export function nameProblem(name: string): string | undefined {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    return "a model's name becomes a file and an identifier: expected letters, digits and _, not starting with a digit";
  }
  if (name.length > 64) {
    return "a model's name becomes a file and an identifier: expected at most 64 characters";
  }
  if (reserved.has(name)) return "a model's name becomes an identifier, and this is a reserved word";
  if (devices.test(name)) return "a model's name becomes a file, and Windows keeps this name for a device";
  return undefined;
}

/** Names that would share a folder where file systems ignore case. */
export function clashes(names: readonly string[]): readonly string[] {
  const first = new Map<string, string>();
  return names.filter((name) => {
    const seen = first.get(name.toLowerCase());
    if (seen === undefined) first.set(name.toLowerCase(), name);
    return seen !== undefined;
  });
}

/** A model name for an archive file: `resnet-18.pt2` gives `resnet_18`. */
export function nameForFile(path: string): string {
  const stem = basename(path).replace(/\.[^.]*$/, "").replace(/\W/g, "_").slice(0, 60);
  const name = /^[A-Za-z_]/.test(stem) ? stem : `m_${stem}`;
  return nameProblem(name) ? `${name}_` : name;
}
