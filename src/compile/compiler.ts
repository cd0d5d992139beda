/**
 * Running the compiler in a task's own folder, under relative names, so that no path reaches a byte of the output.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import type { Box, CommandOutput } from "../task/mod.ts";
import { compileFailure, type UnitName } from "./errors.ts";
import type { Toolchain } from "./toolchain.ts";

/** Options that keep the folder's name out of what is compiled. */
export function mapped(box: Box): readonly string[] {
  return [`-ffile-prefix-map=${box.folder}=.`];
}

/** Runs the compiler; what it said is in the refusal where it fails. `begun` is called once it runs. */
export async function compile(
  box: Box,
  toolchain: Toolchain,
  args: readonly string[],
  said: UnitName,
  begun: () => void = () => {},
): Promise<void> {
  const running = box.command([toolchain.program, ...args], { timeoutMs: 600_000 });
  begun();
  const output: CommandOutput = await running;
  if (output.code !== 0 || output.timedOut) refuse(compileFailure(said, toolchain, output));
}
