/**
 * What /proc/cpuinfo or lscpu says, as a level that compilers know.
 *
 * @module
 */
import type { CpuLevel } from "../base/mod.ts";

/** Features that each x86-64 level adds to the ones below it, as the kernel spells them. */
const needs = {
  "x86-64-v2": ["cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"],
  "x86-64-v3": ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"],
  "x86-64-v4": ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"],
} as const;

/** Instruction sets that kernels make use of, in order of speed. */
const shown = [
  "sse4_2",
  "avx2",
  "fma",
  "f16c",
  "avx512f",
  "avx512_vnni",
  "avx512_bf16",
  "avx512_fp16",
  "amx_tile",
];
const shownArm = ["asimd", "asimdhp", "asimddp", "bf16", "i8mm", "sve", "sve2"];

/** Level, features and name of the first CPU in the text of /proc/cpuinfo or lscpu. */
export function cpuLevel(
  text: string,
  arch: string,
): { readonly level: CpuLevel | "x86-64"; readonly features: readonly string[]; readonly model: string } {
  const field = (name: string) => new RegExp(`^${name}\\s*:\\s*(.*)$`, "mi").exec(text)?.[1] ?? "";
  const features = (field("flags") || field("features")).split(/\s+/).filter(Boolean);
  const model = field("model name") || arch;
  if (arch === "aarch64") return { level: "aarch64", features, model };
  let level: CpuLevel | "x86-64" = "x86-64";
  for (const [name, wanted] of Object.entries(needs)) {
    if (!wanted.every((feature) => features.includes(feature))) break;
    level = name as keyof typeof needs;
  }
  return { level, features, model };
}

/** The features that matter to kernels. */
export function isaNames(features: readonly string[]): readonly string[] {
  return [...shown, ...shownArm].filter((name) => features.includes(name));
}
