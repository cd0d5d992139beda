/**
 * Models under development: kernels and the TypeScript wrapper that calls them, built, run, and shown launch by launch.
 *
 * @module
 */
import { attemptAsync, refuse, type Result, unwrap } from "../base/mod.ts";
import type { ResolvedConfig, ResolvedModel } from "../config/mod.ts";
import { type Manifest, readManifest, writePackage } from "../package/mod.ts";
import { type Job, type JobDone, Worker, writeSafetensors } from "../run/mod.ts";
import type { DevOptions, DevReport } from "./face.ts";
import { buildLibrary, type BuiltLibrary } from "./library.ts";
import { chosenSizes, madeUp } from "./made_up.ts";
import { requestFor } from "./request.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";
import { wrapperFiles } from "./wrapper_files.ts";

/** Builds a model with its wrapper and runs it once, in a process of its own. */
export async function dev(
  config: ResolvedConfig,
  options: DevOptions,
  signal: AbortSignal,
): Promise<Result<DevReport>> {
  return await attemptAsync(async () => {
    const model = config.models.find((m) => m.name === options.model) ?? unknown(config, options.model);
    const start = performance.now();
    await using shop = await workshopOf(config, signal);
    await build(shop, model, options.folder);
    const manifest = unwrap(await readManifest(options.folder)), buildMs = performance.now() - start;
    const done = await run(manifest, options, signal);
    return {
      model: model.name,
      script: `${options.folder}/${model.name}.ts`,
      buildMs,
      ms: done.ms,
      kernels: kernelsOf(manifest, done),
      outputs: done.outputs.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
      ...(done.said && { said: done.said }),
    };
  });
}

/** What models of a config are built with. */
export async function workshopOf(config: ResolvedConfig, signal: AbortSignal): Promise<Workshop> {
  const { jobs, cacheDir, compiler } = config;
  return unwrap(await openWorkshop({ jobs, cacheDir, signal, ...(compiler && { compiler }) }));
}

/** Kernels and their wrapper. */
export async function compile(shop: Workshop, model: ResolvedModel): Promise<BuiltLibrary> {
  const request = await requestFor(shop, model);
  return await buildLibrary(shop, { ...request, embedWeights: false, wrapper: "typescript" });
}

async function build(shop: Workshop, model: ResolvedModel, folder: string): Promise<void> {
  const built = await compile(shop, model);
  unwrap(await writePackage(folder, await wrapperFiles(shop, model, built), shop.engine));
}

function unknown(config: ResolvedConfig, name: string): never {
  const names = config.models.map((m) => m.name).join(", ");
  return refuse({ reason: "unknown-model", message: `Cannot run "${name}": the config has ${names}` });
}

async function run(manifest: Manifest, options: DevOptions, signal: AbortSignal): Promise<JobDone> {
  const { folder, repeat, debug, values } = options;
  const inputsFile = options.inputs ?? `${folder}/inputs.safetensors`;
  if (!options.inputs) {
    writeSafetensors(inputsFile, madeUp(manifest.interface, chosenSizes(manifest.interface)));
  }
  const outputsFile = options.outputs ?? `${folder}/outputs.safetensors`;
  const job: Job = { dir: folder, inputsFile, outputsFile, repeat, ...(values && { values }) };
  await using worker = new Worker({ timeoutMs: 600_000, ...(debug && { debug }) });
  return unwrap(await worker.run(job, signal));
}

/** Launches of one kernel are one row, in order of the first. */
function kernelsOf({ kernels }: Manifest, { launches }: JobDone): DevReport["kernels"] {
  const rows = new Map<string, { name: string; launches: number; ms: number; place: string }>();
  for (const { name, ns } of launches) {
    const origin = kernels.find(({ symbol }) => symbol === name)?.origins[0];
    const place = origin?.file ? `${origin.file}:${origin.line ?? "?"}` : String(origin?.target ?? "");
    const row = rows.get(name) ?? { name, launches: 0, ms: 0, place };
    rows.set(name, { ...row, launches: row.launches + 1, ms: row.ms + ns / 1e6 });
  }
  return [...rows.values()];
}
