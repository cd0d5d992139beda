/**
 * manifest.json: everything a build knows of a model that is the same on every machine and every day.
 *
 * @module
 */
import { canonicalJson, type Digest } from "../base/mod.ts";
import type { ModelInterface } from "./interface.ts";

/** A file by content. */
export interface FileFacts {
  readonly digest: Digest;
  readonly bytes: number;
}

/** One kernel. Further fields (variant, knobs) may stand beside these. */
export interface KernelFacts {
  readonly name: string;
  readonly symbol: string;
  readonly origins: readonly Readonly<Record<string, string | number | undefined>>[];
  /** Operations and bytes of a launch; texts where they depend on dims. */
  readonly work?: { readonly flops: number | string; readonly bytes: number | string };
  readonly [more: string]: unknown;
}

/** What is written; the order of fields does not matter. */
export interface Manifest {
  readonly format: 1;
  readonly model: string;
  readonly device: string;
  /** Names of the levels that kernels were compiled for. */
  readonly targets: readonly string[];
  readonly interface: ModelInterface;
  readonly kernels: readonly KernelFacts[];
  readonly toolchain: Readonly<Record<string, unknown>>;
  /** Libraries that must be there at load time, and the functions taken from them. */
  readonly needed: readonly string[];
  readonly imports?: readonly string[];
  /** Bytes of the arena; a text where they depend on dims. */
  readonly arena: number | string;
  readonly weights: FileFacts | null;
  /** What went in, by name. */
  readonly inputs: Readonly<Record<string, Digest>>;
  /** What came out beside this file, by path within the folder. */
  readonly files: Readonly<Record<string, FileFacts>>;
  readonly flags?: Readonly<Record<string, unknown>>;
  /** What runs the kernels, when it is not the library: `<model>.ts`. */
  readonly wrapper?: "typescript";
}

/** A manifest as text: sorted keys, two spaces, a newline at the end. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(manifest)), null, 2)}\n`;
}
