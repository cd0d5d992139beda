/**
 * What the command line expects of the pipeline, so that commands can be tested with a fake one.
 *
 * @module
 */
import type { Diagnostic, Result } from "../base/mod.ts";
import type { Flags, ResolvedConfig, TuneMode } from "../config/mod.ts";
import type { Roof } from "../run/mod.ts";
import type { TaskEvent } from "../task/mod.ts";

/** What a build tells while it works. */
export type BuildEvent =
  | { readonly type: "model-start"; readonly model: string }
  /** A stage of a model begins; `total` tasks are known to be part of it. Told again when more become known. */
  | { readonly type: "stage"; readonly model: string; readonly stage: string; readonly total: number }
  | { readonly type: "task"; readonly model: string; readonly stage: string; readonly event: TaskEvent }
  | { readonly type: "model-done"; readonly report: ModelReport }
  | { readonly type: "model-failed"; readonly model: string; readonly diagnostics: readonly Diagnostic[] };

/** Is told events as they happen; must not throw. */
export type Listener = (event: BuildEvent) => void;

/** What `build` is asked for. */
export interface BuildOptions {
  /** Names of models to build; empty means all. */
  readonly models: readonly string[];
  /** Fail when a build would not reproduce aoti.lock. */
  readonly frozen: boolean;
  /** Run every task again, cached or not. */
  readonly force: boolean;
  /** Tell what would run, and run nothing. */
  readonly dryRun: boolean;
  readonly keepGoing: boolean;
}

/** One built model, a row of the final table. */
export interface ModelReport {
  readonly model: string;
  readonly device: string;
  readonly kernels: number;
  /** Kernels whose object was there already. */
  readonly kernelsCached: number;
  readonly tasks: number;
  readonly tasksCached: number;
  /** Files written, relative to the output folder, with their sizes. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly digest: string }[];
  readonly libraryBytes: number;
  readonly weightsBytes: number;
  readonly arenaBytes?: number;
  /** Libraries that the model needs at load time. */
  readonly needed?: readonly string[];
  /** What the user should know of a build that went well. */
  readonly warnings?: readonly string[];
  readonly ms: number;
}

/** What came of a build. */
export interface BuildReport {
  readonly models: readonly ModelReport[];
  readonly ms: number;
  /** With `dryRun`: labels of tasks that would run, and why. */
  readonly wouldRun?: readonly { readonly label: string; readonly because: readonly string[] }[];
}

/** A built model and the tensors to run it on. */
export interface RunOptions {
  /** Folder of a built model, or an output folder with one model in it. */
  readonly folder: string;
  readonly inputs: string;
  readonly outputs: string;
  readonly repeat: number;
  readonly threads?: number;
}
/** What a run gave. */
export interface RunReport {
  readonly outputs: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
  }[];
  /** Milliseconds of each repetition. */
  readonly ms: readonly number[];
}

/** Case folders, and how they are checked. */
export interface VerifyOptions {
  readonly folders: readonly string[];
  /** How the models are built; the rest as by default. */
  readonly flags?: Partial<Flags>;
  /** Runs the kernels through the TypeScript wrapper instead of the library's own. */
  readonly wrapper?: "typescript";
  /** Written as `{totals, cases}` when given. */
  readonly json?: string;
}
/** `unsupported`: refused with a reason; `error`: it should not have come to this. */
export type CaseStatus = "pass" | "fail" | "unsupported" | "error";
/** One case beside what PyTorch gave. */
export interface CaseReport {
  readonly folder: string;
  readonly id: string;
  readonly status: CaseStatus;
  readonly detail?: string;
  readonly max_abs?: number;
  readonly max_rel?: number;
  readonly build_ms?: number;
  readonly run_ms?: number;
  /** Outputs whose strides differ from PyTorch's. */
  readonly strides?: number;
}
/** All cases, counted by folder. */
export interface VerifyReport {
  readonly totals: Readonly<Record<string, Readonly<Record<CaseStatus, number>>>>;
  readonly cases: readonly CaseReport[];
}

/** A model to time. */
export interface BenchOptions {
  /** A model of the config, or a folder of a built one. */
  readonly what: string;
  readonly threads?: number;
  /** Stored tensors to time the model on. */
  readonly inputs?: string;
  /** Sizes of dims by name, for made-up tensors. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Where what was measured of the machine is remembered. */
  readonly cacheDir: string;
}
/** Latency in milliseconds, and each kernel beside the roof. */
export interface BenchReport {
  readonly model: string;
  readonly threads: number;
  readonly median_ms: number;
  readonly min_ms: number;
  readonly p90_ms: number;
  /** Limits of one core. */
  readonly roof: Roof;
  /** By launch order: the fastest of all runs, and what share of its roof, of computing or of memory, that is. */
  readonly kernels: readonly {
    readonly name: string;
    readonly ms: number;
    readonly gflops: number;
    readonly gbps: number;
    readonly of_roof: number;
  }[];
}

/** A model to run through TypeScript. */
export interface DevOptions {
  readonly model: string;
  /** Gets the wrapper and what it needs. */
  readonly folder: string;
  /** Tensors to run on; made up when none are given. */
  readonly inputs?: string;
  readonly outputs?: string;
  readonly repeat: number;
  /** What launches wrote: a file for all of it, a line for each. */
  readonly values?: { readonly file?: string; readonly said?: boolean };
  /** Waits for a debugger; is told where to attach. */
  readonly debug?: (said: string) => void;
}
/** What a run through TypeScript gave. */
export interface DevReport {
  readonly model: string;
  /** Path of the wrapper. */
  readonly script: string;
  readonly buildMs: number;
  /** Milliseconds of each run. */
  readonly ms: readonly number[];
  /** Of the last run. */
  readonly kernels: readonly {
    readonly name: string;
    readonly launches: number;
    readonly ms: number;
    /** A line of the model that it computes. */
    readonly place: string;
  }[];
  readonly outputs: RunReport["outputs"];
  /** Statistics of what launches wrote. */
  readonly said?: readonly string[];
}

/** A level to print, and the text to go on from. */
export interface DumpOptions {
  readonly model: string;
  readonly to: string;
  readonly from?: string;
  /** The edited text to continue from, with `from`. */
  readonly text?: string;
}
/** What to explain. */
export interface ExplainOptions {
  /** A task's label or a kernel's name; absent with `whyRebuilt`. */
  readonly what?: string;
  readonly whyRebuilt: boolean;
}
/** A text for people and the same as data for `--json`. */
export interface Shown {
  readonly text: string;
  readonly value: unknown;
}

/** Where verify and build put results that no config asked for. */
export interface Scratch {
  readonly cacheDir: string;
  readonly jobs: number;
  readonly tune: TuneMode;
}

/** Everything that commands ask of the pipeline. Each returns as soon as `signal` is aborted. */
export interface Pipeline {
  build(
    config: ResolvedConfig,
    options: BuildOptions,
    tell: Listener,
    signal: AbortSignal,
  ): Promise<Result<BuildReport>>;
  run(options: RunOptions, signal: AbortSignal): Promise<Result<RunReport>>;
  verify(
    options: VerifyOptions,
    scratch: Scratch,
    tell: (found: CaseReport) => void,
    signal: AbortSignal,
  ): Promise<Result<VerifyReport>>;
  /** `config` is there when `what` names one of its models. */
  bench(
    config: ResolvedConfig | undefined,
    options: BenchOptions,
    signal: AbortSignal,
  ): Promise<Result<BenchReport>>;
  /** Builds a model with its TypeScript wrapper and runs it. */
  dev(config: ResolvedConfig, options: DevOptions, signal: AbortSignal): Promise<Result<DevReport>>;
  /** An archive or the folder of a build. */
  inspect(path: string, signal: AbortSignal): Promise<Result<Shown>>;
  dump(config: ResolvedConfig, options: DumpOptions, signal: AbortSignal): Promise<Result<string>>;
  explain(config: ResolvedConfig, options: ExplainOptions, signal: AbortSignal): Promise<Result<Shown>>;
  /** A self-contained HTML page. */
  graph(config: ResolvedConfig, model: string, signal: AbortSignal): Promise<Result<string>>;
}
