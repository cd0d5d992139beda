/**
 * Many graphs in one library: what a random graph costs is compilers starting and headers being read, so the kernels of
 * a batch share translation units, and one linked library holds all models, of which one is chosen at a time.
 *
 * A kernel keeps its text; what lies before it (lane count, headers) is said once per unit. Kernels whose file-level
 * text depends on more than that (routines, custom operators) share a unit only where all of it is equal.
 *
 * @module
 */
import type { Target } from "../../src/base/mod.ts";
import { runtimeTask } from "../../src/compile/mod.ts";
import { unitFlags, type UnitKind } from "../../src/compile/flags.ts";
import type { Graph } from "../../src/ir/graph/mod.ts";
import type { DenseTensor } from "../../src/ir/scalar/mod.ts";
import { compileGraph } from "../../src/pipeline/compile_graph.ts";
import { featuresOf, type Workshop } from "../../src/pipeline/workshop.ts";
import { unwrap } from "../../src/base/mod.ts";
import { Model } from "../../src/run/mod.ts";
import { blobOf, type NativeResult, runModel } from "./native_graph.ts";

/** A graph with the constants that lie beside it. */
export interface Batched {
  readonly graph: Graph;
  readonly constants: readonly DenseTensor[];
}

/** How a batch is compiled. */
export interface BatchOptions {
  readonly target: Target;
  /** `-O0`: compiles in no time. `-O3` otherwise, as builds do. */
  readonly debug: boolean;
  /** Where texts, objects and the library go. */
  readonly folder: string;
}

interface Placed {
  readonly index: number;
  readonly graph: Graph;
  readonly weights?: string;
}

/** A library of several models; a model that cannot be compiled is an error of its own. */
export class Batch implements Disposable {
  private constructor(
    readonly path: string,
    readonly placed: readonly (Placed | Error)[],
    readonly library: Deno.DynamicLibrary<{ choose_model: { parameters: ["i32"]; result: "void" } }>,
  ) {}

  /** Compiles and opens the models. Throws where the C compiler refuses: that is a bug of code generation. */
  static async open(shop: Workshop, models: readonly Batched[], options: BatchOptions): Promise<Batch> {
    const { folder, target } = options,
      units = new Units(),
      texts: string[] = [],
      placed: (Placed | Error)[] = [];
    for (const [n, model] of models.entries()) {
      try {
        const index = texts.length, made = compileModel(model, target);
        made.kernels.forEach((k) => units.add(k.symbol, k.text));
        const weights = made.weights && `${folder}/weights${n}.bin`;
        if (weights) await Deno.writeFile(weights, made.weights!);
        texts.push(made.model);
        placed.push({ index, graph: model.graph, ...(weights && { weights }) });
      } catch (error) {
        placed.push(error as Error);
      }
    }
    const path = await link(shop, options, units.texts(), modelsText(texts));
    return new Batch(
      path,
      placed,
      Deno.dlopen(path, { choose_model: { parameters: ["i32"], result: "void" } }),
    );
  }

  /** One run of the n-th model. */
  run(n: number, inputs: readonly DenseTensor[]): NativeResult {
    const model = this.placed[n]!;
    if (model instanceof Error) throw model;
    this.library.symbols.choose_model(model.index);
    const weights = model.weights ? { weights: model.weights } : {};
    using opened = unwrap(Model.open(this.path, { threads: 2, ...weights }));
    return runModel(opened, model.graph, inputs);
  }

  [Symbol.dispose](): void {
    this.library.close();
  }
}

function compileModel({ graph, constants }: Batched, target: Target) {
  const cpuFeatures = featuresOf(target), { data, storages } = blobOf(graph, constants);
  const { emitted, weights } = compileGraph(graph, target, cpuFeatures ? { cpuFeatures } : {});
  const bytes = weights.bytes > 0 ? new Uint8Array(weights.bytes) : undefined;
  for (const { storage, from, bytes: count, at } of weights.pieces) {
    const start = storages[storage]!.offset + from;
    bytes!.set(data.subarray(start, start + count), at);
  }
  return { kernels: emitted.kernels, model: emitted.model, weights: bytes };
}

/** Headers that any kernels of as many lanes may share. */
const shared = /^#include ("aoti\/kernel\/(vec|index|matmul|contraction|math_\w+)\.h"|<string\.h>)$/;

/** Kernel texts sorted into translation units. */
class Units {
  readonly #units = new Map<string, { headers: Set<string>; bodies: Map<string, string> }>();

  add(symbol: string, text: string): void {
    const lines = text.split("\n"),
      isHead = (line: string) => /^(#(define|include)\b|\/\*.*\*\/$|\s*$)/.test(line);
    const end = lines.findIndex((line) => !isHead(line));
    const head = lines.slice(0, end).filter((line) => line.startsWith("#"));
    const plain = head.every((line) => shared.test(line) || line.startsWith("#define AOTI_LANES "));
    const headers = plain ? head.filter((line) => shared.test(line)) : [];
    const key = head.filter((line) => !headers.includes(line)).join("\n"),
      unit = this.#units.get(key) ?? { headers: new Set(), bodies: new Map() };
    this.#units.set(key, unit);
    headers.forEach((line) => unit.headers.add(line));
    unit.bodies.set(symbol, ownStatics(symbol, lines.slice(end).join("\n")));
  }

  texts(): string[] {
    return [...this.#units].map(([own, { headers, bodies }]) =>
      [own, ...[...headers].sort(inOrder), ...bodies.values()].join("\n\n")
    );
  }
}

/** As templates list headers: vectors first, functions of math last. */
function inOrder(a: string, b: string): number {
  const rank = (line: string) =>
    ["string", "vec", "index", "matmul", "contraction"].findIndex((x) => line.includes(`${x}.h`));
  const [x, y] = [rank(a), rank(b)].map((n) => (n < 0 ? 9 : n)) as [number, number];
  return x - y || (a < b ? -1 : 1);
}

/** File-level functions of a kernel, under names of its own. */
function ownStatics(symbol: string, body: string): string {
  return body.replace(/\b(tile|finish)_\w+\b/g, (name) => `${name}_${symbol}`);
}

/** All model texts as one: each with file-level names of its own, outside of strings and member names. */
function modelsText(texts: readonly string[]): string {
  const names =
    /"(?:[^"\\\n]|\\.)*"|(?<![.>\w])(?:run_model|fold_model|constants|constant_\w+|inputs|outputs|aoti_model|(?:sizes|strides)_\d+)\b/g;
  const isStart = (line: string) => /^(extern void|static int32_t run_model)/.test(line);
  const parts = texts.map((text, n) => {
    const lines = text.split("\n"), start = lines.findIndex(isStart);
    return lines.slice(start).join("\n").replace(names, (s) => (s.startsWith('"') ? s : `${s}_of_${n}`));
  });
  const first = texts[0]?.split("\n") ?? ['#include "aoti/model.h"'], start = first.findIndex(isStart);
  const preamble = start < 0 ? first : first.slice(0, start);
  return [
    "#define aoti_model aoti_model_declared", // the header's is constant, ours is not
    ...preamble,
    "#undef aoti_model",
    "aoti_model_desc aoti_model;",
    ...parts,
    `static const aoti_model_desc* const all[] = {${
      texts.map((_, n) => `&aoti_model_of_${n}`).join(", ") || "0"
    }};`,
    'void __attribute__((visibility("default"))) choose_model(int n) { aoti_model = *all[n]; }',
  ].join("\n");
}

async function link(
  shop: Workshop,
  options: BatchOptions,
  units: readonly string[],
  models: string,
): Promise<string> {
  const { folder, target, debug } = options, { toolchain } = shop;
  const runtime = unwrap(await shop.engine.run(runtimeTask({ ...shop, target, debug: true }))).object;
  const compile = async (name: string, text: string, kind: UnitKind, small: boolean) => {
    await Deno.writeTextFile(`${folder}/${name}.c`, text);
    const flags = [
      ...unitFlags(toolchain, target, kind, small).filter((flag) => flag !== "-g"),
      ...small ? called : [],
    ];
    await command(toolchain.program, [
      ...flags,
      `-I${include}`,
      "-c",
      `${folder}/${name}.c`,
      "-o",
      `${folder}/${name}.o`,
    ]);
    return `${folder}/${name}.o`;
  };
  const objects = [await compile("models", models, "model", true)];
  for (const [n, text] of units.entries()) objects.push(await compile(`unit${n}`, text, "kernel", debug));
  const path = `${folder}/batch.so`;
  const libraries = [await shop.store.pathOf(runtime), "-lm", "-lpthread", "-ldl"];
  await command(toolchain.program, [
    "-shared",
    "-fPIC",
    "-Wl,--no-undefined",
    ...objects,
    ...libraries,
    "-o",
    path,
  ]);
  return path;
}

/** Unoptimised, a function that is called compiles three times as fast as one that is inlined. */
const called = ["-DAOTI_FN=static inline __attribute__((unused))"];
const include = new URL("../../runtime/include", import.meta.url).pathname;

async function command(program: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) throw new Error(`${program} failed\n${new TextDecoder().decode(stderr).slice(0, 4000)}`);
}
