/** The part of `@std/fs` that this project uses. */

/** Makes a folder with its parents; an existing one is fine. */
export async function ensureDir(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
}
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
/** All files below `root`, sorted by path, depth first. */
export async function* walkFiles(root: string): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(root));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = `${root}/${entry.name}`;
    if (entry.isDirectory) yield* walkFiles(path);
    else if (entry.isFile) yield path;
  }
}
