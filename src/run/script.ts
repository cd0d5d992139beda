/**
 * Opens a model that was built with its TypeScript wrapper: a module of the build's folder runs the kernels, in this
 * process, where a debugger can follow.
 *
 * @module
 */
import { join, toFileUrl } from "@std/path";
import { attempt, attemptAsync, refuse, type Result } from "../base/mod.ts";
import type { ModelInterface, Package } from "../package/mod.ts";
import type { OpenedCall, OpenedModel } from "./opened.ts";
import type { Launch } from "./call.ts";
import type { Tensor } from "./tensor.ts";

/** A tensor in the wrapper's memory. */
export interface ScriptView {
  readonly name: string;
  readonly dtype: Tensor["dtype"];
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  dense(): Tensor;
}

/** A launch that is over; what it wrote is there until the next one. */
export interface ScriptLaunch {
  readonly kernel: string;
  readonly number: number;
  readonly ns: number;
  readonly iterations: number;
  readonly writes: readonly ScriptView[];
}

/** What the module exports: see `runtime/typescript/model.ts`. */
interface ScriptModule {
  open(): ScriptModel;
  statistics(view: ScriptView): string;
}

interface ScriptModel extends Disposable {
  views(
    inputs: readonly Tensor[],
    options: { readonly onLaunch?: (launch: ScriptLaunch) => void },
  ): readonly (ScriptView | undefined)[];
  /** A constant as it is now. */
  constant(name: string): Tensor;
  /** Replaces constants. */
  update(constants: ReadonlyMap<string, Tensor>): void;
  /** Makes random numbers repeatable. */
  seed(seed: bigint): void;
}

/** Opens the wrapper of a built model. */
export async function openScript({ folder, manifest }: Package): Promise<Result<ScriptRunner>> {
  return await attemptAsync(async () => {
    // A process loads a module once: a folder that is written anew wants a new process, or is another folder.
    const module: ScriptModule = await import(toFileUrl(join(folder, `${manifest.model}.ts`)).href);
    return new ScriptRunner(module, manifest.interface);
  });
}

/** A model that runs through its wrapper. */
export class ScriptRunner implements OpenedModel {
  readonly #module: ScriptModule;
  readonly #model: ScriptModel;

  constructor(module: ScriptModule, readonly description: ModelInterface) {
    this.#module = module;
    this.#model = guarded(() => module.open());
  }

  get numOutputs(): number {
    return this.description.outputs.length;
  }

  /** A call; `onLaunch` is told of every launch of its runs. */
  call(onLaunch?: (launch: ScriptLaunch) => void): ScriptCall {
    return new ScriptCall(this.#model, onLaunch);
  }

  /** `f32[2, 3]: min -1, max 2.5, mean 0.25, 0 not finite`. */
  statistics(view: ScriptView): string {
    return this.#module.statistics(view);
  }

  /** Runs the model on the call's tensors. */
  run(inputs: readonly Tensor[]): Result<readonly (Tensor | null)[]> {
    return attempt(() => {
      using call = this.call();
      inputs.forEach((tensor, i) => call.bind(i, tensor));
      call.run();
      return this.description.outputs.map((_, i) => call.output(i));
    });
  }

  constant(name: string): Result<Tensor> {
    return attempt(() => guarded(() => this.#model.constant(name)));
  }

  update(constants: ReadonlyMap<string, Tensor>): Result<void> {
    return attempt(() => guarded(() => this.#model.update(constants)));
  }

  seed(seed: bigint): void {
    this.#model.seed(seed);
  }

  [Symbol.dispose](): void {
    this.#model[Symbol.dispose]();
  }
}

/** Bound inputs and the outputs of the last run. */
export class ScriptCall implements OpenedCall {
  readonly #model: ScriptModel;
  readonly #onLaunch: ((launch: ScriptLaunch) => void) | undefined;
  readonly #inputs: Tensor[] = [];
  #outputs: readonly (ScriptView | undefined)[] = [];
  #launches: Launch[] = [];

  constructor(model: ScriptModel, onLaunch?: (launch: ScriptLaunch) => void) {
    this.#model = model;
    this.#onLaunch = onLaunch;
  }

  bind(i: number, tensor: Tensor): void {
    this.#inputs[i] = tensor;
  }

  run(): void {
    const launches: Launch[] = this.#launches = [];
    const onLaunch = (launch: ScriptLaunch) => {
      launches.push({ name: launch.kernel, ns: launch.ns, iterations: launch.iterations });
      this.#onLaunch?.(launch);
    };
    this.#outputs = guarded(() => this.#model.views(this.#inputs, { onLaunch }));
  }

  output(i: number): Tensor | null {
    return this.#outputs[i]?.dense() ?? null;
  }

  outputStrides(i: number): readonly number[] {
    return this.#outputs[i]?.strides ?? [];
  }

  launches(): readonly Launch[] {
    return this.#launches;
  }

  [Symbol.dispose](): void {
    this.#outputs = [];
  }
}

/** What a run refuses leaves as it does from other models. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "RunFailure") throw error;
    return refuse({ reason: "run-failed", message: error.message });
  }
}
