/**
 * `aoti build`: the models of a config, or one archive without a config.
 *
 * @module
 */
import { fail, nearest, ok, type Result } from "../../base/mod.ts";
import { configForArchive, flagHelp, type ResolvedConfig } from "../../config/mod.ts";
import { usageProblem } from "../args.ts";
import {
  type Command,
  configOf,
  configOptions,
  type Context,
  finish,
  overridesOf,
  stop,
} from "../command.ts";
import { count, printBytes, printMs, printTable } from "../format.ts";
import type { BuildReport, ModelReport } from "../../pipeline/mod.ts";
import { progressPrinter } from "../progress.ts";
import { watch, watchedFiles } from "../watch.ts";

/** `aoti build`. */
export const build: Command = {
  name: "build",
  usage: [
    "[MODEL…] [--watch] [--frozen] [--force] [--dry-run] [--tune=off|cached|full]",
    "--model FILE.pt2 --out DIR [--device D] [--flag NAME=VALUE]… [--emit KIND]…",
  ],
  doc: "Builds the models of the config, or one archive without a config.",
  options: [
    { name: "model", kind: "text", value: "FILE.pt2", doc: "Builds this archive; no config is read." },
    { name: "out", short: "o", kind: "text", value: "DIR", doc: "Output folder; gets one folder per model." },
    { name: "watch", short: "w", kind: "switch", doc: "Builds again when the config or an archive changes." },
    {
      name: "frozen",
      kind: "switch",
      doc: "Fails, naming what differs, when aoti.lock would not be reproduced.",
    },
    { name: "force", short: "f", kind: "switch", doc: "Runs every task again." },
    { name: "dry-run", kind: "switch", doc: "Tells what would run, and why; runs nothing." },
    { name: "keep-going", short: "k", kind: "switch", doc: "Goes on with what does not need a failed task." },
    ...configOptions,
  ],
  takes: { least: 0, most: Infinity, noun: "MODEL" },
  more: flagTable,
  async run(context) {
    const problem = misuse(context);
    if (problem) return stop(context, usageProblem(problem, "build"));
    return context.words.on("watch") ? await watch(context, buildOnce) : (await buildOnce(context)).code;
  },
};

/** Loads the config and builds; tells which files a watcher should look at. */
async function buildOnce(
  context: Context,
  revision?: number,
): Promise<{ code: number; inputs: readonly string[] }> {
  const config = await chosenConfig(context, revision);
  if (!config.ok) return { code: stop(context, ...config.diagnostics), inputs: [] };
  return { code: await runBuild(context, config.value), inputs: watchedFiles(config.value) };
}

async function runBuild(context: Context, config: ResolvedConfig): Promise<number> {
  const { world, output, words } = context;
  const options = {
    models: words.positional,
    frozen: words.on("frozen"),
    force: words.on("force"),
    dryRun: words.on("dry-run"),
    keepGoing: words.on("keep-going"),
  };
  const progress = progressPrinter(world, output);
  const pipeline = await context.pipeline();
  const report = await pipeline.build(config, options, progress.tell, world.signal);
  progress.end();
  if (!report.ok && world.signal.aborted) return 130;
  return finish(context, report, (value) => output.result(printReport(value), { type: "result", ...value }));
}

function chosenConfig(context: Context, revision?: number): Promise<Result<ResolvedConfig>> {
  const { words, world } = context;
  const archive = words.text("model");
  if (archive === undefined) return chosenModels(context, revision);
  const overrides = overridesOf(words);
  if (!overrides.ok) return Promise.resolve(overrides);
  const around = { cwd: world.cwd, cores: world.cores, env: world.env };
  return Promise.resolve(configForArchive(archive, overrides.value, around));
}

async function chosenModels(context: Context, revision?: number): Promise<Result<ResolvedConfig>> {
  const config = await configOf(context, revision);
  if (!config.ok) return config;
  const names = config.value.models.map(({ name }) => name);
  const wrong = context.words.positional.filter((name) => !names.includes(name));
  if (wrong.length === 0) return ok(config.value);
  return fail(...wrong.map((name) => {
    const meant = nearest(name, names);
    const advice = meant ? `did you mean "${meant}"?` : `the config has ${names.join(", ")}`;
    return usageProblem(`Cannot build "${name}": no model has this name; ${advice}`, "build");
  }));
}

function misuse({ words }: Context): string | undefined {
  const archive = words.text("model") !== undefined;
  if (archive && words.positional.length > 0) return "--model: builds one archive, so no MODEL may be named";
  if (archive && words.text("config") !== undefined) {
    return "--model: reads no config, so --config cannot be given";
  }
  if (archive && words.text("out") === undefined) return "--model: also needs --out DIR";
  if (words.on("watch") && words.on("dry-run")) return "--watch: cannot be joined with --dry-run";
  return undefined;
}

/** The table that ends a build. */
function printReport(report: BuildReport): string {
  if (report.wouldRun) return printDryRun(report.wouldRun);
  const head = ["model", "kernels", "cached", "library", "weights", "time"];
  const table = printTable(head, report.models.map(row), new Set([1, 2, 3, 4, 5]));
  const warnings = report.models.flatMap(({ model, warnings = [] }) =>
    warnings.map((text) => `warning: ${model}: ${text}\n`)
  );
  return `${table}${warnings.join("")}${count(report.models.length, "model")} in ${printMs(report.ms)}\n`;
}

function row(model: ModelReport): readonly string[] {
  const { kernels, kernelsCached, libraryBytes, weightsBytes, tasks, tasksCached, ms } = model;
  const cached = tasks === tasksCached ? "all" : `${kernelsCached}`;
  const weights = weightsBytes > 0 ? printBytes(weightsBytes) : "–";
  return [model.model, `${kernels}`, cached, printBytes(libraryBytes), weights, printMs(ms)];
}

function printDryRun(tasks: NonNullable<BuildReport["wouldRun"]>): string {
  if (tasks.length === 0) return "Nothing would run: everything is cached.\n";
  const rows = tasks.map(({ label, because }) => [label, because.join(", ") || "never run before"]);
  return printTable(["task", "because"], rows) + `${count(tasks.length, "task")} would run\n`;
}

function flagTable(): string {
  const rows = flagHelp().map(({ name, values, preset, doc }) =>
    `  ${name} (${values}; default ${preset})\n      ${doc}\n`
  );
  return `\nFlags, in the config or as --flag NAME=VALUE:\n${rows.join("")}`;
}
