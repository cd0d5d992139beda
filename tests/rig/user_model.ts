/**
 * Models written in TypeScript, built with flags and opened: what users get, without a config file.
 *
 * @module
 */
import { type DType, fromTorch, unwrap } from "../../src/base/mod.ts";
import type { Flags } from "../../src/config/mod.ts";
import {
  type Graph,
  GraphBuilder,
  type GraphOutput,
  printGraph,
  type Region,
  type SymbolDecl,
  type TensorType,
  type Value,
} from "../../src/ir/graph/mod.ts";
import { rowMajor } from "../../src/ir/loops/mod.ts";
import { buildUserGraph, type ModelBuilder, type UserGraph } from "../../src/ops/mod.ts";
import { fromFileUrl } from "@std/path";
import { buildLibrary, type BuiltLibrary, type LibraryRequest } from "../../src/pipeline/library.ts";
import { openWorkshop, type Workshop } from "../../src/pipeline/workshop.ts";
import { Model, openScript, type ScriptRunner, type Tensor } from "../../src/run/mod.ts";
import { readPackage, writePackage } from "../../src/package/mod.ts";
import { configForArchive } from "../../src/config/mod.ts";
import { wrapperFiles } from "../../src/pipeline/wrapper_files.ts";
import { assertEquals } from "@std/assert";

import { hasCompiler } from "./native_graph.ts";

export { hasCompiler };

/** How a model is built. */
export interface BuildWith {
  readonly flags?: Partial<Flags>;
  /** Changes the graph that the function made. */
  readonly edit?: (graph: Graph) => Graph;
  /** Optimised; default: not, which compiles fast. */
  readonly fast?: boolean;
  readonly threads?: number;
  /** The weights go into the library. */
  readonly embed?: boolean;
}

/** A built and opened model with its texts. */
export class OpenedModel implements Disposable {
  constructor(
    readonly model: Model,
    /** Path of the library. */
    readonly path: string,
    readonly modelText: string,
    readonly kernelTexts: Readonly<Record<string, string>>,
    readonly arena: number | string,
    readonly built: BuiltLibrary,
    /** The same model through its TypeScript wrapper: does every run too, and must do the same. */
    readonly script?: ScriptRunner,
  ) {}

  /** Outputs as numbers; null where a leaf is None. */
  numbers(...inputs: readonly Tensor[]): readonly (readonly number[] | null)[] {
    return unwrap(this.#run(inputs)).map((t) => t && toNumbers(t));
  }

  /** The message of a run that must fail. */
  failure(...inputs: readonly Tensor[]): string {
    const result = this.#run(inputs);
    if (result.ok) throw new Error("the run did not fail");
    return result.diagnostics[0]!.message;
  }

  #run(inputs: readonly Tensor[]): ReturnType<Model["run"]> {
    const apart = memoryApart(inputs), result = this.model.run(inputs);
    if (this.script) {
      const said = (r: typeof result) => r.ok ? r.value : r.diagnostics[0]!.message;
      assertEquals(said(this.script.run(apart)), said(result), "the TypeScript wrapper does the same");
      assertEquals(apart.map((t) => t.data), inputs.map((t) => t.data), "and writes the same to inputs");
    }
    return result;
  }

  /** Replaces constants. */
  update(constants: ReadonlyMap<string, Tensor>): void {
    unwrap(this.model.update(constants));
    if (this.script) unwrap(this.script.update(constants));
  }

  [Symbol.dispose](): void {
    this.script?.[Symbol.dispose]();
    this.model[Symbol.dispose]();
  }
}

/** Copies of tensors; those that share memory share that of their copies. */
function memoryApart(tensors: readonly Tensor[]): readonly Tensor[] {
  const copies = new Map(tensors.map(({ data }) => [data.buffer, data.buffer.slice(0)]));
  return tensors.map((t) => {
    const { buffer, byteOffset, length } = t.data;
    return { ...t, data: new Uint8Array(copies.get(buffer)!, byteOffset, length) };
  });
}

/** Builds models in a store that test files share. */
export class UserBench {
  #count = 0;

  private constructor(readonly folder: string, readonly shop: Workshop, readonly both: boolean) {}

  /**
   * One for all tests of a file, opened outside of them; libraries go with the process, compiled units stay. With `both`, every
   * model runs through its TypeScript wrapper too, and must do the same.
   */
  static async forFile({ both = false } = {}): Promise<UserBench> {
    if (!hasCompiler) return undefined as unknown as UserBench; // tests that would use it are ignored
    const shop = unwrap(
      await openWorkshop({
        cacheDir: fromFileUrl(new URL("../../.aoti/tests", import.meta.url)),
        jobs: 2,
        keepGoing: true,
      }),
    );
    const folder = await Deno.makeTempDir({ prefix: "aoti_user_" });
    globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
    return new UserBench(folder, shop, both);
  }

  /** Builds what the function of `graph(…)` describes. */
  async build(define: (builder: ModelBuilder) => unknown, how: BuildWith = {}): Promise<OpenedModel> {
    const made = await buildUserGraph("model", define);
    return await this.buildGraph({ ...made, graph: how.edit?.(made.graph) ?? made.graph }, how);
  }

  /** Builds a graph with the bytes of its constants. */
  async buildGraph({ graph, storages, data }: UserGraph, how: BuildWith = {}): Promise<OpenedModel> {
    const { shop } = this, dir = `${this.folder}/${this.#count++}`;
    const request: LibraryRequest = {
      name: graph.name,
      source: { kind: "graph", text: printGraph(graph), storages, data },
      target: shop.native,
      debug: !how.fast,
      ...(how.flags && { flags: how.flags }),
    };
    const built = await buildLibrary(shop, { ...request, ...(how.embed && { embedWeights: true }) });
    await Deno.mkdir(dir);
    const path = `${dir}/model.so`;
    await Deno.copyFile(await shop.store.pathOf(built.library), path);
    if (built.weights && !how.embed) {
      await Deno.copyFile(await shop.store.pathOf(built.weights), `${dir}/weights.bin`);
    }
    const texts = await Promise.all(
      Object.entries(built.kernelTexts).map(async ([name, file]) =>
        [name, await shop.store.readText(file)] as const
      ),
    );
    const opened = Model.open(path, {
      threads: how.threads ?? 2,
      ...(built.weights && !how.embed && { weights: `${dir}/weights.bin` }),
    });
    return new OpenedModel(
      unwrap(opened),
      path,
      await shop.store.readText(built.modelText),
      Object.fromEntries(texts),
      built.planned.arena,
      built,
      this.both ? await this.script(request, `${dir}/script`) : undefined,
    );
  }

  /** Builds the TypeScript wrapper of a model and opens it. */
  async script(request: LibraryRequest, folder: string): Promise<ScriptRunner> {
    const { shop } = this, built = await buildLibrary(shop, { ...request, wrapper: "typescript" });
    const around = { cwd: folder, cores: 1, env: () => undefined };
    const [model] = unwrap(configForArchive(`${request.name}.pt2`, {}, around)).models;
    unwrap(await writePackage(folder, await wrapperFiles(shop, model!, built), shop.engine));
    return unwrap(await openScript(unwrap(await readPackage(folder))));
  }
}

const arrays = {
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
  i32: Int32Array,
  u8: Uint8Array,
  bool: Uint8Array,
} as const;

/** A tensor of numbers, row by row; `strides` in elements over `values` as they lie. */
export function tensor(
  shape: readonly number[],
  values: readonly number[],
  dtype: keyof typeof arrays = "f32",
  strides?: readonly number[],
): Tensor {
  const data = dtype === "i64" ? BigInt64Array.from(values, BigInt) : arrays[dtype as "f32"].from(values);
  return { dtype, shape, data: new Uint8Array(data.buffer as ArrayBuffer), ...(strides && { strides }) };
}

/** Elements as numbers. */
export function toNumbers({ dtype, data }: Tensor): readonly number[] {
  const type = arrays[dtype as keyof typeof arrays] ?? Uint8Array;
  const all = new type(data.slice().buffer);
  return Array.from(all as ArrayLike<number | bigint>, Number);
}

/** The project's name of an element type by PyTorch's. */
export function named(torch: string): DType {
  return fromTorch(torch)!;
}

/** A graph of core operations; symbols are read from the first axis that is one. */
export function coreGraph(
  types: Readonly<Record<string, TensorType>>,
  define: (g: GraphBuilder, ...inputs: Value[]) => readonly GraphOutput[],
): UserGraph {
  const g = new GraphBuilder(), symbols = new Map<string, SymbolDecl>();
  const inputs = Object.entries(types).map(([label, type], leaf) => {
    const value = g.input(label, type);
    type.shape.forEach((size, axis) => {
      if (size.kind === "sym" && !symbols.has(size.name)) {
        symbols.set(size.name, { sym: size, from: { input: value, axis }, label: size.name });
      }
    });
    return { value, label, leaf, strides: rowMajor(type.shape) };
  });
  const outputs = define(g, ...inputs.map((x) => x.value));
  const none = { guards: [], fixed: [], constants: [], effects: [], inSpec: "", outSpec: "" };
  const graph: Graph = {
    name: "model",
    symbols: [...symbols.values()],
    inputs,
    nodes: g.nodes,
    outputs,
    ...none,
  };
  return { graph, storages: {}, data: new Uint8Array() };
}

/** Leaves of a result. */
export function leaves(...values: readonly Value[]): readonly GraphOutput[] {
  return values.map((value, n) => ({ kind: "tensor", value, label: `output${n}` }));
}

/** A region of a graph builder. */
export function region(
  g: GraphBuilder,
  name: string,
  inputs: readonly Value[],
  define: (inner: GraphBuilder, ...inputs: Value[]) => readonly Value[],
): Region {
  const inner = g.region(), own = inputs.map((v) => inner.input(v.name, v.type));
  const outputs = define(inner, ...own);
  return { name, inputs: own, nodes: inner.nodes, outputs };
}
