/** The part of `@std/fs` that this project uses. */

/** True when something exists at `path`. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
/** What `walk` finds. */
export interface WalkEntry extends Deno.DirEntry {
  readonly path: string;
}
/** Everything below `root`, each folder before what it holds, in the order of names. */
export async function* walk(
  root: string,
  options: { readonly includeDirs?: boolean } = {},
): AsyncGenerator<WalkEntry> {
  const entries = await Array.fromAsync(Deno.readDir(root));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = `${root}/${entry.name}`;
    if (!entry.isDirectory || options.includeDirs !== false) yield { ...entry, path };
    if (entry.isDirectory) yield* walk(path, options);
  }
}
