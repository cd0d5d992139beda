/**
 * Builds the models of a config: libraries as tasks, then folders and the lock.
 *
 * @module
 */
import {
  attemptAsync,
  type Diagnostic,
  digestOf,
  fail,
  ok,
  refuse,
  type Result,
  type Target,
  unwrap,
} from "../base/mod.ts";
import { printToolchain } from "../compile/mod.ts";
import type { ResolvedConfig, ResolvedModel } from "../config/mod.ts";
import { type Content, factsOf, writePackage } from "../package/mod.ts";
import type { TaskEvent } from "../task/mod.ts";
import type { BuildOptions, BuildReport, Listener, ModelReport } from "./face.ts";
import { buildLibrary, type BuiltLibrary } from "./library.ts";
import { differences, type LockedModel, lockText, mergeLock, readLock } from "./lock.ts";
import { packageFiles, sharedPackage } from "./package_files.ts";
import { requestFor } from "./request.ts";
import type { Tuning } from "./tune.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

interface Made {
  readonly model: ResolvedModel;
  readonly built: BuiltLibrary;
  readonly files: Readonly<Record<string, Content>>;
  readonly ms: number;
}

/** Tasks of each model that ran or were there already. */
class Tally {
  readonly all = new Map<string, { tasks: number; cached: number; kernels: number; kernelsCached: number }>();

  of(model: string) {
    const known = this.all.get(model) ?? { tasks: 0, cached: 0, kernels: 0, kernelsCached: 0 };
    this.all.set(model, known);
    return known;
  }

  count(event: TaskEvent): void {
    if (event.type !== "task-hit" && event.type !== "task-done") return;
    const [model, rest] = splitLabel(event.label),
      tally = this.of(model),
      hit = event.type === "task-hit" ? 1 : 0;
    tally.tasks++;
    tally.cached += hit;
    if (rest.startsWith("kernel ")) {
      tally.kernels++;
      tally.kernelsCached += hit;
    }
  }
}

function splitLabel(label: string): readonly [model: string, rest: string] {
  const slash = label.indexOf("/");
  return slash < 0 ? ["", label] : [label.slice(0, slash), label.slice(slash + 1)];
}

function stageOf(rest: string): string {
  if (rest.startsWith("kernel ") || rest === "model") return "compile";
  return rest === "library" ? "link" : rest;
}

/** Builds what the options ask for. */
export async function build(
  config: ResolvedConfig,
  options: BuildOptions,
  tell: Listener,
  signal: AbortSignal,
): Promise<Result<BuildReport>> {
  const start = performance.now(),
    tally = new Tally(),
    wouldRun: { label: string; because: readonly string[] }[] = [];
  const onEvent = (event: TaskEvent) => {
    tally.count(event);
    if (event.type === "task-would-run") wouldRun.push({ label: event.label, because: becauseOf(event) });
    const [model, rest] = splitLabel(event.label);
    if (model) tell({ type: "task", model, stage: stageOf(rest), event });
  };
  const { jobs, cacheDir, compiler, libtorch } = config, { force, dryRun, keepGoing } = options;
  const opened = await openWorkshop({
    ...{ cacheDir, jobs, signal, force, dryRun, keepGoing, onEvent },
    ...(compiler && { compiler }),
    ...(libtorch && { libtorch }),
  });
  if (!opened.ok) return opened;
  await using shop = opened.value;
  const models = config.models.filter((m) => options.models.length === 0 || options.models.includes(m.name));
  const locked = config.lockPath ? await readLock(config.lockPath) : undefined;
  const tuningOf = ({ name, flags }: ResolvedModel, target: Target): Tuning | undefined => {
    if (!flags.max_autotune || config.tune === "off") return undefined;
    return {
      mode: options.frozen ? "cached" : config.tune,
      known: locked?.models[name]?.choices?.[target.march] ?? {},
    };
  };
  const results = await Promise.all(models.map((model) => buildOne(shop, model, tuningOf, tell)));
  if (dryRun) return ok({ models: [], ms: performance.now() - start, wouldRun });
  const failures = results.flatMap((r) => (r.ok ? [] : r.diagnostics));
  const made = results.flatMap((r) => (r.ok ? [r.value] : []));
  if (failures.length > 0 && !keepGoing) return fail(...essential(failures));
  const done = await attemptAsync(() => writeAll(shop, config, options, made, tally, tell));
  if (!done.ok) return done;
  if (failures.length > 0) return fail(...essential(failures));
  return ok({ models: done.value, ms: performance.now() - start });
}

/** What else was stopped by a failure is no news. */
function essential(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const real = diagnostics.filter((d) => d.reason !== "cancelled");
  const chosen = real.length > 0 ? real : diagnostics.slice(0, 1);
  return [...new Map(chosen.map((d) => [d.message, d])).values()];
}

function becauseOf(event: TaskEvent): readonly string[] {
  return "changed" in event && Array.isArray(event.changed) ? event.changed.map(String) : [];
}

async function buildOne(
  shop: Workshop,
  model: ResolvedModel,
  tuningOf: (model: ResolvedModel, target: Target) => Tuning | undefined,
  tell: Listener,
): Promise<Result<Made>> {
  const start = performance.now(), { name } = model;
  tell({ type: "model-start", model: name });
  tell({ type: "stage", model: name, stage: "plan", total: 1 });
  const result = await attemptAsync(async (): Promise<Made> => {
    const request = await requestFor(shop, model), tuning = tuningOf(model, request.target);
    const built = await buildLibrary(shop, {
      ...request,
      ...(tuning && { tuning }),
      onPlanned: ({ kernels }) =>
        tell({ type: "stage", model: name, stage: "compile", total: kernels.length + 1 }),
    });
    return { model, built, files: await packageFiles(shop, model, built), ms: performance.now() - start };
  });
  if (!result.ok) tell({ type: "model-failed", model: name, diagnostics: result.diagnostics });
  return result;
}

/** Folders and the lock; with `--frozen` nothing is written unless everything is as locked. */
/** Packages of several models; one of them is left as it is when not all of its models were built. */
async function writeShared(shop: Workshop, config: ResolvedConfig, made: readonly Made[]): Promise<void> {
  for (const [name, members] of Object.entries(config.packages)) {
    const found = made.filter((m) => members.includes(m.model.name));
    if (found.length < members.length) continue;
    const file = unwrap(await attemptAsync(() => sharedPackage(shop, name, found)));
    const path = `${config.outDir}/${name}.pt2`, there = await shop.engine.importFile(path);
    if (!there.ok || there.value.digest !== file.digest) unwrap(await shop.engine.materialise(file, path));
  }
}

async function writeAll(
  shop: Workshop,
  config: ResolvedConfig,
  options: BuildOptions,
  made: readonly Made[],
  tally: Tally,
  tell: Listener,
): Promise<readonly ModelReport[]> {
  const toolchain = `${printToolchain(shop.toolchain.key)} ${shop.toolchain.key.fingerprint.slice(0, 16)}`;
  const locked = Object.fromEntries(made.map((m) => [m.model.name, lockedModel(shop, m)]));
  const before = config.lockPath ? await readLock(config.lockPath) : undefined;
  if (options.frozen) {
    const found = differences(before, toolchain, locked);
    if (found.length > 0) refuse(...found);
  }
  const reports: ModelReport[] = [];
  for (const m of made) {
    unwrap(await writePackage(`${config.outDir}/${m.model.name}`, m.files, shop.engine));
    const report = reportOf(m, tally);
    reports.push(report);
    tell({ type: "model-done", report });
  }
  await writeShared(shop, config, made);
  if (config.lockPath && !options.frozen) {
    const names = config.models.map((m) => m.name);
    await writeLock(config, lockText(mergeLock(before, toolchain, locked, names)));
  }
  return reports;
}

/** Whole or not at all; the temporary file lies in the cache, which may always be written. */
async function writeLock(config: ResolvedConfig, text: string): Promise<void> {
  const path = config.lockPath!;
  const old = await Deno.readTextFile(path).catch(() => undefined);
  if (old === text) return;
  const via = `${config.cacheDir}/aoti.lock.${digestOf(text).slice(0, 8)}.tmp`;
  await Deno.writeTextFile(via, text);
  await Deno.rename(via, path).catch(async () => {
    await Deno.copyFile(via, path); // another file system
    await Deno.remove(via);
  });
}

function lockedModel(shop: Workshop, { model, built, files }: Made): LockedModel {
  const targets = model.target.map((t) => (t === "native" ? shop.native.march : t)), { choices } = built;
  return {
    inputs: { [model.source.kind]: built.source },
    targets,
    ...(choices && { choices: Object.fromEntries(targets.map((target) => [target, choices])) }),
    outputs: Object.fromEntries(
      Object.entries(files).map(([path, content]) => [path, factsOf(content).digest]),
    ),
  };
}

function reportOf({ model, built, files, ms }: Made, tally: Tally): ModelReport {
  const { tasks, cached, kernelsCached } = tally.of(model.name);
  const { arena } = built.planned, warnings = built.planned.warnings;
  return {
    model: model.name,
    device: model.device.type,
    kernels: built.planned.kernels.length,
    kernelsCached,
    tasks,
    tasksCached: cached,
    files: Object.entries(files).map(([path, content]) => ({
      path: `${model.name}/${path}`,
      ...factsOf(content),
    })),
    libraryBytes: built.library.bytes,
    weightsBytes: built.weights?.bytes ?? 0,
    ...(typeof arena === "number" && { arenaBytes: arena }),
    needed: built.needed,
    ...(warnings.length > 0 && { warnings }),
    ms,
  };
}
