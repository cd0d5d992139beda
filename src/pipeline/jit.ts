/**
 * A model compiled and opened in one step, in this process: kernels by FFI, the rest in TypeScript.
 *
 * @module
 */
import { attemptAsync, type Result, unwrap } from "../base/mod.ts";
import { type Flags, type ModelConfig, resolveConfig, type Surroundings } from "../config/mod.ts";
import { readPackage, writePackage } from "../package/mod.ts";
import { openScript, type ScriptRunner } from "../run/mod.ts";
import { compile, workshopOf } from "./dev.ts";
import { wrapperFiles } from "./wrapper_files.ts";

/** How a model is compiled for use in this process. */
export interface JitOptions {
  /** Its name, in messages and of the wrapper's file; default: model. */
  readonly name?: string;
  readonly flags?: Partial<Flags>;
  readonly dynamic?: ModelConfig["dynamic"];
  /** Folder of the content store, and of wrappers; default: .aoti/cache. */
  readonly cacheDir?: string;
  readonly signal?: AbortSignal;
}

/** Compiles what `exported()` or `graph()` gives and opens it; refuses as a build does. Close it. */
export async function jit(
  source: ModelConfig["source"],
  options: JitOptions,
  around: Surroundings,
): Promise<Result<ScriptRunner>> {
  return await attemptAsync(async () => {
    const { name = "model", flags, dynamic, cacheDir, signal = new AbortController().signal } = options;
    const value = { models: { [name]: { source, ...(dynamic && { dynamic }) } } };
    const overrides = { ...(flags && { flags }), ...(cacheDir !== undefined && { cacheDir }) };
    const config = unwrap(resolveConfig(value, { root: around.cwd, locate: () => ({}) }, overrides, around));
    const [model] = config.models;
    await using shop = await workshopOf(config, signal);
    const built = await compile(shop, model!);
    const digests = [built.modelText, built.library].map(({ digest }) => digest.slice(0, 16));
    const folder = `${config.cacheDir}/jit/${digests.join("")}/${name}`; // a process loads a module once
    unwrap(await writePackage(folder, await wrapperFiles(shop, model!, built), shop.engine));
    return unwrap(await openScript(unwrap(await readPackage(folder))));
  });
}
