/**
 * The CPU levels that tests of kernels run at.
 *
 * @module
 */
import { cpuTarget, type Target } from "../../src/base/mod.ts";

/** Levels that this machine runs, its own first: lanes, loads and remainders differ between them. */
export function targetsOf(native: Target): readonly Target[] {
  const levels = ["x86-64-v4", "x86-64-v3", "x86-64-v2"] as const;
  const below = levels.map((level) => cpuTarget(level)).filter((t) => t.vectorBytes < native.vectorBytes);
  return native.arch === "x86_64" ? [native, ...below] : [native];
}
