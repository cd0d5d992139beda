/**
 * What every opened model can do, whatever runs its kernels.
 *
 * @module
 */
import type { Result } from "../base/mod.ts";
import { type ModelInterface, readPackage } from "../package/mod.ts";
import type { Launch } from "./call.ts";
import { Model, type OpenOptions } from "./open.ts";
import { openScript } from "./script.ts";
import type { Tensor } from "./tensor.ts";

/** A model in its initial state. Close it. */
export interface OpenedModel extends Disposable {
  readonly description: ModelInterface;
  readonly numOutputs: number;
  call(): OpenedCall;
  /** One run: inputs as the model counts them, outputs in order; null where a leaf is None. */
  run(inputs: readonly Tensor[]): Result<readonly (Tensor | null)[]>;
  /** The value of a constant now. */
  constant(name: string): Result<Tensor>;
  /** Replaces constants, all at once. */
  update(constants: ReadonlyMap<string, Tensor>): Result<void>;
  /** Random operators start anew. */
  seed(seed: bigint): void;
}

/** Bound inputs and the outputs of the last run. */
export interface OpenedCall extends Disposable {
  /** Binds input i; runs that write to it write to `tensor.data`. */
  bind(i: number, tensor: Tensor): void;
  run(): void;
  /** Output i as dense bytes; null for None. */
  output(i: number): Tensor | null;
  /** The strides that output i has in the model's memory. */
  outputStrides(i: number): readonly number[];
  /** Launches of the last run, of models that note them. */
  launches(): readonly Launch[];
}

/** Opens what was built: a library, or kernels with their TypeScript wrapper. */
export async function openBuilt(path: string, options: OpenOptions = {}): Promise<Result<OpenedModel>> {
  const found = await readPackage(path);
  if (!found.ok) return found;
  const { library, weights, manifest } = found.value;
  return manifest.wrapper === "typescript"
    ? await openScript(found.value)
    : Model.open(library, { weights, ...options });
}
