/**
 * `build --watch` and `dev`: runs a build again whenever a file that it read changes.
 *
 * @module
 */
import { dirname } from "@std/path";
import type { ResolvedConfig } from "../config/mod.ts";
import type { Context } from "./command.ts";

/** One round: what it ended with, and the files to look at until the next. */
export type Round = (
  context: Context,
  revision: number,
) => Promise<{ code: number; inputs: readonly string[] }>;

/** Files that a config's models are made of, with the config itself. */
export function watchedFiles({ configPath, models }: ResolvedConfig): readonly string[] {
  const sources = models.flatMap(({ source, ops }) => [
    source.kind === "exported" ? source.path : undefined,
    ...Object.values(ops).filter((given) => typeof given === "string"),
  ]);
  return [configPath, ...sources].filter((path) => path !== undefined);
}

/** Milliseconds without further changes before a new round: editors and exporters write in several steps. */
const SETTLE = 100;

/** Rounds until the signal is aborted, which is the usual end: exit code 130 like any interrupted command. */
export async function watch(context: Context, round: Round): Promise<number> {
  const { signal, cwd } = context.world;
  let known: readonly string[] = [];
  for (let revision = 1; !signal.aborted; revision++) {
    const { inputs } = await round(context, revision);
    if (inputs.length > 0) known = inputs; // a broken config: look at what the last good one read
    context.output.note("waiting for changes\n");
    await changed(known, cwd, signal);
  }
  return 130;
}

/** Settles when one of `files` (anything in `cwd`, when none is known) has changed and come to rest. */
async function changed(files: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const folders = files.length > 0 ? [...new Set(files.map((file) => dirname(file)))] : [cwd];
  const watcher = Deno.watchFs(folders, { recursive: false });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = once(() => watcher.close());
  signal.addEventListener("abort", close);
  for await (const event of watcher) {
    const isOurs = files.length === 0 || event.paths.some((path) => files.includes(path));
    if (event.kind === "access" || !isOurs) continue;
    clearTimeout(timer);
    timer = setTimeout(close, SETTLE);
  }
  clearTimeout(timer);
  signal.removeEventListener("abort", close);
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
