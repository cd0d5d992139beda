/**
 * One run as a message: which model, on which file's tensors, and what to write down. Done in a process of its own,
 * so that a model that crashes takes nothing else along.
 *
 * @module
 */
import { attempt, type Diagnostic, type DType, refuse, type Result, unwrap } from "../base/mod.ts";
import type { Launch } from "./call.ts";
import { openBuilt } from "./opened.ts";
import { bindInputs } from "./run_model.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import { ScriptRunner } from "./script.ts";
import { valuesOf } from "./job_values.ts";
import { layOut, scalarTensor, type Tensor, toDType } from "./tensor.ts";

/** What stands for one leaf of the call. */
export type JobInput =
  /** A tensor of the inputs' file, laid out by `strides` if given; `dtype` makes pairs complex. */
  | { readonly key: string; readonly dtype?: DType; readonly strides?: readonly number[] }
  | { readonly value: number | boolean | string; readonly dtype?: DType };

/** One run from the model's initial state. */
export interface Job {
  /** Folder of a built model. */
  readonly dir: string;
  readonly inputsFile: string;
  /**
   * Gets outputs "0", "1", …, mutated inputs as "input.<leaf>", constants as "state.<name>".
   */
  readonly outputsFile: string;
  /** By leaf; null: nothing is given. Without it, tensors "0", "1", … of the file. */
  readonly inputs?: readonly (JobInput | null)[];
  /** Leaves to write down after the run. */
  readonly mutatedInputs?: readonly number[];
  /** Constants to write down after the run, by their names in the user's module. */
  readonly state?: readonly string[];
  readonly threads?: number;
  readonly repeat?: number;
  /** Gets what each launch of the last run wrote, of a model that runs through its wrapper. */
  readonly values?: JobValues;
}

/** Intermediate values that are asked for. */
export interface JobValues {
  /** Gets tensors `<launch>.<kernel>.<buffer>`. */
  readonly file?: string;
  /** Adds a line for each to the answer. */
  readonly said?: boolean;
}

/** What a job gave. */
export interface JobDone {
  readonly outputs: readonly {
    readonly name: string;
    readonly dtype: DType;
    readonly shape: readonly number[];
    /** As the library laid it out, in elements. */
    readonly strides: readonly number[];
  }[];
  readonly ms: readonly number[];
  /** Of the last run, of models that note them. */
  readonly launches: readonly Launch[];
  /** Statistics of what launches wrote, if asked for: `3 k_add_1f: sum_1 f32[8]: min 0, …`. */
  readonly said?: readonly string[];
}

/** An answer on a line of its own. */
export type JobAnswer =
  | ({ readonly ok: true; readonly id: number } & JobDone)
  | { readonly ok: false; readonly id: number; readonly diagnostics: readonly Diagnostic[] };

/** Does a job in this process. */
export async function runJob(job: Job): Promise<Result<JobDone>> {
  const opened = await openBuilt(job.dir, job.threads === undefined ? {} : { threads: job.threads });
  if (!opened.ok) return opened;
  return attempt(() => {
    using model = opened.value;
    const inputs = inputsOf(job);
    const values = job.values && valuesOf(model, job.values);
    using call = model instanceof ScriptRunner ? model.call(values?.onLaunch) : model.call();
    bindInputs(model, call, inputs);
    const ms = Array.from({ length: Math.max(1, job.repeat ?? 1) }, () => {
      const start = performance.now();
      values?.begin();
      call.run();
      return performance.now() - start;
    });
    values?.end();
    const kept = new Map<string, Tensor>(), outputs: JobDone["outputs"][number][] = [];
    for (let i = 0; i < model.numOutputs; i++) {
      const tensor = call.output(i);
      if (!tensor) continue;
      kept.set(String(i), tensor);
      const { dtype, shape } = tensor;
      outputs.push({ name: String(i), dtype, shape, strides: call.outputStrides(i) });
    }
    for (const leaf of job.mutatedInputs ?? []) {
      const tensor = inputs.get(String(leaf));
      if (tensor) kept.set(`input.${leaf}`, tensor);
    }
    for (const name of job.state ?? []) kept.set(`state.${name}`, unwrap(model.constant(name)));
    writeSafetensors(job.outputsFile, kept);
    return { outputs, ms, launches: call.launches(), ...(values && { said: values.said }) };
  });
}

function inputsOf(job: Job): ReadonlyMap<string, Tensor> {
  const stored = unwrap(readSafetensors(job.inputsFile));
  if (!job.inputs) return stored;
  const leaves = job.inputs.flatMap((input, leaf): (readonly [string, Tensor])[] => {
    if (!input) return [];
    if (!("key" in input)) {
      return typeof input.value === "string" ? [] : [[String(leaf), scalarOf(input.value, input.dtype)]];
    }
    const tensor = stored.get(input.key);
    if (!tensor) {
      return refuse({
        reason: "input-missing",
        message: `Cannot run the model: ${job.inputsFile} has no tensor "${input.key}"`,
      });
    }
    const typed = input.dtype ? toDType(tensor, input.dtype) : tensor;
    return [[String(leaf), input.strides ? layOut(typed, input.strides) : typed]];
  });
  return new Map(leaves);
}

function scalarOf(value: number | boolean, dtype: DType | undefined): Tensor {
  if (typeof value === "boolean" || dtype) return scalarTensor(value, dtype);
  return Number.isInteger(value) ? scalarTensor(BigInt(value)) : scalarTensor(value);
}
