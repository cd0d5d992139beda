/**
 * Opens a built library through door 2, and runs it on tensors.
 *
 * @module
 */
import { attempt, bytesOf, type DType, dtypes, refuse, type Result } from "../base/mod.ts";
import { type Door2, door2, DOOR2_VERSION, type ModelInterface, readPackage } from "../package/mod.ts";
import { dense, dtypeOf, type Tensor } from "./tensor.ts";

/** How a model is opened. */
export interface OpenOptions {
  /** Threads of a run, the caller included; 0, the default: one for each processor. */
  readonly threads?: number;
  /** Path of weights.bin; beside the library, or in it, by default. */
  readonly weights?: string;
}

/** What a launch of a profiled run took. */
export interface Launch {
  readonly name: string;
  readonly ns: number;
  readonly iterations: number;
}

const INFO = 36, MOST_DIMS = 16, INACTIVE = 1;

/** A model in its initial state. Close it. */
export class Model implements Disposable {
  readonly #library: Door2;
  readonly #handle: bigint;
  readonly #calls = new Set<Call>();

  private constructor(library: Door2, handle: bigint, readonly description: ModelInterface) {
    this.#library = library;
    this.#handle = handle;
  }

  /** Opens the library at `path`. */
  static open(path: string, options: OpenOptions = {}): Result<Model> {
    return attempt(() => {
      const library = load(path);
      try {
        const { symbols } = library, version = symbols.aoti_abi_version();
        if (version !== DOOR2_VERSION) {
          failed(`Cannot open ${path}: it has interface ${version}, this tool knows ${DOOR2_VERSION}`);
        }
        const description: ModelInterface = JSON.parse(textOf((b, n) => symbols.aoti_describe(b, n)));
        const handle = new BigUint64Array(1);
        const weights = options.weights === undefined ? null : cText(options.weights);
        check(symbols, symbols.aoti_open(weights, options.threads ?? 0, handle));
        return new Model(library, handle[0]!, description);
      } catch (error) {
        library.close();
        throw error;
      }
    });
  }

  /** Inputs that a call binds. */
  get numInputs(): number {
    return this.#library.symbols.aoti_num_inputs();
  }

  get numOutputs(): number {
    return this.#library.symbols.aoti_num_outputs();
  }

  /** A call of its own, to be bound once and run many times. */
  call(): Call {
    const call = new Call(this.#library, this.#handle, () => this.#calls.delete(call));
    this.#calls.add(call);
    return call;
  }

  /** One run: inputs as the library counts them, outputs in order; null where a leaf is None. */
  run(inputs: readonly Tensor[]): Result<readonly (Tensor | null)[]> {
    return attempt(() => {
      using call = this.call();
      inputs.forEach((tensor, i) => call.bind(i, tensor));
      call.run();
      return Array.from({ length: this.numOutputs }, (_, i) => call.output(i));
    });
  }

  /** The value of a constant now: a buffer after runs that wrote to it. */
  constant(name: string): Result<Tensor> {
    return attempt(() => {
      const { symbols } = this.#library, index = this.#constantIndex(name), info = new BigInt64Array(INFO);
      check(symbols, symbols.aoti_constant_info(index, info));
      const { tensor } = emptyOf(info);
      const { data } = tensor;
      check(symbols, symbols.aoti_get_constant(this.#handle, cText(name), data, BigInt(data.length), 0));
      return tensor;
    });
  }

  /** Replaces constants, all at once. */
  update(constants: ReadonlyMap<string, Tensor>): Result<void> {
    return attempt(() => {
      const { symbols } = this.#library, handle = this.#handle;
      for (const [name, tensor] of constants) {
        const { dtype, shape, data } = dense(tensor), sizes = bigints(shape);
        const c10 = dtypes[dtype].c10;
        const status = symbols.aoti_set_constant(
          handle,
          cText(name),
          data,
          c10,
          shape.length,
          sizes,
          null,
          INACTIVE,
        );
        check(symbols, status);
      }
      check(symbols, symbols.aoti_swap_constants(handle));
    });
  }

  /** Random operators start anew: the same seed and the same runs give the same numbers. */
  seed(seed: bigint): void {
    check(this.#library.symbols, this.#library.symbols.aoti_seed(this.#handle, BigInt.asUintN(64, seed)));
  }

  /** Whether runs note how long each launch took. */
  profile(on: boolean): void {
    check(this.#library.symbols, this.#library.symbols.aoti_profile(this.#handle, on ? 1 : 0));
  }

  [Symbol.dispose](): void {
    for (const call of this.#calls) call[Symbol.dispose]();
    const { symbols } = this.#library;
    check(symbols, symbols.aoti_close(this.#handle));
    this.#library.close();
  }

  #constantIndex(name: string): number {
    const { symbols } = this.#library, count = symbols.aoti_num_constants();
    for (let i = 0; i < count; i++) {
      if (textOf((b, n) => symbols.aoti_constant_name(i, b, n)) === name) return i;
    }
    return failed(`Cannot read constant "${name}": the model has no constant of that name`);
  }
}

/** Bound inputs and the outputs of the last run. Its methods leave by `refuse`; rooms see `Result`s. */
export class Call implements Disposable {
  readonly #symbols: Door2["symbols"];
  readonly #handle: bigint;
  /** Memory that the library knows of must not be collected. */
  readonly #kept = new Map<string, Uint8Array>();
  readonly #freed: () => void;
  #open = true;

  constructor(library: Door2, model: bigint, freed: () => void) {
    this.#symbols = library.symbols;
    this.#freed = freed;
    const handle = new BigUint64Array(1);
    check(this.#symbols, this.#symbols.aoti_call_new(model, handle));
    this.#handle = handle[0]!;
  }

  /** Binds input i; runs that write to it write to `tensor.data`. */
  bind(i: number, tensor: Tensor): void {
    const { dtype, shape, data, strides } = tensor;
    void data.buffer; // moves small arrays to memory that stays where it is
    this.#kept.set(`input ${i}`, data);
    const laid = strides ? bigints(strides) : null, c10 = dtypes[dtype].c10;
    this.#check(
      this.#symbols.aoti_call_input(this.#handle, i, data, c10, shape.length, bigints(shape), laid),
    );
  }

  /** Most threads of this call's runs. */
  threads(count: number): void {
    this.#check(this.#symbols.aoti_call_threads(this.#handle, count));
  }

  run(): void {
    this.#check(this.#symbols.aoti_call_run(this.#handle));
  }

  /** Runs beside JavaScript. */
  async runAsync(): Promise<void> {
    check(this.#symbols, await this.#symbols.aoti_call_run_async(this.#handle), this.#handle);
  }

  /** Output i of the last run as dense bytes, with the strides that the library gave it; null for None. */
  output(i: number): Tensor | null {
    const info = new BigInt64Array(INFO);
    this.#check(this.#symbols.aoti_call_output_info(this.#handle, i, info));
    if (info[3] === 0n) return null;
    const { tensor } = emptyOf(info);
    const { data } = tensor;
    this.#check(this.#symbols.aoti_call_output_copy(this.#handle, i, data, BigInt(data.length)));
    return tensor;
  }

  /** The strides that the library gave output i. */
  outputStrides(i: number): readonly number[] {
    const info = new BigInt64Array(INFO);
    this.#check(this.#symbols.aoti_call_output_info(this.#handle, i, info));
    return emptyOf(info).strides;
  }

  /** Launches of the last run of a profiled model. */
  launches(): readonly Launch[] {
    return JSON.parse(textOf((b, n) => this.#symbols.aoti_call_profile(this.#handle, b, n)));
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#check(this.#symbols.aoti_call_free(this.#handle));
    this.#kept.clear();
    this.#freed();
  }

  #check(status: number): void {
    check(this.#symbols, status);
  }
}

/** Opens the model of a built folder, or of an output folder with one model in it. */
export async function openModel(folder: string, options: OpenOptions = {}): Promise<Result<Model>> {
  const found = await readPackage(folder);
  if (!found.ok) return found;
  const { library, weights } = found.value;
  return Model.open(library, { weights, ...options });
}

function load(path: string): Door2 {
  try {
    return Deno.dlopen(path, door2);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isDenied = error.name === "NotCapable";
    return refuse({
      reason: isDenied ? "ffi-denied" : "library-not-opened",
      message: `Cannot open ${path}: ${error.message.split("\n")[0]}`,
      help: isDenied
        ? `Run Deno with --allow-ffi for that file or its folder.`
        : "Build the model again for this machine.",
      at: { file: path },
    });
  }
}

function failed(message: string): never {
  return refuse({ reason: "run-failed", message });
}

/** A dense tensor to be filled, and the strides of the original. */
function emptyOf(info: BigInt64Array): { readonly tensor: Tensor; readonly strides: readonly number[] } {
  const dtype: DType = dtypeOf(Number(info[0])), rank = Number(info[1]);
  const list = (at: number) => Array.from(info.subarray(at, at + rank), Number);
  const shape = list(4), bytes = shape.reduce((a, b) => a * b, bytesOf(dtype));
  return { tensor: { dtype, shape, data: new Uint8Array(bytes) }, strides: list(4 + MOST_DIMS) };
}

function bigints(list: readonly number[]): BigInt64Array<ArrayBuffer> {
  return BigInt64Array.from(list, BigInt);
}

function cText(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/** A text that the library writes into a buffer. */
function textOf(read: (buffer: Uint8Array<ArrayBuffer> | null, bytes: bigint) => bigint): string {
  const length = Number(read(null, 0n));
  if (length <= 0) return "";
  const buffer = new Uint8Array(length + 1);
  read(buffer, BigInt(buffer.length));
  return new TextDecoder().decode(buffer.subarray(0, length));
}

/** `of`: the call that ran on another thread; else this thread's last message is meant. */
function check(symbols: Door2["symbols"], status: number, of = 0n): void {
  if (status === 0) return;
  failed(textOf((b, n) => symbols.aoti_last_error(of, b, n)) || `the library failed with status ${status}`);
}
