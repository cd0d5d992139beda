/**
 * Folders that are gone when the work in them is, also when someone interrupts it.
 *
 * @module
 */

/** What ends a process from outside, and can be heard. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies readonly Deno.Signal[];

/** Does `work` in an empty folder, and removes it; `stop` aborts, and the process exits with 130, on a signal. */
export async function inScratch<T>(
  prefix: string,
  work: (folder: string, stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix }), stopping = new AbortController();
  const interrupted = () => {
    stopping.abort(new Error("interrupted")); // programs that listen end before their folder does
    remove(folder);
    Deno.exit(130);
  };
  for (const signal of signals) Deno.addSignalListener(signal, interrupted);
  try {
    return await work(folder, stopping.signal);
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, interrupted);
    remove(folder);
  }
}

/** Removes a folder that a program may still be writing to: what appears meanwhile needs another attempt. */
function remove(folder: string, attempts = 5): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (attempts > 1 && !(error instanceof Deno.errors.NotFound)) remove(folder, attempts - 1);
  }
}
