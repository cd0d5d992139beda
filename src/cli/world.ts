/**
 * Everything outside the process that a command may touch, handed in at the edge so that tests need none of it.
 *
 * @module
 */

/** What another program answered. */
export interface Answer {
  readonly code: number;
  readonly text: string;
}

/** The edge of the process. */
export interface World {
  readonly cwd: string;
  readonly cores: number;
  /** True when stderr is a terminal that lines can be redrawn on. */
  readonly terminal: boolean;
  readonly columns: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  env(name: string): string | undefined;
  out(text: string): void;
  err(text: string): void;
  /** Milliseconds from some moment. */
  now(): number;
  stdin(): Promise<string>;
  /** Runs a program for its first words; nothing where it is absent or not permitted. */
  ask(program: string, args: readonly string[]): Promise<Answer | undefined>;
  /** A small text file; nothing where it is absent or not permitted. */
  readText(path: string): string | undefined;
  /** What this process may do: the state of a permission. */
  may(permission: Deno.PermissionDescriptor): boolean;
}

/** The world of this process. `signal` comes from `interrupted()`. */
export function realWorld(signal: AbortSignal): World {
  const encoder = new TextEncoder();
  return {
    cwd: Deno.cwd(),
    cores: navigator.hardwareConcurrency,
    terminal: Deno.stderr.isTerminal(),
    columns: columns(),
    signal,
    env,
    out: (text) => writeAll(Deno.stdout, encoder.encode(text)),
    err: (text) => writeAll(Deno.stderr, encoder.encode(text)),
    now: () => performance.now(),
    stdin: () => new Response(Deno.stdin.readable).text(),
    ask,
    readText,
    may: (permission) => Deno.permissions.querySync(permission).state === "granted",
  };
}

/** Aborts at the first Ctrl-C; at the second, the process ends as the shell expects. */
export function interrupted(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) Deno.exit(130);
    controller.abort(new DOMException("interrupted", "AbortError"));
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, stop);
  return controller.signal;
}

function env(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

function writeAll(to: { writeSync(data: Uint8Array): number }, data: Uint8Array): void {
  try {
    for (let rest = data; rest.length > 0;) rest = rest.subarray(to.writeSync(rest));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error; // `aoti … | head`
  }
}

function columns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80; // not a terminal
  }
}

async function ask(program: string, args: readonly string[]): Promise<Answer | undefined> {
  try {
    const command = new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) || decoder.decode(stderr) };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const types = [
    Deno.errors.NotFound,
    Deno.errors.NotCapable,
    Deno.errors.PermissionDenied,
    Deno.errors.IsADirectory,
  ];
  return types.some((type) => error instanceof type);
}
