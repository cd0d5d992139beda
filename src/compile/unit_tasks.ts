/**
 * Compiling as tasks: a unit to an object, the runtime to one object.
 *
 * @module
 */
import type { Target } from "../base/mod.ts";
import { defineTask, json, type Output, type Task, task } from "../task/mod.ts";
import { compile, mapped } from "./compiler.ts";
import type { UnitOrigin } from "./errors.ts";
import { unitFlags, type UnitKind } from "./flags.ts";
import { type Libtorch, type LibtorchKey, torchFlags, torchIncludes } from "./libtorch.ts";
import { headersOf, type RuntimeFiles } from "./runtime_files.ts";
import type { Toolchain, ToolchainKey } from "./toolchain.ts";

/** A C text to compile. */
export interface Unit {
  readonly toolchain: Toolchain;
  readonly runtime: RuntimeFiles;
  readonly target: Target;
  readonly kind: Exclude<UnitKind, "runtime">;
  readonly text: string | Output<string>;
  /** As messages call it: `kernel k_add_1f`, `model mlp`. */
  readonly name: string;
  readonly origins?: readonly UnitOrigin[];
  readonly debug?: boolean;
  /** What a unit of the kind `torch` is compiled against. */
  readonly libtorch?: Libtorch;
  /** Further options of the compiler, last. */
  readonly flags?: readonly string[];
}

/** How a task is shown and preferred. */
export interface TaskShown {
  readonly label?: string;
  readonly weight?: number;
}

/** What compiling gives. */
export type ObjectTask = Task<{ readonly object: "file" }>;

/** Compiles one text. Its key holds the headers that the text can reach, and no others. */
export function unitTask(unit: Unit, shown: TaskShown = {}): ObjectTask {
  const { toolchain, runtime, text, libtorch } = unit;
  const headers = typeof text === "string" ? headersOf(text, runtime) : runtime.headers;
  const flags = [
    ...unitFlags(toolchain, unit.target, unit.kind, unit.debug),
    ...(libtorch ? torchFlags(libtorch, toolchain) : []),
    ...unit.flags ?? [],
  ];
  const beside = libtorch ? torchIncludes(libtorch) : [];
  const definition = defineTask({
    name: "compile-unit",
    version: 1,
    inputs: {
      source: "text",
      headers: "files",
      toolchain: json<ToolchainKey>(),
      flags: json<readonly string[]>(),
      libtorch: json<LibtorchKey | null>(),
    },
    outputs: { object: "file" },
    run: async ({ source, headers, flags }, box) => {
      await Promise.all(Object.entries(headers).map(([name, file]) => box.place(file, `include/${name}`)));
      await Deno.writeTextFile(box.path("unit.c"), source);
      const argv = [...flags, ...mapped(box), "-Iinclude", ...beside, "-c", "unit.c", "-o", "unit.o"];
      await compile(box, toolchain, argv, { name: unit.name, origins: unit.origins ?? [] });
      return { object: await box.adopt("unit.o") };
    },
  });
  const key = { toolchain: toolchain.key, libtorch: libtorch?.key ?? null };
  return task(definition, { source: text, headers, flags, ...key }, {
    label: unit.name,
    weight: 3 + Math.min(1.9, secondsFor(unit)),
    ...shown,
  });
}

/** About how long a compiler takes: the longest begin first, so that none is waited for alone at the end. */
function secondsFor({ kind, text }: Unit): number {
  const [least, each] = seconds[kind];
  return typeof text === "string" ? least + each * text.length : 1;
}

/** At least, and for each character: vectors are spelled out by the optimiser, tables are only read. */
const seconds = {
  kernel: [0.06, 2e-5],
  model: [0.02, 1.5e-6],
  torch: [4, 0],
} as const satisfies Record<Unit["kind"], readonly [least: number, each: number]>;

/** A library of one text that the tool itself opens. */
export type ToolTask = Task<{ readonly library: "file" }>;

/** Compiles and links one text with all instructions of `target`, multiply-adds fused. */
export function toolTask(
  unit: Pick<Unit, "toolchain" | "target" | "name"> & { readonly text: string },
): ToolTask {
  const { toolchain, text } = unit;
  const definition = defineTask({
    name: "compile-tool",
    version: 1,
    inputs: { source: "text", toolchain: json<ToolchainKey>(), flags: json<readonly string[]>() },
    outputs: { library: "file" },
    run: async ({ source, flags }, box) => {
      await Deno.writeTextFile(box.path("unit.c"), source);
      const argv = [...flags, ...mapped(box), "-shared", "unit.c", "-o", "unit.so"];
      await compile(box, toolchain, argv, { name: unit.name, origins: [] });
      return { library: await box.adopt("unit.so") };
    },
  });
  const flags = [...unitFlags(toolchain, unit.target, "kernel"), "-ffp-contract=fast"];
  return task(definition, { source: text, toolchain: toolchain.key, flags }, { label: unit.name, weight: 2 });
}

/** What the runtime is compiled with. */
export interface RuntimeUnit {
  readonly toolchain: Toolchain;
  readonly runtime: RuntimeFiles;
  readonly target: Target;
  readonly debug?: boolean;
  /** Further options of the compiler, last. */
  readonly flags?: readonly string[];
  /** Told when the compiler runs. */
  readonly onBegun?: () => void;
}

/** Compiles the runtime, all files as one unit, into an object. The same for all models and levels of a toolchain. */
export function runtimeTask(unit: RuntimeUnit, shown: TaskShown = {}): ObjectTask {
  const { toolchain, runtime } = unit;
  const definition = defineTask({
    name: "compile-runtime",
    version: 2,
    inputs: {
      sources: "files",
      headers: "files",
      toolchain: json<ToolchainKey>(),
      flags: json<readonly string[]>(),
    },
    outputs: { object: "file" },
    run: async ({ sources, headers, flags }, box) => {
      const placed = [
        ...Object.entries(headers).map(([name, file]) => box.place(file, `include/${name}`)),
        ...Object.entries(sources).map(([name, file]) => box.place(file, name)),
      ];
      await Promise.all(placed);
      const units = Object.keys(sources).filter((name) => name.endsWith(".c")).sort();
      // One compiler process that reads each header once: half the time of one for each file.
      await Deno.writeTextFile(box.path("runtime.c"), units.map((name) => `#include "${name}"\n`).join(""));
      const argv = [...flags, ...mapped(box), "-Iinclude", "-c", "runtime.c", "-o", "runtime.o"];
      await compile(box, toolchain, argv, { name: "the runtime", origins: [] }, unit.onBegun);
      return { object: await box.adopt("runtime.o") };
    },
  });
  const flags = [...unitFlags(toolchain, unit.target, "runtime", unit.debug), ...unit.flags ?? []];
  const reached = Object.entries(runtime.headers).filter(([name]) => !/^aoti\/(kernel|torch)\//.test(name));
  const { sources } = runtime, headers = Object.fromEntries(reached);
  return task(definition, { sources, headers, toolchain: toolchain.key, flags }, {
    label: "runtime",
    weight: 8,
    ...shown,
  });
}
