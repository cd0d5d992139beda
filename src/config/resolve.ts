/**
 * From a config of the right shape, the environment and the command line to one frozen value; all problems at once.
 *
 * @module
 */
import { resolve } from "@std/path";
import { type Diagnostic, fail, ok, type Result } from "../base/mod.ts";
import { contradictions } from "./contradictions.ts";
import { defaultFlags, type Flags, type TargetName } from "./flags.ts";
import { type Locate, problemAt, problemsOf } from "./messages.ts";
import { clashes, nameProblem } from "./names.ts";
import {
  type Device,
  type Dim,
  type Emit,
  emitKinds,
  type ResolvedConfig,
  type ResolvedModel,
} from "./resolved.ts";
import type { ModelSource, TuneMode } from "./resolved.ts";
import { configSchema, dimProblem, type ShapedConfig, type ShapedModel } from "./schema.ts";

/** Settings from the command line; they win over the environment, which wins over the file. */
export interface Overrides {
  readonly outDir?: string;
  readonly cacheDir?: string;
  readonly jobs?: number;
  readonly tune?: TuneMode;
  readonly device?: Device;
  /** Laid over the flags of every model. */
  readonly flags?: Partial<Flags>;
  readonly emit?: readonly Emit[];
}

/** What a config may depend on besides its text. */
export interface Surroundings {
  /** Where relative paths of the command line and the environment start. */
  readonly cwd: string;
  readonly cores: number;
  env(name: string): string | undefined;
}

/** Where a config's value came from. */
export interface Origin {
  readonly configPath?: string;
  /** Folder that the config's relative paths start from. */
  readonly root: string;
  readonly locate: Locate;
}

/** Bytes that `cache gc` leaves unless the config says otherwise. */
const DEFAULT_CACHE_LIMIT = 10 * 2 ** 30;
const defaultEmit: readonly Emit[] = ["library", "binding", "header"];

/** Checks a config's value and fills in everything that it leaves open. */
export function resolveConfig(
  value: unknown,
  origin: Origin,
  overrides: Overrides,
  around: Surroundings,
): Result<ResolvedConfig> {
  const shaped = configSchema.safeParse(value);
  const problems = [
    ...(shaped.success ? [] : problemsOf(shaped.error, value, origin.locate)),
    ...nameProblems(value, origin.locate),
  ];
  if (!shaped.success) return fail(...problems);
  const config = assemble(shaped.data, origin, overrides, around);
  problems.push(...modelProblems(config, origin.locate), ...packageProblems(config, origin.locate));
  return problems.length > 0 ? fail(...problems) : ok(deepFreeze(config));
}

function assemble(
  config: ShapedConfig,
  origin: Origin,
  overrides: Overrides,
  around: Surroundings,
): ResolvedConfig {
  const { configPath, root } = origin;
  const given = (path: string | undefined) => path === undefined ? undefined : resolve(around.cwd, path);
  const cacheDir = given(overrides.cacheDir ?? (around.env("AOTI_CACHE_DIR") || undefined));
  const compiler = around.env("CC") || config.compiler;
  const libtorch = given(around.env("LIBTORCH") || undefined) ??
    (config.libtorch === undefined ? undefined : resolve(root, config.libtorch));
  return {
    ...(configPath === undefined ? {} : { configPath, lockPath: resolve(root, "aoti.lock") }),
    root,
    outDir: given(overrides.outDir) ?? resolve(root, config.outDir ?? "dist"),
    cacheDir: cacheDir ?? resolve(root, config.cacheDir ?? ".aoti/cache"),
    jobs: overrides.jobs ?? config.jobs ?? Math.max(1, around.cores),
    tune: overrides.tune ?? config.tune ?? "full",
    ...(compiler ? { compiler } : {}),
    ...(libtorch ? { libtorch } : {}),
    cacheLimit: config.cacheLimit ?? DEFAULT_CACHE_LIMIT,
    models: Object.entries(config.models).map(([name, model]) => resolveModel(name, model, root, overrides)),
    packages: Object.fromEntries(
      Object.entries(config.packages ?? {}).map(([name, models]) => [name, [...new Set(models)].sort()]),
    ),
  };
}

function resolveModel(name: string, model: ShapedModel, root: string, overrides: Overrides): ResolvedModel {
  const given = { ...model.flags, ...overrides.flags } as Partial<Flags>;
  const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const merged = { ...defaultFlags, ...flags } as Flags;
  const emit = overrides.emit ?? model.emit ?? defaultEmit;
  const ops = Object.entries(model.ops ?? {}).map(([op, given]) => [
    op,
    typeof given === "string" ? resolve(root, given) : given,
  ]);
  return {
    name,
    source: resolveSource(model.source, root),
    device: overrides.device ?? resolveDevice(model.device),
    target: [...new Set([merged.target].flat() as TargetName[])],
    dynamic: (model.dynamic ?? {}) as Record<string, Record<number, Dim>>,
    flags: merged,
    emit: emitKinds.filter((kind) => emit.includes(kind)),
    ops: Object.fromEntries(ops),
  };
}

function resolveSource(source: ShapedModel["source"], root: string): ModelSource {
  return source.kind === "graph" ? source : { kind: "exported", path: resolve(root, source.path) };
}

/** A device with its defaults: cuda without architectures is built for Ampere and Hopper data-centre GPUs. */
function resolveDevice(device: ShapedModel["device"]): Device {
  const type = typeof device === "string" ? device : device?.type ?? "cpu";
  if (type === "cpu") return { type };
  const arch = typeof device === "object" && device.type === "cuda" ? device.arch : undefined;
  return { type, arch: arch ?? ["sm_80", "sm_90"] };
}

function nameProblems(value: unknown, locate: Locate): Diagnostic[] {
  const models = (value as { models?: unknown } | null)?.models;
  if (models === null || typeof models !== "object" || Array.isArray(models)) return [];
  const names = Object.keys(models);
  if (names.length === 0) return [problemAt(["models"], "expected at least one model", locate)];
  const bad = names.flatMap((name) => {
    const problem = nameProblem(name);
    return problem ? [problemAt(["models", name], problem, locate)] : [];
  });
  const twice = clashes(names).map((name) =>
    problemAt(
      ["models", name],
      "another model's name differs only in case, and both would share a folder",
      locate,
    )
  );
  return [...bad, ...twice];
}

/** What a package holds must be a model, and all of one kind: PyTorch chooses one runner. */
function packageProblems({ packages, models }: ResolvedConfig, locate: Locate): Diagnostic[] {
  return Object.entries(packages).flatMap(([name, members]) => {
    const found = models.filter((m) => members.includes(m.name)),
      known = models.map((m) => m.name).join(", ");
    const unknown = members.filter((member) => !models.some((m) => m.name === member));
    if (unknown.length > 0) {
      return [
        problemAt(["packages", name], `there is no model "${unknown[0]}"`, locate, `Models are ${known}.`),
      ];
    }
    if (new Set(found.map((m) => m.device.type)).size > 1) {
      return [problemAt(["packages", name], "its models are for different devices", locate)];
    }
    return [];
  });
}

function modelProblems(config: ResolvedConfig, locate: Locate): Diagnostic[] {
  return config.models.flatMap((model) => {
    const at = ["models", model.name];
    const clashing = contradictions(model, config.tune).map(({ path, text, help }) =>
      problemAt([...at, ...path], text, locate, help)
    );
    return [...clashing, ...dimProblems(model, locate)];
  });
}

/** Dims of one name are one dimension: their bounds must be equal. */
function dimProblems(model: ResolvedModel, locate: Locate): Diagnostic[] {
  const seen = new Map<string, { dim: Dim; place: string }>();
  return Object.entries(model.dynamic).flatMap(([input, axes]) =>
    Object.entries(axes).flatMap(([axis, dim]) => {
      const path = ["models", model.name, "dynamic", input, axis];
      const broken = dimProblem(dim);
      if (broken) return [problemAt(path, broken, locate)];
      const first = seen.get(dim.name);
      if (!first) seen.set(dim.name, { dim, place: `${input}[${axis}]` });
      if (!first || (first.dim.min === dim.min && first.dim.max === dim.max)) return [];
      const [now, then] = [range(dim), range(first.dim)];
      return [problemAt(path, `dim "${dim.name}" is ${now} here and ${then} at ${first.place}`, locate)];
    })
  );
}

function range(dim: Dim): string {
  return `${dim.min}..${dim.max ?? ""}`;
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
