/**
 * One thread against two (or more) of a built library, alone and beside busy processes:
 * `deno run -A tests/bench/threads.ts [--threads=2] [--ms=400] [--rounds=5] [--real-time] LIBRARY INPUT...`,
 * inputs as run.c takes them: `6:32,256` is float32 of 32 by 256.
 *
 * Rounds alternate, so that what else the machine does meets both; each figure is the median over rounds of medians
 * of a run. On a machine with other work: `--real-time` measures the first line under a real-time policy (chrt, for
 * root), as if the machine were idle; for the other lines start the script in a session of its own with a high
 * priority, `setsid sh -c 'echo -15 >/proc/self/autogroup; deno run -A …'` (nice alone counts within a session only).
 *
 * @module
 */
import { join } from "@std/path";
import { inScratch } from "./scratch.ts";

const here = new URL(".", import.meta.url).pathname;
const options = new Map(
  Deno.args.filter((a) => a.startsWith("--")).map((a) => a.slice(2).split("=") as [string, string]),
);
const [library, ...inputs] = Deno.args.filter((a) => !a.startsWith("--"));
if (!library) throw new Error("usage: threads.ts [--threads=2] [--real-time] LIBRARY INPUT...");
const threads = options.get("threads") ?? "2", realTime = options.has("real-time");
const ms = options.get("ms") ?? "400", rounds = Number(options.get("rounds") ?? 5);

await inScratch("aoti_threads_", compare);

/** Prints a line for each number of busy processes, which end with this one. */
async function compare(folder: string, signal: AbortSignal): Promise<void> {
  const program = join(folder, "run");
  const cc = ["-O2", `-I${here}../../runtime/include`, join(here, "run.c"), "-o", program, "-ldl"];
  if (!(await new Deno.Command("cc", { args: cc }).output()).success) {
    throw new Error("run.c does not compile");
  }
  console.log(`median ms of a run          1 thread  ${threads} threads  times as fast`);
  for (const busy of [0, 1, 4]) {
    const others = Array.from({ length: busy }, () => {
      return new Deno.Command("sh", { args: ["-c", "while :; do :; done"], signal }).spawn();
    });
    const one: number[] = [], more: number[] = [];
    for (let round = 0; round < rounds; round++) {
      one.push(await once(program, "1", busy === 0, signal));
      more.push(await once(program, threads, busy === 0, signal));
    }
    others.forEach((o) => o.kill("SIGKILL"));
    await Promise.all(others.map((o) => o.status));
    const [a, b] = [median(one) / 1e6, median(more) / 1e6];
    const columns = [a.toFixed(3).padStart(8), b.toFixed(3).padStart(10), (a / b).toFixed(2).padStart(14)];
    console.log(`${busy} busy processes beside it`.padEnd(27), ...columns);
  }
}

async function once(program: string, count: string, alone: boolean, signal: AbortSignal): Promise<number> {
  const policy = alone && realTime ? ["chrt", "-f", "5"] : [];
  const [command, ...args] = [...policy, program, library!, count, ms, ...inputs];
  const { success, stdout } = await new Deno.Command(command!, { args, stdout: "piped", signal }).output();
  if (!success) throw new Error("the library does not run");
  return Number(new TextDecoder().decode(stdout).split(" ")[1]);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
