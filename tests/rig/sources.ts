/**
 * Reads the project's own sources: files, their text without comments and strings, what they import.
 *
 * @module
 */
import { dirname, join, normalize } from "@std/path";
import { exists, walk } from "@std/fs";

/** One import or re-export of a file. */
export interface Import {
  /** Path of the importing file, from the project's root. */
  readonly from: string;
  /** The path or name as written. */
  readonly written: string;
  /** Path of the imported file from the project's root; absent for names of the import map and node: modules. */
  readonly to?: string;
  readonly line: number;
  /** `static` imports run before the importing file does; types vanish, and `import()` comes later. */
  readonly kind: "static" | "type" | "dynamic";
}

/** Files below the folders with one of these endings, sorted; what git ignores is not looked at. */
export async function filesIn(
  folders: readonly string[],
  endings: readonly string[],
): Promise<readonly string[]> {
  const files: string[] = [];
  for (const folder of folders) {
    if (!await exists(folder)) continue;
    for await (const { path } of walk(folder, { includeDirs: false })) {
      if (endings.some((ending) => path.endsWith(ending)) && !/(^|\/)(build|node_modules)\//.test(path)) {
        files.push(path);
      }
    }
  }
  return files.sort(); // @std/fs walks in the order of the file system
}

const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\n[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\n[])*\/(?=[dgimsuvy]*[\s)\].,;])/g;

/** The text with comments, templates and patterns blanked, and on request quoted texts; lines stay. */
export function codeOf(text: string, quoted: "keep" | "blank" = "blank"): string {
  return text.replace(token, (part) => {
    const isQuoted = part.startsWith('"') || part.startsWith("'");
    return isQuoted && quoted === "keep" ? part : part.replace(/[^\n]/g, " ");
  });
}

const statement = /^[ \t]*(import|export)\s+(type\s+)?([^;"'`]*?\bfrom\s*)?(["'])([^"'\n]+)\4/gm;
const later = /\bimport\(\s*(["'])([^"'\n]+)\1/g;

/** Everything that a file imports, in order. */
export function importsOf(path: string, text: string): readonly Import[] {
  const code = codeOf(text, "keep");
  const lineAt = (index: number) => code.slice(0, index).split("\n").length;
  const found = [...code.matchAll(statement)].filter(([, word, , names]) =>
    word === "import" || names !== undefined
  );
  const first = found.map((match) =>
    make(path, match[5]!, lineAt(match.index), isTypes(match) ? "type" : "static")
  );
  return [
    ...first,
    ...[...code.matchAll(later)].map((match) => make(path, match[2]!, lineAt(match.index), "dynamic")),
  ];
}

function make(from: string, written: string, line: number, kind: Import["kind"]): Import {
  const to = written.startsWith(".") ? normalize(join(dirname(from), written)) : undefined;
  return { from, written, line, kind, ...(to === undefined ? {} : { to }) };
}

/** True for `import type …` and for braces that hold types only. */
function isTypes([, , type, names]: RegExpMatchArray): boolean {
  const inner = /^\{([^}]*)\}\s*from\s*$/.exec(names?.trim() + " ")?.[1];
  if (type !== undefined) return true;
  return inner !== undefined && inner.split(",").map((name) => name.trim()).filter(Boolean).every(isTypeName);
}

function isTypeName(name: string): boolean {
  return /^type\s/.test(name);
}

/** Cycles among nodes, each as the list of its nodes; empty when there are none. */
export function cyclesIn(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const state = new Map<string, "open" | "done">(), cycles: string[][] = [];
  const visit = (node: string, path: readonly string[]) => {
    if (state.get(node) === "done") return;
    if (state.get(node) === "open") return void cycles.push([...path.slice(path.indexOf(node)), node]);
    state.set(node, "open");
    for (const next of edges.get(node) ?? []) visit(next, [...path, node]);
    state.set(node, "done");
  };
  for (const node of edges.keys()) visit(node, []);
  return cycles;
}
