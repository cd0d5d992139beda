/**
 * Commands on chosen cores, and what the machine is.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import type { Machine } from "./lines.ts";

/** The repository. */
export const root = fromFileUrl(new URL("../../", import.meta.url)).replace(/\/$/, "");

/** What a command wrote, and how long it took. */
export interface Captured {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Runs a command to its end, or until `signal` aborts. */
export async function capture(
  command: readonly string[],
  signal?: AbortSignal,
): Promise<Captured> {
  const start = performance.now(), [program = "", ...args] = command;
  const { code, stdout, stderr } = await new Deno.Command(program, { args, ...(signal && { signal }) })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr), seconds: (performance.now() - start) / 1000 };
}

/** Runs a command; its output, or an error that says what it complained about. */
export async function outputOf(command: readonly string[], signal?: AbortSignal): Promise<Captured> {
  const done = await capture(command, signal);
  if (done.code === 0) return done;
  throw new Error(`Cannot go on: ${command.join(" ")} ended with ${done.code}\n${done.stderr.slice(-2000)}`);
}

/** A command of this tool, of the repository at `tree`. */
export function aoti(tree: string, ...words: readonly string[]): readonly string[] {
  return [
    Deno.execPath(),
    "run",
    "-q",
    "-A",
    "--config",
    `${tree}/deno.json`,
    `${tree}/src/cli/main.ts`,
    ...words,
  ];
}

/** The last cores of the machine, one for each thread: interrupts prefer the first ones. */
export function coresFor(threads: number, all = navigator.hardwareConcurrency): string {
  const count = Math.min(threads, all);
  return Array.from({ length: count }, (_, n) => all - count + n).join(",");
}

/** The command on cores of its own, where `taskset` is there. */
export async function pinned(threads: number, command: readonly string[]): Promise<readonly string[]> {
  return (await hasTaskset()) ? ["taskset", "-c", coresFor(threads), ...command] : command;
}

/** Moves this process and its threads to cores of their own, where `taskset` is there. */
export async function pinThis(threads: number): Promise<void> {
  if (await hasTaskset()) await outputOf(["taskset", "-acp", coresFor(threads), String(Deno.pid)]);
}

async function hasTaskset(): Promise<boolean> {
  return await capture(["taskset", "--version"]).then(({ code }) => code === 0, () => false);
}

/** This machine and this state of the repository. */
export async function thisMachine(): Promise<Machine> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const git = await capture(["git", "-C", root, "describe", "--always", "--dirty"]).catch(() => undefined);
  return {
    cpu: /^model name\s*:\s*(.*)$/m.exec(info)?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    commit: git?.stdout.trim() || "unknown",
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    load: Deno.loadavg()[0] ?? 0,
  };
}
