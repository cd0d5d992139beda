/**
 * The words of `aoti.config.ts`: `defineConfig`, `dim`, `exported`, `graph`.
 *
 * @module
 */
import type { Flags } from "./flags.ts";
import type { Dim, Emit, TuneMode } from "./resolved.ts";

/** A torch.export archive; made by `exported()`. */
export interface ExportedSource {
  readonly kind: "exported";
  readonly path: string;
}

/** A model written in TypeScript; made by `graph()`. */
export interface GraphSource<Builder = never> {
  readonly kind: "graph";
  readonly build: (builder: Builder) => unknown;
}

/** One entry of `models`. */
export interface ModelConfig {
  /** `exported("model.pt2")` or `graph(({ input }) => …)`. */
  readonly source: ExportedSource | GraphSource;
  /** Default `"cpu"`. */
  readonly device?: "cpu" | "cuda" | { readonly type: "cpu" } | {
    readonly type: "cuda";
    readonly arch?: readonly string[];
  };
  /** Input name → axis → dimension. The export's own dynamic shapes hold where nothing is said here. */
  readonly dynamic?: Readonly<Record<string, Readonly<Record<number, Dim>>>>;
  /** See docs/config.md; names of PyTorch's inductor config where one exists. */
  readonly flags?: Partial<Flags>;
  /** Default library, binding, header. */
  readonly emit?: readonly Emit[];
  /**
   * Custom operators: `ns::name` → path of a C source, or the schema of an operator that the host (PyTorch) computes;
   * see docs/custom_operators.md.
   */
  readonly ops?: Readonly<Record<string, string | { readonly schema: string }>>;
}

/** What `aoti.config.ts` exports by default. */
export interface Config {
  /** Folder that gets one folder per model. Default `"dist"`. */
  readonly outDir?: string;
  /** Folder of the content store. Default `".aoti/cache"`. */
  readonly cacheDir?: string;
  /** Bytes that `cache gc` leaves. Default 10 GiB. */
  readonly cacheLimit?: number;
  /** Tasks at a time. Default: one for each core. */
  readonly jobs?: number;
  /** When kernel variants are measured. Default `"full"`; matters for models with `max_autotune`. */
  readonly tune?: TuneMode;
  /** Command or path of the C compiler. Default: the first of gcc, clang, cc that works. */
  readonly compiler?: string;
  /** Folder of a libtorch, for models with `abi_compatible: false`. Default: the first of the usual places with one. */
  readonly libtorch?: string;
  readonly models: Readonly<Record<string, ModelConfig>>;
  /** Packages of several models for PyTorch: `{ all: ["a", "b"] }` writes `all.pt2` into `outDir`. */
  readonly packages?: Readonly<Record<string, readonly string[]>>;
}

/** Types the config; it is checked when a command loads it. */
export function defineConfig(config: Config): Config {
  return config;
}

/**
 * A named dimension that varies from run to run.
 *
 * @example
 * ```ts
 * import { dim } from "aoti";
 * const batch = dim("batch", { min: 1, max: 4096 });
 * ```
 */
export function dim(name: string, bounds: { readonly min?: number; readonly max?: number } = {}): Dim {
  return {
    kind: "dim",
    name,
    min: bounds.min ?? 0,
    ...(bounds.max === undefined ? {} : { max: bounds.max }),
  };
}

/** A torch.export archive; a relative path starts at the config's folder. */
export function exported(path: string): ExportedSource {
  return { kind: "exported", path };
}

/** A model written in TypeScript with the same operators: `build` gets a graph builder and returns the outputs. */
export function graph<Builder>(build: (builder: Builder) => unknown): GraphSource {
  return { kind: "graph", build };
}
