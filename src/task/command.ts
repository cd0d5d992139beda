/**
 * Programs run by tasks: a clean environment, captured output, and a process group that dies as a whole.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";

/** How a program is run. */
export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment: nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs?: number;
  /** Bytes kept of each output stream, 8 MiB by default; the rest is read and dropped. */
  readonly maxOutput?: number;
}

/** How a program ended. A code other than 0 is for the caller to judge. */
export interface CommandOutput {
  readonly code: number;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. When `signal` aborts, its process group is killed and the reason thrown. */
export async function runCommand(
  argv: readonly string[],
  options: CommandOptions & { readonly cwd: string },
  signal: AbortSignal,
): Promise<CommandOutput> {
  signal.throwIfAborted();
  const child = spawn(argv, options), { maxOutput = 8 << 20 } = options;
  const kill = () => killGroup(child);
  let timedOut = false;
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => {
    timedOut = true;
    kill();
  }, options.timeoutMs);
  signal.addEventListener("abort", kill);
  try {
    const texts = [capture(child.stdout, maxOutput), capture(child.stderr, maxOutput)];
    const fed = feed(child.stdin, options.stdin);
    const status = await child.status;
    kill(); // what it left running in the background must not outlive it, or keep its output open
    const [stdout = "", stderr = ""] = await Promise.all(texts);
    await fed;
    signal.throwIfAborted();
    return { code: status.code, signal: status.signal, timedOut, stdout, stderr };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
  }
}

function spawn(argv: readonly string[], options: CommandOptions & { readonly cwd: string }) {
  const [program = "", ...args] = argv;
  try {
    return new Deno.Command(program, {
      args,
      cwd: options.cwd,
      env: { ...options.env },
      clearEnv: true,
      detached: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refuse({
      reason: "command-not-run",
      message: `Cannot run ${program}: ${error.message}`,
      help: "Check that the program is installed and allowed: `aoti doctor` says what is missing.",
      data: { argv, cwd: options.cwd },
    });
  }
}

/**
 * Kills a process and all its descendants that did not leave its group. Groups need unscoped `--allow-run`; with less,
 * the process alone is asked to end, and compilers' drivers take their children along.
 */
function killGroup(child: Deno.ChildProcess): void {
  try {
    Deno.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return endProcess(child);
    if (!(error instanceof Deno.errors.NotFound) && !String(error).includes("ESRCH")) throw error;
  }
}

function endProcess(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch { /* it has ended */ }
}

async function feed(to: WritableStream<Uint8Array>, data: string | Uint8Array | undefined): Promise<void> {
  const writer = to.getWriter();
  try {
    if (data !== undefined) {
      await writer.write(typeof data === "string" ? new TextEncoder().encode(data) : data);
    }
    await writer.close();
  } catch {
    // the program ended without reading all of it, which is its right
  }
}

async function capture(from: ReadableStream<Uint8Array>, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "", left = most;
  for await (const piece of from) {
    if (left <= 0) continue;
    text += decoder.decode(piece.subarray(0, left), { stream: true });
    left -= piece.length;
    if (left <= 0) text += `\n… output after ${most} bytes was dropped`;
  }
  return text + decoder.decode();
}
