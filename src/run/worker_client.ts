/**
 * A worker process from the outside: jobs one after another, a new process after a crash or when time is up.
 *
 * @module
 */
import { fail, ok, type Result } from "../base/mod.ts";
import type { Job, JobAnswer, JobDone } from "./job.ts";

/** How a worker is started. */
export interface WorkerOptions {
  /** Milliseconds for one job, 60 s by default; then the process is killed. */
  readonly timeoutMs?: number;
  /** The process waits for a debugger, as long as it takes; is told what it says, where to attach first. */
  readonly debug?: (said: string) => void;
}

interface Alive {
  readonly child: Deno.ChildProcess;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly lines: AsyncIterator<string>;
  /** What it wrote to its standard error, of which the end is kept. */
  readonly said: { text: string };
}

const ENTRY = new URL("./worker.ts", import.meta.url);
const KEPT = 4000;

/** One process, started with its first job. Jobs that are given at once wait for one another. */
export class Worker implements AsyncDisposable {
  readonly #timeoutMs: number;
  readonly #debug: WorkerOptions["debug"];
  #alive: Alive | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(options: WorkerOptions = {}) {
    this.#timeoutMs = options.timeoutMs ?? 60_000;
    this.#debug = options.debug;
  }

  /** Does a job. A crash is the answer `model-crashed`, too long a run `model-timeout`; the next job starts anew. */
  async run(job: Job, signal?: AbortSignal): Promise<Result<JobDone>> {
    const turn = this.#last.then(() => this.#run(job, signal));
    this.#last = turn.catch(() => {});
    return await turn;
  }

  async #run(job: Job, signal: AbortSignal | undefined): Promise<Result<JobDone>> {
    signal?.throwIfAborted();
    const alive = this.#alive ??= start(this.#debug), id = this.#count++;
    let timedOut = false;
    const kill = () => kill9(alive.child);
    const timer = this.#debug ? undefined : setTimeout(() => {
      timedOut = true;
      kill();
    }, this.#timeoutMs);
    signal?.addEventListener("abort", kill);
    try {
      const answer = await ask(alive, { ...job, id });
      if (answer) return toResult(answer);
      const { code, signal: by } = await alive.child.status;
      this.#alive = undefined;
      signal?.throwIfAborted();
      if (timedOut) return fail(timeout(job, this.#timeoutMs));
      return fail(crashed(job, by ?? `exit code ${code}`, alive.said.text));
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", kill);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    const alive = this.#alive;
    this.#alive = undefined;
    if (!alive) return;
    await alive.writer.close().catch(() => {});
    await alive.child.status;
    await alive.lines.return?.();
  }
}

function start(debug: WorkerOptions["debug"]): Alive {
  const quiet = debug ? ["--inspect-brk"] : ["-q"]; // a quiet Deno does not say where to attach
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...quiet, "--no-prompt", "--allow-ffi", "--allow-read", "--allow-write", ENTRY.href],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = { text: "" };
  const listen = async () => {
    for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) {
      said.text = (said.text + piece).slice(-KEPT);
      debug?.(piece);
    }
  };
  listen().catch(() => {});
  return { child, writer: child.stdin.getWriter(), lines: linesOf(child.stdout), said };
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (text + piece).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}

/** The answer to one job; undefined when the process ended first. Lines that a model printed are passed over. */
async function ask(alive: Alive, request: Job & { readonly id: number }): Promise<JobAnswer | undefined> {
  const line = new TextEncoder().encode(`${JSON.stringify(request)}\n`);
  await alive.writer.write(line).catch(() => {});
  for (;;) {
    const next = await alive.lines.next();
    if (next.done) return undefined;
    const answer = parse(next.value);
    if (answer?.id === request.id) return answer;
  }
}

function parse(line: string): JobAnswer | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function toResult(answer: JobAnswer): Result<JobDone> {
  if (!answer.ok) return fail(...answer.diagnostics);
  const { ok: _ok, id: _id, ...done } = answer;
  return ok(done);
}

function kill9(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch { /* it has ended */ }
}

function timeout({ dir }: Job, ms: number) {
  return {
    reason: "model-timeout",
    message: `Cannot run the model in ${dir}: it took more than ${ms} ms and was stopped`,
  };
}

function crashed({ dir }: Job, how: string, said: string) {
  return {
    reason: "model-crashed",
    message: `Cannot run the model in ${dir}: its process ended with ${how}`,
    help: "This is a defect of aoti: please report it with the model.",
    data: { stderr: said },
  };
}
