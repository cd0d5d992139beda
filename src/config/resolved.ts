/**
 * What the rest of the house knows of a config: one frozen value, every default filled in, every path absolute.
 *
 * @module
 */
import { type Flags, type FlagStage, projectFlags, type TargetName } from "./flags.ts";

/** What a build can write, in the order it is reported. */
export const emitKinds = ["library", "binding", "header", "package", "source", "object"] as const;
/** A file of a build that a config may ask for. */
export type Emit = (typeof emitKinds)[number];

/** When kernel variants are measured. */
export const tuneModes = ["off", "cached", "full"] as const;
/** `off`: cost model only. `cached`: recorded choices, nothing is measured. `full`: measures what has no record. */
export type TuneMode = (typeof tuneModes)[number];

/** A device with what it needs to be compiled for. */
export type Device = { readonly type: "cpu" } | { readonly type: "cuda"; readonly arch: readonly string[] };

/** A dimension that varies from run to run; dims of one name are equal everywhere in a model. */
export interface Dim {
  readonly kind: "dim";
  readonly name: string;
  readonly min: number;
  /** Largest value, inclusive; absent when only the export bounds it. */
  readonly max?: number;
}

/** Where a model comes from; `path` is absolute. `build` takes the graph builder of `ops`. */
export type ModelSource =
  | { readonly kind: "exported"; readonly path: string }
  | { readonly kind: "graph"; readonly build: (builder: never) => unknown };

/** One model to build. */
export interface ResolvedModel {
  readonly name: string;
  readonly source: ModelSource;
  readonly device: Device;
  /** Instruction-set levels of a cpu library, without repetition; `native` is resolved by the toolchain's probe. */
  readonly target: readonly TargetName[];
  /** Input name → axis → dimension; checked against the export's own constraints by the pipeline. */
  readonly dynamic: Readonly<Record<string, Readonly<Record<number, Dim>>>>;
  readonly flags: Flags;
  /** In the order of `emitKinds`, without repetition. */
  readonly emit: readonly Emit[];
  /** Custom operators: `ns::name` → absolute path of a C source, or the schema of one that the host computes. */
  readonly ops: Readonly<Record<string, string | { readonly schema: string }>>;
}

/** The whole config, as loaded from a file or made from command-line arguments. */
export interface ResolvedConfig {
  /** Absolute path of the config file; absent for `build --model`. */
  readonly configPath?: string;
  /** Absolute folder that relative paths started from; never part of a key. */
  readonly root: string;
  readonly outDir: string;
  readonly cacheDir: string;
  /** Absolute path of `aoti.lock` beside the config; absent without a config file. */
  readonly lockPath?: string;
  /** Tasks at a time, at least 1. */
  readonly jobs: number;
  readonly tune: TuneMode;
  /** Command or path of the C compiler; absent: the first of the usual ones that works. */
  readonly compiler?: string;
  /** Folder of the libtorch to build against; absent: the first of the usual places that has one. */
  readonly libtorch?: string;
  /** Bytes that `cache gc` leaves. */
  readonly cacheLimit: number;
  /** In the order of the config. */
  readonly models: readonly ResolvedModel[];
  /** File name without `.pt2` → names of models, without repetition. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
}

/** Exactly the flags in the task keys of one stage. */
export function flagsFor(model: Pick<ResolvedModel, "flags">, stage: FlagStage): Readonly<Partial<Flags>> {
  return projectFlags(model.flags, stage);
}
