/**
 * Graphs built and run natively: through the pipeline, into a library that is opened here.
 *
 * @module
 */
import { type Target, unwrap } from "../../src/base/mod.ts";
import { probeToolchain } from "../../src/compile/mod.ts";
import { type Graph, printGraph } from "../../src/ir/graph/mod.ts";
import { denseFromBytes, type DenseTensor, denseToBytes, readSymbol } from "../../src/ir/scalar/mod.ts";
import { evaluate } from "../../src/ir/expr/mod.ts";
import { buildLibrary } from "../../src/pipeline/library.ts";
import { openWorkshop, type Workshop } from "../../src/pipeline/workshop.ts";
import { dense, layOut, Model, type Tensor } from "../../src/run/mod.ts";

/** True when there is a C compiler; tests that need one skip aloud otherwise. */
export const hasCompiler = (await probeToolchain()).ok;
if (!hasCompiler) console.warn("native tests are skipped: no C compiler was found");

/** What a native run gives: outputs, and inputs and constants that effects wrote. */
export interface NativeResult {
  readonly outputs: readonly DenseTensor[];
  readonly effects: readonly DenseTensor[];
}

/** Builds and runs graphs, with a store of its own that goes when it is disposed of. */
export class NativeBench implements AsyncDisposable {
  #count = 0;

  private constructor(readonly folder: string, readonly shop: Workshop, readonly debug: boolean) {}

  /** `debug`: unoptimised, which compiles in no time. */
  static async open(options: { readonly debug?: boolean } = {}): Promise<NativeBench> {
    const folder = await Deno.makeTempDir({ prefix: "aoti_native_" });
    const shop = unwrap(await openWorkshop({ cacheDir: `${folder}/cache`, jobs: 2, keepGoing: true }));
    return new NativeBench(folder, shop, options.debug ?? false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shop[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }

  /** Builds a graph and runs it once. */
  async run(
    graph: Graph,
    inputs: readonly DenseTensor[],
    constants: readonly DenseTensor[],
    target: Target = this.shop.native,
  ): Promise<NativeResult> {
    const name = `random${this.#count++}`, dir = `${this.folder}/${name}`;
    const { data, storages } = blobOf(graph, constants);
    const source = { kind: "graph", text: printGraph(graph), storages, data } as const;
    const built = await buildLibrary(this.shop, { name, source, target, debug: this.debug });
    await Deno.mkdir(dir);
    await Deno.copyFile(await this.shop.store.pathOf(built.library), `${dir}/${name}.so`);
    if (built.weights) await Deno.copyFile(await this.shop.store.pathOf(built.weights), `${dir}/weights.bin`);
    const weights = built.weights ? { weights: `${dir}/weights.bin` } : {};
    using model = unwrap(Model.open(`${dir}/${name}.so`, { threads: 2, ...weights }));
    return runModel(model, graph, inputs);
  }
}

/** Constants one after another; each must be stored as its strides say. */
export function blobOf(graph: Graph, constants: readonly DenseTensor[]) {
  const storages: Record<string, { offset: number; bytes: number }> = {}, pieces: Uint8Array[] = [];
  let end = 0;
  graph.constants.forEach(({ data }, n) => {
    const bytes = denseToBytes(constants[n]!);
    storages[data] = { offset: end, bytes: bytes.length };
    pieces.push(bytes);
    end += bytes.length;
  });
  const all = new Uint8Array(end);
  pieces.reduce((at, piece) => (all.set(piece, at), at + piece.length), 0);
  return { data: all, storages };
}

function toTensor(x: DenseTensor): Tensor {
  return { dtype: x.dtype, shape: x.shape, data: denseToBytes(x) as Uint8Array<ArrayBuffer> };
}

function toDense(t: Tensor): DenseTensor {
  const { dtype, shape, data } = dense(t);
  return denseFromBytes(dtype, shape, data);
}

export function runModel(model: Model, graph: Graph, inputs: readonly DenseTensor[]): NativeResult {
  const sizes = new Map(graph.symbols.flatMap(({ sym, from }) => {
    const n = graph.inputs.findIndex((x) => x.value === from?.input);
    return from && n >= 0 ? [[sym.name, readSymbol(inputs[n]!, from.axis)] as const] : [];
  }));
  const bound = graph.inputs.map(({ strides }, n) => {
    return layOut(toTensor(inputs[n]!), strides.map((e) => evaluate(e, sizes)));
  });
  using call = model.call();
  const { description } = model;
  description.inputs.forEach(({ leaf }, i) =>
    call.bind(i, bound[graph.inputs.findIndex((x) => x.leaf === leaf)]!)
  );
  call.run();
  const outputs = graph.outputs.map((_, i) => toDense(call.output(i)!));
  const effects = graph.effects.map(({ target }) => {
    const n = graph.inputs.findIndex((x) => x.value === target);
    if (n >= 0) return toDense(bound[n]!);
    return toDense(unwrap(model.constant(graph.constants.find((x) => x.value === target)!.fqn)));
  });
  return { outputs, effects };
}
