/**
 * The entry of a process that runs models for another one: a job as JSON on each line of its input, an answer on each
 * line of its output, in order. It ends with its input.
 *
 * `deno run --allow-ffi --allow-read --allow-write src/run/worker.ts`
 *
 * @module
 */
import { type Job, type JobAnswer, runJob } from "./job.ts";

/** A job with the number that its answer repeats. */
interface Request extends Job {
  readonly id: number;
}

async function answerTo(line: string): Promise<JobAnswer> {
  let id = -1;
  try {
    const request: Request = JSON.parse(line);
    id = request.id;
    const result = await runJob(request);
    return result.ok ? { ok: true, id, ...result.value } : { ok: false, id, diagnostics: result.diagnostics };
  } catch (error) {
    const message = `Cannot do the job: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, id, diagnostics: [{ reason: "internal", message }] };
  }
}

/** Serves until `input` ends. */
export async function serve(
  input: ReadableStream<Uint8Array<ArrayBuffer>>,
  answer: (line: string) => void,
): Promise<void> {
  let text = "";
  for await (const piece of input.pipeThrough(new TextDecoderStream())) {
    const lines = (text + piece).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) if (line.trim()) answer(`${JSON.stringify(await answerTo(line))}\n`);
  }
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  await serve(Deno.stdin.readable, (line) => {
    const data = encoder.encode(line);
    for (let at = 0; at < data.length;) at += Deno.stdout.writeSync(data.subarray(at));
  });
}
