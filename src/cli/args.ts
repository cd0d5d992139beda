/**
 * Command-line words against rows of options: strict, with the nearest spelling for what is unknown.
 *
 * @module
 */
import { type Diagnostic, fail, nearest, ok, type Result } from "../base/mod.ts";

/** One option of a command. */
export interface OptionRow {
  /** Without dashes: `cache-dir`. */
  readonly name: string;
  readonly short?: string;
  /** Takes no value, a text, a whole number, one of some words, or may be given several times. */
  readonly kind: "switch" | "text" | "number" | "list" | readonly string[];
  /** What the value is called in help: `FILE`. */
  readonly value?: string;
  /** The value meant when a text option ends the line without one. */
  readonly bare?: string;
  readonly doc: string;
}

/** Parsed words. Asking for an option that no row declares is a bug. */
export interface Words {
  readonly positional: readonly string[];
  on(name: string): boolean;
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  list(name: string): readonly string[];
}

type Values = Map<string, string[]>;

/** Sorts `args` into positional words and options; everything that is wrong with them at once. */
export function parseWords(
  args: readonly string[],
  rows: readonly OptionRow[],
  command: string,
): Result<Words> {
  const positional: string[] = [], problems: Diagnostic[] = [], values: Values = new Map();
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === "--") {
      positional.push(...args.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      positional.push(word);
      continue;
    }
    const { name, inline } = split(word);
    const row = rows.find((row) => name === `--${row.name}` || (row.short && name === `-${row.short}`));
    const next = row && row.kind !== "switch" && inline === undefined ? args[i + 1] : undefined;
    const usable = next !== undefined && (!next.startsWith("-") || /^-(\d|$)/.test(next));
    if (usable) i++;
    const value = inline ?? (usable ? next : row?.bare);
    const problem = row ? valueProblem(row, name, value, command) : unknownOption(name, rows, command);
    if (problem) problems.push(problem);
    else values.set(row!.name, [...values.get(row!.name) ?? [], value ?? ""]);
  }
  return problems.length > 0 ? fail(...problems) : ok(wordsOf(positional, values));
}

/** A mistake in the use of a command: exit code 2. */
export function usageProblem(message: string, command: string): Diagnostic {
  return { reason: "usage", message, help: `\`aoti ${command}${command && " "}--help\` shows its usage.` };
}

/** `--name=value` as two, `-j4` as `-j` and `4`. */
function split(word: string): { readonly name: string; readonly inline?: string } {
  const at = word.indexOf("=");
  if (at > 0) return { name: word.slice(0, at), inline: word.slice(at + 1) };
  const attached = /^(-[a-zA-Z])(\d+)$/.exec(word);
  return attached ? { name: attached[1]!, inline: attached[2]! } : { name: word };
}

function valueProblem(
  row: OptionRow,
  name: string,
  value: string | undefined,
  command: string,
): Diagnostic | undefined {
  if (row.kind === "switch") {
    return value === undefined
      ? undefined
      : usageProblem(`${name}: takes no value, found "${value}"`, command);
  }
  const wanted = row.value ?? (Array.isArray(row.kind) ? row.kind.join(", ") : "a value");
  if (value === undefined || value === "") {
    return usageProblem(`${name}: expected ${wanted}, found nothing`, command);
  }
  if (row.kind === "number" && !/^[1-9]\d{0,8}$/.test(value)) {
    return usageProblem(`${name}: expected a whole number above 0, found "${value}"`, command);
  }
  if (!Array.isArray(row.kind) || row.kind.includes(value)) return undefined;
  const meant = nearest(value, row.kind);
  const advice = meant ? `; did you mean "${meant}"?` : "";
  return usageProblem(`${name}: expected one of ${row.kind.join(", ")}, found "${value}"${advice}`, command);
}

function unknownOption(name: string, rows: readonly OptionRow[], command: string): Diagnostic {
  const meant = nearest(name, rows.map((row) => `--${row.name}`));
  const of = command ? ` of ${command}` : "";
  return usageProblem(`${name}: unknown option${of}${meant ? `; did you mean "${meant}"?` : ""}`, command);
}

function wordsOf(positional: readonly string[], values: Values): Words {
  const last = (name: string) => values.get(name)?.at(-1);
  return {
    positional,
    on: (name) => values.has(name),
    text: last,
    number: (name) => last(name) === undefined ? undefined : Number(last(name)),
    list: (name) => values.get(name) ?? [],
  };
}
