/**
 * Measuring the products of a model: problems from its plan, variants compiled side by side, measured one problem after
 * another in processes of their own.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { refuse, unwrap } from "../base/mod.ts";
import { bundleTask, unitTask } from "../compile/mod.ts";
import { type Box, defineTask, type File, json, task } from "../task/mod.ts";
import {
  type Choices,
  type MeasureAnswer,
  type MeasureRequest,
  type Problem,
  winner,
  workerUrl,
} from "../tune/mod.ts";
import type { LibraryRequest } from "./library.ts";
import { type PlanSettings, problemsOfArchive, problemsOfGraph } from "./tasks.ts";
import type { Workshop } from "./workshop.ts";

/** What may be measured, and what is known already. */
export interface Tuning {
  /** `cached` measures nothing that has no record. */
  readonly mode: "cached" | "full";
  readonly known: Choices;
}

/** Milliseconds of measuring a variant, and at most for a whole process. */
const EACH = 60, AT_MOST = 120_000;

/** Choices for the products of a model: known ones, and where the mode says so measured ones. */
export async function tunedChoices(
  shop: Workshop,
  request: LibraryRequest,
  file: File,
  settings: PlanSettings,
  tuning: Tuning,
): Promise<Choices> {
  const { tool } = shop, { source, name } = request, shown = { label: `${name}/tune`, weight: 10 };
  const made = source.kind === "archive"
    ? task(problemsOfArchive, { archive: file, settings, tool }, shown)
    : task(problemsOfGraph, { graph: source.text, settings, tool }, shown);
  const { problems } = unwrap(await shop.engine.run(made));
  const choices: Record<string, Choices[string]> = {}, open: Problem[] = [];
  for (const problem of problems) {
    const known = tuning.known[problem.key];
    if (known !== undefined) choices[problem.key] = known;
    else if (tuning.mode === "full") open.push(problem);
  }
  const libraries = await Promise.all(open.map((problem) => libraryOf(shop, request, problem)));
  for (const [n, problem] of open.entries()) {
    choices[problem.key] = await measured(shop, request, problem, libraries[n]!);
  }
  return choices;
}

async function libraryOf(shop: Workshop, { name, target }: LibraryRequest, problem: Problem): Promise<File> {
  const { toolchain, runtime, engine } = shop;
  const objects = problem.variants.map(({ symbol, text }) => {
    const label = `${name}/variant ${symbol}`, flags = ["-fvisibility=default"];
    const unit = unitTask({ toolchain, runtime, target, kind: "kernel", text, name: label, flags });
    return [`${symbol}.o`, unit.output("object")] as const;
  });
  const bundle = bundleTask(toolchain, Object.fromEntries(objects), `${name}/variants of ${problem.name}`);
  return unwrap(await engine.run(bundle)).library;
}

/** What a worker in a process of its own answers to `request.json`. */
async function answerOf(box: Box, problem: string): Promise<MeasureAnswer> {
  const rights = ["--allow-ffi", `--allow-read=${box.folder}`]; // addresses of memory need all of ffi
  const quiet = ["-q", "--no-config", "--no-prompt"], worker = fromFileUrl(workerUrl);
  const argv = [Deno.execPath(), "run", ...quiet, ...rights, worker, "request.json"];
  const env = { DENO_DIR: box.path("deno"), NO_COLOR: "1" };
  const ended = await box.command(argv, { env, timeoutMs: AT_MOST });
  if (ended.timedOut || ended.signal) return []; // a variant crashed: none is chosen
  if (ended.code !== 0) {
    refuse({
      reason: "measure-failed",
      message: `Cannot measure the variants of ${problem}: the measuring process ended with ${ended.code}`,
      help: "Build with --tune=off, and report this.",
      data: { stderr: ended.stderr },
    });
  }
  return JSON.parse(ended.stdout);
}

/** A task, so that a machine measures a problem once; what it gives depends on the machine and is recorded in the lock. */
async function measured(shop: Workshop, { name }: LibraryRequest, problem: Problem, library: File) {
  const definition = defineTask({
    name: "measure",
    version: 3,
    inputs: { library: "file", variants: json<MeasureRequest["variants"]>() },
    outputs: { times: json<MeasureAnswer>() },
    run: async ({ library, variants }, box) => {
      await box.place(library, "library.so");
      const budgetMs = EACH * variants.length,
        request = { library: box.path("library.so"), variants, budgetMs };
      await Deno.writeTextFile(box.path("request.json"), JSON.stringify(request));
      return { times: await answerOf(box, problem.name) };
    },
  });
  const variants = problem.variants.map(({ text: _text, choice: _choice, shares: _shares, ...launch }) =>
    launch
  );
  const made = task(definition, { library, variants }, {
    label: `${name}/measure ${problem.name}`,
    weight: 2,
  });
  return winner(problem, unwrap(await shop.engine.run(made)).times);
}
