/**
 * What a command is: a row that help, parsing and running read.
 *
 * @module
 */
import { resolve } from "@std/path";
import { type Diagnostic, fail, nearest, ok, type Result } from "../base/mod.ts";
import {
  configForArchive,
  loadConfig,
  type Overrides,
  parseDevice,
  parseEmit,
  parseFlags,
} from "../config/mod.ts";
import type { ResolvedConfig, TuneMode } from "../config/mod.ts";
import { type OptionRow, usageProblem, type Words } from "./args.ts";
import type { Output } from "./output.ts";
import type { Pipeline } from "../pipeline/mod.ts";
import type { World } from "./world.ts";

/** What a command may use. */
export interface Context {
  readonly world: World;
  readonly output: Output;
  readonly words: Words;
  /** Loaded when first asked for: most of the tool's start-up time is in it. */
  pipeline(): Promise<Pipeline>;
}

/** One command of the tool. */
export interface Command {
  readonly name: string;
  /** Words after the name, one line per form: `[MODEL…] [--watch]`. */
  readonly usage: readonly string[];
  /** One sentence. */
  readonly doc: string;
  readonly options: readonly OptionRow[];
  /** How many positional words fit. */
  readonly takes: { readonly least: number; readonly most: number; readonly noun: string };
  /** More for `--help`, below the options. */
  readonly more?: () => string;
  /** 0, or 1 after it said why. */
  run(context: Context): Promise<number>;
}

/** Options of every command. */
export const commonOptions: readonly OptionRow[] = [
  {
    name: "config",
    kind: "text",
    value: "FILE",
    doc: "Config file; default: aoti.config.ts here or in a folder above.",
  },
  { name: "json", kind: "switch", doc: "Events and results as JSON, one value a line, on stdout." },
  { name: "quiet", short: "q", kind: "switch", doc: "Only results and errors." },
  { name: "no-color", kind: "switch", doc: "No colours; NO_COLOR and CI mean the same." },
  { name: "jobs", short: "j", kind: "number", value: "N", doc: "Tasks at a time; default: one a core." },
  { name: "cache-dir", kind: "text", value: "DIR", doc: "Folder of the content store; also AOTI_CACHE_DIR." },
  { name: "help", short: "h", kind: "switch", doc: "Shows this." },
];

/** Options that change what the config says. */
export const configOptions: readonly OptionRow[] = [
  {
    name: "tune",
    kind: ["off", "cached", "full"],
    doc: "Measure kernel variants never, only from records, or fully.",
  },
  { name: "device", kind: "text", value: "DEVICE", doc: "cpu, cuda or cuda:sm_80,sm_90." },
  { name: "flag", kind: "list", value: "NAME=VALUE", doc: "Sets a flag of every model; may be repeated." },
  {
    name: "emit",
    kind: "list",
    value: "KIND",
    doc: "library, binding, header, package, source, object; repeatable.",
  },
];

/** Settings given as options, or every reason why they cannot be. */
export function overridesOf(words: Words): Result<Overrides> {
  const device = words.text("device") === undefined ? undefined : parseDevice(words.text("device")!);
  const flags = parseFlags(words.list("flag"));
  const emit = parseEmit(words.list("emit"));
  const problems = [device, flags, emit].flatMap((part) => part && !part.ok ? part.diagnostics : []);
  if (problems.length > 0) return fail(...problems);
  return ok({
    cacheDir: words.text("cache-dir"),
    jobs: words.number("jobs"),
    tune: words.text("tune") as TuneMode | undefined, // its row allows no other word
    outDir: words.text("out"),
    ...(device?.ok ? { device: device.value } : {}),
    ...(flags.ok ? { flags: flags.value } : {}),
    ...(emit.ok && emit.value.length > 0 ? { emit: emit.value } : {}),
  });
}

/** The project's config under the given options. */
export async function configOf(
  { world, words }: Context,
  revision?: number,
): Promise<Result<ResolvedConfig>> {
  const overrides = overridesOf(words);
  if (!overrides.ok) return overrides;
  const around = { cwd: world.cwd, cores: world.cores, env: world.env };
  return await loadConfig(resolve(world.cwd, words.text("config") ?? ""), {
    overrides: overrides.value,
    around,
    revision,
  });
}

/** A config of the one model that the first word names, as the project's config calls it or as an archive. */
export async function configOfOne(
  context: Context,
  command: string,
  revision?: number,
): Promise<Result<ResolvedConfig>> {
  const { words, world } = context, name = words.positional[0]!;
  if (name.endsWith(".pt2")) {
    const overrides = overridesOf(words);
    if (!overrides.ok) return overrides;
    return configForArchive(name, overrides.value, { cwd: world.cwd, cores: world.cores, env: world.env });
  }
  const config = await configOf(context, revision);
  if (!config.ok) return config;
  const models = config.value.models.filter((model) => model.name === name);
  if (models.length > 0) return ok({ ...config.value, models });
  const names = config.value.models.map((model) => model.name), meant = nearest(name, names);
  const advice = meant ? `did you mean "${meant}"?` : `the config has ${names.join(", ")}`;
  return fail(usageProblem(`${command}: no model is called "${name}"; ${advice}`, command));
}

/** Ends a command: prints a success with `show`, or says why there is none. */
export function finish<T>(context: Context, result: Result<T>, show: (value: T) => void): number {
  if (!result.ok) return stop(context, ...result.diagnostics);
  show(result.value);
  return 0;
}

/** Ends a command that cannot go on: 2 when it was called wrongly, else 1. */
export function stop({ output }: Pick<Context, "output">, ...diagnostics: readonly Diagnostic[]): number {
  output.problems(diagnostics);
  return diagnostics.some(({ reason }) => reason === "usage") ? 2 : 1;
}
