/**
 * What a native compiler said, mapped back to the kernel and the line of the model that it came from.
 *
 * @module
 */
import type { Diagnostic } from "../base/mod.ts";
import type { CommandOutput } from "../task/mod.ts";
import { printToolchain, type Toolchain } from "./toolchain.ts";

/** Where an operation came from; the graph's `Origin` is one. */
export interface UnitOrigin {
  readonly file?: string;
  readonly line?: number;
  readonly node?: string;
  readonly target?: string;
}

/** What was being compiled. */
export interface UnitName {
  /** As the user knows it: `kernel k_add_1f`. */
  readonly name: string;
  readonly origins: readonly UnitOrigin[];
}

/** Why a unit did not compile, or a library did not link. */
export function compileFailure(unit: UnitName, toolchain: Toolchain, said: CommandOutput): Diagnostic {
  const from = unit.origins.map(printOrigin).filter(Boolean);
  const origin = unit.origins.find(({ file }) => file), own = ownSource(said);
  return {
    reason: "native-compile",
    message:
      `Cannot compile ${unit.name}${from.length ? ` (${[...new Set(from)].slice(0, 4).join("; ")})` : ""}: ` +
      `${toolchain.key.family} said: ${essence(said)}`,
    help: own
      ? `Mend ${own.file}, the C source of the operator.`
      : /cc1plus/.test(said.stderr)
      ? "The compiler has no C++ part: install g++ beside it (apt-get install g++), or leave out abi_compatible: false."
      : "This is a defect of aoti, or of the compiler: please report it, or try another compiler with CC.",
    ...(own
      ? { at: own }
      : origin
      ? { at: { file: origin.file, line: origin.line, node: origin.node } }
      : {}),
    data: { toolchain: printToolchain(toolchain.key), code: said.code, output: said.stderr.slice(0, 20_000) },
  };
}

function printOrigin({ target, node, file, line }: UnitOrigin): string {
  const place = [file, line].filter((part) => part !== undefined).join(":");
  return [target ?? node, place].filter(Boolean).join(", ");
}

/** The place of the first error when it is in a file of the user's: a custom operator. */
function ownSource({ stderr }: CommandOutput): { readonly file: string; readonly line: number } | undefined {
  const said = /^([^:\s]+\.[ch]):(\d+):(?:\d+:)? (?:fatal )?error/m.exec(stderr);
  const [, file, line] = said ?? [];
  return file && file !== "unit.c" && !file.includes("include/") ? { file, line: Number(line) } : undefined;
}

/** The errors among the lines of a compiler, or how it ended. */
function essence({ code, signal, timedOut, stdout, stderr }: CommandOutput): string {
  const lines = `${stderr}\n${stdout}`.split("\n").map((line) => line.trim()).filter(Boolean);
  const errors = lines.filter((line) => /\b(error|undefined reference|fatal|overflowed?)\b/i.test(line));
  if (timedOut) return "nothing for too long, and was stopped";
  const shown = (errors.length ? errors : lines).slice(0, 5).join("\n  ");
  return shown || (signal ? `nothing, and died of ${signal}` : `nothing, with exit code ${code}`);
}
