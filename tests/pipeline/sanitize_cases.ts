/**
 * Case folders under sanitizers, as a program:
 *
 *     deno run -A tests/pipeline/sanitize_cases.ts address|thread CACHE FOLDER…
 *
 * Each model is run on every set: once, several times into the caller's buffers, on inputs that miss their alignment,
 * and in four threads. A line for each case that is not clean, totals at the end.
 *
 * @module
 */
import { attemptAsync, type DType, fromTorch, unwrap } from "../../src/base/mod.ts";
import { type Case, findCaseFolders, readCases } from "../../src/pipeline/verify/cases.ts";
import { compare } from "../../src/pipeline/verify/compare.ts";
import { valuesOf } from "../../src/pipeline/verify/values.ts";
import { openWorkshop, type Workshop } from "../../src/pipeline/workshop.ts";
import { readSafetensors, type Tensor, toDType } from "../../src/run/mod.ts";
import { buildProgram, type Drive, drive, inputsOf, type Program, type Sanitizer } from "./sanitized.ts";

/** What is not clean about the cases of a folder; a model that cannot be built is nothing of ours. */
export async function problemsOfFolder(
  shop: Workshop,
  folder: string,
  place: string,
  sanitizer: Sanitizer,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const c of unwrap(await readCases(folder))) found.push(...await problemsOf(shop, c, place, sanitizer));
  return found;
}

/** A model with state gives something else in its second run. */
const once: readonly Drive[] = [{ threads: 1, runs: 1, shift: 0 }, { threads: 1, runs: 1, shift: 1 }];
const often: Readonly<Record<Sanitizer, readonly Drive[]>> = {
  address: [{ threads: 1, runs: 3, shift: 0 }, { threads: 2, runs: 2, shift: 1 }],
  thread: [{ threads: 4, runs: 10, shift: 0 }],
};

async function problemsOf(
  shop: Workshop,
  c: Case,
  place: string,
  sanitizer: Sanitizer,
): Promise<readonly string[]> {
  const program = await buildProgram(shop, `${c.folder}/${c.model}`, place, sanitizer);
  const stored = unwrap(readSafetensors(`${c.folder}/inputs.safetensors`));
  const expected = unwrap(readSafetensors(`${c.folder}/expected.safetensors`));
  const isStateful = program.built.planned.description.constants.some((x) => x.mutated);
  const found: string[] = [];
  for (const [n, set] of c.sets.entries()) {
    const inputs = inputsOf(program, set, stored);
    for (const how of isStateful ? once : often[sanitizer]) {
      const what = `${c.id} set ${n}, ${how.threads} threads, ${how.runs} runs, shift ${how.shift}`;
      const done = await drive(program, inputs, how, place).catch((error: Error) => error.message);
      if (typeof done === "string") {
        if (!isRefused(done, program, set)) found.push(`${what}: ${done}`);
        continue;
      }
      set.outputs.forEach((leaf, i) => {
        if (leaf.key === undefined) return;
        const dtype = fromTorch(leaf.dtype!)!, got = done.outputs[i];
        const text = difference(got, toDType(expected.get(leaf.key)!, dtype), c);
        if (text) found.push(`${what}: output ${i}: ${text}`);
      });
    }
  }
  return found;
}

function difference(got: Tensor | undefined, wanted: Tensor, { atol, rtol }: Case): string | undefined {
  if (!got) return "is None";
  return compare(valuesOf(got), valuesOf(wanted), atol, rtol).detail;
}

/** A call with other element types than the program was exported for must be refused. */
function isRefused(said: string, { built }: Program, set: Case["sets"][number]): boolean {
  return said.includes("refused: ") &&
    built.planned.description.inputs.some(({ leaf, dtype }) => {
      const given = set.inputs[leaf]?.dtype;
      return given !== undefined && fromTorch(given) !== dtype as DType;
    });
}

async function main([kind, cacheDir, ...roots]: readonly string[]): Promise<void> {
  await using shop = unwrap(await openWorkshop({ cacheDir: cacheDir!, jobs: 2, keepGoing: true }));
  const place = await Deno.makeTempDir({ prefix: "aoti-sanitize-" }),
    counts = { clean: 0, unclean: 0, unbuilt: 0 };
  for (const folder of await findCaseFolders(roots)) {
    const name = folder.split("/").at(-1);
    const done = await attemptAsync(() => problemsOfFolder(shop, folder, place, kind as Sanitizer));
    if (!done.ok) console.log(`unbuilt ${name}: ${done.diagnostics[0]!.message}`);
    else if (done.value.length > 0) console.log(`UNCLEAN ${name}: ${done.value.join("\n  ")}`);
    counts[!done.ok ? "unbuilt" : done.value.length > 0 ? "unclean" : "clean"]++;
  }
  console.log(`${counts.clean} clean, ${counts.unclean} unclean, ${counts.unbuilt} not built`);
  await Deno.remove(place, { recursive: true });
  if (counts.unclean > 0) Deno.exit(1);
}

if (import.meta.main) await main(Deno.args);
