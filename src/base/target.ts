/**
 * What a library is built for: device, instruction set, and the numbers that code generation needs of them.
 *
 * @module
 */

/** Instruction sets that kernels know. */
export type Isa = "avx512" | "avx2" | "neon" | "generic";

/** One compile target, a frozen value that takes part in cache keys. */
export interface Target {
  readonly device: "cpu" | "cuda";
  readonly arch: "x86_64" | "aarch64";
  readonly os: "linux" | "darwin" | "windows";
  readonly isa: Isa;
  /** Level handed to the compiler: `-march=` value, e.g. `x86-64-v4`. */
  readonly march: string;
  /** Width of a vector register in bytes: 64, 32 or 16. */
  readonly vectorBytes: number;
  /** True where bf16 dot products and conversions are instructions (AVX512_BF16). */
  readonly bf16: boolean;
}

const levels = {
  "x86-64-v4": { arch: "x86_64", isa: "avx512", vectorBytes: 64 },
  "x86-64-v3": { arch: "x86_64", isa: "avx2", vectorBytes: 32 },
  "x86-64-v2": { arch: "x86_64", isa: "generic", vectorBytes: 16 },
  aarch64: { arch: "aarch64", isa: "neon", vectorBytes: 16 },
} as const satisfies Record<string, Pick<Target, "arch" | "isa" | "vectorBytes">>;

/** Names of CPU levels that a config may ask for. */
export type CpuLevel = keyof typeof levels;
/** Their names, in the order of the table. */
export const cpuLevels = Object.keys(levels) as readonly CpuLevel[];

/** The target of a named CPU level on Linux. */
export function cpuTarget(level: CpuLevel, features: { readonly bf16?: boolean } = {}): Target {
  const march = level === "aarch64" ? "armv8-a" : level;
  return { device: "cpu", os: "linux", march, bf16: features.bf16 ?? false, ...levels[level] };
}
