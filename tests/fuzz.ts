/**
 * Random graphs without end: interpreter = loops = native, many graphs to a library.
 *
 * `deno run -A tests/fuzz.ts SEED COUNT [BATCH] [--optimised] [--levels]`
 *
 * Batches run in processes of their own, so that a crash costs one. Prints a line for each case that differs, with the
 * seed and number that `--case=N` makes it again from, and at last how many ran. `--levels` leaves native runs out.
 *
 * @module
 */
import fc from "fast-check";
import { verifyGraph } from "../src/ir/graph/mod.ts";
import { Batch } from "./rig/native_batch.ts";
import { NativeBench } from "./rig/native_graph.ts";
import { interpreted, looped, type Outcome, problemsOf } from "./rig/outcomes.ts";
import { type RandomCase, randomGraph } from "./rig/random_graph.ts";
import { targetsOf } from "./rig/targets.ts";

const flags = new Set(Deno.args.filter((a) => a.startsWith("--") && !a.includes("=")));
const [seed = 1, count = 200, size = 100] = Deno.args.filter((a) => !a.startsWith("--")).map(Number);
const valueOf = (flag: string) => Deno.args.find((a) => a.startsWith(`--${flag}=`))?.split("=")[1];

function caughtOf(run: () => Outcome): Outcome {
  try {
    return run();
  } catch (error) {
    return { outputs: [], effects: [], failed: (error as Error).stack };
  }
}

/** Cases of one batch; says what differs. */
async function work(batch: number, only?: number): Promise<number> {
  const all = fc.sample(randomGraph(), { numRuns: size, seed: seed * 100_003 + batch });
  const cases = only === undefined ? all : [all[only]!];
  let bad = 0;
  const say = (n: number, problems: readonly string[], c: RandomCase) => {
    if (problems.length === 0) return;
    bad++;
    console.log(
      `BAD seed ${seed} size ${size} batch ${batch} case ${only ?? n}\n  ${
        problems.join("\n  ").slice(0, 2000)
      }`,
    );
    if (only !== undefined) {
      console.log(String((c as unknown as Record<symbol, () => string>)[fc.toStringMethod]!()));
    }
  };
  const wanted = cases.map((c, n) => {
    try {
      const outcome = interpreted(c);
      say(
        n,
        [...verifyGraph(c.graph).map((d) => d.message), ...problemsOf(c, outcome, looped(c), "loops")],
        c,
      );
      return outcome;
    } catch (error) {
      say(n, [`levels: ${(error as Error).stack}`], c);
    }
  });
  if (flags.has("--levels")) return bad;
  await using bench = await NativeBench.open({ debug: true });
  const targets = targetsOf(bench.shop.native), target = targets[batch % targets.length]!;
  const folder = valueOf("keep") ?? await Deno.makeTempDir({ dir: bench.folder });
  using library = await Batch.open(bench.shop, cases, { target, debug: !flags.has("--optimised"), folder });
  for (const [n, c] of cases.entries()) {
    if (!wanted[n]) continue;
    console.log(`at ${n}`);
    say(n, problemsOf(c, wanted[n]!, caughtOf(() => library.run(n, c.inputs)), `native ${target.march}`), c);
  }
  return bad;
}

async function main(): Promise<void> {
  const batch = valueOf("batch"), only = valueOf("case");
  if (batch !== undefined) {
    const bad = await work(Number(batch), only === undefined ? undefined : Number(only));
    return console.log(`done ${bad}`);
  }
  const script = new URL(import.meta.url).pathname;
  let ran = 0, bad = 0;
  for (let n = 0; n * size < count; n++) {
    const args = ["run", "-A", "-q", script, String(seed), "0", String(size), `--batch=${n}`, ...flags];
    const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), { args }).output();
    const lines = new TextDecoder().decode(stdout).split("\n"),
      done = lines.find((l) => l.startsWith("done "));
    lines.filter((l) => /^(BAD| {2})/.test(l)).forEach((l) => console.log(l));
    ran += done ? size : 0;
    bad += done ? Number(done.slice(5)) : 1;
    if (done) continue;
    const last = lines.findLast((l) => l.startsWith("at "));
    console.log(
      `CRASH seed ${seed} size ${size} batch ${n} ${last} code ${code}\n  ${
        new TextDecoder().decode(stderr).slice(-3000)
      }`,
    );
  }
  console.log(`${ran} graphs ran, ${bad} bad`);
}

if (import.meta.main) await main();
