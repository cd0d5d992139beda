/**
 * Compiling as tasks: a unit to an object, the runtime to one object, objects to a library. Everything is compiled
 * under relative names in the task's own folder, so no path reaches a byte of the output.
 *
 * @module
 */
import { refuse, type Target } from "../base/mod.ts";
import {
  type Box,
  type CommandOutput,
  defineTask,
  type File,
  json,
  type Output,
  type Task,
  task,
} from "../task/mod.ts";
import { readElf, strangers } from "./elf.ts";
import { compileFailure, type UnitName, type UnitOrigin } from "./errors.ts";
import { linkFlags, unitFlags, type UnitKind } from "./flags.ts";
import {
  type Libtorch,
  type LibtorchKey,
  torchFlags,
  torchIncludes,
  torchLibraries,
  torchLinks,
} from "./libtorch.ts";
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
    weight: unit.kind === "kernel" ? 4 : 2,
    ...shown,
  });
}

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

/** Links objects into a library that the tool itself opens; what they define is visible when compiled so. */
export function bundleTask(
  toolchain: Toolchain,
  objects: Readonly<Record<string, File | Output<File>>>,
  name: string,
): ToolTask {
  const definition = defineTask({
    name: "link-tool",
    version: 1,
    inputs: { objects: "files", toolchain: json<ToolchainKey>() },
    outputs: { library: "file" },
    run: async ({ objects }, box) => {
      const files = Object.entries(objects).sort(([a], [b]) => (a < b ? -1 : 1));
      await Promise.all(files.map(([, file], i) => box.place(file, `unit_${i}.o`)));
      const argv = ["-shared", ...files.map((_, i) => `unit_${i}.o`), "-lm", "-o", "library.so"];
      await compile(box, toolchain, argv, { name, origins: [] });
      return { library: await box.adopt("library.so") };
    },
  });
  return task(definition, { objects, toolchain: toolchain.key }, { label: name, weight: 2 });
}

/** What the runtime is compiled with. */
export interface RuntimeUnit {
  readonly toolchain: Toolchain;
  readonly runtime: RuntimeFiles;
  readonly target: Target;
  readonly debug?: boolean;
  /** Further options of the compiler, last. */
  readonly flags?: readonly string[];
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
      await compile(box, toolchain, argv, { name: "the runtime", origins: [] });
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

/** What a library is made of. */
export interface Library {
  readonly toolchain: Toolchain;
  /** By name; linked in the order of names. */
  readonly objects: Readonly<Record<string, File | Output<File>>>;
  /** None for a wrapper on `at::Tensor`. */
  readonly runtime?: File | Output<File>;
  /** What such a wrapper is linked with. */
  readonly libtorch?: Libtorch;
  /** weights.bin, when it is to lie inside the library. */
  readonly weights?: File | Output<File>;
  readonly name: string;
  readonly debug?: boolean;
  /** Keeps the names of functions, for profilers. */
  readonly named?: boolean;
}

/** A library with the libraries it needs and the functions it takes from them. */
export type LibraryTask = Task<{
  readonly library: "file";
  readonly needed: ReturnType<typeof json<readonly string[]>>;
  readonly imports: ReturnType<typeof json<readonly string[]>>;
}>;

/** Links a library, and refuses one that would need more than the C library, or than PyTorch where it is built on that. */
export function linkTask(library: Library, shown: TaskShown = {}): LibraryTask {
  const { toolchain, libtorch } = library, torch = libtorch ? torchLinks(libtorch, toolchain) : [];
  const definition = defineTask({
    name: "link",
    version: 1,
    inputs: {
      objects: "files",
      runtime: "files",
      weights: "files",
      toolchain: json<ToolchainKey>(),
      flags: json<readonly string[]>(),
      libtorch: json<LibtorchKey | null>(),
    },
    outputs: { library: "file", needed: json<readonly string[]>(), imports: json<readonly string[]>() },
    run: async ({ objects, runtime, weights, flags }, box) => {
      const said = { name: library.name, origins: [] };
      const names = Object.keys(objects).sort().map((_, i) => `unit_${i}.o`);
      const files = Object.entries(objects).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
      await Promise.all(files.map((file, i) => box.place(file, names[i]!)));
      const shared = runtime.o ? ["runtime.o"] : [];
      if (runtime.o) await box.place(runtime.o, "runtime.o");
      const embedded = weights.bin ? [await embed(box, toolchain, weights.bin, said)] : [];
      await Deno.writeTextFile(box.path("objects.txt"), [...names, ...embedded, ...shared].join("\n"));
      await compile(box, toolchain, [...flags, "@objects.txt", ...torch, "-lm", "-o", "library.so"], said);
      const elf = readElf(box.path("library.so"));
      refuseStrangers(library.name, strangers(elf, libtorch ? torchLibraries : undefined));
      return { library: await box.adopt("library.so"), needed: elf.needed, imports: elf.imports };
    },
  });
  const weights: Readonly<Record<string, File | Output<File>>> = library.weights
    ? { bin: library.weights }
    : {};
  const runtime: Readonly<Record<string, File | Output<File>>> = library.runtime
    ? { o: library.runtime }
    : {};
  const flags = linkFlags(library.debug || library.named, libtorch !== undefined), { objects } = library;
  const key = { toolchain: toolchain.key, libtorch: libtorch?.key ?? null };
  return task(definition, { objects, runtime, weights, flags, ...key }, {
    label: library.name,
    weight: 2,
    ...shown,
  });
}

/** Weights as an object. Beyond a gigabyte they go behind everything else, where nothing must reach across them. */
async function embed(box: Box, toolchain: Toolchain, weights: File, said: UnitName): Promise<string> {
  await box.place(weights, "weights.bin");
  const isLarge = weights.bytes > 1 << 30 && toolchain.key.triple.startsWith("x86_64");
  const section = isLarge ? `.section .lrodata,"al",@progbits` : `.section .rodata`;
  const text = `${section}
.balign 4096
.global aoti_weights_start, aoti_weights_end
.hidden aoti_weights_start
.hidden aoti_weights_end
aoti_weights_start:
.incbin "weights.bin"
aoti_weights_end:
.section .note.GNU-stack,"",%progbits
`;
  await Deno.writeTextFile(box.path("weights.S"), text);
  await compile(box, toolchain, ["-c", "weights.S", "-o", "weights.o"], said);
  return "weights.o";
}

function mapped(box: Box): readonly string[] {
  return [`-ffile-prefix-map=${box.folder}=.`];
}

async function compile(
  box: Box,
  toolchain: Toolchain,
  args: readonly string[],
  said: UnitName,
): Promise<void> {
  const output: CommandOutput = await box.command([toolchain.program, ...args], { timeoutMs: 600_000 });
  if (output.code !== 0 || output.timedOut) refuse(compileFailure(said, toolchain, output));
}

function refuseStrangers(name: string, found: readonly string[]): void {
  if (found.length === 0) return;
  refuse({
    reason: "native-link",
    message: `Cannot use ${name}: it would need ${found.slice(0, 8).join(", ")} on the machine that runs it`,
    help: "A model may need the C library alone: custom operators must bring along what they use.",
    data: { found },
  });
}
