/**
 * Linking as tasks: objects to a model's library, or to one that the tool itself opens.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { type Box, defineTask, type File, json, type Output, type Task, task } from "../task/mod.ts";
import { compile } from "./compiler.ts";
import { readElf, strangers } from "./elf.ts";
import type { UnitName } from "./errors.ts";
import { linkFlags } from "./flags.ts";
import { type Libtorch, type LibtorchKey, torchLibraries, torchLinks } from "./libtorch.ts";
import type { Toolchain, ToolchainKey } from "./toolchain.ts";
import type { TaskShown, ToolTask } from "./unit_tasks.ts";

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
      const names = await placed(box, objects), shared = runtime.o ? ["runtime.o"] : [];
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

/** Puts objects into the box in the order of their names, under numbers: what they are called there. */
async function placed(box: Box, objects: Readonly<Record<string, File>>): Promise<readonly string[]> {
  const files = Object.entries(objects).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
  await Promise.all(files.map((file, i) => box.place(file, `unit_${i}.o`)));
  return files.map((_, i) => `unit_${i}.o`);
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

function refuseStrangers(name: string, found: readonly string[]): void {
  if (found.length === 0) return;
  refuse({
    reason: "native-link",
    message: `Cannot use ${name}: it would need ${found.slice(0, 8).join(", ")} on the machine that runs it`,
    help: "A model may need the C library alone: custom operators must bring along what they use.",
    data: { found },
  });
}
