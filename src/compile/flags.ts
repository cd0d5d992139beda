/**
 * What the compiler is told, in full: nothing comes from the environment, nothing depends on a path.
 *
 * @module
 */
import type { CpuLevel, Target } from "../base/mod.ts";
import type { Toolchain } from "./toolchain.ts";

/** What is compiled. */
export type UnitKind = "kernel" | "model" | "torch" | "runtime";

const always = [
  "-fPIC",
  "-fvisibility=hidden",
  "-ffunction-sections",
  "-fdata-sections",
  "-pipe",
];
const lean = ["-fno-asynchronous-unwind-tables"];
const arithmetic = ["-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"];

const kinds = {
  kernel: ["-std=gnu11", "-O3", ...arithmetic, "-w"],
  model: ["-std=gnu11", "-O1", "-w", ...lean],
  torch: ["-std=gnu++17", "-x", "c++", "-O1", "-w", "-fvisibility-inlines-hidden"],
  runtime: ["-std=gnu11", "-D_GNU_SOURCE", "-O1", ...lean],
} as const satisfies Record<UnitKind, readonly string[]>;

/** Features of the levels, for compilers that do not know their names (gcc before 11, clang before 12). */
const spelled: Readonly<Partial<Record<CpuLevel, readonly string[]>>> = {
  "x86-64-v2": ["-march=x86-64", "-msse4.2", "-mcx16", "-mpopcnt", "-msahf"],
  "x86-64-v3": ["-march=haswell", "-mtune=generic"],
  "x86-64-v4": ["-march=skylake-avx512", "-mtune=generic"],
};

/** Options for one unit. Kernels use the target's instructions, the rest any processor of its kind. */
export function unitFlags(
  toolchain: Toolchain,
  target: Target,
  kind: UnitKind,
  debug = false,
): readonly string[] {
  const level = kind === "kernel" ? marchFlags(toolchain, target) : [];
  return [...always, ...kinds[kind], ...level, ...(debug ? ["-O0", "-g"] : [])];
}

function marchFlags(toolchain: Toolchain, target: Target): readonly string[] {
  const level = (target.arch === "aarch64" ? "aarch64" : target.march) as CpuLevel;
  const named = toolchain.levels.includes(level) ? undefined : spelled[level];
  const wide = toolchain.key.family === "clang" && target.vectorBytes === 64;
  return [
    ...(named ?? [`-march=${target.march}${target.arch === "aarch64" && target.bf16 ? "+bf16" : ""}`]),
    ...(target.isa === "avx512" && target.bf16 ? ["-mavx512bf16"] : []),
    ...(wide ? ["-mprefer-vector-width=512"] : []),
  ];
}

/** Options for the library, whose functions debuggers and profilers see if it is `named`. One on PyTorch leaves some of its symbols to what PyTorch's own libraries load. */
export function linkFlags(named = false, onTorch = false): readonly string[] {
  const linker = [
    ...["--gc-sections", "--as-needed", "--no-undefined", "--build-id=none", "-z,noexecstack", "-z,relro"],
    ...["-z,now", "--hash-style=gnu", "-O1"],
    ...(onTorch ? ["--allow-shlib-undefined"] : []),
  ];
  return [
    "-shared",
    "-fPIC",
    "-fvisibility=hidden",
    ...linker.map((o) => `-Wl,${o}`),
    ...(named ? [] : ["-s"]),
  ];
}
