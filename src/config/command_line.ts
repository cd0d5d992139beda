/**
 * Config from the command line: `--flag name=value`, `--device`, and one archive without a config file.
 *
 * @module
 */
import { resolve } from "@std/path";
import { type Diagnostic, fail, nearest, ok, type Result } from "../base/mod.ts";
import { type FlagName, flagNames, flagRows, type Flags } from "./flags.ts";
import { problemsOf } from "./messages.ts";
import { nameForFile } from "./names.ts";
import { type Overrides, resolveConfig, type Surroundings } from "./resolve.ts";
import { type Device, type Emit, emitKinds, type ResolvedConfig } from "./resolved.ts";

/** The config of `build --model FILE.pt2 --out DIR`: one model, named after its file. */
export function configForArchive(
  archive: string,
  overrides: Overrides,
  around: Surroundings,
): Result<ResolvedConfig> {
  const source = { kind: "exported", path: resolve(around.cwd, archive) };
  const value = { models: { [nameForFile(archive)]: { source } } };
  return resolveConfig(value, { root: around.cwd, locate: () => ({}) }, overrides, around);
}

/** Flags from `name=value` texts; `name` alone is `name=true`; lists are written `a,b`. */
export function parseFlags(texts: readonly string[]): Result<Partial<Flags>> {
  const problems: Diagnostic[] = [], flags: Record<string, unknown> = {};
  for (const text of texts) {
    const [name, value] = split(text);
    if (!flagNames.includes(name as FlagName)) {
      problems.push(unknownFlag(name));
      continue;
    }
    const parsed = flagRows[name as FlagName].schema.safeParse(valueOf(value));
    if (parsed.success) flags[name] = parsed.data;
    else problems.push(...problemsOf(parsed.error, valueOf(value), () => ({})).map((d) => named(d, name)));
  }
  return problems.length > 0 ? fail(...problems) : ok(flags as Partial<Flags>);
}

/** A device from `cpu`, `cuda` or `cuda:sm_80,sm_90`. */
export function parseDevice(text: string): Result<Device> {
  const match = /^(cpu|cuda)(?::(sm_\d+[a-z]?(?:,sm_\d+[a-z]?)*))?$/.exec(text);
  if (match?.[1] === "cpu" && match[2] === undefined) return ok({ type: "cpu" });
  if (match?.[1] === "cuda") return ok({ type: "cuda", arch: match[2]?.split(",") ?? ["sm_80", "sm_90"] });
  return fail(usage(`--device: expected cpu, cuda or cuda:sm_80,sm_90, found ${JSON.stringify(text)}`));
}

/** What to write, from texts such as `library,package`. */
export function parseEmit(texts: readonly string[]): Result<readonly Emit[]> {
  const words = texts.flatMap((text) => text.split(","));
  const problems = words.filter((word) => !emitKinds.includes(word as Emit)).map((word) => {
    const meant = nearest(word, emitKinds);
    const advice = meant ? `; did you mean "${meant}"?` : "";
    return usage(`--emit: expected ${emitKinds.join(", ")}, found ${JSON.stringify(word)}${advice}`);
  });
  return problems.length > 0 ? fail(...problems) : ok(words as Emit[]);
}

function usage(message: string, help?: string): Diagnostic {
  return { reason: "usage", message, ...(help ? { help } : {}) };
}

function split(text: string): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, "true"] : [text.slice(0, at), text.slice(at + 1)];
}

function valueOf(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  if (/^-?\d+$/.test(text)) return Number(text);
  return text.includes(",") ? text.split(",") : text;
}

function unknownFlag(name: string): Diagnostic {
  const meant = nearest(name, flagNames);
  const advice = meant ? `; did you mean "${meant}"?` : "";
  return usage(
    `--flag ${name}: unknown flag${advice}`,
    meant ? undefined : "`aoti build --help` lists all flags.",
  );
}

function named(problem: Diagnostic, name: string): Diagnostic {
  return usage(problem.message.replace(/^[^:]*:/, `--flag ${name}:`), problem.help);
}
