/**
 * A model that runs through its TypeScript wrapper: kernels by FFI, everything between them in this process.
 *
 * @module
 */
import { type Kernel, type Kept, type Launched, Run } from "./run.ts";
import { bytesOf, copyStrided, type DType, memory, nameOf, rowMajor, RunFailure, span, type Tensor, View } from "./view.ts";

export { floordiv, type Launched, max, min, mod, Run } from "./run.ts";
export { type DType, RunFailure, type Tensor, View } from "./view.ts";
export { numbersOf, statistics } from "./values.ts";

/** A weight, a buffer, another tensor of the model, or what is folded from them. */
export interface Constant {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Of its first byte in weights.bin; absent: folded. */
  readonly offset?: number;
}

/** What a generated module knows. */
export interface Script {
  /** Its `import.meta.url`; kernels.so and weights.bin lie beside it. */
  readonly url: string;
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly dtype: DType; readonly rank: number }[];
  readonly outputs: number;
  readonly constants: readonly Constant[];
  readonly weightsBytes: number;
  readonly kernels: readonly string[];
  readonly run: (run: Run) => void;
  /** Computes folded constants. */
  readonly fold?: (run: Run) => void;
}

/** What a caller may ask of a run. */
export interface RunOptions {
  /** Is told of every launch, with its time and what it wrote. */
  readonly onLaunch?: (launch: Launched) => void;
}

const signature = { parameters: ["buffer", "buffer", "buffer", "buffer", "i64"], result: "i32" } as const;

/** A model in its initial state. Close it. */
export class ScriptModel implements Disposable {
  readonly #library: Deno.DynamicLibrary<Deno.ForeignLibraryInterface>;
  readonly #kernels: ReadonlyMap<string, Kernel>;
  readonly #constants: View[];
  readonly #kept: Kept = { arena: memory(0, ""), scratch: memory(0, "") };
  #folded = false;
  #seed = 0n;
  #runs = 0n;

  constructor(readonly script: Script) {
    const path = new URL("./kernels.so", script.url), named = script.kernels.map((name) => [name, `call_${name}`] as const);
    const symbols = Object.fromEntries(named.map(([, symbol]) => [symbol, signature]));
    this.#library = Deno.dlopen(path, symbols);
    this.#kernels = new Map(named.map(([name, symbol]) => [name, this.#library.symbols[symbol] as unknown as Kernel]));
    this.#constants = constantsOf(script);
  }

  /** One run: inputs in order, outputs in order; null where a leaf is None. Outputs are row-major. */
  run(inputs: readonly Tensor[], options: RunOptions = {}): readonly (Tensor | null)[] {
    const outputs = this.views(inputs, options);
    return Array.from({ length: this.script.outputs }, (_, i) => outputs[i]?.dense() ?? null);
  }

  /** One run; outputs as they lie in memory. Runs that write to an input write to its `data`. */
  views(inputs: readonly Tensor[], options: RunOptions = {}): readonly (View | undefined)[] {
    const given = this.script.inputs.map((want, i) => viewOf(want, inputs[i]));
    this.fold();
    const run = this.#start(given, this.#runs++, options);
    this.script.run(run);
    return run.outputs;
  }

  /** Computes folded constants, unless they are up to date. */
  fold(): void {
    const { fold, constants } = this.script;
    if (!fold || this.#folded) return;
    const run = this.#start([], 0n, {}), first = constants.findIndex((c) => c.offset === undefined);
    fold(run);
    run.foldedConstants.forEach((view, n) => this.#constants[first + n] = view);
    this.#folded = true;
  }

  #start(inputs: readonly View[], number: bigint, options: RunOptions): Run {
    const random = BigUint64Array.of(this.#seed, number, 0n);
    return new Run({ kernels: this.#kernels, constants: this.#constants, inputs, kept: this.#kept, random, ...options });
  }

  /** The value of a constant now: a buffer after runs that wrote to it. */
  constant(name: string): Tensor {
    return this.#constants[this.#indexOf(name)]!.dense();
  }

  /** Replaces constants. */
  update(constants: ReadonlyMap<string, Tensor>): void {
    for (const [name, tensor] of constants) {
      const index = this.#indexOf(name), { dtype, shape, strides } = this.#constants[index]!;
      if (tensor.dtype !== dtype || tensor.shape.join() !== shape.join()) {
        throw new RunFailure(`constant "${name}" is ${nameOf(dtype)}[${shape}], not ${nameOf(tensor.dtype)}[${tensor.shape}]`);
      }
      const fresh = memory(span(shape, strides) * bytesOf(dtype), `"${name}"`);
      const from = new View(name, dtype, shape, tensor.strides ?? rowMajor(shape), tensor.data);
      this.#constants[index] = new View(name, dtype, shape, strides, fresh);
      copyStrided(this.#constants[index]!, from);
      this.#folded = false;
    }
  }

  /** Random operators start anew: the same seed and the same runs give the same numbers. */
  seed(seed: bigint): void {
    this.#seed = BigInt.asUintN(64, seed);
    this.#runs = 0n;
  }

  [Symbol.dispose](): void {
    this.#library.close();
  }

  #indexOf(name: string): number {
    const index = this.script.constants.findIndex((c) => c.name === name && c.offset !== undefined);
    if (index < 0) throw new RunFailure(`Cannot find constant "${name}": the model has no constant of that name`);
    return index;
  }
}

/** Weights in memory of their own, since runs may write to buffers with state. Storages that are shared stay shared. */
function constantsOf({ url, constants, weightsBytes }: Script): View[] {
  const all = memory(weightsBytes, "weights");
  if (weightsBytes > 0) {
    using file = Deno.openSync(new URL("./weights.bin", url), { read: true });
    for (let at = 0, n: number | null; at < all.length; at += n) {
      n = file.readSync(all.subarray(at));
      if (n === null) throw new RunFailure(`weights.bin has ${at} bytes, not ${weightsBytes}: build the model again`);
    }
  }
  return constants.map(({ name, dtype, shape, strides, offset }) => {
    const bytes = span(shape, strides) * bytesOf(dtype);
    const data = offset === undefined ? all.subarray(0, 0) : all.subarray(offset, offset + bytes);
    return new View(name, dtype, shape, strides, data);
  });
}

/** What the wrapper may rely on: the input is there, with the type and rank that the model was built for. */
function viewOf(want: Script["inputs"][number], given: Tensor | undefined): View {
  const { name, dtype, rank } = want;
  if (!given) throw new RunFailure(`input "${name}" is missing`);
  const { shape, data, strides = rowMajor(shape) } = given;
  if (given.dtype !== dtype) throw new RunFailure(`input "${name}" is ${nameOf(given.dtype)}, the model takes ${nameOf(dtype)}`);
  if (shape.length !== rank) {
    throw new RunFailure(`input "${name}" has ${shape.length} dimensions [${shape.join(", ")}], the model takes ${rank}`);
  }
  const bytes = span(shape, strides) * bytesOf(dtype);
  if (data.length < bytes) throw new RunFailure(`input "${name}" has ${data.length} bytes, its sizes need ${bytes}`);
  return new View(name, dtype, shape, strides, data.subarray(0, bytes));
}
