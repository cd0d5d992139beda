/**
 * C texts to a library: a toolchain is a value with a fingerprint, compiling and linking are tasks.
 *
 * Comes in: texts of kernels and of the model, with where they came from. Goes out: tasks for objects, for the
 * runtime and for the library, with what that needs at load time.
 * Invariants: the same texts, headers, flags and toolchain give the same bytes in any folder; nothing but the C
 * library is ever linked, a wrapper on `at::Tensor` apart; a no-op build starts no compiler.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { printToolchain, readCpu } from "./mod.ts";
 *
 * const key = { family: "gcc", version: "12.2.0", triple: "x86_64-linux-gnu", fingerprint: "" } as const;
 * assertEquals(printToolchain(key), "gcc 12.2.0 (x86_64-linux-gnu)");
 * assertEquals(readCpu("flags : sse4_2 avx2", "x86_64").level, "x86-64"); // a level is all of its features
 * ```
 * @module
 */
export { printToolchain, type Toolchain, type ToolchainKey } from "./toolchain.ts";
export { type ProbeOptions, probeToolchain } from "./probe.ts";
export { type HostCpu, hostCpu, nativeTarget, readCpu } from "./cpu.ts";
export { headersOf, type RuntimeFiles, runtimeFiles } from "./runtime_files.ts";
export {
  type ObjectTask,
  runtimeTask,
  type RuntimeUnit,
  type TaskShown,
  type ToolTask,
  toolTask,
  type Unit,
  unitTask,
} from "./unit_tasks.ts";
export { bundleTask, type Library, type LibraryTask, linkTask } from "./link_tasks.ts";
export { findLibtorch, type Libtorch, type LibtorchKey, type LibtorchOptions } from "./libtorch.ts";
export { linkFlags, unitFlags, type UnitKind } from "./flags.ts";
export { compileFailure, type UnitName, type UnitOrigin } from "./errors.ts";
export { type Elf, readElf } from "./elf.ts";
