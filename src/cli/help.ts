/**
 * Help, printed from the rows of commands and options.
 *
 * @module
 */
import type { OptionRow } from "./args.ts";
import { type Command, commonOptions } from "./command.ts";

/** `aoti --help`. */
export function generalHelp(commands: readonly Command[]): string {
  return [
    "aoti: compiles torch.export models ahead of time into native libraries",
    "",
    "Usage: aoti COMMAND [options]",
    "",
    ...list(commands.map(({ name, doc }) => [name, doc])),
    "",
    "Options of every command:",
    ...optionLines(commonOptions),
    "",
    "`aoti COMMAND --help` shows more. Exit codes: 0 success, 1 failed, 2 wrong usage, 130 interrupted.",
    "",
  ].join("\n");
}

/** `aoti COMMAND --help`. */
export function commandHelp(command: Command): string {
  const own = command.options.length > 0 ? ["Options:", ...optionLines(command.options), ""] : [];
  const common = commonOptions.filter(({ name }) => !command.options.some((own) => own.name === name));
  const lines = [
    command.doc,
    "",
    ...command.usage.map((form, i) =>
      `${i === 0 ? "Usage:" : "      "} aoti ${command.name} ${form}`.trimEnd()
    ),
    "",
    ...own,
    "Options of every command:",
    ...optionLines(common),
    "",
  ];
  return lines.join("\n") + (command.more?.() ?? "");
}

function optionLines(rows: readonly OptionRow[]): string[] {
  return list(
    rows.map((row) => [`${row.short ? `-${row.short}, ` : ""}--${row.name}${valueOf(row)}`, row.doc]),
  );
}

function valueOf({ kind, value }: OptionRow): string {
  if (kind === "switch") return "";
  return Array.isArray(kind) ? `=${kind.join("|")}` : ` ${value ?? "VALUE"}`;
}

function list(rows: readonly (readonly [name: string, doc: string])[]): string[] {
  const width = Math.min(30, Math.max(...rows.map(([name]) => name.length)));
  return rows.map(([name, doc]) =>
    name.length > width ? `  ${name}\n  ${" ".repeat(width)}  ${doc}` : `  ${name.padEnd(width)}  ${doc}`
  );
}
