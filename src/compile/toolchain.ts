/**
 * A C compiler as a value: where it is, what it is, and a fingerprint of everything of it that reaches our objects.
 *
 * @module
 */
import type { CpuLevel, Digest } from "../base/mod.ts";

/** What task keys contain of a toolchain: the same on every machine with the same compiler and C library. */
export interface ToolchainKey {
  readonly family: "gcc" | "clang";
  /** e.g. `12.2.0`. */
  readonly version: string;
  /** What it compiles for, e.g. `x86_64-linux-gnu`. */
  readonly triple: string;
  /** Digest of version text, compiler, assembler, linker, start files and the headers of the C library. */
  readonly fingerprint: Digest;
}

/** A compiler of this machine. */
export interface Toolchain {
  readonly key: ToolchainKey;
  /** Absolute path of the C compiler. Takes no part in keys. */
  readonly program: string;
  /** Levels that its `-march` knows; the others are spelled out feature by feature. */
  readonly levels: readonly CpuLevel[];
}

/** A toolchain in words: `gcc 12.2.0 (x86_64-linux-gnu)`. */
export function printToolchain({ family, version, triple }: ToolchainKey): string {
  return `${family} ${version} (${triple})`;
}
