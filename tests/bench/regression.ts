/**
 * What got slower between two commits, measured in one run:
 *
 *     deno run -A tests/bench/regression.ts BASE HEAD [FOLDER…] [--threshold=1.05] [--threads=1] [--rounds=9]
 *         [--budget=150] [--flag=NAME=VALUE]… [--json]
 *
 * HEAD may be `.`, the files as they are. Folders are case folders, by default those of `tests/models/`. Every model is
 * built by both, then timed in turn through this tree's door 2; kernels are compared by name, those with another
 * text by what they do, as long as they take a hundredth of a run. Exits with 1 when a model or kernel is slower by more than the threshold.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { basename, resolve } from "@std/path";
import { z } from "zod";
import { unwrap } from "../../src/base/mod.ts";
import { printTable } from "../../src/cli/format.ts";
import { findCaseFolders, readCases } from "../../src/pipeline/verify/cases.ts";
import { openModel } from "../../src/run/mod.ts";
import { aoti, outputOf, pinThis, root } from "./machine.ts";
import { inputsOf } from "./ours.ts";
import { judge, type Paired, type PairOptions, timePair, type Verdict } from "./paired.ts";
import { inScratch } from "./scratch.ts";
import { digits } from "./tables.ts";

/** What the rounds say of a model. */
export interface ModelVerdict {
  readonly model: string;
  readonly whole: Verdict;
  readonly kernels: readonly (Verdict & { readonly name: string })[];
  /** Kernels that one of them has not: their names, and milliseconds together. */
  readonly only: { readonly base: OneSided; readonly head: OneSided };
}

interface OneSided {
  readonly names: readonly string[];
  readonly ms: number;
}

/** Kernels below this share of a run are not looked at. */
const LEAST = 0.01;

const wordsOf = z.object({
  _: z.array(z.coerce.string()),
  threshold: z.coerce.number().gt(1),
  threads: z.coerce.number().int().min(1),
  rounds: z.coerce.number().int().min(1),
  budget: z.coerce.number().positive(),
  flag: z.array(z.string()),
  json: z.boolean(),
});

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: string[]): Promise<number> {
  const words = wordsOf.parse(parseArgs(args, {
    string: ["_", "threshold", "threads", "rounds", "budget", "flag"],
    boolean: ["json"],
    collect: ["flag"],
    default: { threshold: "1.05", threads: "1", rounds: "9", budget: "150" },
  }));
  const [base, head, ...folders] = words._, { threshold, threads, rounds, budget, flag } = words;
  if (base === undefined || head === undefined) throw new Error("Cannot compare: name two commits");
  return await inScratch("aoti_regression_", async (scratch, stop) => {
    const cases = await findCaseFolders(
      folders.length > 0 ? folders.map((f) => resolve(f)) : [`${root}/tests/models`],
    );
    const [one, two] = [await treeOf(base, `${scratch}/base`), await treeOf(head, `${scratch}/head`)];
    const builds: { model: string; folder: string; base: string; head: string }[] = [];
    for (const [n, folder] of cases.entries()) {
      const build = (tree: string, side: string) =>
        buildIn(tree, folder, `${scratch}/${side}-${n}`, flag, stop);
      builds.push({
        model: basename(folder),
        folder,
        base: await build(one, "b"),
        head: await build(two, "h"),
      });
    }
    await pinThis(threads);
    const verdicts: ModelVerdict[] = [];
    for (const { model, folder, ...built } of builds) {
      const paired = await timeFolders(built, folder, { rounds, threads, budgetMs: budget });
      verdicts.push(verdictOf(model, paired, threshold));
      console.log(words.json ? JSON.stringify(verdicts.at(-1)) : printVerdict(verdicts.at(-1)!));
    }
    return verdicts.some(isSlower) ? 1 : 0;
  });
}

/** The files of a commit, without a work tree that git would remember; `.` is this one. */
async function treeOf(commit: string, place: string): Promise<string> {
  if (commit === ".") return root;
  await outputOf(["git", "-C", root, "archive", "--format=tar", `--output=${place}.tar`, commit]);
  await Deno.mkdir(place);
  await outputOf(["tar", "-xf", `${place}.tar`, "-C", place]);
  return place;
}

/** The folder of a case folder's first model, built by a tree's own tool. */
async function buildIn(
  tree: string,
  folder: string,
  place: string,
  flags: readonly string[],
  stop: AbortSignal,
): Promise<string> {
  const [first] = unwrap(await readCases(folder));
  if (!first) throw new Error(`Cannot compare ${folder}: it has no case`);
  const words = [
    "--model",
    `${folder}/${first.model}`,
    "--out",
    `${place}/out`,
    "--cache-dir",
    `${place}/cache`,
  ];
  await outputOf(aoti(tree, "build", ...words, "--quiet", ...flags.map((flag) => `--flag=${flag}`)), stop);
  for await (const { name, isDirectory } of Deno.readDir(`${place}/out`)) {
    if (isDirectory) return `${place}/out/${name}`;
  }
  throw new Error(`Cannot compare ${folder}: the build at ${tree} left nothing`);
}

async function timeFolders(
  built: { readonly base: string; readonly head: string },
  folder: string,
  options: PairOptions,
): Promise<Paired> {
  const { threads } = options;
  using base = unwrap(await openModel(built.base, { threads }));
  using head = unwrap(await openModel(built.head, { threads }));
  return timePair(base, head, await inputsOf(folder), options);
}

/** Judges a model and those of its kernels that matter. */
export function verdictOf(model: string, { whole, kernels, only }: Paired, threshold: number): ModelVerdict {
  const run = judge(whole, threshold),
    side = (times: ReadonlyMap<string, number>): OneSided => {
      return { names: [...times.keys()], ms: [...times.values()].reduce((a, b) => a + b, 0) };
    };
  const all = [...kernels].map(([name, rounds]) => ({ name, ...judge(rounds, threshold) }));
  return {
    model,
    whole: run,
    kernels: all.filter(({ base, head }) => Math.max(base, head) >= LEAST * run.base),
    only: { base: side(only.base), head: side(only.head) },
  };
}

/** Whether the model, or a kernel of it, takes longer. */
export function isSlower({ whole, kernels }: ModelVerdict): boolean {
  return [whole, ...kernels].some(({ change }) => change === "slower");
}

/** The model, what changed in it, and what cannot be compared. */
export function printVerdict({ model, whole, kernels, only }: ModelVerdict): string {
  const changed = kernels.filter(({ change }) => change !== "same");
  const rows = [{ ...whole, name: model }, ...changed.map((k) => ({ ...k, name: `  ${k.name}` }))];
  const table = printTable(
    ["model", "base ms", "head ms", "head/base", "of minima", ""],
    rows.map((r) => {
      return [r.name, digits(r.base), digits(r.head), r.ratio.toFixed(3), r.quickest.toFixed(3), r.change];
    }),
    new Set([1, 2, 3, 4]),
  );
  const sides = (["base", "head"] as const).filter((side) => only[side].names.length > 0);
  return table +
    sides.map((side) =>
      `  only in ${side}: ${only[side].names.length} kernels, ${digits(only[side].ms)} ms\n`
    ).join("");
}
