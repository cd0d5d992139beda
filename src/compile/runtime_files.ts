/**
 * The runtime's own sources and headers, which lie beside this tool, as files of a build.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { fail, ok, type Result, unwrap } from "../base/mod.ts";
import type { Engine, File } from "../task/mod.ts";

/** The runtime as inputs of tasks. */
export interface RuntimeFiles {
  /** By the name that `#include` uses: `aoti/kernel/vec.h`. */
  readonly headers: Readonly<Record<string, File>>;
  /** `runtime/src`, .c and .h, by file name. */
  readonly sources: Readonly<Record<string, File>>;
  /** Which headers a header includes itself. */
  readonly includes: Readonly<Record<string, readonly string[]>>;
}

/** Reads the folder `runtime/` of this tool, or of `root`. */
export async function runtimeFiles(
  engine: Pick<Engine, "importFile">,
  root: URL = new URL("../../runtime/", import.meta.url),
): Promise<Result<RuntimeFiles>> {
  if (root.protocol !== "file:") {
    return fail({
      reason: "runtime-remote",
      message: `Cannot read the runtime from ${root.href}: it must lie on this machine`,
      help: "Install the tool into a folder (git clone, deno vendor) and run it from there.",
    });
  }
  const headers = list(new URL("include/", root), [".h"]),
    sources = list(new URL("src/", root), [".c", ".h"]);
  const read = async (base: string, names: readonly string[]) => {
    const files = await Promise.all(
      names.map((name) => engine.importFile(fromFileUrl(new URL(base + name, root)))),
    );
    return Object.fromEntries(names.map((name, i) => [name, unwrap(files[i]!)]));
  };
  const includes = headers.map((name) => {
    return [name, includedBy(Deno.readTextFileSync(new URL(`include/${name}`, root)))] as const;
  });
  return ok({
    headers: await read("include/", headers),
    sources: await read("src/", sources),
    includes: Object.fromEntries(includes.map(([name, found]) => [name, resolved(name, found, headers)])),
  });
}

function list(folder: URL, endings: readonly string[], below = ""): readonly string[] {
  const names = [...Deno.readDirSync(new URL(below, folder))].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return list(folder, endings, `${below}${name}/`);
    return endings.some((ending) => name.endsWith(ending)) ? [below + name] : [];
  });
  return names.sort();
}

/** Names that a text includes; conditions are not looked at, so it may be more than the compiler reads. */
function includedBy(text: string): readonly string[] {
  return [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)[">]/gm)].map((found) => found[1]!);
}

function resolved(name: string, found: readonly string[], known: readonly string[]): readonly string[] {
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  return found.flatMap((other) => [folder + other, other].filter((path) => known.includes(path)));
}

/** The headers that a text can reach: an edit of another one leaves its object alone. */
export function headersOf(text: string, runtime: RuntimeFiles): Readonly<Record<string, File>> {
  const reached = new Set<string>(), open = [...includedBy(text)];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name) || !runtime.headers[name]) continue;
    reached.add(name);
    open.push(...runtime.includes[name] ?? []);
  }
  return Object.fromEntries([...reached].sort().map((name) => [name, runtime.headers[name]!]));
}
