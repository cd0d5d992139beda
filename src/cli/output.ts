/**
 * Where a command's words go: results to stdout, everything else to stderr; with `--json` one JSON value a line
 * on stdout.
 *
 * @module
 */
import { relative } from "@std/path";
import { canonicalJson, type Diagnostic, printDiagnostic } from "../base/mod.ts";
import type { Words } from "./args.ts";
import type { World } from "./world.ts";

/** Marks for a terminal; the plain text where colours are off. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

/** A command's way to speak. */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** True where lines may be redrawn. */
  readonly live: boolean;
  readonly paint: Paint;
  /** What was asked for: `text` for people, `value` with `--json`. */
  result(text: string, value: unknown): void;
  /** One step on the way, for programs only. */
  event(value: unknown): void;
  /** One step on the way, for people only. */
  note(text: string): void;
  problems(diagnostics: readonly Diagnostic[]): void;
}

/** How to speak in this world with these options. */
export function outputFor(world: World, words: Pick<Words, "on">, json: boolean): Output {
  const quiet = words.on("quiet");
  const plain = !!world.env("CI") || !!world.env("NO_COLOR") || words.on("no-color") || !world.terminal;
  const paint = plain ? plainPaint : colours;
  const line = (value: unknown) => world.out(canonicalJson(value) + "\n");
  return {
    json,
    quiet,
    live: world.terminal && !world.env("CI") && !quiet && !json,
    paint,
    result: (text, value) => json ? line(value) : world.out(text),
    event: (value) => json ? line(value) : undefined,
    note: (text) => quiet || json ? undefined : world.err(text),
    problems: (diagnostics) => {
      if (json) line({ type: "failed", diagnostics });
      world.err(diagnostics.map((d) => printProblem(d, world.cwd, paint) + "\n").join(""));
    },
  };
}

function printProblem(diagnostic: Diagnostic, cwd: string, paint: Paint): string {
  const { at } = diagnostic;
  const file = at?.file?.startsWith(cwd + "/") ? relative(cwd, at.file) : at?.file;
  const [first, ...rest] = printDiagnostic({ ...diagnostic, ...(at ? { at: { ...at, file } } : {}) }).split(
    "\n",
  );
  return [`${paint.bad("error")}: ${first}`, ...rest].join("\n");
}

const plainPaint: Paint = { bold: same, dim: same, good: same, bad: same, warn: same };
const colours: Paint = { bold: sgr(1), dim: sgr(2), good: sgr(32), bad: sgr(31), warn: sgr(33) };

function same(text: string): string {
  return text;
}

function sgr(code: number): (text: string) => string {
  return (text) => `\u001b[${code}m${text}\u001b[0m`;
}
