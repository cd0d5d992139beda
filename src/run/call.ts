/**
 * A call of a model: inputs bound once, run many times.
 *
 * @module
 */
import { dtypes } from "../base/mod.ts";
import type { Door2 } from "../package/mod.ts";
import { bigints, check, emptyOf, INFO, textOf } from "./marshal.ts";
import type { Tensor } from "./tensor.ts";

/** What a launch of a profiled run took. */
export interface Launch {
  readonly name: string;
  readonly ns: number;
  readonly iterations: number;
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
