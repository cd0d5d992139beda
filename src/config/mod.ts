/**
 * Config file, flags and environment become one frozen value.
 *
 * Comes in: `aoti.config.ts` or command-line words. Goes out: a `ResolvedConfig`, or every problem at once, each
 * with its place in the config. Invariant: nothing here reads the environment, the clock or a core count; what a
 * config may depend on is handed in as `Surroundings`.
 *
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { configForArchive, flagsFor } from "aoti";
 *
 * const around = { cwd: "/project", cores: 4, env: () => undefined };
 * const config = configForArchive("mlp.pt2", { flags: { max_autotune: true } }, around);
 * assert(config.ok);
 * assertEquals(config.value.models[0]!.name, "mlp");
 * assertEquals(flagsFor(config.value.models[0]!, "import"), { implicit_fallbacks: false }); // what import reads
 * ```
 * @module
 */
export {
  type Config,
  defineConfig,
  dim,
  exported,
  type ExportedSource,
  graph,
  type GraphSource,
  type ModelConfig,
} from "./define.ts";
export * from "./flags.ts";
export * from "./resolved.ts";
export { configForArchive, parseDevice, parseEmit, parseFlags } from "./command_line.ts";
export { configNames, findConfig } from "./find.ts";
export { loadConfig, type LoadOptions } from "./load.ts";
export { nameForFile, nameProblem } from "./names.ts";
export { type Overrides, resolveConfig, type Surroundings } from "./resolve.ts";
export { configJsonSchema } from "./schema.ts";
export { configReference, type FlagHelp, flagHelp } from "./reference.ts";
