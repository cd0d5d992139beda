/**
 * Opens a built library through door 2, and runs it on tensors.
 *
 * @module
 */
import { attempt, dtypes, refuse, type Result } from "../base/mod.ts";
import { type Door2, door2, DOOR2_VERSION, type ModelInterface, readPackage } from "../package/mod.ts";
import { Call } from "./call.ts";
import { bigints, check, cText, emptyOf, failed, INFO, textOf } from "./marshal.ts";
import { dense, type Tensor } from "./tensor.ts";

/** How a model is opened. */
export interface OpenOptions {
  /** Threads of a run, the caller included; 0, the default: one for each processor. */
  readonly threads?: number;
  /** Path of weights.bin; beside the library, or in it, by default. */
  readonly weights?: string;
}

const INACTIVE = 1;

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
