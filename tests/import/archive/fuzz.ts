/**
 * Mutates archives and reads them: every outcome must be an archive or a Diagnostic, soon, with nothing written.
 *
 * `deno run -A tests/import/archive/fuzz.ts --count 10000 --seed 1 DIR_OF_PT2…`
 *
 * @module
 */
import { assert } from "@std/assert";
import { describeArchive, readArchive, readTensor } from "../../../src/import/archive/mod.ts";
import { cpuTarget } from "../../../src/base/mod.ts";
import { importExport } from "../../../src/import/mod.ts";
import { compileGraph } from "../../../src/pipeline/mod.ts";
import { mutate, random } from "./mutate.ts";

/** What became of the mutants, by reason. */
export interface FuzzReport {
  readonly count: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly slowest: number;
}

const MAX_MS = 2000;

/** Reads `count` mutants of the seeds; fails on the first that throws, takes long, or leaves something behind. */
export async function fuzz(seeds: readonly Uint8Array[], count: number, seed: number): Promise<FuzzReport> {
  const folder = Deno.makeTempDirSync(), path = `${folder}/model.pt2`, rng = random(seed);
  const spill = `${folder}/spill`;
  const outcomes: Record<string, number> = {};
  let slowest = 0;
  try {
    for (let i = 0; i < count; i++) {
      const { bytes, how } = mutate(seeds, rng);
      Deno.writeFileSync(path, bytes);
      const spilling = rng() < 0.25;
      if (spilling) Deno.mkdirSync(spill);
      const start = performance.now(),
        outcome = await readMutant(path, spilling ? spill : undefined, `mutant ${i} (${how})`);
      const ms = performance.now() - start;
      assert(ms < MAX_MS, `mutant ${i} (${how}) took ${ms} ms`);
      // What an archive that was read has spilled is the caller's; a refused one leaves nothing.
      if (spilling) Deno.removeSync(spill, { recursive: wasRead(outcome) });
      const left = [...Deno.readDirSync(folder)].length;
      assert(left === 1, `mutant ${i} (${how}) left ${left - 1} files`);
      slowest = Math.max(slowest, ms);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  return { count, outcomes, slowest };
}

/** Reads one mutant and all that is in it. */
/** True when the archive was read, whatever became of it then. */
function wasRead(outcome: string): boolean {
  return outcome === "ok" || outcome === "compiled" || outcome.startsWith("import: ");
}

async function readMutant(path: string, spill: string | undefined, name: string): Promise<string> {
  try {
    const result = await readArchive(path, { spill });
    if (!result.ok) {
      const [diagnostic] = result.diagnostics;
      assert(diagnostic && diagnostic.message.startsWith(`Cannot read "${path}"`), "expected a message");
      return diagnostic.reason;
    }
    JSON.stringify(describeArchive(result.value));
    for (const { weights, constants } of result.value.programs.values()) {
      for (const entry of [...weights.values(), ...constants.values()]) {
        await readTensor(result.value, entry, 1 << 20);
      }
    }
    const [program] = result.value.programs.keys();
    if (program === undefined) return "ok";
    const imported = await importExport(result.value, program);
    if (!imported.ok) return `import: ${imported.diagnostics[0]!.reason}`;
    compileGraph(imported.value.graph, cpuTarget("x86-64-v3"));
    return "compiled";
  } catch (error) {
    throw new Error(`${name} threw`, { cause: error });
  }
}

async function main(args: readonly string[]): Promise<void> {
  const options: Record<string, number> = { count: 10_000, seed: 1 }, seeds: Uint8Array[] = [];
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!;
    if (name.startsWith("--")) options[name.slice(2)] = Number(args[++i]);
    else seeds.push(...filesBelow(name));
  }
  assert(seeds.length > 0, "Cannot fuzz: no .pt2 file given");
  console.log(JSON.stringify(await fuzz(seeds, options.count!, options.seed!), null, 2));
}

function filesBelow(path: string): Uint8Array[] {
  if (Deno.statSync(path).isFile) return path.endsWith(".pt2") ? [Deno.readFileSync(path)] : [];
  return [...Deno.readDirSync(path)].flatMap(({ name }) => filesBelow(`${path}/${name}`));
}

if (import.meta.main) await main(Deno.args);
