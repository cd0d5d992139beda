/**
 * What the build machine's processor can do, as a level that compilers know.
 *
 * @module
 */
import { type CpuLevel, cpuTarget, type Target } from "../base/mod.ts";

/** The first processor of the machine. */
export interface HostCpu {
  /** Highest level that it has; `x86-64` when it lacks even the second. */
  readonly level: CpuLevel | "x86-64";
  readonly bf16: boolean;
  readonly model: string;
}

/** Features that each x86-64 level adds to the ones below it, as Linux spells them. */
const needs = {
  "x86-64-v2": ["cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"],
  "x86-64-v3": ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"],
  "x86-64-v4": ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"],
} as const satisfies Partial<Record<CpuLevel, readonly string[]>>;

/** Reads the text of /proc/cpuinfo or lscpu. */
export function readCpu(text: string, arch: string): HostCpu {
  const field = (name: string) => new RegExp(`^${name}\\s*:\\s*(.*)$`, "mi").exec(text)?.[1] ?? "";
  const features = new Set((field("flags") || field("features")).split(/\s+/));
  const model = field("model name") || arch;
  if (arch === "aarch64") return { level: "aarch64", bf16: features.has("bf16"), model };
  let level: HostCpu["level"] = "x86-64";
  for (const [name, wanted] of Object.entries(needs)) {
    if (!wanted.every((feature) => features.has(feature))) break;
    level = name as keyof typeof needs;
  }
  return { level, bf16: features.has("avx512_bf16"), model };
}

/** This machine's processor. Without /proc (Deno keeps it for those with all permissions) lscpu is asked. */
export async function hostCpu(): Promise<HostCpu> {
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => askLscpu());
  return readCpu(text, Deno.build.arch);
}

async function askLscpu(): Promise<string> {
  try {
    const command = new Deno.Command("lscpu", { env: { LC_ALL: "C" }, stdout: "piped", stderr: "null" });
    return new TextDecoder().decode((await command.output()).stdout);
  } catch {
    return ""; // no such program, or not allowed: the lowest level is always right
  }
}

/** The target `native` stands for. */
export function nativeTarget(cpu: HostCpu): Target {
  const level = cpu.level === "x86-64" ? "x86-64-v2" : cpu.level;
  return cpuTarget(level, { bf16: cpu.bf16 && (level === "x86-64-v4" || level === "aarch64") });
}
